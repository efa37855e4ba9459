"""The audit log: what a line holds, and that no line before the last signature can be touched unseen."""

import base64
import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from analysis.audit import log
from analysis.errors import CsrError, ParamsError, VerifyError
from tests.audit.keys import RFC_8032

NOW = dt.datetime(2026, 1, 20, 9, 30, 15, 999_999, tzinfo=dt.timezone(dt.timedelta(hours=2)))
KEY = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(RFC_8032[0][0]))
WHO = {"by": "jdoe", "note": None}
CUT = {"kind": "cut", "cut": "a", "cutoff": "2025-12-31", "transfer": "t1", "transfer_sha256": "1" * 64} | WHO
CUT |= {"cut_sha256": "2" * 64}
LOCK = {"kind": "lock", "cut": "a", "cutoff": "2025-12-31", "date": "2026-01-20", "lock_sha256": "3" * 64} | WHO
SIGNED = {"kind": "signature", "cut": "a", "manifest_sha256": "4" * 64, "signer": "Jané Doe", "meaning": "review"}
# 12 fixed bytes, then the public key of the RFC's first test, by `xxd -r -p | base64`.
SIGNED |= {"public_key": "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "note": None}
LAST_SIGNED = 7  # of the ten lines of the chain below


def make(path: Path) -> Path:
    """Ten lines: genesis, cut, lock, signature, cut, lock, signature, lock, cut, lock."""
    for event in (CUT, LOCK, SIGNED, CUT, LOCK, SIGNED, LOCK, CUT, LOCK):
        log.append(path, event, NOW, KEY.sign if event is SIGNED else None)
    return path


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, ...]:
    return tuple(make(tmp_path_factory.mktemp("chain") / "audit.jsonl").read_bytes().splitlines(keepends=True))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch") / "audit.jsonl"


def faults(path: Path, text: bytes) -> str:
    """What the check says of a log of these bytes; empty where it finds no fault."""
    path.write_bytes(text)
    try:
        log.check(path)
    except VerifyError as error:
        return str(error)
    return ""


def test_a_log_begins_with_a_genesis_and_each_line_names_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "data/audit.jsonl"
    log.append(path, LOCK, NOW)
    first, second = path.read_bytes().splitlines(keepends=True)
    assert first == (
        b'{"format":"csr audit log 1","kind":"genesis","line":1,"previous":"' + b"0" * 64 + b'",'
        b'"time":"2026-01-20T07:30:15Z"}\n'
    )
    assert second == (
        b'{"by":"jdoe","cut":"a","cutoff":"2025-12-31","date":"2026-01-20","kind":"lock","line":2,"lock_sha256":"'
        + b"3" * 64
        + b'","note":null,"previous":"'
        + hashlib.sha256(first).hexdigest().encode()
        + b'","time":"2026-01-20T07:30:15Z"}\n'
    )


def test_a_signature_is_over_its_line_without_itself(chain: tuple[bytes, ...]) -> None:
    before, line = chain[2], json.loads(chain[3])
    signature = line.pop("signature")
    signed = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
    assert (line["line"], line["previous"]) == (4, hashlib.sha256(before).hexdigest())
    assert "Jané Doe" in signed
    KEY.public_key().verify(base64.b64decode(signature), signed.encode())


