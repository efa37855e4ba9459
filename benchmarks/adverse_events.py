"""Adverse events by system organ class, term and worst grade (Table 14.3.1.3), from many records."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from analysis import params
from analysis.adam import adae
from analysis.paths import find_project
from analysis.tlf import adverse_events_tables as tables
from analysis.tlf.context import Context
from benchmarks.case import Case, Contender

PROJECT = find_project(Path(__file__).parent)
EVENTS_OF_A_PATIENT = 25
LEVELS = (((), "AOCCFL"), (("AEBODSYS",), "AOCCSFL"), (("AEBODSYS", "AEDECOD"), "AOCCPFL"))
GRADES = (1, 2, 3, 4, 5, None)


def make(folder: Path, size: int) -> None:
    """ADAE and ADSL: 43 terms in 15 classes, as frequent as 1, 1/2, 1/3 ...; nine of ten events treatment-emergent."""
    draw = np.random.default_rng(1)
    patients = max(1, size // EVENTS_OF_A_PATIENT)
    share = 1 / np.arange(1, 44)
    term = draw.choice(43, size, p=share / share.sum()).astype(np.int16)
    who = np.sort(draw.integers(0, patients, size)).astype(np.int32)
    grade = draw.choice([1, 2, 3, 4, 5, 0], size, p=[0.45, 0.3, 0.15, 0.05, 0.02, 0.03])
    frame = pl.DataFrame({"who": who, "term": term}).select(
        USUBJID=pl.format("STUDY-{}", pl.col("who").cast(pl.String).str.zfill(8)),
        AEBODSYS=pl.format("System organ class {}", pl.col("term") % 15),
        AEDECOD=pl.format("Preferred term {}", "term"),
        ATOXGRN=pl.Series(grade).replace(0, None),
        SAFFL=pl.lit("Y"),
        TRTEMFL=pl.Series(draw.random(size) < 0.9).replace_strict({True: "Y", False: "N"}, return_dtype=pl.String),
    )
    frame = adae._with_worst(frame.with_columns(ASTDY=pl.lit(1)), 0).drop("ASTDY")
    frame.write_parquet(folder / "adae.parquet")
    frame.write_csv(folder / "adae.csv")
    frame.select("USUBJID", "SAFFL").unique().write_parquet(folder / "adsl.parquet")


def load(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "adae.parquet")


def load_context(folder: Path) -> Context:
    chosen = params.load(params.cuts(PROJECT / "params")[0], PROJECT / "params")
    adam = {name.upper(): pl.read_parquet(folder / f"{name}.parquet") for name in ("adae", "adsl")}
    return Context(chosen, params.load_catalogue(PROJECT / "params"), adam)


def csr(context: Context) -> list[float]:
    found = tables.results(context, tables.WORST)
    lines = [found[start : start + 21] for start in range(0, len(found), 21)]  # any and six grades, three numbers each
    keys = [(own[0].group1_level or "", own[0].group2_level or "") for own in lines]
    counts = [[own[2].stat, *(result.stat for result in own[::3])] for own in lines]
    return _ordered(keys, counts)


def _ordered(keys: Sequence[tuple[str, str]], counts: Sequence[Sequence[object]]) -> list[float]:
    """Of each row, by class and term: events, patients, and patients by worst grade."""
    rows = sorted(zip(keys, counts, strict=True))
    return [float(str(number)) for _, row in rows for number in row]


def _of_frames(frames: Sequence[pl.DataFrame]) -> list[float]:
    keys, counts = [], []
    for (within, _), frame in zip(LEVELS, frames, strict=True):
        for row in frame.rows():
            texts = row[: len(within)]
            keys.append((*texts, *[""] * (2 - len(within))))
            counts.append(row[len(within) :])
    return _ordered(keys, counts)


def _grade(grade: int | None) -> pl.Expr:
    return pl.col("ATOXGRN").is_null() if grade is None else (pl.col("ATOXGRN") == grade).fill_null(False)


def polars_flags(frame: pl.DataFrame) -> list[float]:
    """From the flags of ADAE, of which each patient has one in a row: everything is a sum."""
    events = frame.lazy().filter(pl.col("SAFFL") == "Y", pl.col("TRTEMFL") == "Y")
    plans = []
    for within, flag in LEVELS:
        worst = pl.col(flag) == "Y"
        numbers = [pl.len(), worst.sum().alias("any"), *((worst & _grade(g)).sum().alias(str(g)) for g in GRADES)]
        plans.append(events.group_by(within).agg(numbers) if within else events.select(numbers))
    return _of_frames(pl.collect_all(plans))


def polars_grades(frame: pl.DataFrame) -> list[float]:
    """From the grades alone, as one writes it who has no such flags: the worst of each patient, then how many."""
    events = frame.lazy().filter(pl.col("SAFFL") == "Y", pl.col("TRTEMFL") == "Y")
    plans = []
    for within, _ in LEVELS:
        worst = events.group_by(*within, "USUBJID").agg(pl.col("ATOXGRN").max(), pl.len().alias("n"))
        numbers = [pl.col("n").sum(), pl.len().alias("any"), *(_grade(g).sum().alias(str(g)) for g in GRADES)]
        plans.append(worst.group_by(within).agg(numbers) if within else worst.select(numbers))
    return _of_frames(pl.collect_all(plans))


def load_duckdb(folder: Path) -> Any:
    import duckdb  # of benchmarks/requirements.txt

    base = duckdb.connect(config={"threads": 1})
    base.execute(f"CREATE TABLE adae AS SELECT * FROM '{folder / 'adae.parquet'}'")
    return base


def duckdb(base: Any) -> list[float]:
    """From the flags, in SQL."""
    keys, counts = [], []
    for within, flag in LEVELS:
        grades = ", ".join(
            f"count(*) FILTER ({flag} = 'Y' AND ATOXGRN {'IS NULL' if g is None else f'= {g}'})" for g in GRADES
        )
        names = ", ".join(within)
        rows = base.execute(
            f"SELECT {names + ', ' if names else ''} count(*), count(*) FILTER ({flag} = 'Y'), {grades} FROM adae "
            f"WHERE SAFFL = 'Y' AND TRTEMFL = 'Y' {'GROUP BY ' + names if names else ''}"
        ).fetchall()
        keys += [(*row[: len(within)], *[""] * (2 - len(within))) for row in rows]
        counts += [row[len(within) :] for row in rows]
    return _ordered(keys, counts)


CASES = (
    Case(
        "ae",
        "Adverse events by class, term and worst grade",
        10_000_000,
        make,
        (
            Contender("csr", load_context, csr),
            Contender("polars, from grades", load, polars_grades),
            Contender("polars, from flags", load, polars_flags),
            Contender("duckdb, from flags", load_duckdb, duckdb, needs=("duckdb",)),
            Contender("R data.table, from flags", r="adverse_events.R", needs=("data.table",)),
        ),
        limit=1.3,
        note="From the flags of ADAE, of which each patient has one in a row, counting is a sum. csr does not rely on "
        "that: it counts distinct patients of any condition, and is held to the floor that does so too.",
    ),
)
