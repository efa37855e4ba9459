"""The two transfers of the demonstration study, read once."""

from pathlib import Path

import polars as pl
import pytest

from tests.data.transfers import FOLDER, Transfer, read


@pytest.fixture(scope="session")
def first() -> Transfer:
    return read(FOLDER / "2025-07-15")


@pytest.fixture(scope="session")
def second() -> Transfer:
    return read(FOLDER / "2026-01-15")


@pytest.fixture(scope="session", params=["2025-07-15", "2026-01-15"])
def each(request: pytest.FixtureRequest) -> Transfer:
    return read(FOLDER / str(request.param))


@pytest.fixture(scope="session")
def readme() -> pl.DataFrame:
    """The table of planted cases in data/README.md: case, usubjid, text."""
    text = (Path(FOLDER).parent / "README.md").read_text(encoding="utf-8")
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if "| NCT05075512-01-" in line]
    return pl.DataFrame(lines, schema=["case", "usubjid", "text"], orient="row")
