"""Why text or a file gives no keys: by a code that a page translates, and in plain English. Never holds any of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from han2x import faults

FAULTS: Final[Mapping[str, str]] = {
    # keys as people type them
    "key-other": "this is the {role} ({gpk}); the {wanted} ({wanted_gpk}) is wanted here",
    "key-twice": "the {role} ({gpk}) is there twice, and differs",
    "key-none": "there is no encryption key (GPK60) in the text",
    "key-text-too-long": "the text has {count} characters; at most {most} are read",
    "key-character": "character {place} of the key is none of 0-9 and A-F "
    "(perhaps the letter O for a zero, or l for a one?)",
    "key-digits": "the key has {count} hexadecimal digits; it must have {needed}",
    # a KEM file and its password
    "kem-too-large": "the file has {count} octets; a KEM file has at most {most}",
    "kem-neither": "this is no KEM file: neither a zip nor XML",
    "kem-base64": "the file is base64 text that is damaged; ask for it again",
    "kem-password-missing": "the file needs its password; it came separately from the file, often on the delivery note",
    "kem-password-too-long": "the password of a KEM file has at most {most} characters; this one has more",
    "kem-password-wrong": "the password is wrong: this file was made with another one; mind capital and small letters",
    # the zip
    "kem-zip-damaged": "the zip is damaged or cut off; get the file again",
    "kem-zip-password": "the zip itself has a password; unpack it first, and import the .kem file in it",
    "kem-zip-packing": "the zip is packed in a way that KEM files never are (not deflate)",
    "kem-zip-files": "the zip holds {count} files; a KEM file holds at most {most}",
    "kem-zip-without": "the zip holds no .kem or .kem2 file; is it the file that the grid company sent?",
    "kem-zip-bomb": "the zip unpacks to far more than a KEM file ever holds",
    "kem-zip-large": "the zip unpacks to more than {most} octets, which no KEM file does",
    # the XML
    "kem-xml-damaged": "this is XML that is cut off or damaged; get the file again",
    "kem-xml-other": "this is XML, but no KEM file: it does not begin with EncryptedData",
    "kem-xml-large": "the XML is deeper than {depth} or longer than {elements} elements: no KEM file",
    "kem-xml-declares": "the XML declares a document type or entities, which no KEM file does; it is refused",
    "kem-cipher-other": "the file is encrypted in another way than KEM files are (aes128-cbc)",
    "kem-cipher-damaged": "the encrypted part is damaged; get the file again",
    "kem-cipher-cut": "the encrypted part is cut off; get the file again",
    "kem-cut": "the password is right, but the file is cut off or damaged; get it again",
    "kem-damaged": "the password is right, but the file is damaged; get it again",
    "kem-inside-damaged": "the password is right, but what is inside is damaged; get the file again",
    # the keys in it
    "kem-without-key": "the file holds no key named GPK60; "
    "ask the grid company for the HAN keys GPK60 and GPK61 of this meter",
    "kem-key-digits": "the {role} ({gpk}) of meter {serial} has not 32 hexadecimal digits",
    "kem-key-twice": "the {role} ({gpk}) of meter {serial} is there twice, and differs",
}  # fmt: skip


class KeyFault(faults.Fault):
    """Why there are no keys; `code` is one of `FAULTS`."""

    __slots__ = ()
    TEXTS = FAULTS
