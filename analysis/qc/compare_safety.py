"""Comparing the safety results of the two routes: values, whole tables in one line each, and records."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import pandas as pd
import polars as pl

from analysis.qc import exposure, safety
from analysis.qc.adverse_events import EMERGENCE
from analysis.qc.lines import RECORDS, Line, many_line, value_line
from analysis.qc.safety import Safety
from analysis.results import Result

TOPICS = {
    safety.DEMOGRAPHICS: "Baseline",
    safety.EXPOSURE: "Exposure",
    safety.INTENSITY: "Exposure",
    safety.OVERVIEW: "Treatment-emergent adverse events",
    safety.RATES: "Treatment-emergent adverse events",
    safety.SPECIAL_INTEREST: "Treatment-emergent adverse events",
    safety.DEATHS: "Deaths",
    safety.LABORATORY: "Laboratory",
    safety.SHIFTS: "Laboratory",
    **dict.fromkeys(("t-14-3-5-1", "t-14-3-6-1", "t-14-3-7-1"), "Vital signs, ECG and performance status"),
}
"""Output -> heading; that of any other table is the one of the overview."""


def safety_lines(results: list[Result], second: Safety, catalogue: Collection[str]) -> Iterator[Line]:
    """Values and whole tables of the outputs in the catalogue, or of which there are results."""
    outputs = {*catalogue, *(result.output for result in results)}
    of = {result.name: result for result in results if result.name}
    found: list[Line] = []
    for output, values in second.values.items():
        if output in outputs:
            found += [value_line(TOPICS[output], n, v, of.get(n), _label(output, n)) for n, v in values.items()]
    for title, (output, numbers) in second.named.items():
        if output in outputs:
            first = [(name, (of[name].stat,)) for name in numbers if name in of]
            mine = [(name, (value,)) for name, value in numbers.items()]
            found.append(many_line(TOPICS[output], title, first, mine, "numbers"))
    for output, (title, rows) in second.tables.items():
        if output in outputs:
            own = (r for r in results if r.output == output)
            first_rows = [((r.group1_level, r.group2_level, r.variable, r.stat_name), (r.stat,)) for r in own]
            second_rows = [(key, (value,)) for key, values in rows.items() for value in values]
            found.append(many_line(TOPICS[safety.OVERVIEW], title, first_rows, second_rows, "numbers"))
    order = list(dict.fromkeys(TOPICS.values()))
    yield from sorted(found, key=lambda line: order.index(line[0]))


def _label(output: str, name: str) -> str | None:
    """The name in words, such as 'Patients: related anlotinib', where the labels of an output need their headings."""
    if output != safety.OVERVIEW:
        return None
    words = name.partition(".")[2].replace("_", " ")
    return f"Patients: {words.replace('grade3', 'grade 3 or higher')}"


def record_lines(adam: Mapping[str, pl.DataFrame], second: Safety) -> Iterator[Line]:
    """What the two routes derived of each event, each dosed patient, and each laboratory value of the main tests."""
    adae = adam["ADAE"].filter(pl.col("ENRLFL") == "Y")
    key = ("USUBJID", "AESEQ")
    yield _records("ADAE: treatment emergence of each event", adae, second.events, key, EMERGENCE)
    text = "ADAE: grade 3, seriousness, relatedness and action of each event"
    flags = [name for name in second.events.columns if name.endswith("FL") and name not in EMERGENCE]
    yield _records(text, adae, second.events, key, flags)
    codes = "|".join(exposure.SUMMARISED)
    adex = adam["ADEX"].filter(pl.col("PARAMCD").str.contains(rf"^({codes})\d+$"))
    text = "ADEX: dose, duration, courses and intensity of each patient"
    yield _records(text, adex, second.doses, ("USUBJID", "PARAMCD"), ("AVAL",))
    adlb = adam["ADLB"].filter(pl.col("SAFFL") == "Y", pl.col("PARAMCD").is_in(list(safety.TESTS)))
    text = f"ADLB: baseline, period and grades of each {', '.join(safety.TESTS)}"
    columns = ("ABLFL", "ONTRTFL", "ATOXGRL", "ATOXGRH")
    yield _records(text, adlb, second.samples, ("USUBJID", "PARAMCD", "SRCSEQ"), columns)


def _records(label: str, first: pl.DataFrame, second: pd.DataFrame, key: Sequence[str], columns: Sequence[str]) -> Line:
    """The records of a dataset, each by its key, compared in some columns."""
    size = len(key)
    rows = second[[*key, *columns]].astype(object)
    mine = rows.where(rows.notna(), None).itertuples(index=False, name=None)
    other = first.select(*key, *columns).rows()
    return many_line(
        RECORDS,
        label,
        [(row[:size], row[size:]) for row in other],
        [(row[:size], row[size:]) for row in mine],
        "records",
    )
