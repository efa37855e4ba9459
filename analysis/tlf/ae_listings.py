"""Listings 14.3.2.1 to 14.3.2.3: deaths, serious adverse events, and other significant ones."""

from collections.abc import Callable, Sequence

from analysis.params import Params
from analysis.tlf import ae_words
from analysis.tlf.context import Context
from analysis.tlf.deaths import cause_text
from analysis.tlf.listings import Record, by_patient, dated, records_of, text
from analysis.tlf.model import Column, Row, Table
from analysis.tlf.special_interest import OUTCOMES

DEATHS, SERIOUS, SIGNIFICANT = "l-14-3-2-1", "l-14-3-2-2", "l-14-3-2-3"

DAYS = "Days count from the first dose, day 1. In brackets the imputation flag of a date: D, the day; M, the month"


def deaths(context: Context) -> Table:
    """Listing 14.3.2.1: every death with its time, its cause and the fatal adverse events."""
    fatal: dict[str, list[Record]] = {}
    for event in records_of(context, DEATHS, "ADAE"):
        if event["AFATFL"] == "Y":
            fatal.setdefault(event["USUBJID"], []).append(event)
    body = []
    for patient in records_of(context, DEATHS, "ADSL"):
        if patient["DTHFL"] != "Y":
            continue
        cause = patient["DTHCAUS"]
        source = f"{patient['DTHCDOM']} {text(patient['DTHCSEQ'])}".strip() if cause else ""
        body.append(
            Row.of(
                patient["USUBJID"],
                " / ".join(part for part in (text(patient["AGE"]), text(patient["SEX"])) if part),
                text(patient["TRTSDT"]),
                dated(patient["TRTEDT"], patient["TRTEDTF"]),
                dated(patient["DTHDT"], patient["DTHDTF"]) or "Month not recorded",
                text(_day(patient)),
                text(patient["LDDTHELD"]),
                f"{cause_text(cause)} ({source})" if cause else ae_words.NOT_RECORDED.capitalize(),
                "\n".join(_fatal(event, context.params) for event in fatal.get(patient["USUBJID"], ())),
            )
        )
    columns = (
        Column("Patient", 0.15),
        Column("Age / sex", 0.05),
        Column("First dose", 0.09),
        Column("Last dose", 0.1),
        Column("Death", 0.11),
        Column("Study day", 0.05, "decimal"),
        Column("Days since last dose", 0.08, "decimal"),
        Column("Cause (record)", 0.17),
        Column("Fatal adverse events", 0.2),
    )
    methods = [
        f"{DAYS}. A date of death whose month is not recorded is left out. Cause: the primary cause recorded "
        "for the death (DD) or, where there is none, the term of the fatal event (AE)."
    ]
    return context.table(DEATHS, columns, body, datasets=("ADSL", "ADAE"), methods=methods, landscape=True)


def _day(patient: Record) -> int | None:
    first, death = patient["TRTSDT"], patient["DTHDT"]
    return None if first is None or death is None else (death - first).days + (death >= first)


def _fatal(event: Record, params: Params) -> str:
    return f"{ae_words.verbatim(event)}; {ae_words.by_drug(event, 'AREL', params, {}).lower()}"


def serious(context: Context) -> Table:
    """Listing 14.3.2.2: every serious adverse event, treatment-emergent or not."""
    return _listing(context, SERIOUS, lambda event: ae_words.begun(", ".join(why_serious(event))), "Why serious")


def significant(context: Context) -> Table:
    """Listing 14.3.2.3: other events that stopped a drug, and those of special interest of grade 3 or higher."""
    return _listing(context, SIGNIFICANT, lambda event: ae_words.begun("; ".join(why_significant(event))), "Why listed")


def why_serious(event: Record) -> list[str]:
    """The criteria that a serious event met; none for another event."""
    if event["ASERFL"] != "Y":
        return []
    return ae_words.criteria(event) or [ae_words.NOT_RECORDED]


def why_significant(event: Record) -> list[str]:
    """Why an event that is not serious is significant; nothing for another event."""
    if event["ASERFL"] == "Y":
        return []
    found = ["a drug was stopped for it"] if event["ADISFL"] == "Y" else []
    return found + (["special interest, grade 3 or higher"] if event["AESIFL"] == event["AGR3FL"] == "Y" else [])


def _listing(context: Context, output: str, why: Callable[[Record], str], header: str) -> Table:
    """The events for which `why` has words, by patient."""
    params = context.params

    def rows_of(events: Sequence[Record]) -> list[Row]:
        return [
            Row.of(
                f"{ae_words.verbatim(event)}\n{event['AEBODSYS'] or ''}".strip(),
                _when(event, "ASTDT", "ASTDTF", "ASTDY"),
                _when(event, "AENDT", "AENDTF", "AENDY"),
                text(event["ATOXGRN"]) or "Missing",
                why(event),
                ae_words.begun(ae_words.by_drug(event, "AREL", params, {}).lower()),
                ae_words.begun(ae_words.by_drug(event, "AEACN", params, ae_words.ACTIONS)),
                ae_words.begun(ae_words.recorded(event["AEOUT"], OUTCOMES)),
                "Yes" if event["TRTEMFL"] == "Y" else "No",
            )
            for event in events
        ]

    columns = (
        Column('Term ("as reported"), system organ class', 0.2),
        Column("Start (day)", 0.09),
        Column("End (day)", 0.09),
        Column("Grade", 0.06, "decimal"),
        Column(header, 0.12),
        Column("Relatedness", 0.13),
        Column("Action taken", 0.14),
        Column("Outcome", 0.09),
        Column("Treatment-\nemergent", 0.08, "center"),
    )
    listed = [event for event in records_of(context, output, "ADAE") if why(event)]
    methods = [f"{DAYS}. The term as reported is shown where it says something else."]
    body = by_patient(listed, rows_of)
    return context.table(output, columns, body, datasets=("ADAE",), methods=methods, landscape=True)


def _when(event: Record, date: str, flag: str, day: str) -> str:
    """A date with its imputation flag, and the study day below it."""
    shown = dated(event[date], event[flag])
    return f"{shown}\n(day {event[day]})" if event[day] is not None else shown
