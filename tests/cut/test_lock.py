"""The lock: every bit of every file, the list of files, and lock.json against its pin."""

import datetime as dt
import hashlib
import json
import os
import re

import pytest

from analysis.cut.lock import verify_lock, write_cut_file, write_lock
from analysis.errors import LockError, ParamsError

DATE = dt.date(2025, 7, 20)


@pytest.fixture
def cut(tmp_path):
    folder = tmp_path / "2025-06-30"
    (folder / "more").mkdir(parents=True)
    (folder / "dm.xpt").write_bytes(b"demographics")
    (folder / "more" / "ae.xpt").write_bytes(b"events")
    (folder / ".hidden").write_bytes(b"")
    write_cut_file(folder, dt.date(2025, 6, 30), "2025-07-15")
    return folder


def pin_of(folder):
    return hashlib.sha256((folder / "lock.json").read_bytes()).hexdigest()


def test_lock_lists_every_other_file_with_its_hash(cut):
    pin = write_lock(cut, DATE)
    content = json.loads((cut / "lock.json").read_text())
    assert pin == pin_of(cut)
    assert (content["cut"], content["cutoff"], content["date"]) == ("2025-06-30", "2025-06-30", "2025-07-20")
    assert list(content["files"]) == [".hidden", "cut.json", "dm.xpt", "more/ae.xpt"]
    assert content["files"]["dm.xpt"] == hashlib.sha256(b"demographics").hexdigest()
    assert verify_lock(cut, pin) == content
    assert write_lock(cut, DATE) == pin


@pytest.mark.parametrize("name", [".hidden", "cut.json", "dm.xpt", "more/ae.xpt"])
def test_one_bit_of_any_file(cut, name):
    pin = write_lock(cut, DATE)
    path = cut / name
    content = bytearray(path.read_bytes() or b"\0")
    content[0] ^= 1
    path.write_bytes(content)
    with pytest.raises(LockError, match=f"{name}: changed since the lock") as error:
        verify_lock(cut, pin)
    assert error.value.exit_code == 3


def test_every_missing_and_added_file_is_named(cut):
    pin = write_lock(cut, DATE)
    (cut / "dm.xpt").unlink()
    (cut / "more" / "ae.xpt").unlink()
    (cut / "new.xpt").write_bytes(b"")
    with pytest.raises(LockError) as error:
        verify_lock(cut, pin)
    assert str(error.value).splitlines() == [
        f"{cut}/dm.xpt: missing, but lock.json lists it",
        f"{cut}/more/ae.xpt: missing, but lock.json lists it",
        f"{cut}/new.xpt: not in lock.json",
    ]


def test_one_bit_of_the_lock_itself(cut):
    pin = write_lock(cut, DATE)
    content = bytearray((cut / "lock.json").read_bytes())
    content[-1] ^= 1
    (cut / "lock.json").write_bytes(content)
    with pytest.raises(LockError, match=f"lock.json: has SHA-256 {pin_of(cut)}, expected {pin}"):
        verify_lock(cut, pin)


@pytest.mark.parametrize("cutoff", [None, dt.date(2025, 6, 30)])
def test_no_lock_before_the_cutoff(cut, cutoff):
    expected = f"{cut}: the date of the lock 2025-06-29 is before the data cut-off 2025-06-30"
    with pytest.raises(ParamsError, match=re.escape(expected)) as error:
        write_lock(cut, dt.date(2025, 6, 29), cutoff)
    assert error.value.exit_code == 2
    assert not (cut / "lock.json").exists()
    write_lock(cut, dt.date(2025, 6, 30), cutoff)


def test_not_locked_not_pinned_no_folder(cut):
    with pytest.raises(LockError, match=r"lock\.json: no such file; the cut is not locked"):
        verify_lock(cut, "0" * 64)
    write_lock(cut, DATE)
    with pytest.raises(LockError, match=r"lock\.json: not pinned; expected lock_sha256"):
        verify_lock(cut, None)
    with pytest.raises(LockError, match="none: no such cut"):
        verify_lock(cut / "none", "0" * 64)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        "3",
        '"x"',
        "{}",
        '{"cut": "a", "cutoff": "x", "date": "2025-07-20", "files": {"a": "b"}}',
        '{"cut": "a", "cutoff": "2025-06-30", "date": 3, "files": {"a": "b"}}',
        '{"cut": "a", "cutoff": "2025-06-30", "date": "2025-07-20", "files": {}}',
        '{"cut": "a", "cutoff": "2025-06-30", "date": "2025-07-20", "files": ["dm.xpt"]}',
        '{"cut": "a", "cutoff": "2025-06-30", "date": "2025-07-20", "files": {"dm.xpt": 3}}',
        '{"cut": 1, "cutoff": "2025-06-30", "date": "2025-07-20", "files": {"dm.xpt": "0"}}',
    ],
)
def test_a_pinned_file_that_is_no_lock(cut, text):
    (cut / "lock.json").write_text(text)
    with pytest.raises(LockError, match=r"lock\.json: not a lock"):
        verify_lock(cut, pin_of(cut))


def test_bytes_that_are_no_text(cut):
    (cut / "lock.json").write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(LockError, match=r"lock\.json: not a lock"):
        verify_lock(cut, pin_of(cut))


def test_symbolic_links_are_refused(cut):
    pin = write_lock(cut, DATE)
    (cut / "link.xpt").symlink_to(cut / "dm.xpt")
    for action in (lambda: write_lock(cut, DATE), lambda: verify_lock(cut, pin)):
        with pytest.raises(LockError, match=r"link\.xpt: a symbolic link"):
            action()


def test_a_linked_lock_file_is_refused(cut, tmp_path):
    pin = write_lock(cut, DATE)
    (cut / "lock.json").rename(tmp_path / "elsewhere.json")
    (cut / "lock.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(LockError, match=r"lock\.json"):
        verify_lock(cut, pin)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused(cut):
    os.mkfifo(cut / "pipe")
    with pytest.raises(LockError, match="pipe: not a regular file"):
        write_lock(cut, DATE)


def test_a_folder_that_does_not_say_its_cutoff(cut):
    (cut / "cut.json").write_text('{"cutoff": "soon"}')
    with pytest.raises(LockError, match=r"cut\.json: expected a JSON object with the date"):
        write_lock(cut, DATE)
    (cut / "cut.json").unlink()
    with pytest.raises(LockError, match=r"cut\.json: no such file; expected a folder that csr cut has written"):
        write_lock(cut, DATE)


def test_the_cutoff_of_params_stands_in_for_cut_json_and_must_agree_with_it(cut):
    with pytest.raises(LockError, match=r"cut\.json: cutoff 2025-06-30, but the cut's params say 2025-06-29"):
        write_lock(cut, DATE, dt.date(2025, 6, 29))
    (cut / "cut.json").unlink()
    assert verify_lock(cut, write_lock(cut, DATE, dt.date(2025, 6, 29)))["cutoff"] == "2025-06-29"
    with pytest.raises(LockError, match="none: no such cut"):
        write_lock(cut / "none", DATE)
