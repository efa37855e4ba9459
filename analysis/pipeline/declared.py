"""What a notebook reads: declared in its call of open_session, held to at every read, and known before it runs.

A run executes a notebook again only where something it depends on has changed, so that a read which is not declared
could leave an old result in a new report. It is an error.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import polars as pl

from analysis.errors import NotebookError

SDTM = "SDTM"  # every file of the cut
RESULTS = "RESULTS"  # what the notebooks of earlier waves recorded
_CALL = "open_session"
_KEYWORD = "reads"


def require(name: str, reads: Collection[str] | None) -> None:
    """Raise ValueError where a notebook reads what it has not declared; None declares everything."""
    if reads is not None and name not in reads:
        declared = ", ".join(sorted(reads)) or "nothing"
        raise ValueError(f"{name} is read, but this notebook declares that it reads {declared} ({_KEYWORD} of {_CALL})")


class Declared(Mapping[str, pl.DataFrame]):
    """Datasets by name, of which only the declared ones can be read, asked for or counted."""

    def __init__(self, frames: Mapping[str, pl.DataFrame], reads: Collection[str] | None) -> None:
        self._frames = {name: frame for name, frame in frames.items() if reads is None or name in reads}
        self._reads = reads

    def __getitem__(self, name: str) -> pl.DataFrame:
        require(name, self._reads)
        return self._frames[name]

    def __contains__(self, name: object) -> bool:
        require(str(name), self._reads)
        return name in self._frames

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)


def declared_by(path: Path) -> frozenset[str] | None:
    """What a notebook declares that it reads; None where it declares nothing, and so may read everything.

    Raises NotebookError where the declaration is not a plain list of names, which could not be known before the run.
    """
    import nbformat  # slow to import, and no notebook needs it

    notebook = nbformat.read(path, as_version=4)
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or _CALL not in cell.source:
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError as error:
            raise NotebookError(f"{path}, cell {index + 1}, line {error.lineno}: {error.msg}") from None
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == _CALL:
                return _names(node, f"{path}, cell {index + 1}")
    return None


def _names(call: ast.Call, place: str) -> frozenset[str] | None:
    given = [keyword.value for keyword in call.keywords if keyword.arg == _KEYWORD]
    if not given:
        return None
    try:
        names = ast.literal_eval(given[0])
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise NotebookError(f"{place}: {_KEYWORD} of {_CALL} is to be a list of names written out, such as ['ADSL']")
    return frozenset(names)
