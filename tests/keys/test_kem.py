"""KEM and KEM2 files: the samples, keys in every place, and files that are damaged, foreign or hostile."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import han2x.keys
from han2x.keys import MeterKeys
from han2x.keys.faults import FAULTS
from han2x.keys.kem import MAX_ELEMENTS, MAX_MEMBERS, MAX_OCTETS, KemError, read_kem
from tests import larger_set
from tests.keys import kem_files
from tests.keys.kem_files import KEM, KEM2, KEY, KEYS, OTHER, PASSWORD, SERIAL, THIRD, encrypt, kem, outer, zipped

PAIRS = {"made": (KEY, OTHER), "synthetic": (bytes(range(0xA0, 0xB0)), bytes(range(0xB0, 0xC0)))}
BOTH = [MeterKeys(SERIAL, KEY, OTHER)]


def refusal(content: bytes, password: str = PASSWORD) -> str:
    """The code of why a file gives no keys."""
    with pytest.raises(KemError) as caught:
        read_kem(content, password)
    return caught.value.fault.code


# What is read


def samples() -> dict[str, bytes]:
    """What is made here, and the files of the larger set, which another program made."""
    return kem_files.samples("TEST1234") | {
        file.name: file.read_bytes() for file in sorted(larger_set.KEM.glob("*.kem*"))
    }


@pytest.mark.larger_set
@pytest.mark.parametrize(("name", "content"), [pytest.param(*sample, id=sample[0]) for sample in samples().items()])
def test_the_samples_are_read_and_refused_with_another_password(name: str, content: bytes) -> None:
    (keys,) = read_kem(content, "TEST1234")
    assert keys.serial == SERIAL
    assert (keys.encryption_key, keys.authentication_key) == PAIRS[re.split("[.-]", name)[0]]
    assert refusal(content, "TEST1235") == "kem-password-wrong"


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda document: document, id="bare"),
        pytest.param(lambda document: b"\xef\xbb\xbf" + document, id="bare with a byte order mark"),
        pytest.param(lambda document: document.decode().replace("utf-8", "utf-16").encode("utf-16"), id="utf-16"),
        pytest.param(zipped, id="zip"),
        pytest.param(lambda document: zipped(document, name=".KEM2"), id="zip of kem2"),
        pytest.param(lambda document: zipped(document, method=zipfile.ZIP_STORED), id="zip that is not packed"),
        pytest.param(base64.b64encode, id="base64"),
        pytest.param(lambda document: base64.encodebytes(zipped(document)), id="zip as base64 lines"),
    ],
)
def test_every_container_is_read(wrap: Callable[[bytes], bytes]) -> None:
    assert read_kem(wrap(kem(KEM.format(KEYS))), PASSWORD) == BOTH


@pytest.mark.parametrize("width", [64, 76, 77])
def test_the_encrypted_part_may_be_broken_over_lines(width: int) -> None:
    assert read_kem(outer(encrypt(KEM.format(KEYS).encode()), width), PASSWORD) == BOTH


@pytest.mark.parametrize("password", ["a", "sixteen letters!", "løsen", " 0450284H\n"])
def test_every_password_of_up_to_sixteen_octets_works(password: str) -> None:
    assert read_kem(kem(KEM.format(KEYS), password.strip()), password) == BOTH


@pytest.mark.parametrize(
    "keys",
    [
        KEYS,
        f"<gpk60>{KEY.hex()}</gpk60><gpk61>{OTHER.hex()}</gpk61>",
        f"<GPK60>0x{KEY.hex()}</GPK60><GPK61>65 1 0x{OTHER.hex()}</GPK61>",
        f"<GPK60><Value>{KEY.hex()}</Value></GPK60><GPK61><Value>{OTHER.hex()}</Value></GPK61>",
        "<Key><Name>GPK60</Name><Value>{}</Value></Key><Key><Name>GPK61</Name><Value>{}</Value></Key>",
        "<Key><Name>gpk 60</Name><Type>AES</Type><Value>{}</Value></Key><Key><Type>GPK61</Type><Value>{}</Value></Key>",
        "<Key><Value>{}</Value><Name>GPK60</Name></Key><Key><Value>{}</Value><Type>GPK61</Type></Key>",
        f"<Name>DEK</Name><Value>{THIRD.hex()}</Value><Name>GPK60</Name><Value>{{}}</Value><Name>GPK61</Name><Value>{{}}</Value>",
        '<Key Name="GPK60">{}</Key><Key Type="gpk61">{}</Key>',
        '<Key Name="GPK60" Value="{}"/><Key Name="GPK61" Value="{}"/>',
        '<Key Name="GPK60"><Value>{}</Value></Key><Key Name="GPK61"><Value>{}</Value></Key>',
        '<k:GPK60 xmlns:k="urn:k">{}</k:GPK60><k:GPK61 xmlns:k="urn:k">{}</k:GPK61>',
        "<A><B><C><GPK60>{}</GPK60></C></B></A><GPK61>{}</GPK61>",
        "<Key><Name>64</Name><Value>{}</Value></Key><Key><Name>65</Name><Value>{}</Value></Key>",
        '<Key Type="64">{}</Key><Key Type="65">{}</Key>',
    ],
)
@pytest.mark.parametrize("frame", [KEM, KEM2])
def test_the_keys_are_found_by_name_wherever_they_stand(keys: str, frame: str) -> None:
    assert read_kem(kem(frame.format(keys.format(KEY.hex(), OTHER.hex()))), PASSWORD) == BOTH


def test_names_win_over_numbers() -> None:
    keys = f"{KEYS}<Key><Name>64</Name><Value>{THIRD.hex()}</Value></Key>"
    assert read_kem(kem(KEM2.format(keys)), PASSWORD) == BOTH


def test_numbers_that_name_no_key_do_no_harm() -> None:
    assert read_kem(kem(KEM2.format(f"<Type>64</Type><Colour>red</Colour><Key>{KEYS}</Key>")), PASSWORD) == BOTH


def test_several_meters_are_read_and_those_without_han_keys_left_out() -> None:
    meters = "".join(
        f"<Meter><SerialNo>{serial}</SerialNo><EncKeys>{keys}</EncKeys></Meter>"
        for serial, keys in [
            ("1", KEYS),
            ("2", f"<DEK>{THIRD.hex()}</DEK>"),
            ("3", f"<GPK60>{THIRD.hex()}</GPK60><GPK61></GPK61>"),
            ("4", f"<GPK60/><GPK61>{OTHER.hex()}</GPK61>"),
        ]
    )
    found = read_kem(kem(f"<MetersInOrder>{meters}</MetersInOrder>"), PASSWORD)
    assert found == [MeterKeys("1", KEY, OTHER), MeterKeys("3", THIRD)]


def test_every_data_file_in_a_zip_is_read() -> None:
    second = kem(f"<Devices><Device><Keys><GPK60>{THIRD.hex()}</GPK60></Keys></Device></Devices>")
    assert read_kem(zipped(kem(KEM.format(KEYS)), second), PASSWORD) == [*BOTH, MeterKeys("", THIRD)]


@pytest.mark.parametrize("name", ["MeterNo", "SerialNumber", "serialno", "CustomerDeviceNumber"])
def test_the_serial_number_is_found_under_each_of_its_names(name: str) -> None:
    found = read_kem(kem(f"<MetersInOrder><Meter><{name}> 42 </{name}>{KEYS}</Meter></MetersInOrder>"), PASSWORD)
    assert found == [MeterKeys("42", KEY, OTHER)]


def test_stray_control_characters_and_a_byte_order_mark_are_passed_over() -> None:
    assert read_kem(kem("\ufeff" + KEM.format(KEYS).replace("<Meter>", "\x03<Meter>\x1f\x7f")), PASSWORD) == BOTH


def test_a_file_that_somebody_decrypted_already_needs_no_password() -> None:
    assert read_kem(KEM.format(KEYS).encode(), "") == BOTH


# Passwords and damage


@pytest.mark.parametrize("number", range(40))
def test_a_wrong_password_is_called_that_whatever_it_decrypts_to(number: int) -> None:
    assert refusal(kem(KEM.format(KEYS)), f"wrong{number}") == "kem-password-wrong"


def test_a_missing_or_too_long_password_is_told_before_anything_is_tried() -> None:
    content = kem(KEM.format(KEYS))
    assert refusal(content, " ") == "kem-password-missing"
    assert refusal(content, "x" * 17) == "kem-password-too-long"
    assert refusal(content, "ø" * 9) == "kem-password-too-long"
    assert refusal(content, "\udcff") == "kem-password-wrong"


def test_a_file_cut_off_at_any_place_is_refused() -> None:
    for content in (kem(KEM.format(KEYS)), zipped(kem(KEM.format(KEYS)))):
        for end in range(0, len(content) - 1, 7):
            assert refusal(content[:end]) != "kem-password-wrong"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "kem-neither"),
        (b"%PDF-1.7 and so on", "kem-neither"),
        (b"<html><body>Sign in</body></html>", "kem-xml-other"),
        (kem(KEM.format(KEYS))[:-20], "kem-xml-damaged"),
        (zipped(kem(KEM.format(KEYS)))[:-30], "kem-zip-damaged"),
        (zipped(kem(KEM.format(KEYS)))[:200], "kem-zip-damaged"),
        (base64.b64encode(zipped(kem(KEM.format(KEYS))))[:-3], "kem-base64"),
        (zipped(), "kem-zip-without"),
        (zipped(name=".pdf"), "kem-zip-without"),
        (zipped(b"%PDF"), "kem-neither"),
        (outer(b""), "kem-cipher-cut"),
        (outer(encrypt(b"x" * 40)[:-1]), "kem-cipher-cut"),
        (outer(encrypt(KEM.format(KEYS).encode())).replace(b"<CipherValue>", b"<CipherValue>!"), "kem-cipher-damaged"),
        (outer(encrypt(KEM.format(KEYS).encode())[:-16]), "kem-cut"),
        (outer(encrypt(KEM.format(KEYS).encode().ljust(800, b"\0"))[:-16]), "kem-cut"),
        (outer(encrypt(KEM.format("\xff").encode("latin-1"))), "kem-damaged"),
        (kem(KEM.format("<GPK60>")), "kem-inside-damaged"),
        (outer(encrypt(b""), algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"), "kem-cipher-other"),
        (kem(KEM.format(f"<DEK>{KEY.hex()}</DEK>")), "kem-without-key"),
        (kem(KEM.format(f"<GPK60>{KEY.hex()[:-1]}</GPK60>")), "kem-key-digits"),
        (
            kem(KEM.format(f"<GPK60>{KEY.hex()}</GPK60>{KEYS.replace(KEY.hex().upper(), OTHER.hex())}")),
            "kem-key-twice",
        ),
        (bytes(MAX_OCTETS + 1), "kem-too-large"),
    ],
)
def test_a_file_without_usable_keys_is_refused_with_its_reason(content: bytes, code: str) -> None:
    assert refusal(content) == code


def test_no_refusal_holds_a_key_or_the_password() -> None:
    short = kem(KEM.format(f"<GPK60>{KEY.hex()[:-1]}</GPK60>"))
    for content in (short, short[:-9], kem(KEM.format(KEYS), "other"), zipped(short), kem("<a>" + PASSWORD)):
        with pytest.raises(KemError) as caught:
            read_kem(content, PASSWORD)
        for shown in (str(caught.value), repr(caught.value), repr(caught.value.fault)):
            assert PASSWORD not in shown
            assert KEY.hex()[:-1] not in shown
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


# Hostile files

BOMB = "<!DOCTYPE a [<!ENTITY l0 'ha'>{}]>".format(
    "".join(f"<!ENTITY l{level} '{f'&l{level - 1};' * 10}'>" for level in range(1, 12))
)
HOSTILE = [
    pytest.param(BOMB + "<MetersInOrder>&l11;</MetersInOrder>", "kem-xml-declares", id="entity bomb"),
    pytest.param("<!DOCTYPE MetersInOrder><MetersInOrder/>", "kem-xml-declares", id="document type"),
    pytest.param(
        "<!DOCTYPE a [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><MetersInOrder>&f;</MetersInOrder>",
        "kem-xml-declares",
        id="file",
    ),
    pytest.param("<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><MetersInOrder/>", "kem-xml-declares", id="address"),
    pytest.param(
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/'> %p;]><MetersInOrder/>",
        "kem-xml-declares",
        id="parameter entity",
    ),
    pytest.param("<MetersInOrder>" + "<a>" * 1000 + "</a>" * 1000 + "</MetersInOrder>", "kem-xml-large", id="deep"),
    pytest.param("<MetersInOrder>" + "<a/>" * (MAX_ELEMENTS + 1) + "</MetersInOrder>", "kem-xml-large", id="wide"),
]


@pytest.mark.parametrize(("document", "code"), HOSTILE)
def test_hostile_xml_is_refused_outside_and_inside_the_encryption(document: str, code: str) -> None:
    assert refusal(document.encode()) == code
    assert refusal(zipped(document.encode(), method=zipfile.ZIP_STORED)) == code
    assert refusal(kem(document)) == code


@pytest.mark.parametrize("encoding", ["utf-7", "idna", "hex", "unknown", "shift_jis"])
def test_an_encoding_that_xml_does_not_have_is_refused(encoding: str) -> None:
    assert refusal(f'<?xml version="1.0" encoding="{encoding}"?><Devices>\xe6</Devices>'.encode()) == "kem-xml-damaged"


def _bomb(claimed: int | None, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of zeros that claims to unpack to `claimed` octets, or to what it does."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method, compresslevel=9) as archive:
        with archive.open("bomb.kem", "w", force_zip64=True) as member:
            for _ in range(64 if method == zipfile.ZIP_DEFLATED else 4):
                member.write(bytes(1 << 20))
        if claimed is not None:
            archive.infolist()[0].file_size = claimed
    return content.getvalue()


@pytest.mark.parametrize(
    ("claimed", "method", "code"),
    [
        pytest.param(None, zipfile.ZIP_DEFLATED, "kem-zip-bomb", id="honest"),
        pytest.param(10 << 30, zipfile.ZIP_DEFLATED, "kem-zip-bomb", id="10 GB"),
        pytest.param(MAX_OCTETS, zipfile.ZIP_DEFLATED, "kem-zip-damaged", id="claims what is allowed"),
        pytest.param(1000, zipfile.ZIP_DEFLATED, "kem-zip-damaged", id="claims little"),
        pytest.param(0, zipfile.ZIP_DEFLATED, "kem-zip-damaged", id="claims nothing"),
        pytest.param(1000, zipfile.ZIP_BZIP2, "kem-zip-packing", id="bzip2"),
        pytest.param(1000, zipfile.ZIP_LZMA, "kem-zip-packing", id="lzma"),
    ],
)
def test_a_zip_bomb_is_refused_without_being_unpacked(claimed: int | None, method: int, code: str) -> None:
    content = _bomb(claimed, method)
    assert len(content) < MAX_OCTETS
    refusal(zipped(b"<a/>"))  # loads what is needed once
    tracemalloc.start()
    try:
        assert refusal(content) == code
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_members_that_are_each_small_enough_are_bounded_together() -> None:
    document = kem(KEM.format(KEYS)) + b" " * (MAX_OCTETS // 4)
    assert read_kem(zipped(*[document] * 3, method=zipfile.ZIP_STORED), PASSWORD) == BOTH * 3
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("0.kem", document)
        for _ in range(4):  # entries that all lead to the same octets
            opened.filelist.append(opened.infolist()[0])
    content = archive.getvalue()
    assert len(content) < MAX_OCTETS // 2
    # zipfile tells of it by an error or a warning, or not at all, by its version.
    assert refusal(content) == "kem-zip-damaged"


def test_too_many_members_are_refused() -> None:
    assert refusal(zipped(*[b"<a/>"] * MAX_MEMBERS)) == "kem-zip-files"


def test_a_zip_with_a_password_of_its_own_is_refused() -> None:
    content = zipped(kem(KEM.format(KEYS)))
    place = content.index(b"PK\x01\x02") + 8
    assert refusal(content[:place] + b"\x01" + content[place + 1 :]) == "kem-zip-password"


@hypothesis_settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 1), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=6), st.integers(0, 60)
)
def test_a_file_changed_anywhere_gives_keys_or_a_refusal(kind: int, changes: list[tuple[int, int]], cut: int) -> None:
    content = bytearray((zipped, bytes)[kind](kem(KEM.format(KEYS))))
    for place, octet in changes:
        content[place % len(content)] = octet
    with suppress(KemError):
        assert read_kem(bytes(content[: len(content) - cut]), PASSWORD)


def test_nothing_that_costs_memory_is_loaded_before_a_file_is_read() -> None:
    costly = {"cryptography", "defusedxml", "xml.etree.ElementTree"}
    program = f"import sys, han2x.keys.kem; assert not {costly!r} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


SOURCE = "\n".join(
    file.read_text() for file in Path(han2x.keys.__file__).parent.glob("*.py") if file.name != "faults.py"
)


@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_of_keys_can_happen(code: str) -> None:
    assert f'"{code}"' in SOURCE


def test_every_fault_of_keys_that_happens_has_a_text() -> None:
    used = set(re.findall(r'"((?:key|kem)-[a-z0-9-]+)"', SOURCE))
    assert used == set(FAULTS)


def test_a_refusal_says_which_key_of_which_meter() -> None:
    with pytest.raises(KemError) as caught:
        read_kem(kem(KEM.format(f"<GPK61>{KEY.hex()[:-1]}</GPK61>")), PASSWORD)
    assert caught.value.fault.values == {"role": "authentication key", "gpk": "GPK61", "serial": "19088743"}
    told = "the authentication key (GPK61) of meter 19088743 has not 32 hexadecimal digits"
    assert str(caught.value) == told
