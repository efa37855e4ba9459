"""The command begins at once: what it needs for every answer is light, the rest is imported where it is used."""

import subprocess
import sys

import pytest

HEAVY = {
    *("fontTools", "lifelines", "lxml", "matplotlib", "nbformat", "numpy", "pandas", "papermill", "polars", "pyarrow"),
    *("pyreadstat", "scipy", "seaborn", "statsmodels", "typst", "uharfbuzz"),
}


@pytest.mark.parametrize("module", ["analysis.cli", "analysis.pipeline.run", "analysis.doctor"])
def test_nothing_heavy_is_imported_before_it_is_used(module: str) -> None:
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "analysis" in loaded
    assert loaded & HEAVY == set()
