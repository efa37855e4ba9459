"""The key of a public build, and the pseudonyms that it gives to patients."""

import hashlib
import hmac
from collections.abc import Iterable
from pathlib import Path

from analysis.errors import CsrError, ParamsError
from analysis.paths import Study

LEAST_BYTES = 32
_DIGITS = 8  # hexadecimal; two of 1000 patients get the same with a probability of 1 in 9000


def read_key(path: Path, study: Study) -> bytes:
    """The bytes of a key file.

    Raises ParamsError where it cannot be read, is shorter than 32 bytes, or lies in the project or the study, from
    where it would get into a build, a package or version control.
    """
    place = path.resolve()
    for folder in (study.project, study.root):
        if place.is_relative_to(folder.resolve()):
            raise ParamsError(f"{path}: the key lies in {folder}, expected a place outside the project and the study")
    try:
        key = path.read_bytes()
    except OSError as error:
        raise ParamsError(f"{path}: the key cannot be read: {error.strerror or error}") from None
    if len(key) < LEAST_BYTES:
        raise ParamsError(
            f"{path}: a key of {len(key)} bytes, expected at least {LEAST_BYTES} random ones; "
            f"head -c {LEAST_BYTES} /dev/urandom > FILE makes them"
        )
    return key


def pseudonyms(identifiers: Iterable[str], study_id: str, key: bytes) -> dict[str, str]:
    """Identifier -> pseudonym, such as P-7F3A9C21: the same in every cut of a study with the same key.

    The first 32 bits of HMAC-SHA-256 (RFC 2104) over study and identifier. Raises CsrError where two would be equal.
    """
    found: dict[str, str] = {}
    taken: dict[str, str] = {}
    for identifier in sorted(set(identifiers)):
        digest = hmac.new(key, f"{study_id}\0{identifier}".encode(), hashlib.sha256).hexdigest()
        name = f"P-{digest[:_DIGITS].upper()}"
        if name in taken:
            raise CsrError("with this key two patients get the same pseudonym; take another key")
        taken[name] = identifier
        found[identifier] = name
    return found
