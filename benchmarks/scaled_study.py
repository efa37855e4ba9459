"""ADaM of the synthetic study made larger: its patients again and again under other names."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from analysis import adam, params
from analysis.cut.dataset import frames, read_folder
from analysis.paths import find_project
from benchmarks.case import Case, Contender

PROJECT = find_project(Path(__file__).parent)
CUT = "2025-12-31"
ENROLLED = 40


def make(folder: Path, size: int) -> None:
    """Nothing: every contender makes its own from the cut in the repository."""


def scaled(times: int) -> Callable[[Path], dict[str, pl.DataFrame]]:
    """A loader of the study with all its patients this many times."""

    def load(folder: Path) -> dict[str, pl.DataFrame]:
        copies = pl.DataFrame({"copy": [f"-{number:05}" for number in range(times)]})
        data = frames(read_folder(PROJECT / "data" / "cuts" / CUT))
        return {name: _again(frame, copies) for name, frame in data.items()}

    return load


def _again(frame: pl.DataFrame, copies: pl.DataFrame) -> pl.DataFrame:
    """The records of every copy of every patient; a dataset of the study itself as it is."""
    if "USUBJID" not in frame.columns:
        return frame
    renamed = [pl.col(name) + pl.col("copy") for name in ("USUBJID", "SUBJID") if name in frame.columns]
    return frame.join(copies, how="cross").with_columns(renamed).drop("copy")


def derive(data: dict[str, pl.DataFrame]) -> list[float]:
    """The numbers of records, by dataset."""
    return [dataset.frame.height for dataset in adam.derive(data, params.load(CUT, PROJECT / "params")).values()]


def case(name: str, times: tuple[int, ...], runs: int | None = None) -> Case:
    contenders = tuple(Contender(f"{ENROLLED * n:,} patients", scaled(n), derive) for n in times)
    sizes = tuple(ENROLLED * n for n in times)
    return Case(
        name, "ADaM, time for a patient", sizes[0], make, contenders, limit=1.3, same=0, per_size=sizes, runs=runs
    )


CASES = (case("adam", (10, 1)), case("adam-large", (100, 1), runs=1), case("adam-largest", (1000, 1), runs=1))
