"""Listings 16.2.6.2 to 16.2.6.5: responses, times to event, disagreements of the two readings, subsequent therapy."""

from collections.abc import Sequence

import polars as pl

from analysis.results import rounded
from analysis.tlf.context import Context
from analysis.tlf.listings import Record, by_patient, dated, patients_of, records_of, source, text
from analysis.tlf.model import Column, Row, Table

RESPONSES, TIMES, DISAGREEMENTS, THERAPIES = "l-16-2-6-2", "l-16-2-6-3", "l-16-2-6-4", "l-16-2-6-5"

COUNTED, NOT_JUDGED = "Yes", "No: without baseline scan, or after disease had reappeared"
WHY_NOT = (
    ("ANL02FL", "No: after the first progression"),
    ("ANL03FL", "No: after new anticancer therapy"),
    ("ANL04FL", "No: after the month limit"),
)
"""Flag of ADRS that is N -> why an assessment does not count for the best response; the first that applies."""

SUMMARIES = ("BOR", "CBOR")


def responses(context: Context) -> Table:
    """Listing 16.2.6.2: each response with the recomputed one and whether it counted; then the best responses."""
    recomputed: dict[tuple[str, str | None], list[Record]] = {}
    for row in records_of(context, RESPONSES, "ADTR"):
        if row["PARAMCD"] == "ROVRLRSP":
            recomputed.setdefault((row["USUBJID"], row["AVISIT"]), []).append(row)

    def rows_of(records: Sequence[Record]) -> list[Row]:
        found = []
        for row in records:
            if row["PARAMCD"] == "OVRLRESP":
                same = recomputed.get((row["USUBJID"], row["AVISIT"]), [])
                days = [(abs((other["ADT"] - row["ADT"]).days), other["AVALC"]) for other in same if other["ADT"]]
                again = min(days, default=(0, None))[1]
                names = [row["AVISIT"], row["ADT"], row["AELAPSED"], row["AVALC"], again, _counts(row)]
                found.append(Row.of(*(text(value) for value in names)))
        for row in records:
            if row["PARAMCD"] in SUMMARIES:
                names = [row["AVISIT"], row["ADT"], row["AELAPSED"], row["AVALC"], None]
                reason = f"{row['PARAM']}: {row['AREASON']}"
                if row["CONFDT"] is not None:
                    reason += f". Confirmed on {text(row['CONFDT'])}"
                found.append(Row.of(*(text(value) for value in names), reason, kind="total"))
        return found

    wanted = ("OVRLRESP", *SUMMARIES)
    records = [row for row in records_of(context, RESPONSES, "ADRS") if row["PARAMCD"] in wanted]
    records.sort(key=lambda row: (row["USUBJID"], wanted.index(row["PARAMCD"])))
    columns = (
        Column("Visit", 0.14),
        Column("Date", 0.1),
        Column("Days since enrolment", 0.09, "decimal"),
        Column("Response", 0.12),
        Column("Recomputed response", 0.12),
        Column("Counted for the best overall response; in bold the best overall response and why", 0.43),
    )
    methods = [
        f"Responses are those by the {context.params.response.reader}. The recomputed response follows RECIST 1.1 from "
        "the lesions of the visit of the same name, of several the nearest in time; it is empty where there is none."
    ]
    body = by_patient(records, rows_of)
    return context.table(RESPONSES, columns, body, datasets=("ADRS", "ADTR"), methods=methods, landscape=True)


def _counts(row: Record) -> str:
    if row["ANL01FL"] == "Y":
        return COUNTED
    return next((why for flag, why in WHY_NOT if row[flag] == "N"), NOT_JUDGED)


