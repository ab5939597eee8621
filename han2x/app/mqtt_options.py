"""What the settings ask of the MQTT output."""

from __future__ import annotations

from collections.abc import Mapping

from han2x.settings import Settings


def mqtt_wanted(settings: Settings) -> Mapping[str, object]:
    """The one output there is of it; none without a broker."""
    wanted = settings.mqtt
    if not wanted.broker:
        return {}
    from han2x.outputs.mqtt.options import PORT, TLS_PORT, Options, Tls
    from han2x.settings.broker import parse_broker

    host, port = parse_broker(wanted.broker)
    tls = Tls(wanted.tls_authority, wanted.tls_certificate, wanted.tls_key) if wanted.tls else None
    options = Options(
        host=host,
        port=port or (TLS_PORT if wanted.tls else PORT),
        user=wanted.user,
        password=wanted.password,
        tls=tls,
        prefix=wanted.prefix,
        discovery=wanted.discovery_prefix if wanted.discovery else "",
        qos=wanted.qos,
        retain=wanted.retain,
        interval_s=wanted.interval_s,
        few=wanted.values == "few",
    )
    return {"mqtt": options}
