"""The rules of the data check about doses, actions because of adverse events, and laboratory results.

What is a dose, an action or a known unit is what analysis/adam takes for one.
"""

from collections.abc import Callable, Iterator

import polars as pl

from analysis.adam import adlb_units, ctcae
from analysis.adam.adex import MG
from analysis.adam.ae_drugs import SEVERAL
from analysis.adam.ctcae_criteria import CRITERIA
from analysis.adam.exposure import doses, drugs_taken
from analysis.cut.check_rule import Data, Found, Row, value
from analysis.cut.check_tables import ACTIONS, DOSE_ACTIONS
from analysis.cut.dates import earliest, latest
from analysis.params import Params, Treatment


def one_dose_a_day(data: Data) -> Iterator[Found]:
    """One dosing record of a drug for a day; two can be a dose in parts, and both count."""
    exposure = data.frame("EX", "USUBJID", "EXSEQ", "EXTRT", "EXSTDTC")
    if exposure is None:
        return
    absent = [name for name in ("EXENDTC", "EXDOSFRQ") if name not in exposure.columns]
    exposure = exposure.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    start, end, often = pl.col("EXSTDTC"), pl.col("EXENDTC"), pl.col("EXDOSFRQ")
    single = (often == "ONCE") | (often.is_null() & end.is_null())
    # dosing without an end goes on; a partial end is certain to be no earlier than its first day
    last = pl.when(single).then("first").when(end.is_null()).then(data.params.cutoff).otherwise(earliest(end))
    given = doses({"EX": exposure}, data.params).filter(earliest(start) == latest(start))
    given = given.with_columns(first=earliest(start), drug=pl.col("EXTRT").str.strip_chars().str.to_uppercase())
    given = given.with_columns(last=pl.max_horizontal(last, "first")).sort("first", "EXSEQ").with_row_index("place")
    pairs = given.join(given, ["USUBJID", "drug"], suffix="_before", maintain_order="left_right")
    twice = pairs.filter(pl.col("place_before") < pl.col("place"), pl.col("first") <= pl.col("last_before"))
    rows = twice.unique("place", keep="first", maintain_order=True)
    yield Found(
        "EX",
        "EXSTDTC",
        rows,
        lambda row: (
            f"{row['EXSTDTC']!r} has a dose of {row['EXTRT']!r} in EXSEQ {row['EXSEQ_before']:g} too "
            f"({row['EXSTDTC_before']!r} to {row['EXENDTC_before']!r}); "
            "expected one dosing record of a drug for a day: both doses count, the day once"
        ),
    )


def dose_units(data: Data) -> Iterator[Found]:
    """A unit of dose that can be turned into mg; said once per drug and unit."""
    exposure = data.frame("EX", "USUBJID", "EXTRT", "EXDOSU")
    if exposure is not None:
        unknown = exposure.filter(~pl.col("EXDOSU").str.to_lowercase().is_in(list(MG)))
        expected = f"one of {', '.join(MG)}: the cumulative dose and the dose intensity are not known"
        rows, count = _first_of(unknown, "EXTRT", "EXDOSU")
        yield Found("EX", "EXDOSU", rows, lambda row: f"{row['EXDOSU']!r} {count(row, 'EXTRT')}, expected {expected}")


def laboratory_units(data: Data) -> Iterator[Found]:
    """A known unit of a number that CTCAE may grade, or whose test has results in other units; once per unit."""
    results = data.frame("LB", "USUBJID", "LBTESTCD", "LBSTRESN", "LBSTRESU")
    if results is None:
        return
    version = data.params.laboratory.ctcae_version
    graded = [test for criterion in CRITERIA[version] for test in criterion.tests]
    numbers = results.filter(pl.col("LBSTRESN").is_not_null())
    units = numbers["LBSTRESU"].drop_nulls().unique().to_list()
    known = pl.col("LBSTRESU").is_in([unit for unit in units if adlb_units.is_known(unit)])
    several = pl.col("LBSTRESU").n_unique().over("LBTESTCD") > 1
    unknown = numbers.filter(~known & (several | pl.col("LBTESTCD").is_in(graded)))
    usual = dict(numbers.filter(known).group_by("LBTESTCD").agg(pl.col("LBSTRESU").mode().min()).iter_rows())
    rows, count = _first_of(unknown, "LBTESTCD", "LBSTRESU")
    yield Found(
        "LB",
        "LBSTRESU",
        rows,
        lambda row: (
            f"{row['LBSTRESU']!r} {count(row, 'LBTESTCD')} is no known unit, expected one of "
            f"{', '.join(_fitting(row['LBTESTCD'], usual.get(row['LBTESTCD']), version))}: "
            "not converted, and not graded where a grade needs the unit"
        ),
    )


