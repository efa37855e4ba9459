"""Every number of the report as one row: what it is, how it was made, and which records are behind it."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl

Number = int | float | str | None


@dataclass(frozen=True, kw_only=True)
class Result:
    """One row of results.json; its shape follows the cards ARD.

    `stat` is a number, a text, or None where not estimable. `where` is a boolean SQL expression over `dataset` that
    selects exactly the records behind the number (see `where`); the denominator pair is None unless a share.
    """

    name: str | None = None
    output: str
    group1: str | None = None
    group1_level: str | None = None
    group2: str | None = None
    group2_level: str | None = None
    group3: str | None = None
    group3_level: str | None = None
    variable: str
    variable_level: str | None = None
    stat_name: str
    stat_label: str
    stat: Number
    stat_fmt: str
    population: str
    dataset: str
    where: str
    denominator_dataset: str | None = None
    denominator_where: str | None = None
    method: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.stat, float):
            object.__setattr__(self, "stat", stored(self.stat))


def stored(value: float) -> float | None:
    """A float as results store it: 12 significant digits; None for nan and infinities (not estimable)."""
    return float(f"{value:.12g}") if math.isfinite(value) else None


def rounded(value: float | int | None, digits: int, missing: str = "NE") -> str:
    """Round the stored decimal value once, half away from zero, in decimal arithmetic."""
    if value is None or not math.isfinite(value):
        return missing
    decimal = Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return f"{abs(decimal) if decimal == 0 else decimal:f}"


def p_value(value: float | None) -> str:
    """A p-value to four decimals; below that '<0.0001'."""
    if value is None or not math.isfinite(value):
        return "NE"
    return "<0.0001" if value < 0.0001 else rounded(value, 4)


@dataclass(frozen=True)
class AtLeast:
    """A condition of `where`: the column is this number or more."""

    value: float


@dataclass(frozen=True)
class AtMost:
    """A condition of `where`: the column is this number or less."""

    value: float


@dataclass(frozen=True)
class MoreThan:
    """A condition of `where`: the column is above this number."""

    value: float


@dataclass(frozen=True)
class Known:
    """A condition of `where`: the column has a value."""


def where(conditions: Mapping[str, object]) -> str:
    """The one quoting function: column -> value, list (IN), None (IS NULL) or one of the conditions above, by AND."""
    terms = []
    for column, value in conditions.items():
        name = '"' + column.replace('"', '""') + '"'
        if value is None:
            terms.append(f"{name} IS NULL")
        elif isinstance(value, Known):
            terms.append(f"{name} IS NOT NULL")
        elif isinstance(value, AtLeast):
            terms.append(f"{name} >= {_literal(value.value)}")
        elif isinstance(value, AtMost):
            terms.append(f"{name} <= {_literal(value.value)}")
        elif isinstance(value, MoreThan):
            terms.append(f"{name} > {_literal(value.value)}")
        elif isinstance(value, list | tuple):
            terms.append(f"{name} IN ({', '.join(_literal(v) for v in value)})")
        else:
            terms.append(f"{name} = {_literal(value)}")
    return " AND ".join(terms) or "TRUE"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def sort_results(results: Iterable[Result]) -> list[Result]:
    """Order by output, groups, variable and statistic; a name used twice is an error."""
    rows = list(results)
    names = Counter(r.name for r in rows if r.name is not None)
    twice = sorted(name for name, number in names.items() if number > 1)
    if twice:
        raise ValueError(f"result names used more than once: {', '.join(twice)}")
    keys = [f.name for f in fields(Result) if f.name not in ("stat", "stat_fmt")]
    return sorted(rows, key=lambda r: [str(getattr(r, k) or "") for k in ["output", *keys]])


def write_results(results: Iterable[Result], folder: Path) -> None:
    """Write results.json and results.parquet (the same rows; `stat` is a JSON text in Parquet)."""
    rows = [asdict(r) for r in sort_results(results)]
    text = json.dumps(rows, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
    columns = {f.name: [row[f.name] for row in rows] for f in fields(Result)}
    columns["stat"] = [json.dumps(v, ensure_ascii=False) for v in columns["stat"]]
    pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).write_parquet(folder / "results.parquet")


def read_results(path: Path) -> list[Result]:
    """Read results.json."""
    return [Result(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
