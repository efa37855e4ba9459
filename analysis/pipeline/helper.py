"""A second process that carries out calls, one after another, while this one goes on.

It is a plain process with two pipes: the pools of the standard library need semaphores in a folder outside the build,
which a run does not write to.
"""

import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, Self, TypeVar

from analysis.errors import CsrError

P = ParamSpec("P")
T = TypeVar("T")


class Helper:
    """The other process, from the beginning of a `with` block to its end; where the block fails, it is killed.

    It has the environment and the current folder that this one has when the block begins.
    """

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "analysis.pipeline.helper"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._queue = ThreadPoolExecutor(1)
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        if failed:
            self._process.kill()
        self._queue.shutdown(cancel_futures=bool(failed))
        self._process.communicate()

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a function of a module called; its arguments and what it returns or raises travel as pickles.

        The result raises CsrError where the process ended instead.
        """
        return self._queue.submit(self._ask, function, args, kwargs)

    def _ask(self, *call: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump(call, self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
            result, error = pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            ended = self._process.wait()
            raise CsrError(f"a process of the run ended with {ended}; memory may have been too short") from None
        if error is not None:
            raise error
        return result


def main() -> None:
    """Carry out the calls that come by standard input, until it ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    while True:
        try:
            function, args, kwargs = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        result, raised = None, None
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            if not isinstance(error, CsrError):
                traceback.print_exc()  # where it was raised does not travel
            raised = error
        pickle.dump((result, raised), answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    main()