def test_a_whole_log_and_none_at_all(chain: tuple[bytes, ...], tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    assert log.check(path) == []
    path.write_bytes(b"".join(chain))
    kinds = ["Genesis", "CutMade", "CutLocked", "Signed", "CutMade", "CutLocked", "Signed", "CutLocked", "CutMade"]
    assert [type(line).__name__ for line in log.check(path)] == [*kinds, "CutLocked"]


@given(data=st.data())
def test_any_changed_byte_up_to_the_last_signature_is_named(
    chain: tuple[bytes, ...], scratch: Path, data: st.DataObject
) -> None:
    text = b"".join(chain)
    end = len(b"".join(chain[:LAST_SIGNED]))
    at = data.draw(st.integers(0, end - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != text[at]))
    line = text[:at].count(b"\n") + 1
    assert f"\n  line {line}: " in faults(scratch, text[:at] + bytes([byte]) + text[at + 1 :])


@given(data=st.data())
def test_any_value_that_fits_its_key_is_named(chain: tuple[bytes, ...], scratch: Path, data: st.DataObject) -> None:
    """A careful forger keeps the form: whatever line and key, another value of the same kind."""
    number = data.draw(st.integers(1, LAST_SIGNED))
    line = json.loads(chain[number - 1])
    other = json.loads(chain[data.draw(st.sampled_from([n for n in range(10) if n != number - 1]))])
    key = data.draw(st.sampled_from(sorted(line)))
    value = other.get(key, "x")
    rows = list(chain)
    rows[number - 1] = log.canonical(line | {key: value})
    found = faults(scratch, b"".join(rows))
    assert (f"\n  line {number}: " in found) == (value != line[key])


@given(lines=st.sets(st.integers(1, LAST_SIGNED), min_size=1, max_size=LAST_SIGNED))
def test_missing_lines_are_named(chain: tuple[bytes, ...], scratch: Path, lines: set[int]) -> None:
    rest = [row for number, row in enumerate(chain, 1) if number not in lines]
    assert f"\n  line {min(lines)}: is missing; line " in faults(scratch, b"".join(rest))


@given(order=st.permutations(range(1, LAST_SIGNED + 1)))
def test_lines_in_another_order_are_named(chain: tuple[bytes, ...], scratch: Path, order: list[int]) -> None:
    moved = [place for place, number in enumerate(order, 1) if number != place]
    found = faults(scratch, b"".join([*(chain[number - 1] for number in order), *chain[LAST_SIGNED:]]))
    expected = (
        moved and f"\n  line {moved[0]}: is out of place, at {order.index(moved[0]) + 1}; line {order[moved[0] - 1]}"
    )
    assert (expected in found) if expected else not found


@given(copied=st.integers(1, 10), place=st.integers(1, LAST_SIGNED))
def test_an_inserted_line_is_named(chain: tuple[bytes, ...], scratch: Path, copied: int, place: int) -> None:
    rows = [*chain[: place - 1], chain[copied - 1], *chain[place - 1 :]]
    named = place + 1 if copied == place else place
    assert f"\n  line {named}: " in faults(scratch, b"".join(rows))


def forged(rows: list[bytes], number: int, **change: Any) -> list[bytes]:
    """The lines with one changed, and the links of all after it made anew."""
    made = [*rows[: number - 1], log.canonical(json.loads(rows[number - 1]) | change)]
    for row in rows[number:]:
        made.append(log.canonical(json.loads(row) | {"previous": hashlib.sha256(made[-1]).hexdigest()}))
    return made


@pytest.mark.parametrize(("number", "signatures"), [(2, [4, 7]), (4, [4, 7]), (5, [7]), (6, [7])])
def test_a_chain_made_anew_does_not_have_the_signatures(
    chain: tuple[bytes, ...], scratch: Path, number: int, signatures: list[int]
) -> None:
    found = faults(scratch, b"".join(forged(list(chain), number, cut="b")))
    assert re.findall(r"line (\d+): its signature is not of this line", found) == [str(n) for n in signatures]


def test_an_inserted_line_with_a_chain_made_anew(chain: tuple[bytes, ...], scratch: Path) -> None:
    rows = [*chain[:5], chain[4], *chain[5:]]
    rows = [log.canonical(json.loads(row) | {"line": number}) for number, row in enumerate(rows, 1)]
    assert "line 8: its signature is not of this line" in faults(scratch, b"".join(forged(rows, 6)))


def test_the_documented_limit_what_follows_the_last_signature_is_unprotected(
    chain: tuple[bytes, ...], scratch: Path
) -> None:
    for length in range(LAST_SIGNED, 11):
        assert faults(scratch, b"".join(chain[:length])) == ""
    assert faults(scratch, b"".join(forged(list(chain), LAST_SIGNED + 1, note="another"))) == ""
    # The last signature is itself a line that nothing covers.
    assert faults(scratch, b"".join(chain[: LAST_SIGNED - 1])) == ""
    assert faults(scratch, b"") == ""


def test_a_signature_at_the_end_tells_which_of_two_lines_was_changed(chain: tuple[bytes, ...], scratch: Path) -> None:
    rows = [*chain[:5], chain[5].replace(b"jdoe", b"jroe"), chain[6]]
    assert faults(scratch, b"".join(rows)).endswith("broken:\n  line 6: changed after it was appended")
    rows = [*chain[:6], chain[6].replace(b"review", b"approval"), chain[7]]
    assert faults(scratch, b"".join(rows)).endswith("broken:\n  line 7: changed after it was appended")


def test_a_signature_has_one_spelling(chain: tuple[bytes, ...], scratch: Path) -> None:
    """The last of its 86 digits of base64 has four bits that mean nothing; no line after it would tell."""
    digit = chain[6][chain[6].index(b'=="') - 1 :][:1]
    assert digit in b"AQgw"
    other = chain[6].replace(digit + b'=="', bytes([digit[0] + 1]) + b'=="')
    assert base64.b64decode(json.loads(other)["signature"]) == base64.b64decode(json.loads(chain[6])["signature"])
    assert "line 7: not a line as csr writes it: signature: " in faults(scratch, b"".join([*chain[:6], other]))


def test_a_log_that_does_not_begin_at_its_beginning(chain: tuple[bytes, ...], scratch: Path) -> None:
    rows = [log.canonical(json.loads(row) | {"line": number}) for number, row in enumerate(chain[1:3], 1)]
    found = faults(scratch, b"".join(forged(rows, 1, previous="0" * 64)))
    assert found.endswith("\n  line 1: a log has one genesis, its first line")


def test_where_nothing_vouches_the_message_says_so(chain: tuple[bytes, ...], scratch: Path) -> None:
    rows = [*chain[:8], chain[8].replace(b"t1", b"t2"), chain[9]]
    said = "line 9: changed after it was appended, or line 10 was: nothing vouches for either"
    assert said in faults(scratch, b"".join(rows))
    wrong_link = log.canonical(json.loads(chain[7]) | {"previous": "5" * 64})
    found = faults(scratch, b"".join([*chain[:7], wrong_link]))
    assert found.endswith("\n  line 8: changed after it was appended")  # line 7 is signed as it stands


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b"\n", "line 11: not a line as csr writes it: no JSON in UTF-8"),
        (b"\xff\xfe\n", "line 11: not a line as csr writes it: no JSON in UTF-8"),
        (b"[" * 100_000 + b"\n", "line 11: not a line as csr writes it: nested too deeply"),
        (b'{"kind":"cut"}\n', "line 11: not a line as csr writes it: line: Field required; time: Field required"),
        (b'{"line":11', "line 11: has no end; if its writing was cut short, what it says was not done: delete it"),
    ],
)
def test_a_line_that_is_none(chain: tuple[bytes, ...], scratch: Path, row: bytes, message: str) -> None:
    assert message in faults(scratch, b"".join(chain) + row)


