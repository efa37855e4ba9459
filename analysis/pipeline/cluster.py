"""Jobs on a Dask cluster instead of processes of this machine: `--scheduler tcp://...`.

Only paths, names and numbers go to the cluster, only messages and numbers come back; what a job reads and writes lies
on disks that all workers share. A job whose worker is lost begins again on another one; a job that fails does not.
"""

import json
import logging
import queue
import sys
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from analysis.errors import BY_EXIT_CODE, CsrError, ParamsError
from analysis.pipeline import on_worker
from analysis.pipeline.job import Job, description, digest

if TYPE_CHECKING:
    from distributed import Client, Future

Progress = Callable[[str], None]
Ended = Generator[tuple[int, list[dict[str, Any]] | CsrError], None, None]

_CONNECT_S = 5
_PATIENCE_S = 10.0
"""After so long without news a command asks whether there is a worker left."""

_GONE = "the scheduler is gone, or it dropped what was submitted"
_SHA256 = 64  # characters


def carry_out(address: str, jobs: Sequence[Job], progress: Progress) -> Ended:
    """Have a cluster carry out jobs; yield the place of each in `jobs` with what it told, or its error, as they end.

    `progress` has what they say meanwhile. Nothing is submitted where a worker's code or packages are not those here.
    Raises ParamsError where the address cannot be one, CsrError naming it where there is no cluster, or none any more.
    """
    news: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
    describe = cache(description)  # a simulation is many jobs of one description
    described = [describe(job.study, job.cut) for job in jobs]
    with _connected(address) as client:
        firsts = {job.params_dir: number for number, job in reversed(list(enumerate(jobs)))}
        for number in firsts.values():
            _check(client, address, jobs[number], described[number])
        command = f"csr-{uuid.uuid4().hex}"
        client.subscribe_topic(command, lambda event: news.put((-1, event[1])))
        task = on_worker.task
        waiting: dict[int, Future[Any]] = {}
        try:
            for number, job in enumerate(jobs):
                name = f"{command}-{number}"
                asked = json.dumps(asdict(replace(job, like=digest(described[number]), name=name)))
                # A function within a function is sent as it is, and so is what it calls, by `_connected`.
                waiting[number] = client.submit(lambda *told: task(*told), job.project, asked, command, key=name)
                waiting[number].add_done_callback(lambda _, number=number: news.put((number, "")))
            missed = False
            while waiting:
                try:
                    number, text = news.get(timeout=_PATIENCE_S)
                except queue.Empty:
                    if not missed and not client.nthreads():
                        missed = True
                        progress(f"{address}: no worker is left; waiting for one")
                    continue
                missed = False
                if number < 0:
                    progress(text)
                else:
                    yield number, _ended(waiting.pop(number), address, described[number])
        finally:
            with suppress(Exception):
                client.cancel(list(waiting.values()))


@contextmanager
def _connected(address: str) -> Iterator["Client"]:
    """A client of the scheduler, which must have workers with this Python and Dask, so that they understand it."""
    try:
        import cloudpickle
        import distributed
    except ImportError as error:
        raise CsrError(
            f"--scheduler {address}: {error}: Dask is an optional extra; install it with: "
            "python -m pip install --require-hashes -r requirements-dask.lock"
        ) from None
    for name in ("distributed", "distributed.client"):  # what matters is said by this module
        logging.getLogger(name).setLevel(logging.CRITICAL)
    cloudpickle.register_pickle_by_value(on_worker)
    scheme = address.partition("://")[0]
    try:
        distributed.comm.get_address_host_port(address if scheme in ("tcp", "tls") else "", strict=True)
    except ValueError:
        raise ParamsError(f"--scheduler {address}: expected tcp://host:port or tls://host:port") from None
    try:
        security = distributed.Security()  # of Dask's own configuration
        if scheme == "tls" and security.get_connection_args("client").get("ssl_context") is None:
            raise CsrError(
                f"--scheduler {address}: Dask's configuration names no certificates; "
                "expected distributed.comm.tls.ca-file, client.cert and client.key"
            )
        options = {"timeout": _CONNECT_S, "security": security, "set_as_default": False, "name": "csr"}
        client = distributed.Client(address, **options)
    except OSError as error:
        raise CsrError(f"--scheduler {address}: no Dask scheduler could be reached there: {error}") from None
    try:
        with client:
            versions = client.get_versions(packages=[])
            if not versions["workers"]:
                raise CsrError(f"--scheduler {address}: the scheduler has no workers; dask worker {address} starts one")
            here = _understood(versions["client"])
            for worker, found in sorted({"scheduler": versions["scheduler"], **versions["workers"]}.items()):
                _compare(address, worker, _understood(found), here)
            yield client
    except distributed.comm.CommClosedError:
        raise CsrError(f"--scheduler {address}: {_GONE}") from None


