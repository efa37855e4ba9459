"""Processes that live no longer than the one that started them, whatever ends it."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from analysis.errors import Interrupted

INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
_END_S = 10.0


def heed_interrupts() -> None:
    """From now on Ctrl-C and SIGTERM raise Interrupted in the main thread, once."""
    for number in INTERRUPTS:
        signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    for one in INTERRUPTS:  # a second one would interrupt the clearing up
        signal.signal(one, signal.SIG_IGN)
    raise Interrupted


@contextmanager
def child(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a process in a group of its own; where the block fails, the whole group ends before the failure goes on.

    `options` are those of Popen. The block reads what the process writes to its end, and leaves its standard input
    alone: the process follows that (`follow_parent`), and so ends even where this one is killed.
    """
    for number in INTERRUPTS:  # polars, once it has run a query, has reading go on after a Ctrl-C
        signal.siginterrupt(number, True)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, text=True, encoding="utf-8", process_group=0, **options
    ) as process:
        try:
            yield process
            killed = process.wait() < 0
        except BaseException:
            _end_group(process)
            # What is of another group ends by itself: kernels hold the output open until they have ended, too.
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=_END_S)
            raise
        if killed:
            _end_group(process)


def _end_group(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def follow_parent() -> None:
    """End this process and its group as soon as the one that started it by `child` is gone."""
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)
