"""The maps of other makers' meters: each value where and as the clients of those meters look for it."""

from __future__ import annotations

from itertools import product
from typing import Final

import pytest

from han2x.measurements import CURRENTS, REACTIVE_POWERS
from han2x.model import Quantity
from han2x.registers import EXTENDED, HAN2X, Block
from han2x.registers.abb_b23 import NOT_AVAILABLE_S16, NOT_AVAILABLE_U64
from han2x.registers.bank import ExceptionCode, WhenStale
from han2x.registers.maps import MAPS, map_table, maps_overlap, overlap, shown_blocks
from han2x.state import STALE_AFTER_S
from tests.readings import NOW
from tests.registers.foreign import EXAMPLE, ONE_PHASE, Client, addresses

P, U, A = (1200, -300, 455), (231.4, 233.0, 228.7), (5.31, 1.42, 2.05)
IMPORT, EXPORT = Quantity.ACTIVE_POWER_IMPORT, Quantity.ACTIVE_POWER_EXPORT
PF: Final = round(1000 * 1355 / (1355**2 + 410**2) ** 0.5)
PF_OF_PHASES: Final = tuple(round(1000 * p / (u * i)) for p, u, i in zip(P, U, A, strict=True))


def test_the_example_reads_in_an_em24_as_in_its_document() -> None:
    em24 = Client("em24")

    assert [em24.low_first(0x00 + 2 * n) for n in range(3)] == [2314, 2330, 2287]
    assert [em24.low_first(0x0C + 2 * n) for n in range(3)] == [5310, 1420, 2050]
    assert [em24.low_first(0x12 + 2 * n) for n in range(3)] == [12000, -3000, 4550]
    assert em24.low_first(0x28) == 13550
    assert [em24.s16(0x2E + n) for n in range(4)] == [*PF_OF_PHASES, PF]
    assert [em24.u16(0x32), em24.u16(0x33)] == [0, 500]
    assert [em24.low_first(0x34), em24.low_first(0x4E)] == [243_268, 13_194]


def test_what_makes_an_em24_known_reads_before_the_first_telegram_and_while_the_meter_is_silent() -> None:
    for em24 in (Client("em24", {}), late := Client("em24")):
        late.now += 3600
        assert em24.u16(0x000B) == 1648
        assert em24.u16(0xA000) == 7
        assert em24.u16(0xA100) != 3
        assert em24.u16(0x1002) == 0
        hardware, firmware = em24.u16(0x302), em24.u16(0x304)
        assert hardware
        assert (firmware >> 12, firmware >> 8 & 15, firmware & 255) == (1, 8, 3)
    assert late.text(0x5000, 7) == "00000000000001"


def test_an_em24_behind_a_one_phase_meter_says_so() -> None:
    em24 = Client("em24", ONE_PHASE)

    assert em24.u16(0x1002) == 3
    assert [em24.low_first(0x12 + 2 * n) for n in range(3)] == [13550, 0, 0]


def test_the_example_reads_in_an_abb_b23_as_in_its_document() -> None:
    abb = Client("abb-b23")

    assert abb.text(0x8960, 2) == "B23 "
    assert abb.s32(0x8900) == 1
    assert abb.text(0x8908, 8) == "0.0.0"
    assert [abb.u64(0x5000), abb.u64(0x5004)] == [2_432_687, 131_949]
    assert [abb.u32(0x5B00 + 2 * n) for n in range(3)] == [2314, 2330, 2287]
    assert [abb.u32(0x5B0C + 2 * n) for n in range(3)] == [531, 142, 205]
    assert [abb.s32(0x5B14 + 2 * n) for n in range(4)] == [135_500, 120_000, -30_000, 45_500]
    assert abb.u16(0x5B2C) == 5000
    assert [abb.s16(0x5B3A + n) for n in range(4)] == [PF, *PF_OF_PHASES]


def test_an_abb_b23_says_not_available_where_its_clients_know_that() -> None:
    abb = Client("abb-b23", {IMPORT: 7, EXPORT: 0})

    assert [abb.u64(0x5460 + 4 * n) for n in range(3)] == [0, 0, 0]
    assert [abb.u64(0x546C + 4 * n) for n in range(3)] == [NOT_AVAILABLE_U64] * 3
    assert [abb.u64(0x5000), abb.u64(0x5004)] == [0, NOT_AVAILABLE_U64]
    assert [abb.s16(0x5B3A + n) for n in range(4)] == [NOT_AVAILABLE_S16] * 4