def _fitting(test: str, usual: str | None, version: str) -> list[str]:
    """The units that can be turned into the usual one of a test, or without one into those of its CTCAE criteria."""
    if usual is not None:
        return [unit for unit in adlb_units.UNITS if adlb_units.factor(unit, usual, test=test) is not None]
    return [unit for unit in adlb_units.UNITS if not ctcae.cannot_compare(test, unit, version, urine=False)]


def _first_of(frame: pl.DataFrame, *key: str) -> tuple[pl.DataFrame, Callable[[Row, str], str]]:
    """The first record with each value of the key, and what says whose it is and how many records there are."""
    counted = frame.with_columns(pl.len().over(key).alias("records"))
    rows = counted.unique(list(key), keep="first", maintain_order=True)
    return rows, lambda row, of: f"of {row[of]!r} (records: {row['records']})"


def laboratory_numbers(data: Data) -> Iterator[Found]:
    """A number as the result, not one beyond a limit of quantification."""
    results = data.frame("LB", "USUBJID", "LBTESTCD", "LBSTRESC", "LBSTRESN")
    if results is not None:
        rows = results.filter(pl.col("LBSTRESC").str.contains(r"^\s*[<>\u2264\u2265]"))
        yield Found("LB", "LBSTRESC", rows, _beyond_a_limit)


def _beyond_a_limit(row: Row) -> str:
    number = row["LBSTRESN"]
    done = "kept as text, not graded" if number is None else f"LBSTRESN {number:g} is analysed and graded instead"
    return f"{row['LBSTRESC']!r} of {row['LBTESTCD']!r} is not a number: {done}"


def actions_have_a_drug(data: Data) -> Iterator[Found]:
    """The drug with which an action was taken, and a dose of it."""
    exposure = data.frame("EX", "USUBJID", "EXTRT", "EXSTDTC")
    taken = None if exposure is None else drugs_taken({"EX": exposure}, data.params)
    yield from _qualified_actions(data, taken)
    yield from _unqualified_actions(data, taken)


def _qualified_actions(data: Data, taken: dict[str, set[str]] | None) -> Iterator[Found]:
    """Actions in the qualifiers of single drugs; `taken` are each patient's drugs, None where that is not known."""
    qualifiers = data.frame("SUPPAE", "USUBJID", "QNAM", "QVAL")
    if qualifiers is None:
        return
    drugs = {drug.action_qnam: drug for drug in data.params.study.treatments if drug.action_qnam is not None}
    action = pl.col("QVAL").is_in(DOSE_ACTIONS)
    names = ", ".join(drugs) or "none"
    stray = qualifiers.filter(action, pl.col("QNAM").str.starts_with("AEACN"), ~pl.col("QNAM").is_in(list(drugs)))
    yield Found(
        "SUPPAE",
        "QNAM",
        stray,
        lambda row: (
            f"{row['QVAL']!r} in {row['QNAM']!r}, expected an action_qnam of params study.treatments ({names}): "
            "not counted"
        ),
    )
    for name, drug in drugs.items():
        own = qualifiers.filter(pl.col("QNAM") == name)
        expected = f"for {name} one of {', '.join(ACTIONS)}"
        yield Found("SUPPAE", "QVAL", own.filter(~pl.col("QVAL").is_in(ACTIONS)), value("QVAL", expected))
        if taken is not None:
            patients = [patient for patient, names_ in taken.items() if _took(drug, names_)]
            expected = f"NOT APPLICABLE in {name}: EX has no dose of {drug.extrt} for the patient"
            never = own.filter(action, ~pl.col("USUBJID").is_in(patients))
            yield Found("SUPPAE", "QVAL", never, value("QVAL", expected))


