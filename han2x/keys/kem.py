"""Import of Kamstrup KEM and KEM2 files, in which a grid company hands over the keys of its customers' meters.

A file is a zip with one XML file, or that XML by itself (or either of them as base64 text, as mail programs leave it).
The XML holds base64 of AES-128-CBC, whose key and initial vector are both the password, filled up with zeros; in it is
again XML with meters and keys (Kamstrup, "How to decrypt a KEM or KEM2 file", 55123205). Where the keys GPK60 and GPK61
stand in it is published nowhere, so they are looked for by name.

The file comes from outside: sizes, nesting and counts are bounded before anything is unpacked, and no document type or
entity is followed. No password or key ever stands in an error. The packages needed are loaded on first use.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from han2x.keys.faults import KeyFault
from han2x.keys.typed import KeyTextError, MeterKeys, Role, parse_key

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_OCTETS: Final = 1 << 20
"""Octets of a file, and of everything unpacked from it together: some two thousand meters."""
MAX_MEMBERS: Final = 16
MAX_RATIO: Final = 20
"""How much smaller packing may have made a member; base64 shrinks by a quarter."""
MAX_DEPTH: Final = 16
MAX_ELEMENTS: Final = 50_000
PASSWORD_OCTETS: Final = 16
MAX_SERIAL: Final = 40

_PLAIN_ROOTS: Final = {"metersinorder", "devices"}
_METERS: Final = {"meter", "device"}
_SERIALS: Final = ("serialno", "serialnumber", "meterno", "customerdevicenumber")
_NAMES: Final = {"name", "type", "keyname", "keytype"}
_ROLES: Final = {"gpk60": Role.ENCRYPTION, "gpk61": Role.AUTHENTICATION}
_ROLES_BY_NUMBER: Final = {"64": Role.ENCRYPTION, "65": Role.AUTHENTICATION}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BASE64_STARTS: Final = (b"UEsDB", b"PD94b", b"PEVuY", b"77u/P")  # of a zip, "<?xm", "<Enc", and a byte order mark
_ZIP_ERRORS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class KemError(ValueError):
    """The file gives no keys; `fault` says why and what to do, and holds no key and no password."""

    def __init__(self, code: str, **values: object) -> None:
        self.fault = KeyFault(code, **values)
        super().__init__(str(self.fault))


def read_kem(content: bytes, password: str) -> list[MeterKeys]:
    """Read the keys of all meters in a KEM or KEM2 file that have a GPK60.

    Raises:
        KemError: the password is wrong, the file is damaged, hostile, or no KEM file, or there is no GPK60 in it.
    """
    if len(content) > MAX_OCTETS:
        raise KemError("kem-too-large", count=len(content), most=MAX_OCTETS)
    documents = _documents(_without_base64(content))
    found = [meter for document in documents for meter in _read_document(document, password)]
    if not found:
        raise KemError("kem-without-key")
    return found


def _password_key(password: str) -> bytes:
    octets = password.strip().encode(errors="replace")
    if not octets:
        raise KemError("kem-password-missing")
    if len(octets) > PASSWORD_OCTETS:
        raise KemError("kem-password-too-long", most=PASSWORD_OCTETS)
    return octets.ljust(PASSWORD_OCTETS, b"\0")


def _without_base64(content: bytes) -> bytes:
    if not content.lstrip().startswith(_BASE64_STARTS):
        return content
    return _from_base64(content, "kem-base64")


def _from_base64(text: bytes, code: str) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        raise KemError(code) from None


def _documents(content: bytes) -> Iterator[bytes]:
    """The XML documents in the file."""
    if not content.startswith(b"PK"):
        yield content
        return
    left = MAX_OCTETS
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in _members(archive):
                document = _unpack(archive, member, left)
                left -= len(document)
                yield document
    except KemError:
        raise
    except _ZIP_ERRORS:
        raise KemError("kem-zip-damaged") from None


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    with archive.open(member) as opened:
        document = opened.read(limit + 1)
    if len(document) > limit:
        raise KemError("kem-zip-large", most=MAX_OCTETS)
    return document


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members that hold keys, after a look at what the zip claims about them."""
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise KemError("kem-zip-files", count=len(members), most=MAX_MEMBERS)
    members = [member for member in members if member.filename.lower().endswith((".kem", ".kem2", ".xml"))]
    if not members:
        raise KemError("kem-zip-without")
    if len({member.header_offset for member in members}) < len(members):  # some Pythons only warn of that
        raise KemError("kem-zip-damaged")
    for member in members:
        if member.flag_bits & 1:
            raise KemError("kem-zip-password")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise KemError("kem-zip-packing")
        if member.file_size > MAX_RATIO * (member.compress_size + 64):
            raise KemError("kem-zip-bomb")
    return members


def _read_document(document: bytes, password: str) -> list[MeterKeys]:
    if b"<" not in document[:64]:
        raise KemError("kem-neither")
    root = _parse_xml(document, "kem-xml-damaged")
    if _local(root) in _PLAIN_ROOTS:
        return _read_meters(root)  # somebody decrypted it already
    if _local(root) != "encrypteddata":
        raise KemError("kem-xml-other")
    for element in root.iter():
        algorithm = element.get("Algorithm", "")
        if algorithm and not algorithm.endswith("#aes128-cbc"):
            raise KemError("kem-cipher-other")
    value = next((element.text for element in root.iter() if _local(element) == "ciphervalue"), None)
    ciphertext = _from_base64((value or "").encode(), "kem-cipher-damaged")
    content = _decrypt(ciphertext, _password_key(password))
    return _read_meters(_parse_xml(content, "kem-inside-damaged"))


