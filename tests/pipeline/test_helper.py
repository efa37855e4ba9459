"""The second process: what it returns and raises, and that it ends with the block whatever happens."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from analysis.errors import CsrError, RenderError
from analysis.pipeline.helper import Helper


def fail(message: str) -> None:
    raise RenderError(message)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def say(path: Path) -> str:
    print("a library says something")
    return path.read_text()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_calls_are_carried_out_in_their_order_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "text"
    with Helper() as helper:
        written = helper.call(path.write_text, "héllo")
        read = helper.call(say, path)
        pid = helper.call(os.getpid).result()
        assert (written.result(), read.result()) == (5, "héllo")
        assert pid != os.getpid()
    assert not is_running(pid)


def test_an_error_is_raised_with_its_words_and_the_next_call_is_carried_out() -> None:
    with Helper() as helper:
        failed = helper.call(fail, "csr.html: no such font")
        with pytest.raises(RenderError, match=r"^csr\.html: no such font$"):
            failed.result()
        assert helper.call(abs, -1).result() == 1


def test_a_process_that_is_killed_is_said() -> None:
    with Helper() as helper:
        with pytest.raises(CsrError, match=r"a process of the run ended with -9; memory may have been too short"):
            helper.call(die).result()
        with pytest.raises(CsrError, match="ended with -9"):
            helper.call(abs, -1).result()


def test_a_block_that_fails_does_not_wait() -> None:
    begin = time.monotonic()
    with suppress(KeyError), Helper() as helper:
        pid = helper.call(os.getpid).result()
        helper.call(time.sleep, 60)
        time.sleep(0.1)
        raise KeyError
    assert time.monotonic() - begin < 30
    assert not is_running(pid)
