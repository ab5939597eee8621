"""The words of the page: each language has all of them, and none that nothing shows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from han2x.app.reach import Ending as ReachEnding
from han2x.audit import ACTIONS, ActorKind
from han2x.estimator.discontinuity import TEXTS as DISCONTINUITIES
from han2x.faults import OS_ERRORS
from han2x.front_panel.faults import FAULTS as PANEL_FAULTS
from han2x.gateway.diagnosis import Code
from han2x.history_file.faults import HistoryFault
from han2x.keys.faults import FAULTS as KEY_FAULTS
from han2x.listeners import ListenerState, What
from han2x.modbus_server.faults import FAULTS as MODBUS_FAULTS
from han2x.model import ProblemCause, ProblemKind, PushList
from han2x.network import FAULTS as NETWORK_FAULTS
from han2x.network import Ending, InterfaceKind
from han2x.outputs.mdns.faults import FAULTS as MDNS_FAULTS
from han2x.outputs.mqtt.faults import FAULTS as MQTT_FAULTS
from han2x.port_name import FAULTS as PORT_NAME_FAULTS
from han2x.registers import EXTENDED, HAN2X
from han2x.serial_port.reasons import REASONS as PORT_FAULTS
from han2x.settings import Outcome
from han2x.settings.faults import FAULTS as SETTINGS_FAULTS
from han2x.settings.rules import Choice, WholeNumber
from han2x.settings.schema import METERS, ROWS, SECTIONS
from han2x.upgrade_note import FAULTS as UPGRADE_FAULTS
from han2x.web import errors, passwords, validation

WEBUI: Final = Path(__file__).parents[2] / "webui"
LANGUAGES: Final = ("en", "nb", "sv", "da", "de", "fi")
ENTRY: Final = re.compile(r'  ("[^"]+"): ("(?:[^"\\]|\\.)*"),')
PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
COMMON: Final = 4
"""From this many letters on, a text that is the same as the English one is suspected of being left untranslated."""

SAME: Final = {
    "choice.language.de",
    "chart.hours", "choice.language.da", "choice.language.en", "choice.language.nb", "choice.language.sv",
    "clients.masks", "clients.pause", "clients.unit", "count.open", "energy.import", "energy.import.kwh",
    "energy.kinds", "energy.period", "handover.listener.modbus", "level.info", "list.list-1", "list.list-2",
    "list.list-3", "list.push-1", "listener.modbus", "maker.aidon", "maker.easymeter", "maker.elgama", "maker.elster",
    "maker.holley", "maker.iskraemeco", "maker.kaifa", "maker.kamstrup", "maker.landis+gyr", "maker.sagemcom",
    "maker.sanxing", "maker.siemens", "network.addresses", "network.ipv6", "network.mac", "network.method.dhcp",
    "output.mqtt", "page.foot", "registers.number", "settings.modbus", "settings.seldom.tls", "start.short.adapter",
    "telegrams.obis", "telegrams.part.data", "time.d", "time.h", "time.min", "view.live",
    "choice.language.fi",
}  # fmt: skip
"""What may read the same in English: names, and words that the languages share."""
SAME_IN: Final[Mapping[str, set[str]]] = {
    "de": {
        "about.title", "clients.client", "handover.name", "phases.phase", "registers.name", "setting.meters.name",
        "settings.device", "start.short.clients",
    },
}  # fmt: skip
"""What may do so in one language only."""

NOT_ON_THE_PAGE: Final = frozenset({"web.enabled", "modbus.read_only"})


def _words(language: str) -> dict[str, str]:
    lines = (WEBUI / "words" / f"{language}.js").read_text(encoding="utf-8").splitlines()
    begin, end = lines.index("export default {"), lines.index("};")
    words: dict[str, str] = {}
    for line in filter(str.strip, lines[begin + 1 : end]):
        match = ENTRY.fullmatch(line)
        assert match, f"{language}: this line is no entry: {line}"
        key, text = json.loads(match[1]), json.loads(match[2])
        assert key not in words, f"{language}: {key} is there twice"
        words[key] = text
    return words


WORDS: Final[Mapping[str, Mapping[str, str]]] = {language: _words(language) for language in LANGUAGES}
CODE: Final = "\n".join(
    file.read_text(encoding="utf-8") for file in WEBUI.rglob("*.js") if file.parent != WEBUI / "words"
)
PAGE: Final = (WEBUI / "index.html").read_text(encoding="utf-8")

LITERALS: Final = set(re.findall(r'"([a-z][\w+.-]*)"', CODE)) | set(re.findall(r'data-text="([^"]+)"', PAGE))
SAID: Final = set(re.findall(r'\bsay\(\s*"([^"]+)"', CODE)) | set(re.findall(r'data-text="([^"]+)"', PAGE))
NAMED_BY_THE_GATEWAY: Final = (
    "cause.", "changes.action.", "changes.actor.", "changes.key.", "changes.value.", "choice.", "diagnosis.",
    "discontinuity.", "errno.", "error.", "flag.", "level.", "list.", "listener.", "maker.", "output.", "problem.",
    "reason.", "register.", "setting.", "settings.report.", "warning.",
)  # fmt: skip
TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "network": NETWORK_FAULTS,
    "settings": SETTINGS_FAULTS,
    "keys": KEY_FAULTS,
    "serial port": PORT_FAULTS,
    "port names": PORT_NAME_FAULTS,
    "web": errors.FAULTS,
    "Modbus": MODBUS_FAULTS,
    "mDNS": MDNS_FAULTS,
    "MQTT": MQTT_FAULTS,
    "history": HistoryFault.TEXTS,
    "front panel": PANEL_FAULTS,
    "upgrade": UPGRADE_FAULTS,
}
"""Everything that can be wrong, by area: the English text of each code."""
PASSWORD_CODES: Final = passwords.WEAKNESSES | {"password-wrong", "password-same"}
"""What is told of passwords at their fields, without values."""
NAMES: Final = set(re.findall(r'"([\w-]+)"|\b(\w+):', CODE))
TEMPLATES: Final = [
    re.compile(re.sub(r"\\\$\\\{.+?\\\}", "(.+)", re.escape(template)))
    for template in re.findall(r"`([a-z]+\.[^`\s]*\$\{[^`\s]+\}[^`\s]*)`", CODE)
]


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_each_language_has_the_same_words_in_the_same_order(language: str) -> None:
    assert list(WORDS[language]) == list(WORDS["en"])


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_each_language_puts_in_the_same_values(language: str) -> None:
    for key, text in WORDS["en"].items():
        assert set(PLACEHOLDER.findall(WORDS[language][key])) == set(PLACEHOLDER.findall(text)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_empty_or_blank_at_an_end(language: str) -> None:
    assert [key for key, text in WORDS[language].items() if not text or text != text.strip()] == []


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_word_is_left_in_english(language: str) -> None:
    left = {
        key
        for key, text in WORDS["en"].items()
        if text == WORDS[language][key] and len(re.sub(r"\{\w+\}|[^A-Za-z]", "", text)) >= COMMON
    }
    assert left - SAME - SAME_IN.get(language, set()) == set()


def test_everything_that_is_said_has_words() -> None:
    assert SAID - set(WORDS["en"]) == set()


def test_no_words_are_there_that_nothing_says() -> None:
    unused = {key for key in WORDS["en"] if key not in LITERALS and not key.startswith(NAMED_BY_THE_GATEWAY)}
    assert {key for key in unused if not any(map(_is_name, _filled_in(key)))} == set()


def _filled_in(key: str) -> list[str]:
    """What a text like `count.${name}` in the code would have to put in to say this."""
    return [match[1] for template in TEMPLATES if (match := template.fullmatch(key))]


def _is_name(text: str) -> bool:
    return any(text in pair for pair in NAMES) or text in {*SECTIONS, *InterfaceKind, *Ending}


def _expected() -> dict[str, set[str]]:
    """The words for all that the gateway names by a code, by the beginning of their keys."""
    rows = {f"{section}.{key}": row for section, rows in ROWS.items() for key, row in rows.items()}
    settings = {
        f"setting.{name}{end}"
        for name, row in rows.items()
        if not (row.secret and row.section == METERS) and name not in NOT_ON_THE_PAGE
        for end in ("", ".help")
    }
    matters = {code for code in Code if code not in (Code.RECEIVING, Code.WAITING)}
    diagnoses = {f"diagnosis.{code}.{part}" for code in matters for part in ("what", "advice")}
    return {
        "register.": {f"register.{register.number}" for register in (*HAN2X.rows, *EXTENDED.rows)},
        "problem.": {f"problem.{kind}" for kind in ProblemKind},
        "changes.action.": {f"changes.action.{action}" for action in ACTIONS},
        "changes.actor.": {f"changes.actor.{kind.value}" for kind in ActorKind},
        "changes.value.": {f"changes.value.{told}" for told in ("set", "not set", "changed")},
        "changes.key.": {f"changes.key.{row.key}" for row in ROWS[METERS].values() if row.secret},
        "settings.report.": {f"settings.report.{outcome.value}" for outcome in Outcome},
        "cause.": {f"cause.{cause}" for cause in ProblemCause},
        "discontinuity.": {f"discontinuity.{cause}" for cause in DISCONTINUITIES},
        "list.": {f"list.{kind}" for kind in PushList},
        "listener.": {f"listener.{each}" for each in (*What, *ListenerState)} | {"listener.again"},
        "error.": {f"error.{code}" for code in errors.CODES}
        | {"error.status", "error.unreachable", "error.broken-off"},
        "errno.": {f"errno.{name}" for name in OS_ERRORS},
        "diagnosis.": diagnoses - {f"diagnosis.{Code.PORT_FAILED}.what"},
        "reach.ending.": {f"reach.ending.{ending}" for ending in ReachEnding},
        "network.ending.": {f"network.ending.{ending}" for ending in Ending if ending is not Ending.CONFIRMED},
        "network.kind.": {f"network.kind.{kind}" for kind in InterfaceKind},
        "reason.": {
            f"reason.{code}" for codes in (*TABLES.values(), validation.CODES, PASSWORD_CODES) for code in codes
        }
        | {"reason.refused"},
        "settings.": {f"settings.{section}" for section in SECTIONS if section != METERS},
        "setting.": settings,
        "warning.": {"warning.scale"},
    }


def test_all_that_the_gateway_names_has_words() -> None:
    missing = {key for keys in _expected().values() for key in keys if key not in WORDS["en"]}
    assert missing == set()


@pytest.mark.parametrize(
    "group",
    [
        "cause.", "changes.action.", "changes.actor.", "changes.key.", "changes.value.", "diagnosis.",
        "discontinuity.", "errno.", "error.", "list.", "listener.", "network.ending.", "problem.", "reach.ending.",
        "reason.", "register.", "settings.report.", "warning.",
    ],
)  # fmt: skip
def test_nothing_has_words_that_the_gateway_does_not_name(group: str) -> None:
    assert {key for key in WORDS["en"] if key.startswith(group)} - _expected()[group] == set()


def test_no_setting_has_words_that_the_table_does_not_have() -> None:
    own = {"setting.range", "setting.listen.address", "setting.listen.address.help"}
    units = {key for key in WORDS["en"] if key.startswith("setting.") and key.endswith(".step")}
    assert units <= {f"setting.meters.{key}.step" for key in ROWS["meters"]}
    left = {key for key in WORDS["en"] if key.startswith("setting.")} - own - units
    assert left - _expected()["setting."] == set()


def test_each_choice_of_a_text_has_its_word() -> None:
    texts = {
        (row.key, value)
        for rows in ROWS.values()
        for row in rows.values()
        if isinstance(row.rule, Choice)
        for value in row.rule.values
        if isinstance(value, str)
    }
    missing = [each for each in texts if not {f"choice.{each[0]}.{each[1]}", f"choice.{each[1]}"} & set(WORDS["en"])]
    assert missing == []


@pytest.mark.parametrize("area", TABLES)
def test_the_words_of_a_fault_put_in_no_value_that_the_gateway_does_not_send(area: str) -> None:
    for code, text in TABLES[area].items():
        assert set(PLACEHOLDER.findall(WORDS["en"][f"reason.{code}"])) <= set(PLACEHOLDER.findall(text)), code


def test_the_words_of_what_comes_without_values_need_none() -> None:
    alone = {f"reason.{code}" for code in validation.CODES | PASSWORD_CODES} | {
        key for key in WORDS["en"] if key.startswith(("cause.", "errno.", "problem.", "diagnosis."))
    }
    assert [key for key in alone if PLACEHOLDER.findall(WORDS["en"][key])] == []


def test_the_words_of_a_discontinuity_put_in_what_the_gateway_sends() -> None:
    for cause, text in DISCONTINUITIES.items():
        assert set(PLACEHOLDER.findall(WORDS["en"][f"discontinuity.{cause}"])) == set(PLACEHOLDER.findall(text)), cause


def test_a_code_means_the_same_wherever_it_comes_from() -> None:
    """The page knows a fault by its code alone, so that two areas may share one only for the same words."""
    areas = [set(codes) for codes in (*TABLES.values(), validation.CODES, PASSWORD_CODES)]
    shared = {code for place, codes in enumerate(areas) for other in areas[place + 1 :] for code in codes & other}
    assert shared == {"missing"}


def test_a_range_that_a_whole_number_has_is_put_in_by_itself() -> None:
    ranges = [
        (row, row.rule.highest) for rows in ROWS.values() for row in rows.values() if isinstance(row.rule, WholeNumber)
    ]
    assert ranges
    for row, highest in ranges:
        assert str(highest) not in WORDS["en"][f"setting.{row.section}.{row.key}.help"]
