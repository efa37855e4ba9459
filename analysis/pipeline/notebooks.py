"""Executing notebooks with papermill, and making an executed notebook the same bytes every time."""

import re
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.validator import iter_validate
from papermill.exceptions import PapermillExecutionError

from analysis import strict_json
from analysis.errors import NotebookError

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
_START_S = 60
_LARGEST_BYTES = 20_000_000
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def waves(folder: Path, names: Collection[str]) -> list[list[Path]]:
    """The notebooks that a catalogue names, in the order they may run: 90 and later read what earlier ones recorded."""
    found = [folder / f"{name}.ipynb" for name in sorted(set(names))]
    for path in found:
        if not path.is_file():
            raise NotebookError(f"{path}: no such notebook, and outputs.yaml names it")
        _check(path)
    return [wave for wave in ([p for p in found if p.name < "90"], [p for p in found if p.name >= "90"]) if wave]


def _check(path: Path) -> None:
    """Raise NotebookError where a file is no notebook that a run can execute, before any is."""
    if path.stat().st_size > _LARGEST_BYTES:
        raise NotebookError(f"{path}: larger than {_LARGEST_BYTES:,} bytes; a notebook is kept without outputs")
    try:
        content = strict_json.loads(path.read_bytes())
        if not isinstance(content, dict) or content.get("nbformat") != 4:
            raise ValueError("expected nbformat 4")
        for error in iter_validate(content, version=4, version_minor=content.get("nbformat_minor")):
            raise ValueError(error.message)
    except ValueError as error:
        raise NotebookError(f"{path}: no notebook: {str(error).splitlines()[0][:200]}") from None
    if not any("parameters" in cell["metadata"].get("tags", []) for cell in content["cells"]):
        raise NotebookError(f"{path}: no cell has the tag parameters, which a run puts the cut into")


def execute(
    sources: Sequence[Path],
    out: Path,
    *,
    parameters: dict[str, str],
    cwd: Path,
    done: Callable[[str], None],
    timeout_s: int,
    kernel: str = "python3",
) -> None:
    """Execute notebooks two at a time in the order given, each in a kernel of its own; write them normalised to `out`.

    A cell that runs longer than `timeout_s` seconds fails, and its kernel is killed. `kernel` is the name of the
    kernelspec: python3, or that of fork_server.py with the same bytes sooner.

    Raises NotebookError with notebook, cell and error of the first one (by name) that fails; those that have not
    begun by then are left out.
    """
    given = {"parameters": parameters, "kernel_name": kernel, "cwd": str(cwd), "execution_timeout": timeout_s}
    pool = ThreadPoolExecutor(2)
    try:
        runs = {pool.submit(_execute_one, source, out / source.name, given): source for source in sources}
        for run in as_completed(runs):
            if run.exception():
                break
            done(runs[run].stem)
    finally:
        pool.shutdown(cancel_futures=True)
    for run in sorted(runs, key=runs.__getitem__):
        if not run.cancelled():
            run.result()


def _execute_one(source: Path, target: Path, given: dict[str, Any]) -> None:
    name = f"notebooks/{source.name}"
    try:
        papermill.execute_notebook(str(source), str(target), progress_bar=False, start_timeout=_START_S, **given)
    except PapermillExecutionError as error:
        text = _ANSI.sub("", f"{error.ename}: {error.evalue}")
        raise NotebookError(f"{name}, cell {error.cell_index + 1}: {text}") from None
    except DeadKernelError:
        raise NotebookError(f"{name}, {_last_begun(target)}: its kernel died") from None
    except CellTimeoutError:
        limit = f"{given['execution_timeout']} s (run.cell_timeout_seconds of the parameters)"
        raise NotebookError(f"{name}, {_last_begun(target)}: ran longer than {limit}") from None
    except RuntimeError as error:  # of nbclient, where a kernel ends or says nothing before its first cell
        raise NotebookError(f"{name}: its kernel did not start: {error}") from None
    notebook = nbformat.read(target, as_version=4)
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                raise NotebookError(f"{name}, cell {index + 1}: wrote to stderr: {output.text.strip()}")
    nbformat.write(normalise(notebook), target)


def _last_begun(target: Path) -> str:
    """The cell that was running when an execution was cut off: papermill writes down when each one begins."""
    cells = nbformat.read(target, as_version=4).cells
    return f"cell {max(n for n, cell in enumerate(cells, 1) if cell.metadata.papermill.get('start_time'))}"


def normalise(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop what differs between two executions: times, counts, random ids, memory addresses, the patch version."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata.get("language_info", {}).pop("version", None)
    for index, cell in enumerate(notebook.cells):
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
        cell.setdefault("id", f"cell-{index}")
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.execution_count = None
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = None
                if "text/plain" in output.get("data", {}):
                    output.data["text/plain"] = _ADDRESS.sub("0x0", output.data["text/plain"])
    return notebook
