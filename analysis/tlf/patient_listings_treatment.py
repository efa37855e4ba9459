"""Listings 16.2.5 and 16.2.7: the doses that each patient was given, and each adverse event."""

from collections.abc import Sequence

from analysis.tlf import ae_words
from analysis.tlf.context import Context
from analysis.tlf.disposition import sentence
from analysis.tlf.listings import Record, as_recorded, by_patient, dated, patients_of, records_of, text
from analysis.tlf.model import Column, Row, Span, Table
from analysis.tlf.patient_listings import STUDY_DAY
from analysis.tlf.special_interest import OUTCOMES

DOSING, EVENTS = "l-16-2-5-1", "l-16-2-7-1"

ALIKE = ("PARAMCD", "EXTRT", "AVAL", "ADURN")
"""What dosing records have in common that are listed in one row."""

A_LINE = {True: 6, False: 3}
"""How many dates fit in a line: of single days, and of periods."""


def dosing(context: Context) -> Table:
    """Listing 16.2.5.1: each dosing record; consecutive ones of the same dose and length share a row."""
    window = context.params.exposure.window_days

    def rows_of(records: Sequence[Record]) -> list[Row]:
        runs: list[list[Record]] = []
        for row in (row for row in records if row["PARAMCD"].startswith("DOSE")):
            if (
                runs
                and not any(_change(record, window) for record in (runs[-1][-1], row))
                and _alike(runs[-1][-1], row)
            ):
                runs[-1].append(row)
            else:
                runs.append([row])
        return [_doses(run, window) for run in runs]

    columns = (
        Column("Drug", 0.095),
        Column("Courses", 0.07, "decimal"),
        Column("Dose on each day (mg)", 0.075, "decimal"),
        Column("Days of dosing in each", 0.075, "decimal"),
        Column("Dates of dosing", 0.505),
        Column("Change of dosing and its reason", 0.18),
    )
    methods = [
        "Consecutive records of one drug with the same dose and number of days share a row; a record with a change of "
        f"dose, a reason for a change of dosing, or a course that began more than {window} days later than planned has "
        "its own. In brackets the imputation flag of a date: D, the day was imputed; M, the month."
    ]
    records = records_of(context, DOSING, "ADEX")
    body = by_patient(records, rows_of, patients_of(context, DOSING), "no dose of study treatment")
    return context.table(DOSING, columns, body, datasets=("ADEX", "ADSL"), methods=methods, landscape=True)


def _alike(one: Record, other: Record) -> bool:
    return all(one[name] == other[name] for name in ALIKE)


def _change(row: Record, window: int) -> str:
    """What is recorded of a change of dosing, nothing where it went as planned."""
    parts = [f"Dose {row['ADOSCHG'].lower()}"] if row["ADOSCHG"] else []
    if row["ALATE"] is not None and row["ALATE"] > window:
        parts.append(f"{row['ALATE']} days late")
    return ". ".join([*parts, *([sentence(row["EXADJ"])] if row["EXADJ"] else [])])


def _doses(run: Sequence[Record], window: int) -> Row:
    """One or more dosing records as a row."""
    first = run[0]
    numbers = [row["ACOURSE"] for row in run if row["ACOURSE"] is not None]
    courses = sorted({min(numbers), max(numbers)}) if numbers else []
    size = A_LINE[all(row["ASTDT"] == row["AENDT"] for row in run)]
    dates = [_dates(row) for row in run]
    return Row.of(
        text(first["EXTRT"]).capitalize(),
        " to ".join(text(number) for number in courses),
        text(first["AVAL"]) or "Not known",
        text(first["ADURN"]),
        ";\n".join("; ".join(dates[at : at + size]) for at in range(0, len(dates), size)),
        _change(first, window),
    )


def _dates(row: Record) -> str:
    days = [dated(row[name], row[name + "F"]) for name in ("ASTDT", "AENDT")]
    return days[0] if row["ASTDT"] == row["AENDT"] else " to ".join(days)


def events(context: Context) -> Table:
    """Listing 16.2.7.1: every adverse event, treatment-emergent or not."""
    drugs = [(number, drug.name.capitalize()) for number, drug in enumerate(context.params.study.treatments, start=1)]

    def rows_of(records: Sequence[Record]) -> list[Row]:
        return [_event(row, drugs) for row in records]

    columns = (
        Column("No.", 0.034, "decimal"),
        Column("Reported term, preferred term, system organ class", 0.172),
        Column("Start, study day", 0.086),
        Column("End, study day", 0.086),
        Column("Grade", 0.056, "decimal"),
        Column("Serious", 0.063, "center"),
        *(Column(*column) for _ in drugs for column in (("Related", 0.071), ("Action taken", 0.094))),
        Column("Outcome", 0.087),
        Column("Treatment-\nemergent; registered", 0.088),
    )
    spans = [Span(drug, 6 + 2 * place, 7 + 2 * place) for place, (_, drug) in enumerate(drugs)]
    methods = [
        "The preferred term is shown where it differs from the reported one. Of a date that is not complete, the day "
        "that was taken for it is in brackets. No.: AESEQ of the record. Grade: in brackets the initial grade, where "
        f"one was recorded. {STUDY_DAY}",
        "Last column: whether the event is treatment-emergent and whether it belongs to the registered window, which "
        "begins with enrolment, each with the rule that decided (appendix 16.1.9).",
    ]
    records = records_of(context, EVENTS, "ADAE")
    body = by_patient(records, rows_of, patients_of(context, EVENTS), "no adverse event")
    datasets = ("ADAE", "ADSL")
    return context.table(EVENTS, columns, body, datasets=datasets, methods=methods, spans=spans, landscape=True)


def _event(row: Record, drugs: Sequence[tuple[int, str]]) -> Row:
    """One adverse event as a row."""
    reported, preferred = text(row["AETERM"]), row["AEDECOD"] or "Not coded"
    terms = [reported, *([preferred] if preferred.casefold() != reported.casefold() else [])]
    grade = text(row["ATOXGRN"]) or "Missing"
    of_drugs = [
        ae_words.begun(ae_words.recorded(row[f"{name}{number}"], words))
        for number, _ in drugs
        for name, words in (("AREL", {}), ("AEACN", ae_words.ACTIONS))
    ]
    end = as_recorded(row["AEENDTC"], row["AENDT"], row["AENDTF"]) if row["AEENDTC"] or row["AENDT"] else "No end"
    return Row.of(
        text(row["AESEQ"]),
        "\n".join([*terms, row["AEBODSYS"] or "Not coded"]),
        "\n".join([as_recorded(row["AESTDTC"], row["ASTDT"], row["ASTDTF"]), *_day(row["ASTDY"])]),
        "\n".join([end, *_day(row["AENDY"])]),
        grade + (f" ({row['AITOXGRN']})" if row["AITOXGRN"] is not None else ""),
        "Yes" if row["ASERFL"] == "Y" else "No",
        *(sentence(value) for value in of_drugs),
        ae_words.begun(sentence(ae_words.recorded(row["AEOUT"], OUTCOMES))),
        "\n".join(_emergent(row, *names) for names in (("TRTEMFL", "TRTEMRUL"), ("REGTEMFL", "REGTERUL"))),
    )


def _day(day: int | None) -> list[str]:
    return [f"Day {day}"] if day is not None else []


def _emergent(row: Record, flag: str, rule: str) -> str:
    return f"{'Yes' if row[flag] == 'Y' else 'No'}: {row[rule].lower()}"
