"""Grading laboratory values by the criteria of CTCAE (ctcae_criteria), and saying them in words."""

import polars as pl

from analysis.adam.adlb_units import factor
from analysis.adam.ctcae_criteria import ABNORMAL, CRITERIA, FASTING, NORMAL, NOT_GRADED, Condition, Criterion

_DIGITS = 12  # significant digits in which a value and its limit are compared: 1.5 x 0.1 is 0.15
_IN_UNIT = ("value", "above ULN", "above baseline")


def grade(values: pl.DataFrame, version: str) -> pl.DataFrame:
    """`values` with ATOXDSCL, ATOXGRL, ATOXDSCH and ATOXGRH: the CTCAE term and grade (0 to 4) in each direction.

    Needs LBTESTCD, URINE (bool), FASTING (bool), POST (bool, after the baseline), AVAL, AVALCAT1, AVALU, ANRLO, ANRHI,
    BASE and BNRIND. Conditions on the baseline hold only after it; where there is none, it counts as within limits.
    A grade is missing where the value is, where the limit of normal that it would need is, and where the value's unit
    is none that the criterion's limits can be compared with.
    """
    rows = values.with_row_index("_ROW")
    for direction in ("L", "H"):
        parts = [
            _graded(part, criterion, unit)
            for criterion in CRITERIA[version]
            if criterion.direction == direction
            for (unit,), part in rows.filter(_concerns(criterion)).partition_by("AVALU", as_dict=True).items()
        ]
        schema = {"_ROW": pl.UInt32, "TERM": pl.String, "GRADE": pl.Int64}
        found = pl.concat([pl.DataFrame(schema=schema), *parts])
        names = {"TERM": f"ATOXDSC{direction}", "GRADE": f"ATOXGR{direction}"}
        rows = rows.join(found.rename(names), "_ROW", "left", maintain_order="left")
    return rows.drop("_ROW")


def cannot_compare(test: str, unit: str | None, version: str, *, urine: bool) -> bool:
    """Whether a criterion of this test has limits in units that `unit` cannot be turned into."""
    return any(
        _comparable(criterion, unit, test) is None
        for criterion in CRITERIA[version]
        if test in criterion.tests and criterion.urine == urine
    )


def _concerns(criterion: Criterion) -> pl.Expr:
    return pl.col("LBTESTCD").is_in(criterion.tests) & (pl.col("URINE") == criterion.urine)


def _comparable(criterion: Criterion, unit: str | None, test: str) -> list[tuple[Condition, float]] | None:
    """The conditions with their limits in `unit`; None where they are in units that cannot be turned into it.

    CTCAE states and rounds its limits in several units: those in the unit nearest to the value's are taken, by a molar
    mass only where there is no other way. Categories of text have no unit.
    """
    stated = dict.fromkeys(c.unit for c in criterion.conditions if c.of in _IN_UNIT)
    if not stated:
        return [(c, c.limit) for c in criterion.conditions]
    for exchanged in ("", test):
        for of in stated:
            size = 1.0 if of == "" and unit is None else factor(of or "1", unit, test=exchanged)
            if size is not None:
                chosen = [c for c in criterion.conditions if c.of not in _IN_UNIT or c.unit == of]
                return [(c, c.limit * size if c.of in _IN_UNIT else c.limit) for c in chosen]
    texts = [(c, c.limit) for c in criterion.conditions if c.of == "text"]
    return texts if texts and unit is None else None


def _graded(part: pl.DataFrame, criterion: Criterion, unit: object) -> pl.DataFrame:
    conditions = _comparable(criterion, unit if isinstance(unit, str) else None, criterion.tests[0])
    result = pl.lit(None, pl.Int64)
    if conditions is not None:
        met = [_met(condition, limit) for condition, limit in conditions]
        reached = pl.max_horizontal(pl.when(m).then(pl.lit(c.grade)) for m, (c, _) in zip(met, conditions, strict=True))
        none = pl.when(~pl.any_horizontal(m.is_null() for m in met)).then(pl.lit(0))
        value = pl.col("AVAL").is_not_null() | pl.col("AVALCAT1").is_not_null()
        result = pl.when(value).then(pl.coalesce(reached, none)).cast(pl.Int64)
    return part.select("_ROW", TERM=pl.lit(criterion.term), GRADE=result)