def _decrypt(ciphertext: bytes, key: bytes) -> str:
    """The text of the inner document. There is no check value: that the password is right shows in how it begins."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if not ciphertext or len(ciphertext) % len(key):
        raise KemError("kem-cipher-cut")
    plaintext = Cipher(algorithms.AES(key), modes.CBC(key)).decryptor().update(ciphertext)
    padding = plaintext[-1]
    if not re.match(rb"(?:\xef\xbb\xbf)?[\x00-\x20]*<[\x00-\x7f]*\Z", plaintext[: len(key)]):
        raise KemError("kem-password-wrong")
    if not 1 <= padding <= len(key) or not plaintext.endswith(bytes((padding,)) * padding):
        raise KemError("kem-cut")
    try:
        return _CONTROL.sub("", plaintext[:-padding].decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise KemError("kem-damaged") from None


def _parse_xml(document: bytes | str, damaged: str) -> Element:
    """Parse XML of bounded depth and size in which nothing is declared.

    Raises:
        KemError: with the code `damaged` when it is not well-formed, or saying what is forbidden.
    """
    from xml.etree.ElementTree import ParseError, TreeBuilder

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    class Bounded(TreeBuilder):
        depth = count = 0

        def start(self, tag: str, attrs: dict[str, str], /) -> Element:
            self.depth += 1
            self.count += 1
            if self.depth > MAX_DEPTH or self.count > MAX_ELEMENTS:
                raise KemError("kem-xml-large", depth=MAX_DEPTH, elements=MAX_ELEMENTS)
            return super().start(tag, attrs)

        def end(self, tag: str, /) -> Element:
            self.depth -= 1
            return super().end(tag)

    parser = DefusedXMLParser(target=Bounded(), forbid_dtd=True)
    try:
        parser.feed(document)
        root: Element = parser.close()
    except KemError:
        raise
    except DefusedXmlException:
        raise KemError("kem-xml-declares") from None
    except (ParseError, ValueError, LookupError):
        raise KemError(damaged) from None
    return root


def _read_meters(root: Element) -> list[MeterKeys]:
    meters = [element for element in root.iter() if _local(element) in _METERS]
    found = []
    for meter in meters or [root]:
        serial = _serial(meter)
        keys = _keys(meter, serial, _ROLES) or _keys(meter, serial, _ROLES_BY_NUMBER)
        if Role.ENCRYPTION in keys:
            found.append(MeterKeys(serial, keys[Role.ENCRYPTION], keys.get(Role.AUTHENTICATION)))
    return found


def _serial(meter: Element) -> str:
    texts = {_local(element): _text(element) for element in meter.iter()}
    return next((texts[name][:MAX_SERIAL] for name in _SERIALS if texts.get(name)), "")


def _keys(meter: Element, serial: str, roles: dict[str, Role]) -> dict[Role, bytes]:
    """The keys of one meter by their names, wherever they stand under it."""
    found: dict[Role, bytes] = {}
    for role, texts in (named for element in meter.iter() for named in _named(element, roles)):
        keys = _usable(texts)
        if not keys and texts and roles is _ROLES:
            raise KemError("kem-key-digits", role=role, gpk=role.gpk, serial=serial or "?")
        for key in keys:
            if found.setdefault(role, key) != key:
                raise KemError("kem-key-twice", role=role, gpk=role.gpk, serial=serial or "?")
    return found


def _named(element: Element, roles: dict[str, Role]) -> Iterator[tuple[Role, list[str]]]:
    """Every name of a key in this element, with the texts that it may be the name of."""
    attributes = [text for name, text in element.attrib.items() if name.lower() in _NAMES]
    own = [roles[name] for name in map(_plain, (_local(element), *attributes)) if name in roles]
    if own:
        yield own[0], _filled(_text(element), *element.attrib.values(), *map(_text, element))
    groups: list[tuple[Role | None, list[str]]] = [(None, [])]
    for child in element:
        if _local(child) not in _NAMES:
            groups[-1][1].extend(_filled(_text(child)))
        elif _local(child) in ("name", "keyname") or _plain(_text(child)) in roles:
            groups.append((roles.get(_plain(_text(child))), []))
    if len(groups) == 2:  # with one name in all, the key may also stand before it
        groups[1][1].extend(groups[0][1])
    for role, texts in groups:
        if role:
            yield role, texts


def _usable(texts: list[str]) -> list[bytes]:
    keys = []
    for text in texts:
        with suppress(KeyTextError):
            keys.append(parse_key(text))
    return keys


def _filled(*texts: str) -> list[str]:
    """The texts that are there and are no name of a key."""
    return [text for text in texts if text and _plain(text) not in _ROLES]


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _local(element: Element) -> str:
    """An element's name without its namespace, in lower case."""
    return element.tag.rpartition("}")[2].lower()


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name[:64])).lower()
