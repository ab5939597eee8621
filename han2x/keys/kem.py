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
    """The file gives no keys; the message says why and what to do, and holds no key and no password."""


def read_kem(content: bytes, password: str) -> list[MeterKeys]:
    """Read the keys of all meters in a KEM or KEM2 file that have a GPK60.

    Raises:
        KemError: the password is wrong, the file is damaged, hostile, or no KEM file, or there is no GPK60 in it.
    """
    if len(content) > MAX_OCTETS:
        raise KemError(f"the file has {len(content)} octets; a KEM file has at most {MAX_OCTETS}")
    documents = _documents(_without_base64(content))
    found = [meter for document in documents for meter in _read_document(document, password)]
    if not found:
        raise KemError(
            "the file holds no key named GPK60; ask the grid company for the HAN keys GPK60 and GPK61 of this meter"
        )
    return found


def _password_key(password: str) -> bytes:
    octets = password.strip().encode(errors="replace")
    if not octets:
        raise KemError("the file needs its password; it came apart from the file, often on the delivery note")
    if len(octets) > PASSWORD_OCTETS:
        raise KemError(f"the password of a KEM file has at most {PASSWORD_OCTETS} characters; this one has more")
    return octets.ljust(PASSWORD_OCTETS, b"\0")


def _without_base64(content: bytes) -> bytes:
    if not content.lstrip().startswith(_BASE64_STARTS):
        return content
    return _from_base64(content, "the file is base64 text that is damaged; ask for it again")


def _from_base64(text: bytes, complaint: str) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        raise KemError(complaint) from None


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
        raise KemError("the zip is damaged or cut off; get the file again") from None


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    with archive.open(member) as opened:
        document = opened.read(limit + 1)
    if len(document) > limit:
        raise KemError(f"the zip unpacks to more than {MAX_OCTETS} octets, which no KEM file does")
    return document


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members that hold keys, after a look at what the zip claims about them."""
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise KemError(f"the zip holds {len(members)} files; a KEM file holds at most {MAX_MEMBERS}")
    members = [member for member in members if member.filename.lower().endswith((".kem", ".kem2", ".xml"))]
    if not members:
        raise KemError("the zip holds no .kem or .kem2 file; is it the file that the grid company sent?")
    for member in members:
        if member.flag_bits & 1:
            raise KemError("the zip itself has a password; unpack it first, and import the .kem file in it")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise KemError("the zip is packed in a way that KEM files never are (not deflate)")
        if member.file_size > MAX_RATIO * (member.compress_size + 64):
            raise KemError("the zip unpacks to far more than a KEM file ever holds")
    return members


def _read_document(document: bytes, password: str) -> list[MeterKeys]:
    if b"<" not in document[:64]:
        raise KemError("this is no KEM file: neither a zip nor XML")
    root = _parse_xml(document, "this is XML that is cut off or damaged; get the file again")
    if _local(root) in _PLAIN_ROOTS:
        return _read_meters(root)  # somebody decrypted it already
    if _local(root) != "encrypteddata":
        raise KemError("this is XML, but no KEM file: it does not begin with EncryptedData")
    for element in root.iter():
        algorithm = element.get("Algorithm", "")
        if algorithm and not algorithm.endswith("#aes128-cbc"):
            raise KemError("the file is encrypted in another way than KEM files are (aes128-cbc)")
    value = next((element.text for element in root.iter() if _local(element) == "ciphervalue"), None)
    ciphertext = _from_base64((value or "").encode(), "the encrypted part is damaged; get the file again")
    content = _decrypt(ciphertext, _password_key(password))
    return _read_meters(_parse_xml(content, "the password is right, but what is inside is damaged; get the file again"))


def _decrypt(ciphertext: bytes, key: bytes) -> str:
    """The text of the inner document. There is no check value: that the password is right shows in how it begins."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if not ciphertext or len(ciphertext) % len(key):
        raise KemError("the encrypted part is cut off; get the file again")
    plaintext = Cipher(algorithms.AES(key), modes.CBC(key)).decryptor().update(ciphertext)
    padding = plaintext[-1]
    if not re.match(rb"(?:\xef\xbb\xbf)?[\x00-\x20]*<[\x00-\x7f]*\Z", plaintext[: len(key)]):
        raise KemError("the password is wrong: this file was made with another one; mind capital and small letters")
    if not 1 <= padding <= len(key) or not plaintext.endswith(bytes((padding,)) * padding):
        raise KemError("the password is right, but the file is cut off or damaged; get it again")
    try:
        return _CONTROL.sub("", plaintext[:-padding].decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise KemError("the password is right, but the file is damaged; get it again") from None


def _parse_xml(document: bytes | str, complaint: str) -> Element:
    """Parse XML of bounded depth and size in which nothing is declared.

    Raises:
        KemError: with `complaint` when it is not well-formed, or saying what is forbidden.
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
                raise KemError(
                    f"the XML is deeper than {MAX_DEPTH} or longer than {MAX_ELEMENTS} elements: no KEM file"
                )
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
        raise KemError("the XML declares a document type or entities, which no KEM file does; it is refused") from None
    except (ParseError, ValueError, LookupError):
        raise KemError(complaint) from None
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
            raise KemError(f"the {role} of meter {serial or '(no number)'} has not 32 hexadecimal digits")
        for key in keys:
            if found.setdefault(role, key) != key:
                raise KemError(f"the {role} of meter {serial or '(no number)'} is there twice, and differs")
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
