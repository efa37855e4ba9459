"""data/audit.jsonl: the append-only, hash-chained log of a study's cuts, locks and signatures.

A line is one event: a JSON object in the canonical form of RFC 8785 (sorted keys, no blanks, UTF-8) and a line feed.
`line` counts from 1; `previous` is the SHA-256 of the line before, its line feed included. The first line is the
genesis. A signature (Ed25519, RFC 8032) is over its own line without the key `signature`, line feed included: it covers
the length of the chain (`line`) and its head (`previous`), and so every byte before it. Nothing covers what comes after
the last signature: whoever takes such lines away, or the last signature with them, leaves a log that looks whole.
"""

import base64
import datetime as dt
import getpass
import hashlib
import itertools
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from filelock import FileLock, Timeout
from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError

from analysis.errors import CsrError, ParamsError, VerifyError
from analysis.params_base import Model
from analysis.params_signers import Printable, PublicKey
from analysis.paths import Study

_WAIT_S = 10.0
_SHOWN = 5  # faults that a message names one by one
_SHOWN_CHARACTERS = 300  # of what is wrong with a line


def _moment(text: str) -> str:
    dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007 (the Z is part of the format)
    return text


def _day(text: str) -> str:
    dt.date.fromisoformat(text)
    return text


Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Moment = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}Z$"), AfterValidator(_moment)
]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_day)]
Signature64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{85}[AQgw]==$")]  # one spelling in base64
Meaning = Literal["authorship", "review", "approval", "responsibility"]


class Line(Model):
    """What every line has. `time` is the clock of the machine that wrote it, in UTC; nothing proves it."""

    line: Annotated[int, Field(ge=1)]
    time: Moment
    previous: Sha256


class Genesis(Line):
    kind: Literal["genesis"]
    format: Literal["csr audit log 1"]
    previous: Annotated[str, StringConstraints(pattern="^0{64}$")] = "0" * 64


class CutMade(Line):
    """`csr cut`: hashes of folders are those of their files' sums (analysis.cut.lock.sums_sha256)."""

    kind: Literal["cut"]
    cut: Printable
    cutoff: Day
    transfer: Printable
    transfer_sha256: Sha256
    cut_sha256: Sha256
    by: Printable | None = Field(description="Login name, as the operating system says it")
    note: Printable | None


class CutLocked(Line):
    """`csr lock`: `date` is the lock's, `lock_sha256` the pin."""

    kind: Literal["lock"]
    cut: Printable
    cutoff: Day
    date: Day
    lock_sha256: Sha256
    by: Printable | None = Field(description="Login name, as the operating system says it")
    note: Printable | None


class Signed(Line):
    """`csr sign`: over the manifest of a build, with what 21 CFR 11.50 asks for: name, date and time, meaning."""

    kind: Literal["signature"]
    cut: Printable
    manifest_sha256: Sha256
    signer: Printable | None = Field(description="Printed name")
    meaning: Meaning
    public_key: PublicKey
    note: Printable | None
    signature: Signature64


_LINE: TypeAdapter[Line] = TypeAdapter(
    Annotated[Genesis | CutMade | CutLocked | Signed, Field(discriminator="kind")],
)


def path_of(study: Study, cut: str) -> Path:
    """The log of a cut: beside the folder of the cuts that it is in, so data/audit.jsonl of the study."""
    return study.cut_dir(cut).parent.parent / "audit.jsonl"


def canonical(line: dict[str, Any]) -> bytes:
    """A line's bytes, its line feed included: RFC 8785 for objects of text and small integers."""
    return json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def append(
    path: Path, event: dict[str, Any], now: dt.datetime, sign: Callable[[bytes], bytes] | None = None
) -> list[Line]:
    """Append an event, safe on the disk before this returns, and return the lines written; a new log gets its genesis.

    `sign` gives the 64 bytes of a signature over the bytes of a line. Callers append before they make what the line
    says: a line may stand for something that then failed, but nothing stands without its line. Raises VerifyError where
    the log is broken, ParamsError for a value that a line cannot hold, CsrError where it cannot be written.
    """
    time = now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=_WAIT_S):
            before = check(path)
            new: list[Line] = []
            if not before:
                new.append(Genesis(line=1, time=time, kind="genesis", format="csr audit log 1"))
            head = [*before, *new][-1]
            fields = {"line": head.line + 1, "time": time, "previous": _sha256(head), **event}
            if sign:
                fields["signature"] = base64.b64encode(sign(canonical(fields))).decode()
            new.append(_LINE.validate_python(fields))
            _write(path, b"".join(canonical(line.model_dump()) for line in new))
    except (ValidationError, UnicodeEncodeError) as error:
        raise ParamsError(f"{path}: nothing was appended: {_said(error)}") from None
    except Timeout:
        raise CsrError(f"{path}: another csr command has been writing to it for {_WAIT_S:.0f} seconds") from None
    except OSError as error:
        raise CsrError(f"{path}: cannot be appended to: {error.strerror}; nothing was done") from None
    return new


