"""Where an MQTT broker is, and what a topic may begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from han2x.app.mqtt_options import mqtt_wanted
from han2x.outputs.mqtt.options import Options, Tls
from han2x.settings import MqttSettings, Settings, SettingsError, load
from han2x.settings.broker import Broker, TopicPrefix, parse_broker
from han2x.settings.rules import Rule


def is_refused(rule: Rule, value: object) -> bool:
    try:
        rule.parse(value)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("broker", ("broker", None)),
        ("Home.Local:1884", ("Home.Local", 1884)),
        ("192.168.1.10", ("192.168.1.10", None)),
        ("192.168.1.10:8883", ("192.168.1.10", 8883)),
        ("[fd00::10]", ("fd00::10", None)),
        ("[fd00::10]:1883", ("fd00::10", 1883)),
    ],
)
def test_a_broker_is_a_host_with_or_without_a_port(text: str, read: tuple[str, int | None]) -> None:
    assert parse_broker(text) == read
    assert Broker().parse(text) == text


@pytest.mark.parametrize(
    "text",
    ["mqtt://broker", "broker:", "broker:0", "broker:70000", "broker:x", "fd00::10", "[fd00::10", "[x]:1", "a b",
     ":1883", "user@broker", "-broker", "broker/topic", "x" * 300, 5, None, True],
)  # fmt: skip
def test_what_is_no_broker_is_refused(text: object) -> None:
    assert is_refused(Broker(), text)


@pytest.mark.parametrize("text", ["", "/han2x", "han2x/", "a//b", "han+x", "han#", "$SYS", "hån", "a b", "x" * 65, 5])
def test_what_no_topic_should_begin_with_is_refused(text: object) -> None:
    assert is_refused(TopicPrefix(), text)


def test_a_topic_may_begin_with_some_levels() -> None:
    assert TopicPrefix().parse("house/Meters_1/han2x.net-2") == "house/Meters_1/han2x.net-2"


def test_without_a_broker_there_is_no_output() -> None:
    assert mqtt_wanted(Settings(mqtt=MqttSettings(user="han", tls=True))) == {}


def test_the_port_is_the_usual_one_of_what_is_spoken() -> None:
    def options(**settings: object) -> Options:
        [wanted] = mqtt_wanted(Settings(mqtt=MqttSettings(broker="broker", **settings))).values()  # type: ignore[arg-type]
        assert isinstance(wanted, Options)
        return wanted

    assert options().place == "broker:1883"
    assert options(tls=True).place == "broker:8883"
    assert options(tls_authority=Path("/ca.pem")).tls is None
    assert options(tls=True, tls_authority=Path("/ca.pem")).tls == Tls(Path("/ca.pem"))
    assert options(discovery=False).discovery == ""


def test_a_certificate_without_its_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[mqtt]\nbroker = "broker"\ntls_certificate = "/own.pem"\n')
    with pytest.raises(SettingsError, match="belong together"):
        load(file)


def test_no_error_tells_the_password(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    for wrong in ('"s3cret\\u0007"', '["s3cret"]'):
        file.write_text(f"[mqtt]\npassword = {wrong}\n")
        with pytest.raises(SettingsError) as refused:
            load(file)
        assert "s3cret" not in str(refused.value)
