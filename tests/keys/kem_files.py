"""KEM and KEM2 files as Kamstrup's service makes them, made here."""

from __future__ import annotations

import base64
import io
import textwrap
import zipfile

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PASSWORD = "0420Test"
KEY = bytes(range(0x20, 0x30))
OTHER = bytes(range(0x70, 0x80))
THIRD = bytes(range(0xE0, 0xF0))
KEM = (
    '<MetersInOrder orderid="10000001  1" schemaVersion="2.0"><Meter><MeterNo></MeterNo><SerialNo>19088743</SerialNo>'
    "<EncKeys>{}</EncKeys><MeterName>OMNIPOWER</MeterName><ConfigNo></ConfigNo></Meter></MetersInOrder>"
)
KEYS = f"<DEK>{THIRD.hex()}</DEK><GPK60>{KEY.hex().upper()}</GPK60><GPK61>{OTHER.hex().upper()}</GPK61>"
KEM2 = (
    '<Devices schemaVersion="1.0"><Device><DeviceId><SerialNumber>19088743</SerialNumber></DeviceId>'
    "<CustomerDeviceNumber>7</CustomerDeviceNumber><Keys>{}</Keys></Device></Devices>"
)
SERIAL = "19088743"


def encrypt(plaintext: bytes, password: str = PASSWORD) -> bytes:
    key = password.encode().ljust(16, b"\0")
    padding = 16 - len(plaintext) % 16
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key)).encryptor()
    return encryptor.update(plaintext + bytes((padding,)) * padding)


def outer(
    ciphertext: bytes, width: int = 1 << 20, algorithm: str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
) -> bytes:
    value = "\r\n".join(textwrap.wrap(base64.b64encode(ciphertext).decode(), width))
    return (
        f'<?xml version="1.0" encoding="utf-8"?><EncryptedData Type="{algorithm}" '
        f'xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="{algorithm}" />'
        f"<CipherData><CipherValue>{value}</CipherValue></CipherData></EncryptedData>"
    ).encode()


def kem(inner: str, password: str = PASSWORD) -> bytes:
    """A KEM file by itself around this plaintext."""
    return outer(encrypt(inner.encode(), password))


def zipped(*documents: bytes, name: str = "0123456789ABCDEF.kem", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The zip that Kamstrup's service makes of it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for number, document in enumerate(documents):
            archive.writestr(f"{number}{name}", document)
        archive.writestr("meter_information_file.xsd", "<xs:schema/>")
    return content.getvalue()


def samples(password: str) -> dict[str, bytes]:
    """A file of each of the four forms that the service has, with its name; the keys are `KEY` and `OTHER`."""
    first, second = kem(KEM.format(KEYS), password), kem(KEM2.format(KEYS), password)
    return {
        "made.kem": first,
        "made.zip.kem": zipped(first),
        "made.kem2": second,
        "made.zip.kem2": zipped(second, name="0123456789ABCDEF.kem2"),
    }
