"""The second route may not lean on the first: neither its derivations nor its estimators."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "analysis" / "qc"
FIRST_ROUTE = ("analysis.adam", "analysis.stats")


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.name)
def test_no_file_imports_the_first_route(path: Path) -> None:
    assert {name for name in imported(path) if f"{name}.".startswith(tuple(f"{n}." for n in FIRST_ROUTE))} == set()


def test_nothing_of_the_first_route_is_loaded_with_it() -> None:
    code = (
        "import sys, analysis.qc.second_route, analysis.qc.compare\n"
        f"print(sorted(m for m in sys.modules if m.startswith({FIRST_ROUTE!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE.parents[1], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
