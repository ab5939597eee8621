"""Kamstrup: lists 1 and 2 and push 1, in plain text and encrypted."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from han2x.model import PushList
from han2x.simulator import Encryption
from han2x.simulator.kamstrup import Kamstrup
from han2x.simulator.pushes import METER_ID, SERIAL_NUMBER, Sample
from tests import frames
from tests.codecs import sealing
from tests.telegrams.made import house
from tests.telegrams.made.document import Document, made
from tests.telegrams.made.house import CLOCK, EXPORTING, IMPORTING, ONE_PHASE, Elements, element, list_identity

SOURCE = "Kamstrup 5512-2584, HAN interface specification"
GREEN_BOOK = "DLMS Green Book 9.2.7.2"
BOTH_KEYS = Encryption(sealing.KEY, sealing.AUTHENTICATION_KEY)


def telegrams() -> Iterator[Document]:
    """All of them."""
    yield from _plain()
    yield from _encrypted()


def _list(sample: Sample, *, hourly: bool = False) -> Elements:
    elements = list_identity("kamstrup", len(sample.moment.powers)) | house.powers(sample, "1-1")
    elements |= house.currents(sample, "1-1") | house.voltages(sample, "1-1")
    return elements | house.clock(sample, "0-1:1.0.0.255") | house.energies("1-1") if hourly else elements


def _push_1(sample: Sample) -> Elements:
    elements = house.identity(("list_version_id", "Kamstrup_V0001"), ("1-1:0.0.1.255", SERIAL_NUMBER), None)
    elements |= house.energies("1-1") | house.powers(sample, "1-1") | house.clock(sample, "0-1:1.0.0.255")
    elements |= house.voltages(sample, "1-1") | house.currents(sample, "1-1") | house.power_factors(sample, "1-1")
    return elements | house.active_phase_powers(sample, "1-1") | house.phase_energies(sample, "1-1")


def _plain() -> Iterator[Document]:
    def one(name: str, kind: str, meter: Kamstrup, push: PushList, sample: Sample, expected: Elements) -> Document:
        return made(f"kamstrup-{name}", "kamstrup", kind, meter.telegram(push, sample), expected, SOURCE)

    three, single = Kamstrup(), Kamstrup(phases=1)
    short, full = _list(IMPORTING), _list(EXPORTING, hourly=True)
    yield one("list-1", "list1-3phase", three, PushList.LIST_1, IMPORTING, short)
    yield one("list-2", "list2-3phase", three, PushList.LIST_2, EXPORTING, full)
    yield one("list-1-one-phase", "list1-1phase", single, PushList.LIST_1, ONE_PHASE, _list(ONE_PHASE))
    hourly = _list(ONE_PHASE, hourly=True)
    yield one("list-2-one-phase", "list2-1phase", single, PushList.LIST_2, ONE_PHASE, hourly)
    push = PushList.PUSH_1
    yield one("push-1", "push1-3phase", Kamstrup(push_1=True), push, EXPORTING, _push_1(EXPORTING))
    meter = Kamstrup(phases=1, push_1=True)
    yield one("push-1-one-phase", "push1-1phase", meter, push, ONE_PHASE, _push_1(ONE_PHASE))
    yield _import_only()
    yield _flag_inside()


def _import_only() -> Document:
    """The list 2 of a meter with one phase that counts import only, as the document prints it: 15 elements."""
    clock = frames.date_time(str(CLOCK), weekday=5)
    octets = frames.kamstrup(
        *(
            frames.obis("1.1.0.0.5"),
            frames.text(METER_ID),
            frames.obis("1.1.96.1.1"),
            frames.text("6861111BN000000017"),
        ),
        *(frames.obis("1.1.1.7.0"), frames.u32(1450), frames.obis("1.1.31.7.0"), frames.u32(630)),
        *(frames.obis("1.1.32.7.0"), frames.u16(230), frames.obis("0.1.1.0.0"), frames.octet_string(clock)),
        *(frames.obis("1.1.1.8.0"), frames.u32(1_234_569)),
        time=clock,
    )
    expected = list_identity("kamstrup", 1) | {"0-1:1.0.0.255": element(CLOCK.isoformat())}
    expected |= {"1-1:1.7.0.255": element(1450, "W"), "1-1:1.8.0.255": element(12_345_690, "Wh")}
    expected |= house.currents(ONE_PHASE, "1-1") | house.voltages(ONE_PHASE, "1-1")
    return made("kamstrup-list-2-import-only", "kamstrup", "list2-1phase", octets, expected, SOURCE)


def _flag_inside() -> Document:
    """A power of 0x7E7D W: nothing is stuffed, so the flag and the escape octet stand as they are in the frame."""
    octets = frames.kamstrup(
        *(
            frames.obis("1.1.0.0.5"),
            frames.text(METER_ID),
            frames.obis("1.1.96.1.1"),
            frames.text("6841131BN000000017"),
        ),
        *(frames.obis("1.1.1.7.0"), frames.u32(0x7E7D), frames.obis("1.1.31.7.0"), frames.u32(0x7E7E)),
    )
    expected = list_identity("kamstrup", 3) | {"1-1:1.7.0.255": element(0x7E7D, "W")}
    expected |= {"1-1:31.7.0.255": element(Decimal("323.82"), "A")}
    return made("kamstrup-list-1-flag-octets-inside", "kamstrup", "list1-3phase", octets, expected, SOURCE)


def _encrypted() -> Iterator[Document]:
    def one(name: str, kind: str, octets: bytes, plaintext: bytes, expected: Elements) -> Document:
        found = made(f"kamstrup-enc-{name}", "kamstrup", kind, octets, expected, f"{SOURCE}; {GREEN_BOOK}")
        keys = {"encryption_key": sealing.KEY.hex(), "authentication_key": sealing.AUTHENTICATION_KEY.hex()}
        return found | {"keys": keys, "plaintext_hex": plaintext.hex()}

    short, push = PushList.LIST_1, PushList.PUSH_1
    expected = _list(IMPORTING)
    plain = plaintext_of(Kamstrup().telegram(short, IMPORTING))
    yield one("list-1", "encrypted", Kamstrup(encryption=BOTH_KEYS).telegram(short, IMPORTING), plain, expected)
    unsigned = Kamstrup(encryption=Encryption(sealing.KEY)).telegram(short, IMPORTING)
    yield one("list-1-no-tag", "encrypted", unsigned, plain, expected)
    yield one("list-1-short-length", "encrypted", _short_length(plain), plain, expected)
    for phases, suffix, sample in ((3, "", EXPORTING), (1, "-one-phase", ONE_PHASE)):
        opened = plaintext_of(Kamstrup(phases, push_1=True).telegram(push, sample))
        octets = Kamstrup(phases, push_1=True, encryption=BOTH_KEYS).telegram(push, sample)
        yield one(f"push-1{suffix}", "encrypted", octets, opened, _push_1(sample))
    octets = Kamstrup(push_1=True, encryption=Encryption(sealing.OTHER_KEY, sealing.KEY)).telegram(push, IMPORTING)
    opened = plaintext_of(Kamstrup(push_1=True).telegram(push, IMPORTING))
    unknown = one("push-1-unknown-key", "encrypted-no-key", octets, opened, _push_1(IMPORTING))
    yield {key: value for key, value in unknown.items() if key != "keys"}


def plaintext_of(telegram: bytes) -> bytes:
    """The APDU in a frame with Kamstrup's addresses."""
    return telegram[11:-3]


def _short_length(plaintext: bytes) -> bytes:
    """The length of the ciphered part in two octets, where Kamstrup writes three."""
    apdu = sealing.seal(plaintext, house.COUNTER)
    return frames.hdlc(frames.LLC + apdu[:10] + b"\x81" + apdu[12:], bytes.fromhex("410313"))