def test_energies_of_phases_are_shown_where_the_meter_sends_them() -> None:
    sent = {Quantity.ACTIVE_ENERGY_IMPORT_L2: 8_765_430.0, Quantity.ACTIVE_ENERGY_EXPORT_L2: 123_450.0}

    abb = Client("abb-b23", EXAMPLE | sent)
    assert [abb.u64(0x5464), abb.u64(0x5470)] == [876_543, 12_345]
    assert Client("em24", EXAMPLE | sent).low_first(0x42) == 87_654
    sdm = Client("sdm630", EXAMPLE | sent)
    values = [sdm.float32(address) for address in (0x15C, 0x162, 0x168)]
    assert values == pytest.approx([8765.43, 123.45, 8888.88])


def test_a_meter_of_one_phase_is_an_abb_b21() -> None:
    assert Client("abb-b23", ONE_PHASE).text(0x8960, 2) == "B21 "


def test_the_example_reads_in_a_ksem_as_in_its_document() -> None:
    ksem = Client("kostal-ksem")

    assert [ksem.u32(0), ksem.u32(2)] == [13550, 0]
    assert [ksem.u32(40 * n + way) for n in (1, 2, 3) for way in (0, 2)] == [12000, 0, 0, 3000, 4550, 0]
    assert [ksem.u32(address) for address in (60, 100, 140)] == [5310, 1420, 2050]
    assert [ksem.u32(address) for address in (62, 102, 142)] == [231_400, 233_000, 228_700]
    assert [ksem.s32(address) for address in (64, 104, 144)] == list(PF_OF_PHASES)
    assert ksem.u32(26) == 50_000
    assert [ksem.u64(512), ksem.u64(516)] == [243_268_700, 13_194_900]


def test_a_ksem_shows_export_in_registers_of_its_own() -> None:
    ksem = Client("kostal-ksem", EXAMPLE | {IMPORT: 0, EXPORT: 2500})

    assert [ksem.u32(0), ksem.u32(2)] == [0, 25_000]


def test_the_example_reads_in_an_sdm630_as_in_its_document() -> None:
    sdm = Client("sdm630")

    def floats(*found: int) -> list[float]:
        return [sdm.float32(address) for address in found]

    assert floats(0x00, 0x02, 0x04) == pytest.approx(U, rel=1e-6)
    assert floats(0x06, 0x08, 0x0A) == pytest.approx(A, rel=1e-6)
    assert floats(0x0C, 0x0E, 0x10) == list(P)
    assert floats(0x12, 0x14, 0x16) == pytest.approx([u * i for u, i in zip(U, A, strict=True)], rel=1e-6)
    assert floats(0x1E, 0x20, 0x22) == pytest.approx([each / 1000 for each in PF_OF_PHASES])
    assert floats(0x34, 0x38, 0x3C) == pytest.approx([1355, (1355**2 + 410**2) ** 0.5, -410])
    assert floats(0x3E, 0x46) == pytest.approx([PF / 1000, 50])
    assert floats(0x48, 0x4A) == pytest.approx([24_326.870, 1_319.490], abs=0.002)
    assert floats(0x4C, 0x4E) == pytest.approx([345.67, 4567.89])
    assert floats(0x156, 0x158) == pytest.approx([25_646.36, 4913.56], abs=0.002)
    assert sdm.u32(0xFC00) == 1


def powers(name: str, client: Client) -> tuple[float, list[float]]:
    """The total and the phases, in steps of the map's registers."""
    match name:
        case "em24":
            return client.low_first(0x28), [client.low_first(0x12 + 2 * n) for n in range(3)]
        case "abb-b23":
            return client.s32(0x5B14), [client.s32(0x5B16 + 2 * n) for n in range(3)]
        case "kostal-ksem":
            net = [client.u32(first) - client.u32(first + 2) for first in (0, 40, 80, 120)]
            return net[0], list(net[1:])
        case _:
            return client.float32(0x34), [client.float32(0x0C + 2 * n) for n in range(3)]


ODD_CURRENTS: Final = [(5.31, 1.42, 2.05), (0.0, 0.0, 0.0), (0.01, 0.0, 0.0), (3.33, 3.33, 3.34), (0.07, 15.99, 8.88)]


