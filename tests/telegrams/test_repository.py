"""The telegrams of the repository: every kind is there, all say where they are from, and none names a real meter."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from han2x.simulator import KINDS
from tests import larger_set
from tests.telegrams import CRYPTO, FOLDER, anonymise, load, make
from tests.telegrams.checks import Line
from tests.telegrams.made.document import octets_of

FILES = sorted(FOLDER.glob("*.json"))
DOCUMENTS: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
LICENCES = {"MIT": "MIT.txt", "Apache-2.0": "Apache-2.0.txt"}
INVENTED = re.compile(r"9{3,4}0*[1-9][0-9]")
NUMBER = re.compile(rb"[0-9]{6,}")
NUMBER_OF_A_TYPE = re.compile(rb"[0-9]{7}BN[0-9]{9}|[0-9]{9}_[A-Z]")
P1_VALUE = re.compile(rb"\([0-9.]+\*k?[A-Za-z]+\)|\([0-9]{12}[SW]?\)|\(20[0-9]{6} [0-9:]{8}\)")


def is_invented(number: str) -> bool:
    """Whether it looks it, as it stands or as the characters whose hexadecimal digits it is."""
    spelt = bytes.fromhex(number).decode("latin-1") if len(number) % 2 == 0 else ""
    return bool(INVENTED.fullmatch(number) or INVENTED.fullmatch(spelt.removeprefix("SAG")))


def test_every_kind_of_telegram_is_there() -> None:
    kinds = {(document["meter"].split()[0], document["kind"]) for document in DOCUMENTS.values()}

    for phases in ("1phase", "3phase"):
        assert {("kamstrup", f"{which}-{phases}") for which in ("list1", "list2", "push1")} <= kinds
        assert {("aidon", f"{which}-{phases}") for which in ("list2", "list3")} <= kinds
        assert {("kaifa", f"{which}-{phases}") for which in ("list2", "list3")} <= kinds
    assert {("aidon", which) for which in ("list1", "list2-3wire", "list3-3wire", "se-list-27")} <= kinds
    assert {("kaifa", which) for which in ("list1", "list2-3wire", "list3-3wire")} <= kinds
    assert {("kaifa", which) for which in ("se-list-18", "se-list-36-obis")} <= kinds
    assert {("kamstrup", which) for which in ("encrypted", "encrypted-bad-tag", "encrypted-no-key")} <= kinds
    assert {("p1-kamstrup", "p1-se"), ("p1-aidon", "p1-se"), ("p1-other", "p1-se")} <= kinds
    assert {kind for _, kind in kinds} >= {"segmented", "bad-checksum", "bad-length", "truncated", "bytes-lost"}
    assert {kind for _, kind in kinds} >= {"noise", "stream-clean", "stream-noise", "stream-broken", "oss-crlf"}
    assert {make.line_of(octets_of(document)) for document in DOCUMENTS.values()} == set(Line)
    assert {("landisgyr", "push-object"), ("iskraemeco", "push-object"), ("iskraemeco", "fixed-places")} <= kinds
    assert {kind for _, kind in kinds} >= {"mbus-length-wrap", "untagged attribute descriptors, no framing"}
    assert {kind for _, kind in kinds} >= {"p1-nl-dsmr2", "p1-nl-dsmr4", "p1-nl-dsmr5", "p1-be", "p1-lu", "p1-nes"}
    assert len(KINDS) == 27, "a kind of simulated meter has come: has it a telegram here?"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_file_says_where_it_is_from_and_under_which_licence_it_may_be_passed_on(name: str) -> None:
    document = DOCUMENTS[name]

    assert document["name"] == name
    assert document["source"]
    assert document["changed"]
    licence = document["licence"].split()[0]
    assert (FOLDER / "LICENCES" / LICENCES[licence]).is_file()
    assert anonymise.OPEN_LICENCE.match(licence)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_file_names_a_real_meter(name: str) -> None:
    octets = octets_of(DOCUMENTS[name]) + bytes.fromhex(DOCUMENTS[name].get("plaintext_hex", ""))
    rest = P1_VALUE.sub(b"", NUMBER_OF_A_TYPE.sub(b"", octets))

    assert all(is_invented(number.decode()) for number in NUMBER.findall(rest)), NUMBER.findall(rest)
    for ciphered in re.finditer(rb"\xdb\x08(.{8})", octets, re.DOTALL):
        assert ciphered[1][4:] == bytes.fromhex("99000001") or ciphered[1] == b"KAM\x45\x01\x02\x03\x04"


def test_the_names_are_those_of_one_telegram_each_and_none_of_the_larger_set() -> None:
    names = [vector.name for vector in load()]

    assert names[: len(DOCUMENTS)] == list(DOCUMENTS)
    assert len(names) == len(FILES) + len(list(larger_set.TELEGRAMS.glob("*.json"))) == len(set(names))


def test_what_is_made_here_is_as_the_encoders_make_it() -> None:
    made = make.made()

    assert {name: DOCUMENTS[name] for name in made} == json.loads(json.dumps(made))
    assert set(DOCUMENTS) == made.keys() | set(make.REAL.values())
    assert json.loads(CRYPTO.read_text()) == make.made_vectors()


@pytest.mark.larger_set
@pytest.mark.parametrize(("original", "name"), make.REAL.items(), ids=make.REAL.values())
def test_what_is_real_is_as_it_becomes_when_it_is_made_anonymous(original: str, name: str) -> None:
    """Of the original where the larger set is there; else the file itself, of which nothing may change any more."""
    path = larger_set.TELEGRAMS / f"{original}.json"
    document = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else DOCUMENTS[name]

    assert anonymise.anonymise(document, name) == DOCUMENTS[name]


def test_the_readme_lists_every_file() -> None:
    table = (FOLDER / "README.md").read_text(encoding="utf-8").split(make.TABLE)[1].splitlines()

    assert [make.TABLE, *table[1:]] == list(make.table())
    assert [line.split("`")[1] for line in table[2:]] == [path.stem for path in FILES]
