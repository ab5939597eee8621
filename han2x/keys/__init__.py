"""The two keys of a meter that encrypts, however they reach us. Pure.

typed   as people write them: hexadecimal, with or without names and separators
kem     Kamstrup's key files (KEM); imported where one is read, since few need its libraries
faults  why there are no keys, by code
"""

from han2x.keys.typed import MAX_TEXT, KeyTextError, MeterKeys, Role, parse_key, parse_keys

__all__ = ["MAX_TEXT", "KeyTextError", "MeterKeys", "Role", "parse_key", "parse_keys"]