def _met(condition: Condition, limit: float) -> pl.Expr:
    """Whether a value meets the condition; missing where its ULN or LLN is."""
    if condition.of == "text":
        return pl.col("AVALCAT1").is_in(condition.texts).fill_null(False)
    base = pl.when("POST").then("BASE")
    bound = {
        "value": pl.lit(limit),
        "ULN": pl.col("ANRHI") * limit,
        "LLN": pl.col("ANRLO") * limit,
        "baseline": base * limit,
        "above ULN": pl.col("ANRHI") + limit,
        "above baseline": base + limit,
    }[condition.of]
    value, bound = pl.col("AVAL").round_sig_figs(_DIGITS), bound.round_sig_figs(_DIGITS)
    met = {">": value > bound, ">=": value >= bound, "<": value < bound, "<=": value <= bound}[condition.sign]
    if condition.of in ("baseline", "above baseline"):
        met = met.fill_null(False)
    direction = "HIGH" if condition.sign.startswith(">") else "LOW"
    abnormal = (pl.col("POST") & (pl.col("BNRIND") == direction)).fill_null(False)
    applies = {
        NORMAL: ~abnormal,
        ABNORMAL: abnormal,
        FASTING: pl.col("FASTING").fill_null(False),
        "above baseline": (pl.col("AVAL") > base).fill_null(True),
        "": pl.lit(True),
    }[condition.when]
    return applies & met


def criteria_in_words(version: str) -> list[dict[str, str]]:
    """One row per term, direction and test of a version: TERM, DIRECTION, TESTS, GRADE1 to GRADE4 and JUDGEMENT.

    Terms that no value can be graded by are rows without grades. For the appendix and the footnotes of the tables.
    """
    rows = []
    for criterion in CRITERIA[version]:
        grades = {f"GRADE{n}": _in_words(criterion, n) for n in (1, 2, 3, 4)}
        row = {"TERM": criterion.term, "DIRECTION": {"L": "low", "H": "high"}[criterion.direction]}
        rows.append(row | {"TESTS": ", ".join(criterion.tests)} | grades | {"JUDGEMENT": criterion.judgement})
    for term, tests, reason in NOT_GRADED[version]:
        blank = {f"GRADE{n}": "" for n in (1, 2, 3, 4)}
        rows.append({"TERM": term, "DIRECTION": "", "TESTS": ", ".join(tests)} | blank | {"JUDGEMENT": reason})
    return sorted(rows, key=lambda row: (row["TERM"].casefold(), row["TESTS"]))


def _in_words(criterion: Criterion, number: int) -> str:
    return "; ".join(dict.fromkeys(_words(c) for c in criterion.conditions if c.grade == number))


_WHEN: dict[str, str] = {
    "": "",
    NORMAL: " (baseline not abnormal)",
    ABNORMAL: " (abnormal baseline)",
    FASTING: " (fasting)",
    "above baseline": " and above the baseline",
}


def _words(condition: Condition) -> str:
    limit, unit = f"{condition.limit:g}", f" {condition.unit}" if condition.unit else ""
    if condition.of == "text":
        return " or ".join(condition.texts)
    if condition.of == "value":
        said = f"{condition.sign} {limit}{unit}"
    elif condition.of in _IN_UNIT:
        said = f"{condition.sign} {limit}{unit} {condition.of}"
    else:
        times = "" if condition.limit == 1 else f"{limit} x "
        said = f"{condition.sign} {times}{condition.of}"
    return said + _WHEN[condition.when]
