"""The metrics by name, as Prometheus's naming rules have them: units spelt out, counters ending in _total. Pure.

A value is scaled by the meter's factor where Modbus clients see it scaled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from han2x.metrics.text import Family
from han2x.model import Quantity

GAUGE: Final = "gauge"
COUNTER: Final = "counter"

BUILD: Final = Family("han2x_build_info", GAUGE, "Version of the program, and the gateway's own id, as labels.")
UPTIME: Final = Family("han2x_uptime_seconds", GAUGE, "How long the program has run.")
TEMPERATURE: Final = Family("han2x_board_temperature_celsius", GAUGE, "Temperature of the computer's board.")
CPU: Final = Family("process_cpu_seconds_total", COUNTER, "Processor time that the program has used.")
MEMORY: Final = Family("process_resident_memory_bytes", GAUGE, "Memory of the program that is in use.")

METER: Final = Family("han2x_meter_info", GAUGE, "Who made a meter, and which type it is, as labels.")
UP: Final = Family("han2x_meter_up", GAUGE, "1 while good telegrams come from the meter, else 0.")
DIAGNOSIS: Final = Family("han2x_meter_diagnosis_info", GAUGE, "What is the matter with the meter's line, as a label.")
AGE: Final = Family("han2x_telegram_age_seconds", GAUGE, "Time since the meter's last good telegram.")
TELEGRAMS: Final = Family("han2x_telegrams_total", COUNTER, "Good telegrams, by kind of list.")
PROBLEMS: Final = Family("han2x_problems_total", COUNTER, "What came from the line and was no good telegram, by cause.")
FACTOR: Final = Family("han2x_scaling_factor_ratio", GAUGE, "Factor by which power, current and energy are multiplied.")

NET_POWER: Final = Family("han2x_net_power_watts", GAUGE, "Active power, import positive and export negative.")
PHASE_POWER: Final = Family(
    "han2x_phase_power_watts",
    GAUGE,
    "Active power of a phase, import positive; of origin shared where it is a share of the total by U times I.",
)
ACTIVE: Final = Family("han2x_active_power_watts", GAUGE, "Active power by direction.")
REACTIVE: Final = Family("han2x_reactive_power_vars", GAUGE, "Reactive power by direction.")
POWER_FACTOR: Final = Family("han2x_power_factor_ratio", GAUGE, "Power factor as the meter sends it.")
CURRENT: Final = Family("han2x_phase_current_amperes", GAUGE, "Current of a phase as the meter sends it.")
VOLTAGE: Final = Family("han2x_phase_voltage_volts", GAUGE, "Voltage of a phase.")
PHASE_ACTIVE: Final = Family("han2x_phase_active_power_watts", GAUGE, "Active power of a phase as the meter sends it.")
PHASE_REACTIVE: Final = Family(
    "han2x_phase_reactive_power_vars", GAUGE, "Reactive power of a phase as the meter sends it."
)
PHASE_POWER_FACTOR: Final = Family("han2x_phase_power_factor_ratio", GAUGE, "Power factor of a phase.")
ENERGY: Final = Family("han2x_energy_watthours_total", COUNTER, "Active energy as the meter last sent it.")
REACTIVE_ENERGY: Final = Family(
    "han2x_reactive_energy_varhours_total", COUNTER, "Reactive energy as the meter last sent it."
)
PHASE_ENERGY: Final = Family("han2x_phase_energy_watthours_total", COUNTER, "Active energy of a phase.")
ESTIMATED: Final = Family(
    "han2x_energy_estimated_watthours_total",
    COUNTER,
    "Active energy as it is now, estimated between the meter's totals.",
)
REACTIVE_ESTIMATED: Final = Family(
    "han2x_reactive_energy_estimated_varhours_total",
    COUNTER,
    "Reactive energy as it is now, estimated between the meter's totals.",
)
ERROR: Final = Family(
    "han2x_energy_estimated_error_watthours",
    GAUGE,
    "Error bar of the estimated active energy; the truth is within two.",
)
REACTIVE_ERROR: Final = Family(
    "han2x_reactive_energy_estimated_error_varhours",
    GAUGE,
    "Error bar of the estimated reactive energy; the truth is within two.",
)

MODBUS_CLIENTS: Final = Family("han2x_modbus_clients", GAUGE, "Modbus clients that are connected.")
MODBUS_REQUESTS: Final = Family("han2x_modbus_requests_total", COUNTER, "Modbus requests by function code.")
MODBUS_EXCEPTIONS: Final = Family("han2x_modbus_exceptions_total", COUNTER, "Modbus exceptions by exception code.")
MODBUS_RECEIVED: Final = Family("han2x_modbus_received_bytes_total", COUNTER, "Octets of Modbus clients' requests.")
MODBUS_SENT: Final = Family("han2x_modbus_sent_bytes_total", COUNTER, "Octets of the responses to Modbus clients.")
MODBUS_ACCEPTED: Final = Family("han2x_modbus_connections_accepted_total", COUNTER, "Modbus clients that were let in.")
MODBUS_REFUSED: Final = Family(
    "han2x_modbus_connections_refused_total", COUNTER, "Modbus clients that were not let in."
)
MODBUS_CUT: Final = Family(
    "han2x_modbus_connections_cut_total", COUNTER, "Modbus clients that the gateway cut off, by reason."
)
OUTPUT: Final = Family("han2x_output_state", GAUGE, "1 for the state that an output is in, 0 for the others.")

Place = tuple[Family, str]
"""A family, and the labels of one of its samples as they are written."""

_PHASES: Final = ("L1", "L2", "L3")
_DIRECTIONS: Final = ("import", "export")


def _directed(family: Family, quantities: tuple[Quantity, Quantity]) -> dict[Quantity, Place]:
    return {
        quantity: (family, f'direction="{direction}"')
        for quantity, direction in zip(quantities, _DIRECTIONS, strict=True)
    }


def _phased(family: Family, quantities: tuple[Quantity, ...], direction: str = "") -> dict[Quantity, Place]:
    more = f',direction="{direction}"' if direction else ""
    return {quantity: (family, f'phase="{phase}"{more}') for quantity, phase in zip(quantities, _PHASES, strict=True)}


_Q = Quantity
PLACES: Final[Mapping[Quantity, Place]] = {
    **_directed(ACTIVE, (_Q.ACTIVE_POWER_IMPORT, _Q.ACTIVE_POWER_EXPORT)),
    **_directed(REACTIVE, (_Q.REACTIVE_POWER_IMPORT, _Q.REACTIVE_POWER_EXPORT)),
    _Q.POWER_FACTOR: (POWER_FACTOR, ""),
    **_phased(CURRENT, (_Q.CURRENT_L1, _Q.CURRENT_L2, _Q.CURRENT_L3)),
    **_phased(VOLTAGE, (_Q.VOLTAGE_L1, _Q.VOLTAGE_L2, _Q.VOLTAGE_L3)),
    **_directed(ENERGY, (_Q.ACTIVE_ENERGY_IMPORT, _Q.ACTIVE_ENERGY_EXPORT)),
    **_directed(REACTIVE_ENERGY, (_Q.REACTIVE_ENERGY_IMPORT, _Q.REACTIVE_ENERGY_EXPORT)),
    **_phased(
        PHASE_ACTIVE, (_Q.ACTIVE_POWER_IMPORT_L1, _Q.ACTIVE_POWER_IMPORT_L2, _Q.ACTIVE_POWER_IMPORT_L3), "import"
    ),
    **_phased(
        PHASE_ACTIVE, (_Q.ACTIVE_POWER_EXPORT_L1, _Q.ACTIVE_POWER_EXPORT_L2, _Q.ACTIVE_POWER_EXPORT_L3), "export"
    ),
    **_phased(
        PHASE_REACTIVE,
        (_Q.REACTIVE_POWER_IMPORT_L1, _Q.REACTIVE_POWER_IMPORT_L2, _Q.REACTIVE_POWER_IMPORT_L3),
        "import",
    ),
    **_phased(
        PHASE_REACTIVE,
        (_Q.REACTIVE_POWER_EXPORT_L1, _Q.REACTIVE_POWER_EXPORT_L2, _Q.REACTIVE_POWER_EXPORT_L3),
        "export",
    ),
    **_phased(PHASE_POWER_FACTOR, (_Q.POWER_FACTOR_L1, _Q.POWER_FACTOR_L2, _Q.POWER_FACTOR_L3)),
    **_phased(
        PHASE_ENERGY, (_Q.ACTIVE_ENERGY_IMPORT_L1, _Q.ACTIVE_ENERGY_IMPORT_L2, _Q.ACTIVE_ENERGY_IMPORT_L3), "import"
    ),
    **_phased(
        PHASE_ENERGY, (_Q.ACTIVE_ENERGY_EXPORT_L1, _Q.ACTIVE_ENERGY_EXPORT_L2, _Q.ACTIVE_ENERGY_EXPORT_L3), "export"
    ),
}
"""Where each quantity that a meter can send is."""

ESTIMATES: Final[Mapping[Quantity, tuple[Family, Family, str]]] = {
    _Q.ACTIVE_ENERGY_IMPORT: (ESTIMATED, ERROR, 'direction="import"'),
    _Q.ACTIVE_ENERGY_EXPORT: (ESTIMATED, ERROR, 'direction="export"'),
    _Q.REACTIVE_ENERGY_IMPORT: (REACTIVE_ESTIMATED, REACTIVE_ERROR, 'direction="import"'),
    _Q.REACTIVE_ENERGY_EXPORT: (REACTIVE_ESTIMATED, REACTIVE_ERROR, 'direction="export"'),
}
"""Where each energy that is estimated is, and its error bar."""
