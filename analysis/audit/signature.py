"""`csr sign`: an Ed25519 signature over a build's manifest, in the audit log; and what `csr verify` says of both."""

import base64
import datetime as dt
import getpass
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from analysis.audit import log
from analysis.audit.manifest import sums_of
from analysis.audit.recorded import Manifest, parse_manifest
from analysis.cut.lock import sums_sha256
from analysis.errors import ParamsError, VerifyError
from analysis.params_signers import load_signers
from analysis.paths import Study

# The beginnings of PEM blocks that people take for a private key in PKCS #8, and what they are.
_OTHER_KEYS = {
    b"-----BEGIN PUBLIC KEY": "a public key; signing needs the private one",
    b"-----BEGIN CERTIFICATE": "a certificate; signing needs the private key",
    b"-----BEGIN OPENSSH PRIVATE KEY": "a key of OpenSSH; expected PEM (PKCS #8), as openssl genpkey writes it",
    b"ssh-ed25519 ": "a public key of OpenSSH; expected a private key in PEM (PKCS #8)",
}


def read_key(path: Path, passphrase: Callable[[], str]) -> Ed25519PrivateKey:
    """Read a private key of Ed25519 in PEM (PKCS #8); `passphrase` is asked for only where the key is encrypted.

    Raises ParamsError, which says what the file is instead.
    """
    if path.exists() and not path.is_file():
        raise ParamsError(f"{path}: the key cannot be read: not a file")
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ParamsError(f"{path}: the key cannot be read: {error.strerror}") from None
    for beginning, what in _OTHER_KEYS.items():
        if text.lstrip().startswith(beginning):
            raise ParamsError(f"{path}: {what}")
    encrypted = b"-----BEGIN ENCRYPTED PRIVATE KEY" in text
    try:
        key = load_pem_private_key(text, passphrase().encode() if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        what = "wrong passphrase, or a damaged key" if encrypted else "not a private key in PEM (PKCS #8)"
        raise ParamsError(f"{path}: {what}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ParamsError(f"{path}: a private key of another kind; expected Ed25519")
    return key


def passphrase_of(key: Path) -> str:
    """The passphrase of an encrypted key: from CSR_KEY_PASSPHRASE, or asked for on the terminal."""
    given = os.environ.get("CSR_KEY_PASSPHRASE")
    if given is None and not sys.stdin.isatty():
        raise ParamsError(f"{key}: encrypted; set CSR_KEY_PASSPHRASE, or run this where it can ask for the passphrase")
    return getpass.getpass(f"Passphrase of {key}: ") if given is None else given


def is_open(path: Path) -> bool:
    """Whether the group or everybody may read a key's file (POSIX only)."""
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)


def public_key(key: Ed25519PrivateKey) -> str:
    """The public key in one line of base64, as `openssl pkey -pubout` prints it between its two marks."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def sign(
    study: Study,
    build: Path,
    key: Ed25519PrivateKey,
    now: dt.datetime,
    *,
    meaning: log.Meaning,
    name: str | None = None,
    note: str | None = None,
) -> log.Signed:
    """Sign a build: append a signature over the SHA-256 of its manifest to the log of its cut.

    The printed name is that of the key in params/signers.yaml, or `name`. Raises VerifyError where a file of the build
    is not as its manifest says, the log is broken or the cut's lock is not in it; ParamsError where `name` is another
    than the key's.
    """
    raw = _manifest_bytes(build)
    manifest = parse_manifest(build / "manifest.json", raw)
    listed, found = manifest.outputs, sums_of(build)
    wrong = sorted(n for n in listed.keys() | found.keys() if listed.get(n) != found.get(n))
    if wrong:
        shown = "".join(f"\n  {name}" for name in wrong)
        raise VerifyError(f"{build}: not signed: these files are not as its manifest says:{shown}")
    known = load_signers(study.params_dir).get(public_key(key))
    if known and name not in (None, known):
        raise ParamsError(f"{name!r} is not the name of this key: {study.params_dir}/signers.yaml has {known!r}")
    path = log.path_of(study, manifest.cut)
    _locks(path, log.check(path), manifest)
    event = {
        "kind": "signature",
        "cut": manifest.cut,
        "manifest_sha256": hashlib.sha256(raw).hexdigest(),
        "signer": known or name,
        "meaning": meaning,
        "public_key": public_key(key),
        "note": note,
    }
    line = log.append(path, event, now, key.sign)[-1]
    assert isinstance(line, log.Signed)
    return line


def check(study: Study, build: Path) -> list[str]:
    """Check the log of a build's cut and say, line by line, what it holds of the build.

    Raises VerifyError where the log is broken or has no line for the lock that the build was made from.
    """
    raw = _manifest_bytes(build)
    manifest = parse_manifest(build / "manifest.json", raw)
    path = log.path_of(study, manifest.cut)
    lines = log.check(path)
    locks = _locks(path, lines, manifest)
    said = [f"{path}: {len(lines)} lines, none missing, changed or out of order"]
    said += [_of_lock(lock, lines, manifest) for lock in locks]
    said += [
        f"  line {line.line}: {line.cut} LOCKED AGAIN, with other data"
        for line in lines[locks[-1].line :]
        if isinstance(line, log.CutLocked) and line.cut == manifest.cut
    ]
    signers = load_signers(study.params_dir)
    all_signed = [line for line in lines if isinstance(line, log.Signed)]
    digest = hashlib.sha256(raw).hexdigest()
    own = [line for line in all_signed if line.manifest_sha256 == digest]
    said += [f"  line {line.line}: {describe(line, signers)}" for line in own]
    if not own:
        others = [str(line.line) for line in all_signed if line.cut == manifest.cut]
        more = f"; other builds of this cut have (lines {', '.join(others)})" if others else ""
        said.append(f"  no signature on this build{more}")
    return [*said, f"  {_protected(lines, all_signed, signers)}"]


def describe(line: log.Signed, signers: dict[str, str]) -> str:
    """A signature in words: meaning, name, time, key, and whether the key is known (`signers`: key -> name)."""
    known = signers.get(line.public_key)
    if known is None:
        who = f"an UNKNOWN SIGNER ({line.signer or 'no name'}, by own account; the key is not in params/signers.yaml)"
    else:
        who = known if known == line.signer else f"{known} (who gave {line.signer or 'no name'})"
    time = line.time.replace("T", " ").replace("Z", " UTC")
    note = f", note: {line.note}" if line.note else ""
    return f"signed for {line.meaning} on {time} by {who}, public key {line.public_key}{note}"


def _manifest_bytes(build: Path) -> bytes:
    try:
        return (build / "manifest.json").read_bytes()
    except FileNotFoundError:
        raise ParamsError(f"{build}: not a build: it holds no manifest.json") from None


def _locks(path: Path, lines: list[log.Line], manifest: Manifest) -> list[log.CutLocked]:
    locks = [line for line in lines if isinstance(line, log.CutLocked) and line.lock_sha256 == manifest.lock_sha256]
    if not locks:
        raise VerifyError(
            f"{path}: no line for the lock {manifest.lock_sha256} of the cut {manifest.cut}, so lines are missing, or "
            f"csr lock did not make it (csr lock {manifest.cut} --date {manifest.lock_date} makes the same again)"
        )
    return locks


def _of_lock(lock: log.CutLocked, lines: list[log.Line], manifest: Manifest) -> str:
    """A lock in words, and whether the locked files are those that `csr cut` had made last."""
    cuts = [line for line in lines[: lock.line] if isinstance(line, log.CutMade) and line.cut == lock.cut]
    if not cuts:
        made = "no line says how the cut was made"
    elif cuts[-1].cut_sha256 == sums_sha256(manifest.inputs):
        made = f"the files are those that csr cut made (line {cuts[-1].line})"
    else:
        made = f"its files CHANGED after csr cut had made them (line {cuts[-1].line})"
    return f"  line {lock.line}: {lock.cut} locked; {made}"


def _protected(lines: list[log.Line], signed: list[log.Signed], signers: dict[str, str]) -> str:
    """Which lines the last signature covers, of a known signer where there is one, and what nothing covers."""
    known = [line for line in signed if line.public_key in signers]
    last = (known or signed)[-1].line if signed else 0
    doubt = "" if known else ", of an unknown signer: anyone who can write to the log could have made it"
    covered = f"lines 1 to {last}: covered by the signature in line {last}{doubt}; " if signed else ""
    if last == len(lines):
        return f"{covered}the last signature itself could be taken away unseen"
    later = f"lines {last + 1} to {len(lines)}" if last + 1 < len(lines) else f"line {len(lines)}"
    return f"{covered}{later}: UNPROTECTED, nothing would show it if these were taken away or written anew"
