"""What is sent to the workers of a cluster: the standard library only, since it is sent as it is, not imported there.

A worker starts each job as a process of its own, with the project's code as it lies on the disk, and passes on what
that says. The process ends with the worker, whatever ends it, and when nobody waits for the job any more.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

MARK = "\x1e"  # what an event's line starts with, that of build.tell; all else is output
POLL_S = 0.5
END_S = 15.0  # for clearing up


def process(
    project: str, job: str, say: Callable[[str], object] = str, unwanted: Callable[[], bool] = bool
) -> dict[str, Any]:
    """Carry out a job as a process, and return what it told besides the texts that `say` had, and what it printed.

    `code` is its exit code, negative where a signal ended it; `stopped` is whether it was `unwanted` before its end.
    """
    done: dict[str, Any] = {"told": [], "output": "", "code": 1, "stopped": False}
    command = [sys.executable, "-P", "-m", "analysis.pipeline.job", job]
    environment = {**os.environ, "PYTHONPATH": project}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    try:
        started = subprocess.Popen(
            command, cwd=project, env=environment, text=True, encoding="utf-8", process_group=0, **pipes
        )
    except OSError as error:
        return done | {"output": f"{error.filename}: {error.strerror}"}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(POLL_S):
            if unwanted():
                done["stopped"] = True
                for number, seconds in ((signal.SIGTERM, END_S), (signal.SIGKILL, None)):
                    with suppress(ProcessLookupError):
                        os.killpg(started.pid, number)
                    over.wait(seconds)
                return

    threading.Thread(target=watch, daemon=True).start()
    with started:
        assert started.stdout is not None
        for line in started.stdout:
            event = json.loads(line[1:]) if line.startswith(MARK) else None
            if event is None:
                done["output"] += line
            elif "say" in event:
                say(event["say"])
            else:
                done["told"].append(event)
        done["code"] = started.wait()
    over.set()
    return done


def task(project: str, job: str, topic: str) -> dict[str, Any]:
    """A job as a task of Dask; what it says goes to the client under `topic` as it comes."""
    import distributed

    worker = distributed.get_worker()
    key = worker.get_current_task()

    def unwanted() -> bool:
        mine = worker.state.tasks.get(key)
        alive = worker.status.name in ("running", "paused")
        return not alive or mine is None or mine.state not in ("executing", "long-running")

    done = process(project, job, lambda text: worker.log_event(topic, text), unwanted)
    if done["stopped"]:  # nobody waits for this any more; where somebody does, it begins again
        raise distributed.Reschedule
    return {**done, "worker": worker.address}


async def look(project: str, job: str) -> dict[str, Any]:
    """A short job beside the tasks of a worker, which goes on answering the scheduler."""
    return await asyncio.to_thread(process, project, job)
