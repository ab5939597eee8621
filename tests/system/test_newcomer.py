"""The README's first commands, on a clean Debian 12 and 13: as a normal user, with sudo, and as root.

`make test-clean`; it takes `make test` as long as it takes, on both. What is tested is the last commit.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.system.conftest import SOURCE
from tests.system.machine import booted, tree
from tests.system.newcomer import CLEAN, OWNER, ROOT, USER, Newcomer, clone

pytestmark = [pytest.mark.clean, pytest.mark.timeout(3600)]

TEST_S: Final = 3000.0
"""More than it takes where six others use the computer; a test that hangs ends by its own limit."""
FEW: Final = "test ARGS='-n0 tests/test_printable.py'"
LEFT_OUT: Final = (
    r".+ is not installed; make test-packages would",
    r"needs the packages .+",
    r"only root .+",
    r"no other user can run this Python here",
    r"needs the larger sets in \.\./shared",
    r"a network namespace cannot be had",
)
"""What a test may need that such a computer does not have; each is said in these words."""

Measured = Callable[[str, object], None]


@pytest.fixture(scope="module")
def newcomer(release: str, developers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    """The computer, with a clone."""
    folder = tmp_path_factory.mktemp(f"newcomer-{release}")
    developers.chmod(0o755)  # pytest's folders are for one user alone
    binds = {clone(SOURCE, folder): "/clone", developers: "/packages"}
    with booted(tree(release, CLEAN, "clean"), binds, folder / "console") as machine:
        yield Newcomer(machine)


def test_make_run_installs_it_and_serves_the_page(newcomer: Newcomer, record_property: Measured) -> None:
    with newcomer.running():
        seconds = newcomer.machine.wait_until(lambda: "<title>" in newcomer.page(), 600)
    record_property("make run, until the page is there", f"{seconds:.0f} s")


def test_make_test_is_green_and_names_what_it_leaves_out(newcomer: Newcomer, record_property: Measured) -> None:
    assert not newcomer.may_become_root(USER)
    before = newcomer.installed()
    done = newcomer.make(f"test AGAIN={os.environ.get('AGAIN', '')}", timeout=TEST_S)
    assert done.status == 0, done.said[-20_000:]
    for reason in done.left_out:
        assert any(re.fullmatch(words, reason) for words in LEFT_OUT), reason
    assert sum(done.left_out.values()) == done.counted["skipped"], "some are left out in silence"
    assert "chromium" in done.said.partition("python -m pytest")[0], "what is missing is named before the tests begin"
    assert "the larger sets in ../shared are not here" in done.said
    assert newcomer.installed() == before
    assert newcomer.asked_of_apt() == []
    record_property("make test", ", ".join(f"{count} {kind}" for kind, count in done.counted.items()))
    record_property("green when tried again", ", ".join(done.red) or "none")


@pytest.mark.parametrize("user", [OWNER, ROOT])
def test_who_could_install_packages_is_not_made_to(newcomer: Newcomer, user: str) -> None:
    newcomer.hand_over(user)
    assert newcomer.may_become_root(user)
    done = newcomer.make(FEW, user)
    assert done.status == 0, done.said
    assert "The tests that need them are left out." in done.said
    assert newcomer.asked_of_apt() == []


def test_make_test_packages_installs_what_the_tests_need(newcomer: Newcomer) -> None:
    """As far as it comes without a network."""
    newcomer.hand_over(OWNER)
    done = newcomer.make("test-packages", OWNER)
    assert done.status != 0
    assert "To install them: sudo apt-get install chromium" in done.said
    assert any(" install -y --no-install-recommends chromium" in asked for asked in newcomer.asked_of_apt())
