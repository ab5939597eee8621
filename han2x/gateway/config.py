"""What one meter runs with, whoever wrote it down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from han2x.meters import Scales
from han2x.meters.clock import Zone, central_european
from han2x.registers import scaling_factor
from han2x.registers.bank import DEFAULT_RULES, Rules
from han2x.state import STALE_AFTER_S

AUTO: Final = "auto"


@dataclass(frozen=True, slots=True)
class MeterConfig:
    """One meter: its unit id, its line, its scales and its keys.

    `port` is "" for none, `serial_settings` "auto" or like "2400 8N1". `scaling_factor` is in thousandths,
    `main_fuse_a` None while nobody has said it. A `simulated` meter needs no port. `zone` is where it stands. Without
    `p1_checksums` the check sequences of P1 telegrams need not be right.
    """

    unit: int = 1
    name: str = ""
    port: str = ""
    serial_settings: str = AUTO
    scaling_factor: int = scaling_factor.DEFAULT
    main_fuse_a: int | None = None
    scales: Scales = field(default_factory=Scales)
    encryption_key: bytes | None = field(default=None, repr=False)
    authentication_key: bytes | None = field(default=None, repr=False)
    p1_checksums: bool = True
    rules: Rules = DEFAULT_RULES
    stale_after_s: float = STALE_AFTER_S
    simulated: bool = False
    zone: Zone = central_european

    @property
    def label(self) -> str:
        """How log lines name the meter."""
        return self.name or f"meter {self.unit}"

    @property
    def configured(self) -> bool:
        """Whether there is a line to read."""
        return self.simulated or bool(self.port)

    @property
    def keys(self) -> tuple[bytes | None, bytes | None]:
        """Encryption key and authentication key."""
        return self.encryption_key, self.authentication_key

    @property
    def line(self) -> tuple[object, ...]:
        """What the line is made from: where this changes, the line is read from the start."""
        return self.port, self.serial_settings, self.scales, self.keys, self.p1_checksums, self.simulated