@pytest.mark.parametrize("hostile", [{"kind": "\x1b[2J"}, {"kind": "lock", "\x1b[2J": 1}, {"kind": "x" * 10_000_000}])
def test_what_a_line_holds_does_not_reach_the_terminal(scratch: Path, hostile: dict[str, Any]) -> None:
    found = faults(scratch, json.dumps(hostile).encode() + b"\n")
    assert "line 1: not a line as csr writes it: " in found
    assert "\x1b" not in found
    assert len(found) < 600


def test_one_line_has_one_spelling(chain: tuple[bytes, ...], scratch: Path) -> None:
    for other in (
        chain[2].replace(b'","', b'", "', 1),
        chain[2].replace(b'"by":"jdoe"', b'"by":"x","by":"jdoe"'),
        chain[2].replace(b'"line":3', b'"line":3.0'),
        chain[2].replace(b"jdoe", b"\\u006adoe"),
    ):
        found = faults(scratch, b"".join([*chain[:2], other, *chain[3:]]))
        assert "line 3: not a line as csr writes it: " in found


def test_of_many_faults_five_are_named(chain: tuple[bytes, ...], scratch: Path) -> None:
    found = faults(scratch, b"x\n" * 9).splitlines()
    assert found[0] == f"{scratch}: the audit log is broken:"
    assert [line[:9] for line in found[1:6]] == [f"  line {n}:" for n in range(1, 6)]
    assert found[6] == "  and 4 more"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"note": "\x1b[2J"}, "note: expected text without control characters"),
        ({"note": "\ud800"}, "nothing was appended"),
        ({"note": ""}, "note: String should have at least 1 character"),
        ({"date": "2026-02-30"}, "date: day is out of range|date: day 30 must be in range"),
        ({"kind": "party"}, "nothing was appended"),
        ({"lock_sha256": "3"}, "lock_sha256: String should match"),
    ],
)
def test_what_a_line_cannot_hold_is_refused(tmp_path: Path, change: dict[str, str], message: str) -> None:
    with pytest.raises(ParamsError, match=message):
        log.append(tmp_path / "audit.jsonl", LOCK | change, NOW)
    assert not (tmp_path / "audit.jsonl").exists()