def times(context: Context) -> Table:
    """Listing 16.2.6.3: every record of ADTTE with its event, or why it was censored, and its source."""

    def rows_of(records: Sequence[Record]) -> list[Row]:
        return [
            Row.of(
                text(row["PARAM"]).removesuffix(" (months)"),
                text(row["STARTDT"]),
                dated(row["ADT"], row["ADTF"]),
                rounded(row["AVAL"], 2),
                "Event" if row["CNSR"] == 0 else "Censored",
                ". ".join(part for part in (text(row["EVNTDESC"]), text(row["CNSDTDSC"]), _between(row)) if part),
                source(row),
            )
            for row in records
        ]

    columns = (
        Column("Endpoint", 0.28),
        Column("Start", 0.08),
        Column("Event or censoring", 0.1),
        Column("Months", 0.06, "decimal"),
        Column("Status", 0.07),
        Column("Event, or why and at what censored", 0.29),
        Column("Source record", 0.12),
    )
    methods = [
        "Months are days, both ends counting, divided by 30.4375. In brackets the imputation flag of the date: D, the "
        "day was imputed; M, the month. The source record is that of the event or of the date of censoring."
    ]
    body = by_patient(records_of(context, TIMES, "ADTTE"), rows_of)
    return context.table(TIMES, columns, body, datasets=("ADTTE",), methods=methods, landscape=True)


def _between(row: Record) -> str:
    """The interval of an event that is known to lie in one; a death is known to the day."""
    if row["LAVAL"] is None or row["CNSR"] == 1 or row["LAVAL"] == row["RAVAL"]:
        return ""
    return f"Between months {rounded(row['LAVAL'], 2)} and {rounded(row['RAVAL'], 2)}"


def disagreements(context: Context, differences: pl.DataFrame) -> Table:
    """Listing 16.2.6.4 from what analysis.adam.adtr.disagreements found."""
    patients = set(patients_of(context, DISAGREEMENTS))

    def rows_of(records: Sequence[Record]) -> list[Row]:
        names = ("AVISIT", "RSDT", "INVRESP", "ROVRLRSP", "RTRGRESP", "RNTGRESP", "NEWLFL", "SUMDIAM", "BASE", "NADIR")
        return [Row.of(*(text(row[name]) for name in (*names, "REASON"))) for row in records]

    columns = (
        Column("Visit", 0.12),
        Column("Date", 0.09),
        Column("Response", 0.09),
        Column("Recomputed", 0.09),
        Column("Target", 0.08),
        Column("Non-target", 0.09),
        Column("New lesion", 0.06, "center"),
        Column("Sum (mm)", 0.06, "decimal"),
        Column("Baseline (mm)", 0.07, "decimal"),
        Column("Nadir (mm)", 0.06, "decimal"),
        Column("Rule behind the recomputed response", 0.19),
    )
    methods = [
        f"Visits after baseline whose response recomputed from the lesions by RECIST 1.1 is not that of the "
        f"{context.params.response.reader}; also a response other than NE without lesion records, and lesion records "
        "without a response."
    ]
    body = by_patient((row for row in differences.to_dicts() if row["USUBJID"] in patients), rows_of)
    return context.table(DISAGREEMENTS, columns, body, datasets=("RS", "TR", "ADTR"), methods=methods, landscape=True)


def therapies(context: Context) -> Table:
    """Listing 16.2.6.5: every subsequent anticancer therapy."""

    def rows_of(records: Sequence[Record]) -> list[Row]:
        return [
            Row.of(
                text(row["NACAT"]).capitalize() + (f": {row['NACLASS'].lower()}" if row["NACLASS"] else ""),
                text(row["NATRT"]) + (f", {row['NALOC']}" if row["NALOC"] else ""),
                text(row["ALINE"]),
                dated(row["ASTDT"], row["ASTDTF"]),
                rounded(row["AVAL"], 1),
                text(row["ADLDOSE"]),
                text(row["PDDT"]),
                "Yes" if row["NEWTHFL"] == "Y" else "No",
                source(row),
            )
            for row in records
        ]

    columns = (
        Column("Kind and class", 0.27),
        Column("Therapy", 0.16),
        Column("Line", 0.04, "decimal"),
        Column("Start", 0.1),
        Column("Months since enrolment", 0.09, "decimal"),
        Column("Days since last dose", 0.09, "decimal"),
        Column("First progression", 0.09),
        Column("First new therapy", 0.07, "center"),
        Column("Source record", 0.12),
    )
    methods = [
        "The first new therapy is the one that counts for PFS and response; radiotherapy elsewhere never does. "
        "Medicines that began on one day are one line. In brackets the imputation flag of the date; negative "
        f"days are before the last dose. Progression is the first by the {context.params.response.reader}."
    ]
    body = by_patient(records_of(context, THERAPIES, "ADNACT"), rows_of)
    return context.table(THERAPIES, columns, body, datasets=("ADNACT",), methods=methods, landscape=True)