@pytest.mark.parametrize("name", ["em24", "abb-b23", "kostal-ksem"])
@pytest.mark.parametrize("factor", [1000, 333, 40_000])
def test_phase_powers_that_are_shared_add_up_to_the_total_in_the_map_s_own_steps(name: str, factor: int) -> None:
    for currents, (imported, exported) in product(ODD_CURRENTS, [(1355, 0), (0, 1), (0, 7777), (1, 0), (10_001, 0)]):
        said = dict(zip(CURRENTS, currents, strict=True))
        total, phases = powers(name, Client(name, EXAMPLE | said | {IMPORT: imported, EXPORT: exported}, factor=factor))

        assert sum(phases) == total
        assert all(each * total >= 0 for each in phases)


def test_phase_powers_that_are_shared_add_up_as_near_as_a_float_can() -> None:
    total, phases = powers("sdm630", Client("sdm630", EXAMPLE))

    assert total == 1355
    assert sum(phases) == pytest.approx(total, abs=3e-4)
    assert phases == pytest.approx([1355 * u * i / 2028.421 for u, i in zip(U, A, strict=True)], rel=1e-4)


@pytest.mark.parametrize("name", ["em24", "abb-b23", "kostal-ksem", "sdm630"])
def test_before_anything_is_known_of_phases_the_first_has_all_of_the_power(name: str) -> None:
    total, phases = powers(name, Client(name, {IMPORT: 2000, EXPORT: 0}))

    assert total > 0
    assert phases == [total, 0, 0]


@pytest.mark.parametrize("name", ["em24", "abb-b23", "kostal-ksem", "sdm630"])
def test_a_factor_makes_powers_and_currents_and_energies_greater(name: str) -> None:
    plain, scaled = Client(name), Client(name, factor=20_000)

    assert powers(name, scaled)[0] == 20 * powers(name, plain)[0]
    assert powers(name, scaled)[1] == [20 * each for each in powers(name, plain)[1]]


IDENTITY: Final = {
    "em24": {0x000B, 0x0302, 0x0304, 0x1002, *range(0x5000, 0x5007), 0xA000, 0xA100},
    "abb-b23": {0x8900, 0x8901, *range(0x8908, 0x8910), 0x8960, 0x8961},
    "kostal-ksem": set[int](),
    "sdm630": {0xFC00, 0xFC01},
}


@pytest.mark.parametrize("name", MAPS)
def test_while_the_meter_is_silent_what_is_measured_is_refused_and_what_is_not_is_read(name: str) -> None:
    client = Client(name)
    measured = {
        address
        for block in client.face.blocks
        for row in block.rows
        if row.measured
        for address in range(row.address, row.address + row.kind.words)
    }
    client.now += STALE_AFTER_S
    refused = {address for address in addresses(client.face.blocks) if not isinstance(client.words(address), bytes)}

    assert refused == measured
    assert {client.words(address) for address in refused} == {ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND}
    assert not refused & IDENTITY.get(name, set())


@pytest.mark.parametrize("name", ["em24", "abb-b23", "kostal-ksem", "sdm630"])
def test_with_hold_the_last_values_are_read_while_the_meter_is_silent(name: str) -> None:
    client, fresh = Client(name, when_stale=WhenStale.HOLD), Client(name)
    client.now += 3600

    assert powers(name, client) == powers(name, fresh)
    assert powers(name, client)[0] > 0


def test_with_zero_what_clients_steer_by_is_refused_all_the_same() -> None:
    em24 = Client("em24", EXAMPLE, when_stale=WhenStale.ZERO)
    em24.now += STALE_AFTER_S - 5
    em24.say({IMPORT: 900, EXPORT: 0})
    em24.now += 6

    assert em24.low_first(0x28) == 9000
    assert em24.words(0x12, 6) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
    em24.now += STALE_AFTER_S
    assert em24.words(0x28, 2) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
    assert em24.u16(0x000B) == 1648


def test_of_a_meter_that_is_known_to_have_phases_nothing_is_read_before_it_has_told_of_them() -> None:
    em24 = Client("em24", EXAMPLE)
    later = Client("em24", {})
    later.state.restore(em24.state.dump(), NOW)
    later.say({IMPORT: 900, EXPORT: 0})
    assert later.words(0x0000, 80) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
    later.say(EXAMPLE)
    assert isinstance(later.words(0x0000, 80), bytes)


