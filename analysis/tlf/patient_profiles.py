"""Profiles of the patients with a narrative, from Figure 14.3.3.1 on: a page for each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import polars as pl

from analysis.params import Params
from analysis.report.grammar import counted
from analysis.tlf.ae_words import term
from analysis.tlf.context import Context
from analysis.tlf.listings import Record
from analysis.tlf.model import Figure
from analysis.tlf.patient_file import PatientFile, patient_files
from analysis.tlf.profile_figure import EARLIEST, PALETTE, Bar, Dose, Measure, Profile, profile_figure
from analysis.tlf.special_interest import RESOLVED
from analysis.tlf.style import drawings, empty_figure

FIGURE = "f-14-3-3-1"
MOST_TERMS = 22
PANELS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("labs", "Alanine aminotransferase", {"ALT": ""}),
    ("labs", "Creatinine", {"CREAT": ""}),
    ("vitals", "Blood pressure", {"SYSBP": "Systolic", "DIABP": "Diastolic"}),
)
"""Records of the file, the panel's name, PARAMCD and name of each of its lines. A panel without values is left out."""


def figures(context: Context, sdtm: Mapping[str, pl.DataFrame]) -> list[Figure]:
    """The profiles in the order of the narratives; where nobody has one, a figure that says so."""
    files = patient_files(context, FIGURE, sdtm)
    if not files:
        text = "No patient has a narrative"
        return [context.figure(FIGURE, drawings(empty_figure(text)), alt=f"{text}.", data=[], datasets=("ADSL",))]
    return [_page(context, file, number, len(files)) for number, file in enumerate(files, start=1)]


def _page(context: Context, file: PatientFile, number: int, of: int) -> Figure:
    patient = file.patient
    known = patient["DTHDT"] or patient["LSTALVDT"] or context.params.cutoff
    shown, left_out = events_shown(file, file.day(known))
    profile = profile_of(file, context, shown)
    left = f"Not shown: {counted(left_out, 'event')} without a start, or beyond the {MOST_TERMS} terms of a page."
    figure = context.figure(
        FIGURE,
        drawings(profile_figure(profile), palette=PALETTE),
        alt=profile_alt(file, profile),
        data=asdict(profile) | {"patient": file.usubjid, "events_not_shown": left_out},
        datasets=("ADSL", "ADEX", "ADRS", "ADAE", "ADLB", "ADVS"),
        methods=(_says(context.params), *([left] if left_out else [])),
    )
    return figure.page(number, f"Profile of patient {file.usubjid} ({number} of {of}): {'; '.join(file.reasons)}")


def _says(params: Params) -> str:
    return (
        "Study day 1 is the day of the first dose. Doses: each bar is a dosing record, darker for a higher dose. "
        f"Responses are those by the {params.response.reader}. Adverse events: all of the patient by term, the grade "
        "before each bar; without an end, up to the last day known of the patient. The axis begins no earlier than day "
        f"{EARLIEST}."
    )


def events_shown(file: PatientFile, last: int | None) -> tuple[list[tuple[str, tuple[Bar, ...]]], int]:
    """The terms with their events, in the order of their first start, and the number of events left out.

    Of more terms than a page holds those stay that were serious, then those of the highest grade, then the first.
    """
    terms: dict[str, list[Bar]] = {}
    for event in file.events:
        if (bar := _bar(event, last)) is not None:
            terms.setdefault(term(event), []).append(bar)

    def rank(name: str) -> tuple[bool, int, int]:
        bars = terms[name]
        return not any(b.serious for b in bars), -max(b.grade or 0 for b in bars), min(b.start for b in bars)

    kept = sorted(sorted(terms, key=rank)[:MOST_TERMS], key=lambda name: (min(b.start for b in terms[name]), name))
    return [(name, tuple(terms[name])) for name in kept], len(file.events) - sum(len(terms[name]) for name in kept)


def _bar(event: Record, last: int | None) -> Bar | None:
    """An event as a bar; without an end to `last`, the last day known, or where it resolved on its first day alone."""
    start, end = event["ASTDY"], event["AENDY"]
    if start is None:
        return None
    ongoing = end is None and event["AEOUT"] not in RESOLVED
    stop = end if end is not None else last if ongoing and last is not None else start
    return Bar(start, max(start, stop), event["ATOXGRN"], event["ASERFL"] == "Y", ongoing)


def profile_of(file: PatientFile, context: Context, shown: Sequence[tuple[str, tuple[Bar, ...]]]) -> Profile:
    """What a page draws of a patient; nothing that has no study day."""
    doses = []
    for number, drug in enumerate(context.params.study.treatments, start=1):
        days = [(file.day(row["ASTDT"]), file.day(row["AENDT"]), row["AVAL"]) for row in file.doses[number]]
        own = tuple(Dose(start, end, mg) for start, end, mg in days if start is not None and end is not None)
        doses.append((drug.name.capitalize(), own))
    scans = [(file.day(row["ADT"]), str(row["AVALC"])) for row in file.responses]
    return Profile(
        tuple(doses),
        tuple((day, response) for day, response in scans if day is not None),
        tuple(shown),
        tuple(panel for panel in (_measure(getattr(file, of), name, codes) for of, name, codes in PANELS) if panel),
        file.day(file.patient["DTHDT"]),
    )


def _measure(records: Sequence[Record], name: str, codes: Mapping[str, str]) -> Measure | None:
    """The panel of some parameters, with the upper limit of normal where it never changed; None without values."""
    lines, units, limits = [], set(), set()
    for code, line in codes.items():
        own = [row for row in records if row["PARAMCD"] == code and row["AVAL"] is not None and row["ADY"] is not None]
        own.sort(key=lambda row: row["ADY"])
        if own:
            lines.append((line, tuple(row["ADY"] for row in own), tuple(row["AVAL"] for row in own)))
            units |= {str(row["AVALU"]) for row in own}
            limits |= {row.get("ANRHI") for row in own}
    if not lines:
        return None
    return Measure(f"{name} ({', '.join(sorted(units))})", tuple(lines), limits.pop() if len(limits) == 1 else None)


def profile_alt(file: PatientFile, profile: Profile) -> str:
    """The page in words."""
    bars = [bar for _, own in profile.events for bar in own]
    grade_3 = sum((bar.grade or 0) >= 3 for bar in bars)
    scans = ", ".join(f"{response} on day {day}" for day, response in profile.scans) or "none"
    died = "" if profile.died is None else f" Death on day {profile.died}."
    return (
        f"Profile of patient {file.usubjid} by study day. {counted(len(bars), 'adverse event')} drawn, {grade_3} of "
        f"grade 3 or higher and {sum(bar.serious for bar in bars)} serious. Tumour responses: {scans}.{died}"
    )
