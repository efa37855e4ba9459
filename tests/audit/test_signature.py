"""`csr sign`, `csr cut` and `csr lock` on a small study, and what `csr verify` says of the log and its signatures."""

import base64
import datetime as dt
import hashlib
import json
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from analysis import cli
from analysis.audit import signature
from analysis.cut.cutoff import write_cut
from analysis.cut.dataset import write_xpt
from analysis.cut.lock import write_cut_file, write_lock
from analysis.errors import CsrError, ParamsError, VerifyError
from analysis.params_signers import load_signers
from analysis.paths import Study
from tests.audit.keys import RFC_8032, RFC_8410, RFC_8410_PUBLIC, write_pem
from tests.cut.make import dataset
from tests.needs import needs
from tests.tiny_builds import write_build

CUT = "2025-06-30"
NOW = dt.datetime(2026, 1, 20, 9, 30, 15, tzinfo=dt.UTC)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one transfer, and a private key beside it; csr runs in it."""
    folder = tmp_path / "a project"
    (folder / "data/transfers/t1").mkdir(parents=True)
    (folder / "params").mkdir()
    (folder / "params/study.yaml").write_text("subjects: {enrolment_dsdecod: RANDOMIZED}\n")
    for name in ("_quarto.yml", "requirements.lock"):
        (folder / name).write_text("")
    write_xpt(dataset("DM", {"USUBJID": "1", "RFICDTC": "2025-01-10"}), folder / "data/transfers/t1/dm.xpt")
    (tmp_path / "key.pem").write_text(RFC_8410)
    (tmp_path / "key.pem").chmod(0o600)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LOGNAME", "jdoe")
    return folder


@pytest.fixture
def build(project: Path) -> Path:
    """A build of a cut that csr has cut and locked."""
    assert cli.main(["cut", "t1", "--cutoff", CUT, "--note", "first look"]) == 0
    assert cli.main(["lock", CUT, "--date", "2025-07-20"]) == 0
    lock = project / "data/cuts" / CUT / "lock.json"
    files = json.loads(lock.read_text())["files"]
    pin = hashlib.sha256(lock.read_bytes()).hexdigest()
    return write_build(project / "build" / CUT, CUT, lock_sha256=pin, inputs=files)


def know(project: Path, name: str = "Jane Doe") -> None:
    text = f"signers:\n  - name: {name}\n    public_key: {RFC_8410_PUBLIC}\n"
    (project / "params/signers.yaml").write_text(text)


def check(build: Path) -> list[str]:
    return signature.check(Study.open(), build)


@pytest.mark.parametrize(("seed", "public", "message", "expected"), RFC_8032)
def test_keys_and_signatures_are_those_of_the_standard(
    tmp_path: Path, seed: str, public: str, message: str, expected: str
) -> None:
    key = signature.read_key(write_pem(tmp_path / "key.pem", seed), lambda: pytest.fail("asked"))
    assert base64.b64decode(signature.public_key(key)).hex() == "302a300506032b6570032100" + public
    assert key.sign(bytes.fromhex(message)).hex() == expected


def test_a_public_key_is_written_as_openssl_writes_it(project: Path) -> None:
    key = signature.read_key(project.parent / "key.pem", lambda: pytest.fail("asked"))
    assert signature.public_key(key) == RFC_8410_PUBLIC


def pem(key: Any, passphrase: bytes = b"") -> bytes:
    locked = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)


def test_an_encrypted_key_asks_for_its_passphrase(tmp_path: Path) -> None:
    path, key = tmp_path / "key.pem", Ed25519PrivateKey.generate()
    path.write_bytes(pem(key, "pässword".encode()))
    assert signature.public_key(signature.read_key(path, lambda: "pässword")) == signature.public_key(key)
    for wrong in ("", "password"):
        with pytest.raises(ParamsError, match=r"key\.pem: wrong passphrase, or a damaged key"):
            signature.read_key(path, lambda wrong=wrong: wrong)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "not a private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key in PEM"),
        (
            f"-----BEGIN PUBLIC KEY-----\n{RFC_8410_PUBLIC}\n-----END PUBLIC KEY-----\n".encode(),
            "a public key; signing",
        ),
        (b"ssh-ed25519 AAAAC3 jane", "a public key of OpenSSH"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n", "a key of OpenSSH; expected PEM"),
        (b"-----BEGIN CERTIFICATE-----\n", "a certificate; signing needs the private key"),
        (pem(X25519PrivateKey.generate()), r"a private key of another kind; expected Ed25519"),
        (pem(generate_private_key(SECP256R1())), r"another kind; expected Ed25519"),
    ],
)
def test_what_is_no_signing_key(tmp_path: Path, text: bytes, message: str) -> None:
    (tmp_path / "key.pem").write_bytes(text)
    with pytest.raises(ParamsError, match=f"key.pem: .*{message}|key.pem: {message}"):
        signature.read_key(tmp_path / "key.pem", lambda: "")


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"key\.pem: the key cannot be read: No such file"):
        signature.read_key(tmp_path / "key.pem", lambda: "")


def test_cut_and_lock_write_their_lines(build: Path, project: Path) -> None:
    genesis, cut, lock = map(json.loads, (project / "data/audit.jsonl").read_text().splitlines())
    transfer = hashlib.sha256((project / "data/transfers/t1/dm.xpt").read_bytes()).hexdigest()
    names = ("cut-log.csv", "cut.json", "dm.xpt")
    sums = [hashlib.sha256((project / "data/cuts" / CUT / name).read_bytes()).hexdigest() for name in names]
    listing = "".join(f"{digest}  {name}\n" for digest, name in zip(sums, names, strict=True))
    assert genesis["kind"] == "genesis"
    assert cut | {"time": "", "previous": ""} == {
        "line": 2,
        "kind": "cut",
        "cut": CUT,
        "cutoff": CUT,
        "transfer": "t1",
        "transfer_sha256": hashlib.sha256(f"{transfer}  dm.xpt\n".encode()).hexdigest(),
        "cut_sha256": hashlib.sha256(listing.encode()).hexdigest(),
        "by": "jdoe",
        "note": "first look",
        "time": "",
        "previous": "",
    }
    assert (lock["cut"], lock["date"], lock["by"], lock["note"]) == (CUT, "2025-07-20", "jdoe", None)
    assert lock["lock_sha256"] == hashlib.sha256((project / "data/cuts" / CUT / "lock.json").read_bytes()).hexdigest()


def test_nothing_stands_without_its_line(project: Path) -> None:
    def fail(event: dict[str, object]) -> None:
        raise CsrError(f"no line for the {event['kind']}")

    study = Study.open()
    with pytest.raises(CsrError, match="no line for the cut"):
        write_cut(study, "t1", dt.date(2025, 6, 30), record=fail)
    assert list((project / "data/cuts").iterdir()) == []
    folder = write_cut(study, "t1", dt.date(2025, 6, 30))
    with pytest.raises(CsrError, match="no line for the lock"):
        write_lock(folder, dt.date(2025, 7, 20), record=fail)
    assert not (folder / "lock.json").exists()


def test_a_broken_log_stops_cut_lock_and_sign(build: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project / "data/audit.jsonl"
    path.write_text(path.read_text().replace("first look", "second look"))
    shutil.copytree(project / "data/cuts" / CUT, project / "data/cuts/other")
    (project / "data/cuts/other/lock.json").unlink()
    before = path.read_bytes()
    for command in (
        ["cut", "t1", "--cutoff", CUT, "--name", "third"],
        ["lock", "other"],
        ["sign", str(build), "--key", "../key.pem"],
        ["verify", str(build)],
    ):
        assert cli.main(command) == 7
        assert "data/audit.jsonl: the audit log is broken:\n  line 2: changed" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert not (project / "data/cuts/third").exists()
    assert not (project / "data/cuts/other/lock.json").exists()


def test_sign_and_verify(build: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    know(project)
    capsys.readouterr()
    assert cli.main(["sign", str(build), "--key", "../key.pem", "--meaning", "approval", "--note", "for filing"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "data/audit.jsonl: line 4: signed for approval on 20" in said.out
    line = json.loads((project / "data/audit.jsonl").read_text().splitlines()[3])
    assert line["manifest_sha256"] == hashlib.sha256((build / "manifest.json").read_bytes()).hexdigest()
    assert (line["signer"], line["meaning"], line["note"]) == ("Jane Doe", "approval", "for filing")
    assert cli.main(["verify", str(build)]) == 7  # the tiny build was made by no code
    said = capsys.readouterr()
    assert "data/audit.jsonl: 4 lines, none missing, changed or out of order\n" in said.out
    assert f"\n  line 3: {CUT} locked; the files are those that csr cut made (line 2)\n" in said.out
    assert f" UTC by Jane Doe, public key {RFC_8410_PUBLIC}, note: for filing\n" in said.out
    assert "audit" not in said.err


def test_a_build_has_as_many_signatures_as_are_given_and_keeps_them(build: Path, project: Path) -> None:
    know(project)
    assert cli.main(["sign", str(build), "--key", "../key.pem"]) == 0
    assert cli.main(["sign", str(build), "--key", str(write_pem(project.parent / "b.pem", RFC_8032[1][0]))]) == 0
    content = (build / "manifest.json").read_bytes()
    shutil.rmtree(build)
    write_build(build, CUT)  # another build
    other = json.loads((build / "manifest.json").read_text()) | {"lock_sha256": json.loads(content)["lock_sha256"]}
    (build / "manifest.json").write_text(json.dumps(other))
    assert "  no signature on this build; other builds of this cut have (lines 4, 5)" in check(build)
    (build / "manifest.json").write_bytes(content)  # the same bytes again
    said = "\n".join(check(build))
    assert "line 4: signed for authorship on" in said
    assert "line 5: signed for authorship on" in said


@pytest.mark.parametrize(
    ("known", "given", "who"),
    [
        (None, "Jane Doe", "an UNKNOWN SIGNER (Jane Doe, by own account; the key is not in params/signers.yaml)"),
        (None, None, "an UNKNOWN SIGNER (no name, by own account; the key is not in params/signers.yaml)"),
        ("Jane Doe", "Jane Doe", "Jane Doe"),
        ("Jane Roe", "Jane Doe", "Jane Roe (who gave Jane Doe)"),
    ],
)
def test_who_signed(build: Path, project: Path, known: str | None, given: str | None, who: str) -> None:
    key = signature.read_key(project.parent / "key.pem", lambda: "")
    line = signature.sign(Study.open(), build, key, NOW, meaning="review", name=given)
    if known:
        know(project, known)
    expected = f"signed for review on 2026-01-20 09:30:15 UTC by {who}, public key {RFC_8410_PUBLIC}"
    assert signature.describe(line, load_signers(project / "params")) == expected


def test_what_is_protected(build: Path, project: Path) -> None:
    unprotected = "UNPROTECTED, nothing would show it if these were taken away or written anew"
    assert check(build)[-1] == f"  lines 1 to 3: {unprotected}"
    assert cli.main(["sign", str(build), "--key", "../key.pem"]) == 0
    covered, itself = "lines 1 to 4: covered by the signature in line 4", "the last signature itself could be taken"
    doubt = ", of an unknown signer: anyone who can write to the log could have made it"
    assert check(build)[-1] == f"  {covered}{doubt}; {itself} away unseen"
    know(project)
    assert check(build)[-1] == f"  {covered}; {itself} away unseen"
    stranger = str(write_pem(project.parent / "b.pem", RFC_8032[1][0]))
    assert cli.main(["sign", str(build), "--key", stranger]) == 0
    assert check(build)[-1] == f"  {covered}; line 5: {unprotected}"
    assert cli.main(["lock", CUT, "--date", "2025-07-20"]) == 0
    assert check(build)[-1] == f"  {covered}; lines 5 to 6: {unprotected}"


def test_a_signature_without_a_known_name_says_how_to_become_known(
    build: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.parent / "key.pem").chmod(0o644)
    assert cli.main(["sign", str(build), "--key", "../key.pem", "--name", "Doe: #Jané"]) == 0
    said = capsys.readouterr().err
    assert "csr: ../key.pem: others on this machine may read this key; chmod 600 ../key.pem prevents it" in said
    (project / "params/signers.yaml").write_text("signers:\n" + said[said.index("  - name") :])
    assert load_signers(project / "params") == {RFC_8410_PUBLIC: "Doe: #Jané"}
    assert cli.main(["sign", str(build), "--key", "../key.pem", "--name", "J. Doe"]) == 2
    assert "'J. Doe' is not the name of this key: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "message"),
    [("csr.pdf", "csr.pdf"), ("extra.txt", "extra.txt")],
)
def test_a_build_that_is_not_as_its_manifest_says_is_not_signed(
    build: Path, capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    (build / name).write_bytes(b"changed")
    assert cli.main(["sign", str(build), "--key", "../key.pem"]) == 7
    said = capsys.readouterr().err
    assert f"{build}: not signed: these files are not as its manifest says:\n  {message}\n" in said
    assert check(build)[2] == "  no signature on this build"


def test_a_lock_without_a_line(build: Path, project: Path) -> None:
    (project / "data/audit.jsonl").unlink()
    with pytest.raises(VerifyError, match=r"audit\.jsonl: no line for the lock .* \(csr lock 2025-06-30 --date"):
        check(build)
    assert cli.main(["sign", str(build), "--key", "../key.pem"]) == 7
    assert not (project / "data/audit.jsonl").exists()
    assert cli.main(["lock", CUT, "--date", "2025-07-20", "--note", "the log was lost"]) == 0
    assert check(build)[1] == f"  line 2: {CUT} locked; no line says how the cut was made"


def test_data_changed_between_cut_and_lock(build: Path, project: Path) -> None:
    folder = project / "data/cuts" / CUT
    write_cut_file(folder, dt.date(2025, 6, 30), "another")
    assert cli.main(["lock", CUT, "--date", "2025-07-20"]) == 0
    lock = (folder / "lock.json").read_bytes()
    pin, files = hashlib.sha256(lock).hexdigest(), json.loads(lock)["files"]
    write_build(project / "build/b", CUT, cut=CUT, lock_sha256=pin, inputs=files)
    assert check(build)[2] == f"  line 4: {CUT} LOCKED AGAIN, with other data"
    said = f"  line 4: {CUT} locked; its files CHANGED after csr cut had made them (line 2)"
    assert check(project / "build/b")[1] == said


def test_a_passphrase_comes_from_the_environment_where_nobody_can_be_asked(
    build: Path, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project.parent / "locked.pem"
    path.write_bytes(pem(Ed25519PrivateKey.generate(), b"secret"))
    path.chmod(0o600)
    monkeypatch.setattr(sys, "stdin", open("/dev/null"))  # noqa: SIM115
    monkeypatch.delenv("CSR_KEY_PASSPHRASE", raising=False)
    assert cli.main(["sign", str(build), "--key", str(path)]) == 2
    assert "locked.pem: encrypted; set CSR_KEY_PASSPHRASE, or run" in capsys.readouterr().err
    monkeypatch.setenv("CSR_KEY_PASSPHRASE", "secret")
    assert cli.main(["sign", str(build), "--key", str(path)]) == 0


@pytest.mark.parametrize("arguments", [[], ["--meaning", "love"], ["--note", "\x1b[2J"]])
def test_bad_arguments(build: Path, project: Path, arguments: list[str]) -> None:
    before = (project / "data/audit.jsonl").read_bytes()
    key = ["--key", "../key.pem"] if arguments else []
    assert cli.main(["sign", str(build), *key, *arguments]) == 2
    assert (project / "data/audit.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("signers: {}\n", "signers: Input should be a valid list"),
        ("signers:\n- name: A\n", r"signers\.0\.public_key: Field required"),
        (
            f"signers:\n- name: ''\n  public_key: {RFC_8410_PUBLIC}\n",
            r"signers\.0\.name: String should have at least",
        ),
        (f"signers:\n- name: A\n  public_key: {'A' * 60}\n", r"signers\.0\.public_key: String should match"),
        # The same 32 bytes, spelt with other bits where base64 has none.
        (
            f"signers:\n- name: A\n  public_key: {RFC_8410_PUBLIC[:-2]}F=\n",
            r"signers\.0\.public_key: String should match",
        ),
        (
            f"signers:\n- {{name: A, public_key: {RFC_8410_PUBLIC}}}\n- {{name: B, public_key: {RFC_8410_PUBLIC}}}\n",
            "signers: names a public key more than once",
        ),
    ],
)
def test_signers(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "signers.yaml").write_text(text)
    with pytest.raises(ParamsError, match=rf"signers\.yaml: {message}"):
        load_signers(tmp_path)


@needs("openssl", "jq", "base64", "sed")
def test_the_check_by_hand_of_the_documentation(build: Path, project: Path, tmp_path: Path) -> None:
    """docs/audit-log.md gives a check without this project; it must hold, and fail for another line."""
    assert cli.main(["sign", str(build), "--key", "../key.pem", "--name", "Jané Doe"]) == 0
    text = (Path(__file__).parents[2] / "docs/audit-log.md").read_text()
    commands = text.split("<!-- by hand -->\n")[1].split("\n\n")[0].replace("line=7", "line=4")
    done = subprocess.run(["sh", "-ec", commands], capture_output=True, text=True)
    assert "Signature Verified Successfully" in done.stdout, done.stderr
    path = project / "data/audit.jsonl"
    path.write_text(path.read_text().replace("Jané", "Jane"))
    assert subprocess.run(["sh", "-ec", commands], capture_output=True).returncode != 0


@needs("openssl")
def test_keys_that_openssl_makes_as_the_documentation_says(build: Path, project: Path) -> None:
    command = ["openssl", "genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:secret", "-out", "jane.pem"]
    subprocess.run(command, check=True, capture_output=True)
    asked = ["openssl", "pkey", "-in", "jane.pem", "-passin", "pass:secret", "-pubout"]
    printed = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()
    key = signature.read_key(Path("jane.pem"), lambda: "secret")
    assert signature.public_key(key) == printed[1]


def test_the_key_of_the_recipe_without_openssl(project: Path) -> None:
    text = (Path(__file__).parents[2] / "docs/audit-log.md").read_text()
    recipe = textwrap.dedent(text.split("<!-- a key -->\n")[1].split("\n\n")[0])
    command = ["sh", "-ec", recipe.replace("python", shlex.quote(sys.executable))]
    subprocess.run(command, check=True, input="secret\n", text=True, start_new_session=True)  # no terminal to ask on
    assert not signature.is_open(Path("jane.pem"))
    assert isinstance(signature.read_key(Path("jane.pem"), lambda: "secret"), Ed25519PrivateKey)
