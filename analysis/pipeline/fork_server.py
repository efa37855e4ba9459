"""Kernels forked from one process that has imported everything, so that no notebook waits for imports.

Jupyter starts the kernelspec `csr-forked`, whose program is kernel_client.py. It asks this server, over a socket in
the run's home folder, for a child; the child is an ordinary IPython kernel in a process of its own. The client lives
as long as its kernel: signals go from client to kernel, the exit code comes back, and a client that is killed takes
its kernel along, with what that started. The server ends with the run, and its kernels with it, whatever ends them.
It imports and never computes: a process that has run a polars query must not fork.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from analysis.errors import CsrError
from analysis.params_yaml import read_yaml
from analysis.paths import Study, find_project
from analysis.pipeline.environment import PARAMS_DIR

KERNEL = "csr-forked"
SOCKET = "kernels"  # its name is relative to the home folder: the whole path may be longer than a socket's may be
_READY = b"ready\n"
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
# What a cold kernel imports by itself, and all that notebooks import.
_MODULES = ("ipykernel.ipkernel", "ipykernel.kernelapp", "matplotlib.pyplot", "analysis.pipeline.session")
_PACKAGES = ("analysis.adam", "analysis.qc", "analysis.stats", "analysis.tlf")


@contextmanager
def kernels(home: Path) -> Iterator[Callable[[], str]]:
    """Have kernels for a run; what is yielded waits until they may start, and returns their kernelspec's name.

    `home` is the run's home folder, of which JUPYTER_DATA_DIR is `jupyter/data` (environment.py). All kernels end
    with the block. Elsewhere than on Linux, where libraries of the system may not survive a fork, kernels are cold.
    What is yielded raises CsrError where the server ended before it was ready.
    """
    if sys.platform != "linux":
        yield lambda: "python3"
        return
    folder = home / "jupyter/data/kernels" / KERNEL
    folder.mkdir(parents=True)
    client = Path(__file__).with_name("kernel_client.py")
    spec = {
        "argv": [sys.executable, "-I", "-S", str(client), str(home), "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
    }
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    command = [sys.executable, "-m", "analysis.pipeline.fork_server", str(home)]
    # In a group of its own, since it has to outlive the run's for a moment, to end its kernels.
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0) as server:
        assert server.stdin is not None
        try:
            yield lambda: _ready(server)
        finally:
            server.stdin.close()


def _ready(server: subprocess.Popen[bytes]) -> str:
    assert server.stdout is not None
    # Only the first wave of notebooks waits.
    if server.poll() is not None or (not server.stdout.closed and server.stdout.readline() != _READY):
        raise CsrError(f"the server of kernels ended with {server.wait()} before it was ready")
    server.stdout.close()
    return KERNEL


def _follow(parent: int, number: int) -> None:
    """Receive a signal when the parent, a process id, ends; where it has ended already, end."""
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, number)
    if os.getppid() != parent:
        os._exit(1)


def _preload() -> None:
    from analysis.report.abbreviations import DICTIONARY

    for name in _MODULES:
        importlib.import_module(name)
    for name in _PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(module.name)
    # Every notebook opens a session: what that parses is parsed here. A file that is no good is the notebook's to say.
    with contextlib.suppress(CsrError, KeyError):
        study = Study.open(os.environ[PARAMS_DIR], find_project(Path(__file__).parent))
        for path in [*study.params_dir.rglob("*.yaml"), *(root / DICTIONARY for root in (study.project, study.root))]:
            if path.is_file():
                read_yaml(path)


def serve(home: Path) -> None:
    """Import everything, then fork a kernel for each request until standard input ends."""
    _follow(os.getppid(), signal.SIGTERM)  # standard input is not read while modules are imported
    os.chdir(home)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(SOCKET)
    listener.listen()
    _preload()
    gc.collect()
    gc.freeze()  # the children share what is here now
    woken, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    server = os.getpid()
    kernels: dict[socket.socket, int] = {}
    selector = selectors.DefaultSelector()
    for source in (listener, woken, sys.stdin):
        selector.register(source, selectors.EVENT_READ)
    sys.stdout.buffer.write(_READY)
    sys.stdout.flush()
    while True:
        for key, _ in selector.select():
            source = key.fileobj
            received = woken.recv(4096) if source is woken else b""
            if source is sys.stdin or signal.SIGTERM in received:
                for pid in kernels.values():
                    _kill(pid)
                return
            if source is listener:
                client, _ = listener.accept()
                request = json.loads(client.makefile("rb").readline())
                pid = os.fork()
                if pid == 0:
                    selector.close()
                    for other in (listener, woken, waker, client, *kernels):
                        other.close()
                    _become_kernel(request, server)
                kernels[client] = pid
                selector.register(client, selectors.EVENT_READ)
            elif source is woken:
                for client in _ended(kernels):
                    with contextlib.suppress(KeyError):
                        selector.unregister(client)
                    client.close()
            elif isinstance(source, socket.socket) and source in kernels:
                # A byte is a signal to pass on; none means that the client was killed, and its kernel follows.
                sent = source.recv(1)
                if sent:
                    os.kill(kernels[source], sent[0])
                else:
                    _kill(kernels[source])
                    selector.unregister(source)


def _kill(pid: int) -> None:
    """Kill a kernel with what its cells have started."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:  # not yet in a group of its own
        os.kill(pid, signal.SIGKILL)


def _ended(kernels: dict[socket.socket, int]) -> list[socket.socket]:
    """Reap kernels that have ended, tell their clients the exit code, and return the clients."""
    ended = []
    for client, pid in list(kernels.items()):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            with contextlib.suppress(OSError):  # the client may be gone
                client.send(bytes([os.waitstatus_to_exitcode(status) & 0xFF]))
            del kernels[client]
            ended.append(client)
    return ended


def _become_kernel(request: dict[str, Any], server: int) -> NoReturn:
    """Turn this child of `server` into a kernel such as `python -m ipykernel_launcher` makes; never returns."""
    _follow(server, signal.SIGKILL)
    import random

    import matplotlib
    import numpy as np
    from ipykernel.kernelapp import launch_new_instance

    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(2, 1)  # what a kernel writes past IPython is not for the run's ears
    os.setsid()
    os.chdir(request["cwd"])
    os.environ.update(request["environment"])
    # Set by the environment where matplotlib is not imported yet; without it figures would vanish.
    matplotlib.rcParams["backend"] = "module://matplotlib_inline.backend_inline"
    random.seed()
    np.random.seed()
    sys.argv = [
        "ipykernel_launcher",
        *("-f", request["connection_file"]),
    ]
    code = 1
    try:
        launch_new_instance()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
