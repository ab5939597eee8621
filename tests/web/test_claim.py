"""Whose box is it: for how long the first password needs no proof, and what the claim code is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from han2x.app.access import name_of_boot
from han2x.web import Access
from han2x.web.claim import ALPHABET, LENGTH, WINDOW_S, Claim
from han2x.web.refusals import ClaimError, SlowDownError
from tests.web.clocks import Clock
from tests.web.fake_control import FakeDocument
from tests.web.gateway import CHEAP, PASSWORD

STRANGER = "192.168.1.66"


class Computer:
    """A computer and its disk; `uptime` counts since its start."""

    def __init__(self) -> None:
        self.kept, self.credentials = FakeDocument(), FakeDocument()
        self.uptime = Clock()
        self.boot = "first boot"

    def start(self) -> Access:
        """A program that has just been started."""
        return Access(self.credentials, claim=Claim(self.kept, uptime=self.uptime, boot=self.boot), cost=CHEAP)

    def power_on(self) -> None:
        """Start the computer again."""
        self.boot, self.uptime.now = "another boot", 20.0


@pytest.fixture
def computer() -> Computer:
    return Computer()


def test_after_the_first_start_no_proof_is_asked_for_until_the_window_closes(computer: Computer) -> None:
    access = computer.start()
    assert access.claim.open_s == WINDOW_S
    access.refuse_without_claim("", STRANGER)
    computer.uptime.now += WINDOW_S - 1
    access.refuse_without_claim("", STRANGER)
    computer.uptime.now += 1
    with pytest.raises(ClaimError):
        access.refuse_without_claim("", STRANGER)


def test_a_restart_of_the_program_neither_lengthens_nor_shortens_the_window(computer: Computer) -> None:
    computer.start()
    for passed in (300.0, 600.0, 899.0, 900.0, 5000.0):
        computer.uptime.now = 1000.0 + passed
        assert computer.start().claim.open_s == max(0.0, WINDOW_S - passed)


def test_another_start_of_the_computer_closes_it(computer: Computer) -> None:
    computer.start()
    computer.power_on()
    assert computer.start().claim.open_s == 0


def test_the_code_stays_over_restarts_and_opens_after_the_window(computer: Computer) -> None:
    code = computer.start().claim.code
    computer.power_on()
    access = computer.start()
    assert access.claim.code == code
    with pytest.raises(ClaimError):
        access.refuse_without_claim("ABCD-2345", STRANGER)
    for typed in (code, code.lower(), code.replace("-", ""), f" {code[:4]} {code[5:]} "):
        access.refuse_without_claim(typed, STRANGER)


def test_wrong_codes_are_slowed_down_like_wrong_passwords(computer: Computer) -> None:
    computer.start()
    computer.power_on()
    access = computer.start()
    for _ in range(5):
        with pytest.raises(ClaimError):
            access.refuse_without_claim("ABCD-2345", STRANGER)
    with pytest.raises(SlowDownError):
        access.refuse_without_claim(access.claim.code, STRANGER)
    access.refuse_without_claim(access.claim.code, "192.168.1.10")


def test_a_code_has_no_letter_that_is_taken_for_another_and_is_another_on_each_box() -> None:
    codes = {Claim(None, uptime=Clock(), boot="").code for _ in range(200)}
    assert len(codes) == 200
    letters = {letter for code in codes for letter in code.replace("-", "")}
    assert letters <= set(ALPHABET)
    assert not letters & set("0O1ILUo")
    assert {len(code) for code in codes} == {LENGTH + 1}


async def test_once_there_is_a_password_the_window_is_closed_and_the_code_used(computer: Computer) -> None:
    access = computer.start()
    code = access.claim.code
    await access.set_first_password(PASSWORD)
    assert access.claim.open_s == 0
    assert not access.claim.fits(code)
    assert computer.start().claim.open_s == 0


async def test_a_reset_opens_the_window_with_another_code(computer: Computer) -> None:
    access = computer.start()
    await access.set_first_password(PASSWORD)
    code = access.claim.code
    await access.forget()
    assert access.claim.open_s == WINDOW_S
    assert access.claim.code != code


async def test_a_press_of_the_button_opens_the_window_while_there_is_no_password(computer: Computer) -> None:
    computer.start()
    computer.power_on()
    access = computer.start()
    assert await access.open_claim()
    assert access.claim.open_s == WINDOW_S
    await access.set_first_password(PASSWORD)
    assert not await access.open_claim()
    assert access.claim.open_s == 0


async def test_a_box_that_was_owned_before_there_were_claims_never_opens_by_itself(computer: Computer) -> None:
    await Access(computer.credentials, cost=CHEAP).set_first_password(PASSWORD)
    computer.start()
    computer.credentials.kept = None
    access = computer.start()
    assert not access.password_set
    assert access.claim.open_s == 0


@pytest.mark.parametrize("document", [{}, {"code": "short", "boot": "", "opened": 0.0}, {"code": 5}])
def test_what_is_kept_and_makes_no_sense_closes_the_window(computer: Computer, document: dict[str, object]) -> None:
    computer.kept.kept = document
    assert computer.start().claim.open_s == 0


def test_what_cannot_be_read_closes_the_window(computer: Computer) -> None:
    computer.start()
    computer.kept.damaged = True
    assert computer.start().claim.open_s == 0


def test_what_cannot_be_kept_does_not_open_with_each_start(computer: Computer) -> None:
    computer.kept.failing = True
    assert computer.start().claim.open_s == 0


def test_a_start_of_the_computer_has_a_name_even_where_the_kernel_does_not_tell_it(tmp_path: Path) -> None:
    boot_id = tmp_path / "boot_id"
    runtime = {"RUNTIME_DIRECTORY": str(tmp_path)}
    name = name_of_boot(boot_id, runtime)
    assert name == name_of_boot(boot_id, runtime)
    assert name_of_boot(boot_id, {}) != name_of_boot(boot_id, {})
    (tmp_path / "boot").unlink()
    assert name_of_boot(boot_id, runtime) != name
    boot_id.write_text("0d2b\n")
    assert name_of_boot(boot_id, runtime) == "0d2b"


async def test_two_who_are_first_at_the_same_moment_do_not_both_own_it(computer: Computer) -> None:
    access = computer.start()
    outcomes = await asyncio.gather(
        access.set_first_password(PASSWORD), access.set_first_password("gul traktor 1954"), return_exceptions=True
    )
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