def test_what_no_client_steers_by_takes_nothing_with_it_when_it_is_too_old() -> None:
    em24 = Client("em24", EXAMPLE)
    em24.now += STALE_AFTER_S - 5
    em24.say({each: value for each, value in EXAMPLE.items() if each not in REACTIVE_POWERS})
    em24.now += 6

    assert isinstance(em24.words(0x0000, 80), bytes)
    assert em24.s16(0x31) == 0
    assert Client("em24", EXAMPLE).s16(0x31) == PF


@pytest.mark.parametrize("name", MAPS)
def test_holes_read_0_and_what_is_outside_is_refused_with_exception_2(name: str) -> None:
    client = Client(name)
    rows = {
        address
        for block in client.face.blocks
        for row in block.rows
        for address in range(row.address, row.address + row.kind.words)
    }
    inside = addresses(client.face.blocks)

    assert {client.words(address) for address in inside - rows} <= {b"\0\0"}
    for block in MAPS[name].blocks():
        assert {client.words(each) for each in (block.first - 1, block.end)} == {ExceptionCode.ILLEGAL_DATA_ADDRESS}


@pytest.mark.parametrize(("name", "address", "count"), [
    ("em24", 0x0000, 80), ("em24", 0x5000, 7), ("abb-b23", 0x5000, 8), ("abb-b23", 0x5460, 24), ("abb-b23", 0x5B00, 62),
    ("sdm630", 0x0000, 80), ("sdm630", 0x0050, 28), ("sdm630", 0x00C8, 70), ("sdm630", 0x014E, 48),
])  # fmt: skip
def test_the_blocks_that_clients_read_are_answered_whole(name: str, address: int, count: int) -> None:
    answer = Client(name).words(address, count)

    assert isinstance(answer, bytes)
    assert len(answer) == 2 * count


def test_numbers_that_do_not_fit_keep_their_end() -> None:
    assert Client("em24", meter_id="AIDON-0123456789012345").text(0x5000, 7) == "23456789012345"[-14:]
    assert Client("abb-b23", meter_id="AIDON-0123456789012345").s32(0x8900) == 789_012_345
    assert Client("abb-b23", meter_id="no digit").s32(0x8900) == 0


def test_the_table_names_each_map_and_who_needs_it() -> None:
    for each in MAPS.values():
        assert each.clients
        for client in each.clients:
            assert f'| {client.has} | `["{client.set}"]` | {each.title} | {client.choose} |' in map_table()


def test_the_own_registers_stand_beside_a_map_as_far_as_there_is_room() -> None:
    own = (HAN2X, EXTENDED)

    def beside(*names: str, with_own: bool = True) -> list[Block]:
        return [block for block in shown_blocks(own, [MAPS[name] for name in names], with_own=with_own) if block in own]

    assert beside("abb-b23") == [HAN2X, EXTENDED]
    assert beside("em24") == [EXTENDED]
    assert beside("sdm630") == []
    assert beside("abb-b23", with_own=False) == []


def test_a_ksem_has_the_gateway_s_sunspec_beside_it() -> None:
    sunspec = Block("SunSpec", (), 40_000, 40_100)

    assert sunspec in shown_blocks((HAN2X, sunspec), [MAPS["kostal-ksem"]], with_own=False)
    assert sunspec not in shown_blocks((HAN2X, sunspec), [MAPS["em24"]], with_own=False)


def test_maps_overlap_where_they_share_an_address() -> None:
    assert maps_overlap(MAPS["em24"], MAPS["sdm630"])
    assert maps_overlap(MAPS["em24"], MAPS["abb-b23"])  # the serial number of one, the totals of the other
    assert not maps_overlap(MAPS["abb-b23"], MAPS["sdm630"])
    assert not overlap(Block("a", (), 0, 10), Block("b", (), 10, 20))


def test_an_em24_takes_what_victron_writes_and_nothing_else() -> None:
    em24 = MAPS["em24"]

    assert em24.accepts_write(0xA000, [7])
    assert all(em24.accepts_write(0x1002, [value]) for value in range(5))
    assert not any(em24.accepts_write(*each) for each in [(0xA000, [6]), (0x1002, [5]), (0x1002, []), (0x0000, [0])])
    assert not em24.accepts_write(0x1002, [1, 1])
