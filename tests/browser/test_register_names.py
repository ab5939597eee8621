"""What holds the same in another maker's map has its words in each language, and is never called something else."""

from __future__ import annotations

import re
from typing import Final

import pytest

from han2x.registers.maps import MAPS, OWN_NUMBERING_FROM
from tests.browser.test_words import WEBUI, WORDS

PHASE: Final = re.compile(r" L[123](?= |$)")
NAMED: Final = dict(
    re.findall(r'^  "?([^":]+)"?: "([a-z][\w.-]+)",$', (WEBUI / "registers" / "names.js").read_text(), re.MULTILINE)
)


@pytest.mark.parametrize("name", MAPS)
def test_every_register_of_another_maker_s_map_has_words(name: str) -> None:
    rows = [row for block in MAPS[name].blocks() if block.first != OWN_NUMBERING_FROM for row in block.rows]
    assert {PHASE.sub("", row.name) for row in rows} - set(NAMED) == set()


def test_the_words_that_they_are_given_are_there() -> None:
    assert set(NAMED.values()) - set(WORDS["en"]) == set()