def test_nothing_is_appended_to_a_broken_log(chain: tuple[bytes, ...], tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join([*chain[:2], *chain[3:]]))
    before = path.read_bytes()
    with pytest.raises(VerifyError, match="line 3: is missing; line 4 stands in its place"):
        log.append(path, LOCK, NOW)
    assert path.read_bytes() == before


def half(file: int, text: bytes, write: Callable[[int, bytes], int] = os.write) -> int:
    return write(file, text[: len(text) // 2])


def full(file: int) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(("call", "stand_in"), [("write", half), ("fsync", full)])
def test_a_full_disk_leaves_the_log_as_it_was(
    chain: tuple[bytes, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, stand_in: Any
) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(chain))
    with monkeypatch.context() as patch:
        patch.setattr(os, call, stand_in)
        with pytest.raises(
            CsrError, match=r"cannot be appended to: (?i:no space left on).*; nothing was done"
        ) as error:
            log.append(path, LOCK, NOW)
    assert error.value.exit_code == 1
    assert path.read_bytes() == b"".join(chain)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(CsrError, match=r"audit\.jsonl: cannot be appended to: .*; nothing was done"):
        log.append(tmp_path / "data/audit.jsonl", LOCK, NOW)


def test_two_writers_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "audit.jsonl"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: log.append(path, LOCK, NOW), range(20)))
    assert [line.line for line in log.check(path)] == list(range(1, 22))
    monkeypatch.setattr(log, "_WAIT_S", 0.05)
    with (
        FileLock(tmp_path / ".audit.jsonl.lock"),
        pytest.raises(CsrError, match="another csr command has been writing to it"),
    ):
        log.append(path, LOCK, NOW)


@pytest.mark.parametrize("study", ["", "examples/cdisc-oncology/"])
def test_the_committed_logs_are_whole_and_say_how_they_came_about(study: str) -> None:
    root = Path(__file__).parents[2] / study
    lines = log.check(root / "data/audit.jsonl")
    pins = {line.cut: line.lock_sha256 for line in lines if isinstance(line, log.CutLocked)}
    for cut in (root / "data/cuts").iterdir():
        assert pins[cut.name] == hashlib.sha256((cut / "lock.json").read_bytes()).hexdigest()
    notes = [line.note for line in lines if isinstance(line, log.CutMade | log.CutLocked)]
    assert all(note and note.startswith("Demonstration: made again, byte for byte as committed") for note in notes)