def _understood(versions: Any) -> dict[str, str]:
    """What must be the same for messages and functions to be understood."""
    python = versions["host"]["python"].split(".")
    packages = ("dask", "distributed", "cloudpickle", "msgpack")
    return {"Python": ".".join(python[:2]), **{name: str(versions["packages"][name]) for name in packages}}


def _check(client: "Client", address: str, job: Job, here: dict[str, str]) -> None:
    """Raise CsrError naming the first worker that does not have the code and packages of `here`."""
    asked = json.dumps(asdict(replace(job, simulate="")))
    answers = client.run(on_worker.look, job.project, asked, on_error="return")
    for worker, done in sorted(answers.items()):
        if isinstance(done, OSError):
            continue  # gone since; each job compares again
        if not done["told"]:
            raise CsrError(f"{_at(address, worker)} cannot run the project's code in {job.project}: {done['output']}")
        _compare(address, worker, done["told"][0]["unlike"], here)


def _compare(address: str, worker: str, there: dict[str, str], here: dict[str, str]) -> None:
    """Raise CsrError with the first difference of two descriptions."""
    for name in [*here, *there]:
        has, is_here = there.get(name), here.get(name)
        if has == is_here:
            continue
        if len(has or is_here or "") < _SHA256:
            what = f"has {name} {has or 'none'}, but here it is {is_here or 'none'}"
        else:
            what = f"lacks {name}" if has is None else f"has another {name}" if is_here else f"has {name}, not here"
        raise CsrError(f"{_at(address, worker)} {what}; its results could be other ones")


def _at(address: str, worker: str) -> str:
    return f"--scheduler {address}: {'the scheduler' if worker == 'scheduler' else f'worker {worker}'}"


def _ended(future: "Future[Any]", address: str, here: dict[str, str]) -> list[dict[str, Any]] | CsrError:
    """What a job told that has ended well, or the error it ended with."""
    from distributed.scheduler import KilledWorker

    if future.cancelled():
        raise CsrError(f"--scheduler {address}: {_GONE}")
    failed = future.exception()
    if isinstance(failed, KilledWorker):
        times, last = failed.allowed_failures + 1, failed.last_worker.address
        return CsrError(
            f"--scheduler {address}: the workers that had this to do died, {times} in all, the last of them {last}; "
            "where nobody ended them, memory may have been too short"
        )
    if failed is not None:
        return CsrError(f"--scheduler {address}: {type(failed).__name__}: {failed}")
    done = future.result()
    ending = done["told"][-1] if done["told"] else {}
    if "unlike" in ending:  # a worker that came later
        _compare(address, done["worker"], ending["unlike"], here)
    if done["code"] == 0:
        return list(done["told"])
    sys.stderr.write(done["output"])
    if "error" in ending:
        return BY_EXIT_CODE[ending["exit_code"]](ending["error"])
    return CsrError(f"{_at(address, done['worker'])} ended what it had begun with {done['code']}")
