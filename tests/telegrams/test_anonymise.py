"""What names a meter is out of an anonymous telegram, everything else is as it was, and every check fits again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from han2x.codecs.security import Security
from han2x.decoder import Decoder
from han2x.model import Reading
from tests import frames
from tests.codecs import sealing
from tests.telegrams.anonymise import NotAnonymousError, anonymise
from tests.telegrams.checks import frames_in
from tests.telegrams.identities import Inventor

REAL = "5712345678901234"
KAMSTRUP = frames.kamstrup(frames.obis("1.1.0.0.5"), frames.text(REAL), frames.obis("1.1.1.7.0"), frames.u32(1468))
P1_LINES = [
    "0-0:1.0.0(261120230010S)",
    "0-0:96.1.1(4530313233343536373839303132333435)",
    "0-1:96.1.0(4730353433323130393837363534333231)",
    "1-0:1.8.0(00012345.678*kWh)",
    "1-0:99.97.0(1)(0-0:96.7.19)(260114121128W)(0000000324*s)",
]


def document(octets: bytes, **more: object) -> dict[str, Any]:
    body = {"ascii": octets.decode()} if octets.startswith(b"/") else {"hex": octets.hex()}
    about = {"name": "real", "meter": "x", "capture": "real", "licence": "MIT", "source": "somewhere", "expected": {}}
    return about | body | more


def octets_of(anonymous: dict[str, Any]) -> bytes:
    return bytes.fromhex(anonymous["hex"]) if "hex" in anonymous else anonymous["ascii"].encode()


def read(octets: bytes, security: Security | None = None) -> Reading:
    decoder = Decoder(security=security) if security else Decoder()
    (reading,) = decoder.feed(octets) + decoder.silence()
    assert isinstance(reading, Reading)
    return reading


def test_the_meter_number_is_replaced_in_the_frame_and_in_what_is_expected() -> None:
    anonymous = anonymise(document(KAMSTRUP, expected={"1-1:0.0.5.255": {"value": REAL}}, notes=f"of {REAL}"), "new")

    before, after = read(KAMSTRUP), read(octets_of(anonymous))
    assert (before.meter_id, after.meter_id) == (REAL, "9999000000000017")
    assert after.values == before.values
    assert anonymous["expected"] == {"1-1:0.0.5.255": {"value": "9999000000000017"}}
    assert REAL not in json.dumps(anonymous)
    assert anonymous["name"] == "new"


def test_a_frame_that_was_damaged_stays_damaged_and_names_no_meter() -> None:
    damaged = KAMSTRUP[:-4] + bytes((KAMSTRUP[-4] ^ 1,)) + KAMSTRUP[-3:]
    after = octets_of(anonymise(document(b"\x12\x13" + damaged + KAMSTRUP + KAMSTRUP[:75]), "new"))

    assert REAL.encode() not in after
    assert after.count(b"9999000000000017") == 3
    assert [frame.begin for frame in frames_in(after)] == [2 + len(damaged)]


@pytest.mark.parametrize("cut", range(30, 60))
def test_a_number_that_lies_across_two_frames_is_replaced(cut: int) -> None:
    apdu = KAMSTRUP[8:-3]
    parts = frames.hdlc(apdu[:cut], segmented=True) + frames.hdlc(apdu[cut:])
    assert read(parts).meter_id == REAL

    assert read(octets_of(anonymise(document(parts), "new"))).meter_id == "9999000000000017"


def test_the_parts_of_an_mbus_telegram_keep_their_right_sums() -> None:
    apdu = KAMSTRUP[11:-3]
    parts = frames.mbus(apdu[:50], last=False) + frames.mbus(apdu[50:], part=1)

    assert read(octets_of(anonymise(document(parts), "new"))).meter_id == "9999000000000017"


def test_the_number_that_push_1_sends_as_a_number_is_replaced() -> None:
    octets = frames.kamstrup(
        *(frames.obis("1.1.0.0.1"), frames.u32(12_345_678), frames.obis("1.1.1.7.0"), frames.u32(1))
    )
    expected = {"1-1:0.0.1.255": {"raw": 12_345_678, "value": 12_345_678}}
    anonymous = anonymise(document(octets, expected=expected), "new")

    assert read(octets_of(anonymous)).meter_id == "99000017"
    assert anonymous["expected"]["1-1:0.0.1.255"] == {"raw": 99_000_017, "value": 99_000_017}


def test_p1_lines_keep_values_times_and_codes_and_lose_every_number_of_a_meter() -> None:
    octets = frames.p1(P1_LINES, "KMP5 KA6U012345678901")
    told = {"crc_ok": True, "crc_given": octets[-6:-2].decode(), "crc_calculated": octets[-6:-2].decode()}
    anonymous = anonymise(document(octets, telegram=told), "new")
    after = octets_of(anonymous)

    assert after.startswith(b"/KMP5 KA6U999900000017\r\n")
    lines = after.decode().split("\r\n")
    assert [lines[2], *lines[5:7]] == [P1_LINES[0], *P1_LINES[3:]]
    assert bytes.fromhex(lines[3][11:-1]) == b"E9999000000000018"
    assert bytes.fromhex(lines[4][11:-1]) == b"G9999000000000019"
    assert len(frames_in(after)) == 1
    assert after[-6:-2].decode() == anonymous["telegram"]["crc_given"] != told["crc_given"]


@pytest.mark.parametrize("kept", ["6841121BN243101040", "253833635_A"])
def test_the_number_of_a_type_is_kept(kept: str) -> None:
    assert Inventor().text(kept) == kept


@pytest.mark.parametrize("control", [0x20, 0x30, 0x10])
def test_what_is_encrypted_is_replaced_and_encrypted_again_under_the_keys_of_the_tests(control: int) -> None:
    title = bytes.fromhex("4b414d4512345678")
    apdu = sealing.seal(KAMSTRUP[11:-3], 7, key=sealing.OTHER_KEY, control=control, title=title)
    real = document(frames.hdlc(frames.LLC + apdu), keys={"encryption_key": sealing.OTHER_KEY.hex()})
    if control == 0x10:
        with pytest.raises(NotAnonymousError):
            anonymise(real, "new")
        return
    anonymous = anonymise(real, "new")

    assert read(octets_of(anonymous), Security(sealing.KEY, sealing.AUTHENTICATION_KEY)).meter_id == "9999000000000017"
    assert title not in octets_of(anonymous)
    assert sealing.OTHER_KEY.hex() not in json.dumps(anonymous)
    assert REAL.encode() not in bytes.fromhex(anonymous["plaintext_hex"])


def test_an_encrypted_p1_telegram_keeps_its_inner_checksum_right() -> None:
    apdu = sealing.seal(frames.p1(P1_LINES, "SAG5"), 7)
    anonymous = anonymise(document(apdu, keys={"encryption_key": sealing.KEY.hex()}), "new")

    reading = read(octets_of(anonymous), Security(sealing.KEY, sealing.AUTHENTICATION_KEY))
    assert reading.meter_id == "E9999000000000017"


@pytest.mark.parametrize(
    ("octets", "keys", "complaint"),
    [
        (frames.hdlc(frames.LLC + sealing.seal(KAMSTRUP[11:-3], 7)), None, "its key is not in the document"),
        (frames.hdlc(frames.LLC + sealing.seal(KAMSTRUP[11:-3], 7)), sealing.OTHER_KEY, "does not open"),
        (frames.hdlc(frames.LLC + sealing.seal(KAMSTRUP[11:-3], 7))[:-4], sealing.KEY, "cannot be read"),
        (frames.hdlc(frames.LLC + sealing.seal(KAMSTRUP[11:-3], 7)) * 2, sealing.KEY, "more than one"),
        (KAMSTRUP + frames.hdlc(frames.LLC + sealing.seal(KAMSTRUP[11:-3], 7)), sealing.KEY, "cannot be read"),
    ],
    ids=["no key", "other key", "damaged", "two", "after another"],
)
def test_what_stays_unread_is_refused(octets: bytes, keys: bytes | None, complaint: str) -> None:
    more = {"keys": {"encryption_key": keys.hex()}} if keys else {}

    with pytest.raises(NotAnonymousError, match=complaint):
        anonymise(document(octets, **more), "new")


@pytest.mark.parametrize(
    "licence",
    [
        "Fair Source License 0.9 (repo LICENSE)",
        "no licence file in repo",
        "issue text; repo MIT",
        "CC BY-NC 4.0",
        "CC-BY-NC-4.0",
        "GPL-2.0-only",
        "unknown",
    ],
)
def test_a_telegram_without_an_open_licence_is_refused(licence: str) -> None:
    with pytest.raises(NotAnonymousError, match=re.escape(licence)):
        anonymise(document(KAMSTRUP, licence=licence), "new")


def test_the_command_writes_the_file_or_says_why_not(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(document(KAMSTRUP)))
    bad.write_text(json.dumps(document(KAMSTRUP, licence="unknown")))
    command = [sys.executable, "-m", "tests.telegrams.anonymise", "--folder", str(tmp_path), "--name", "new"]
    root = Path(__file__).parents[2]

    refused = subprocess.run([*command, bad], cwd=root, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "no licence" in refused.stderr
    assert not (tmp_path / "new.json").exists()

    subprocess.run([*command, good], cwd=root, capture_output=True, check=True)
    assert octets_of(json.loads((tmp_path / "new.json").read_text())).count(b"9999000000000017") == 1
