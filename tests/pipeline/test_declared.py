"""What notebooks declare that they read: known without running them, and held to when they run."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import polars as pl
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from analysis.errors import NotebookError
from analysis.pipeline.declared import Declared, declared_by
from analysis.pipeline.session import Session, open_session

FRAMES = {"ADSL": pl.DataFrame({"A": [1]}), "ADAE": pl.DataFrame({"A": [2, 3]})}


def notebook(folder: Path, *sources: str) -> Path:
    cells = [new_markdown_cell("open_session(reads=['ADLB'])"), *(new_code_cell(source) for source in sources)]
    nbformat.write(new_notebook(cells=cells), folder / "20_a.ipynb")
    return folder / "20_a.ipynb"


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ('session = open_session(cut, params_dir, reads=["ADSL", "ADTTE"])', frozenset({"ADSL", "ADTTE"})),
        ("s = session.open_session(cut, params_dir, reads=[])", frozenset()),
        ("session = open_session(cut, params_dir)", None),
        ("print(1)", None),
    ],
)
def test_a_declaration_is_read_without_running(tmp_path: Path, source: str, reads: frozenset[str] | None) -> None:
    assert declared_by(notebook(tmp_path, "1 / 0", source)) == reads


@pytest.mark.parametrize("given", ["NAMES", "'ADSL'", "['ADSL', 1]", "sorted(['ADSL'])", "('ADSL',)"])
def test_a_declaration_that_must_be_run_is_refused(tmp_path: Path, given: str) -> None:
    path = notebook(tmp_path, f"open_session(cut, params_dir, reads={given})")
    with pytest.raises(NotebookError, match=r"20_a\.ipynb, cell 2: reads of open_session is to be a list of names"):
        declared_by(path)


def test_a_declaration_that_is_no_python_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match=r"20_a\.ipynb, cell 2, line 2: "):
        declared_by(notebook(tmp_path, "x = 1\nopen_session(cut, = 1"))


def test_only_what_is_declared_is_read() -> None:
    data = Declared(FRAMES, {"ADSL", "ADEG"})
    assert data["ADSL"].height == 1
    assert "ADEG" not in data  # declared, but this study has none
    assert list(data) == ["ADSL"]
    for read in (lambda: data["ADAE"], lambda: "ADAE" in data, lambda: data.get("ADAE")):
        with pytest.raises(ValueError, match=r"^ADAE is read, but this notebook declares that it reads ADEG, ADSL "):
            read()


def test_without_a_declaration_all_is_read() -> None:
    assert {name: frame.height for name, frame in Declared(FRAMES, None).items()} == {"ADSL": 1, "ADAE": 2}


@pytest.mark.parametrize(
    "read",
    [
        lambda session: session.sdtm,
        lambda session: session.cut,
        Session.cut_log,
        Session.queries,
        Session.problems,
        Session.results,
    ],
)
def test_a_session_holds_to_the_declaration(read: Callable[[Session], object]) -> None:
    params = Path(__file__).parents[1] / "miniature/params"
    session = open_session(next((params / "cuts").glob("*.yaml")).stem, str(params), reads=["ADSL"])
    with pytest.raises(ValueError, match="is read, but this notebook declares that it reads ADSL"):
        read(session)
    assert list(session.adam) == ["ADSL"]
    with pytest.raises(ValueError, match=r"^ADTTE is read"):
        session.context.count("ADTTE", "TRUE")
