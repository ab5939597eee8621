"""general-glo-ciphering of an APDU, DLMS security suite 0 (Green Book 9.2.7.2), in the form Kamstrup meters send."""

from __future__ import annotations

from dataclasses import dataclass, field

from han2x.simulator.encoding import octet_string

SYSTEM_TITLE = b"KAME\x99\x00\x00\x01"
TAG_OCTETS = 12


@dataclass(frozen=True, slots=True)
class Encryption:
    """The keys of a meter: GPK60 for encryption and GPK61 for authentication, 16 octets each.

    Without an authentication key the telegrams are encrypted only (security control 20), which carries no tag.

    Raises:
        ValueError: a key does not have 16 octets.
    """

    encryption_key: bytes = field(repr=False)
    authentication_key: bytes | None = field(default=None, repr=False)
    system_title: bytes = SYSTEM_TITLE

    def __post_init__(self) -> None:
        for name, key in (("encryption", self.encryption_key), ("authentication", self.authentication_key)):
            if key is not None and len(key) != 16:
                raise ValueError(f"the {name} key must have 16 octets (32 hexadecimal digits), not {len(key)}")

    def cipher(self, apdu: bytes, invocation_counter: int) -> bytes:
        """The ciphered APDU; its length is written in three octets even where one would do, as the meters do."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # slow to import, and few telegrams need it

        control = 0x20 if self.authentication_key is None else 0x30
        additional = b"" if self.authentication_key is None else bytes((control,)) + self.authentication_key
        counter = invocation_counter.to_bytes(4, "big")
        sealed = AESGCM(self.encryption_key).encrypt(self.system_title + counter, apdu, additional)
        text, tag = sealed[: len(apdu)], sealed[len(apdu) :][: TAG_OCTETS if self.authentication_key else 0]
        content = bytes((control,)) + counter + text + tag
        title = octet_string(self.system_title)[1:]
        return b"\xdb" + title + b"\x82" + len(content).to_bytes(2, "big") + content