def stops_agree(data: Data) -> Iterator[Found]:
    """A drug stopped for an adverse event in DS has an event with that action, and the event the reason in DS."""
    disposition = data.frame("DS", "USUBJID", "DSCAT", "DSSCAT", "DSDECOD")
    qualifiers = data.frame("SUPPAE", "USUBJID", "QNAM", "QVAL")
    if disposition is None or qualifiers is None:
        return
    for drug in data.params.study.treatments:
        if drug.action_qnam is None:
            continue
        of_drug = pl.col("DSSCAT").str.to_uppercase() == drug.extrt.strip().upper()
        stopped = disposition.filter(
            pl.col("DSCAT") == "DISPOSITION EVENT", of_drug, pl.col("DSDECOD") == "ADVERSE EVENT"
        )
        withdrawn = qualifiers.filter(pl.col("QNAM") == drug.action_qnam, pl.col("QVAL") == "DRUG WITHDRAWN")
        expected = f"an adverse event with DRUG WITHDRAWN in {drug.action_qnam} of the patient"
        alone = stopped.join(withdrawn, "USUBJID", "anti", maintain_order="left")
        yield Found("DS", "DSDECOD", alone, value("DSDECOD", expected))
        expected = f"ADVERSE EVENT as the patient's reason in DS for stopping {drug.extrt}"
        alone = withdrawn.join(stopped, "USUBJID", "anti", maintain_order="left")
        yield Found("SUPPAE", "QVAL", alone, value("QVAL", expected))


def _took(drug: Treatment, taken: set[str]) -> bool:
    """Whether a drug, or a placebo for it, is among those taken."""
    return any(drug.extrt.strip().upper() in name or "PLACEBO" in name for name in taken)


def _unqualified_actions(data: Data, taken: dict[str, set[str]] | None) -> Iterator[Found]:
    """Actions in AEACN of an event whose qualifiers say nothing of single drugs."""
    events = data.frame("AE", "USUBJID", "AESEQ", "AEACN")
    if events is None:
        return
    events = events.filter(pl.col("AEACN").is_in((*DOSE_ACTIONS, SEVERAL)))
    if taken is not None:
        never = ~pl.col("USUBJID").is_in(list(taken))
        expected = "NOT APPLICABLE: EX has no dose of a study drug for the patient"
        yield Found("AE", "AEACN", events.filter(never), value("AEACN", expected))
        events = events.filter(~never)
    yield Found("AE", "AEACN", _without_a_drug(data, events), _unclear(data.params))


def _without_a_drug(data: Data, events: pl.DataFrame) -> pl.DataFrame:
    """The events without the action with a single drug; where there is one drug, only MULTIPLE is unclear."""
    qnams = [drug.action_qnam for drug in data.params.study.treatments]
    if len(qnams) == 1:
        events = events.filter(pl.col("AEACN") == SEVERAL)
    qualifiers = data.frame("SUPPAE", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL")
    if qualifiers is None:
        return events
    stated = qualifiers.filter(
        pl.col("IDVAR") == "AESEQ", pl.col("QNAM").is_in([q for q in qnams if q]), pl.col("QVAL").is_not_null()
    )
    records = stated.select("USUBJID", AESEQ=pl.col("IDVARVAL").cast(pl.Float64, strict=False))
    return events.join(records, ["USUBJID", "AESEQ"], "anti", maintain_order="left")


def _unclear(params: Params) -> Callable[[Row], str]:
    names = ", ".join(drug.action_qnam for drug in params.study.treatments if drug.action_qnam is not None)
    where = f"in SUPPAE {names}" if names else "in qualifiers that params study.treatments name as action_qnam"

    def say(row: Row) -> str:
        counted = "counted with no drug" if row["AEACN"] == SEVERAL else "counted with every drug"
        return f"{row['AEACN']!r} without a drug, expected the action with each drug {where}: {counted}"

    return say