def recorder(path: Path, note: str | None) -> Callable[[dict[str, Any]], None]:
    """Append events now: with the clock's time, the login name where the system knows one, and a note."""

    def record(event: dict[str, Any]) -> None:
        try:
            by = getpass.getuser()
        except (KeyError, OSError, ImportError):  # a user id without a name
            by = None
        append(path, event | {"by": by, "note": note}, dt.datetime.now(dt.UTC))

    return record


def _write(path: Path, text: bytes) -> None:
    """Append in one write and wait for the disk; what a full disk leaves half-written is taken back."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    size = os.fstat(file).st_size
    try:
        if os.write(file, text) != len(text):
            raise OSError(0, "no space left on the device")
        os.fsync(file)
    except OSError:
        with suppress(OSError):  # a file that the system lets nobody shorten keeps the half line, which check names
            os.ftruncate(file, size)
        raise
    finally:
        os.close(file)
    if size == 0:
        with suppress(OSError):  # the name of a new file, too, shall outlive a power failure, where the system can
            folder = os.open(path.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)


def check(path: Path) -> list[Line]:
    """Read a log and check every line, link and signature; a log that is not there yet, or is empty, has no lines.

    Raises VerifyError that names each line that is missing, changed, repeated or out of order, and each signature that
    is not of its line.
    """
    if path.exists() and not path.is_file():
        raise VerifyError(f"{path}: not a file, and so no audit log")
    try:
        rows = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    tail = rows.pop()
    lines, faults = [], []
    for number, row in enumerate(rows, start=1):
        try:
            lines.append(_parse(row))
        except ValueError as error:  # JSON, UTF-8 and pydantic's are ValueErrors
            faults.append(f"line {number}: not a line as csr writes it: {_said(error)}")
    if tail:
        faults.append(
            f"line {len(rows) + 1}: has no end; if its writing was cut short, what it says was not done: delete it"
        )
    faults = faults or _order(lines) or _links(lines)
    if faults:
        more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        raise VerifyError("\n  ".join([f"{path}: the audit log is broken:", *faults[:_SHOWN], *more]))
    return lines


def _parse(row: bytes) -> Line:
    try:
        line = _LINE.validate_python(json.loads(row))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if canonical(line.model_dump()) != row + b"\n":
        raise ValueError("expected sorted keys without blanks, each once")
    return line


def _said(error: ValueError) -> str:
    """What is wrong, in a few words that a terminal can show: a line may hold anything."""
    if isinstance(error, UnicodeDecodeError | json.JSONDecodeError):
        return "no JSON in UTF-8"
    said = str(error)
    if isinstance(error, ValidationError):
        found = [(".".join(map(str, e["loc"][1:])), e["msg"].removeprefix("Value error, ")) for e in error.errors()]
        said = "; ".join(f"{key}: {message}" if key else message for key, message in found)
    return "".join(c if c.isprintable() else "?" for c in said[:_SHOWN_CHARACTERS])


def _order(lines: Sequence[Line]) -> list[str]:
    """The first line whose number is not its place, or that is a genesis elsewhere than at the beginning."""
    numbers = [line.line for line in lines]
    for place, line in enumerate(lines, start=1):
        if line.line < place:
            return [f"line {place}: says that it is line {line.line}, as one before it does; one of them was inserted"]
        if line.line > place:
            moved = f"is out of place, at {numbers.index(place) + 1}" if place in numbers else "is missing"
            return [f"line {place}: {moved}; line {line.line} stands in its place"]
        if isinstance(line, Genesis) != (place == 1):
            return [f"line {place}: a log has one genesis, its first line"]
    return []


def _links(lines: Sequence[Line]) -> list[str]:
    """Each line that differs from what later lines and signatures say of it.

    A broken link accuses the line before it, unless that is signed as it stands; its own line is vouched for by the
    next line or by a signature. Neighbouring broken links accuse the lines between them.
    """
    valid = {line.line: _is_valid(line) for line in lines if isinstance(line, Signed)}
    broken = [line.line for before, line in itertools.pairwise(lines) if line.previous != _sha256(before)]
    faults = {
        number: "its signature is not of this line: it was changed, or lines before it were"
        for number, is_valid in valid.items()
        if not is_valid
    }
    for _, group in itertools.groupby(enumerate(broken), key=lambda pair: pair[1] - pair[0]):
        first, *more = [number for _, number in group]
        if more:
            for number in range(first, more[-1]):
                faults[number] = "changed after it was appended (and perhaps the line before it too)"
        elif valid.get(first - 1):
            faults[first] = "changed after it was appended"
        elif first < len(lines) or valid.get(first) or first - 1 in valid:
            faults[first - 1] = "changed after it was appended"
        else:
            faults[first - 1] = f"changed after it was appended, or line {first} was: nothing vouches for either"
    return [f"line {number}: {faults[number]}" for number in sorted(faults)]


def _is_valid(line: Signed) -> bool:
    fields = line.model_dump(exclude={"signature"})
    key: Any = load_der_public_key(base64.b64decode(line.public_key))
    try:
        key.verify(base64.b64decode(line.signature), canonical(fields))
    except InvalidSignature:
        return False
    return True


def _sha256(line: Line) -> str:
    return hashlib.sha256(canonical(line.model_dump())).hexdigest()
