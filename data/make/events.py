"""Rows of adverse events, what was given against them, and later anticancer treatment: AE, CM, PR."""

import datetime as dt

from data.make.base import Row, Rows, Value, days, iso, unknown_until
from data.make.story import Story, Treatment
from data.make.subject import epoch
from data.make.toxicity import BY_NAME, AdverseEvent

MEDICINES = {
    "AMLODIPINE": (5, "mg", "QD", "ORAL"),
    "LEVOTHYROXINE": (50, "ug", "QD", "ORAL"),
    "UREA": (None, None, "BID", "TOPICAL"),
    "CHLORHEXIDINE": (10, "mL", "QID", "OROPHARYNGEAL"),
    "FENOFIBRATE": (200, "mg", "QD", "ORAL"),
    "ATORVASTATIN": (20, "mg", "QD", "ORAL"),
    "LOPERAMIDE": (2, "mg", "PRN", "ORAL"),
    "METOCLOPRAMIDE": (10, "mg", "PRN", "ORAL"),
    "LACTULOSE": (15, "mL", "QD", "ORAL"),
    "IBUPROFEN": (400, "mg", "PRN", "ORAL"),
    "PARACETAMOL": (500, "mg", "PRN", "ORAL"),
    "ZOPICLONE": (7.5, "mg", "QD", "ORAL"),
    "HYDROCORTISONE": (None, None, "BID", "TOPICAL"),
    "NITROFURANTOIN": (100, "mg", "BID", "ORAL"),
    "MOXIFLOXACIN": (400, "mg", "QD", "ORAL"),
    "RIVAROXABAN": (20, "mg", "QD", "ORAL"),
}
"""Medicine -> dose, unit, frequency, route."""
STRENGTH = ("NOT RELATED", "POSSIBLY RELATED", "PROBABLY RELATED", "RELATED")


def event_rows(story: Story) -> Rows:
    """Return the rows of AE, and of the treatments in CM and PR."""
    rows: Rows = {"AE": [], "CM": [], "PR": []}
    for number, event in enumerate(story.events, start=1):
        treatment = BY_NAME[event.term].treatment if event.grade is None or event.grade >= 2 else None
        link = f"AECM{number:02d}"
        rows["AE"].append(_event(story, event, treatment, link))
        if treatment is not None:
            rows["CM"].append(_remedy(story, event, treatment, link))
    for therapy in story.therapies:
        rows["CM" if therapy.plan.kind == "systemic" else "PR"].append(_later_treatment(story, therapy))
    return rows


def _text(recorded: str | None, day: dt.date | None) -> str | None:
    """Return what the clinic recorded of a day; "" is nothing."""
    return iso(day) if recorded is None else recorded or None


def _event(story: Story, event: AdverseEvent, treatment: str | None, link: str) -> Row:
    start, end = _text(event.start_text, event.start), _text(event.end_text, event.end)
    if event.fatal and story.death:
        end = story.death.text
    known = event.known or event.start
    related = [r for r in event.related if r is not None]
    outcome = "FATAL" if event.fatal else "RECOVERED/RESOLVED" if event.end else "NOT RECOVERED/NOT RESOLVED"
    going = {"AEENRTPT": "ONGOING", "AEENTPT": "END OF STUDY"}
    values: dict[str, Value] = {
        "AETERM": event.verbatim or event.term.upper(),
        "AEDECOD": event.term,
        "AEBODSYS": BY_NAME[event.term].soc,
        "AESER": "Y" if event.serious else "N",
        "AEACN": event.actions[0] if event.actions[0] == event.actions[1] else "MULTIPLE",
        "AEREL": max(related, key=STRENGTH.index) if len(related) == 2 else None,
        "AEOUT": outcome,
        "AESCONG": "N" if event.serious else None,
        "AESDISAB": "N" if event.serious else None,
        "AESDTH": ("Y" if event.fatal else "N") if event.serious else None,
        "AESHOSP": "Y" if event.serious else None,
        "AESLIFE": "N" if event.serious else None,
        "AESMIE": "N" if event.serious else None,
        "AECONTRT": "Y" if treatment else "N",
        "AETOXGR": str(event.grade) if event.grade is not None else None,
        "EPOCH": epoch(story, event.start) if start else None,
        "AESTDTC": start,
        "AEENDTC": end,
    }
    before: list[tuple[dt.date, dict[str, Value]]] = []
    unresolved: dict[str, Value] = {"AEENDTC": None, "AEOUT": "NOT RECOVERED/NOT RESOLVED", **going}
    if event.fatal and story.death:
        before.append((story.death.known, unresolved | {"AESDTH": "N", "AETOXGR": "4"}))
    elif event.end is not None:
        before.append((event.end, unresolved))
    else:
        values |= going
    supp = {
        "AERELANL": event.related[0],
        "AERELFUL": event.related[1],
        "AEACNANL": event.actions[0],
        "AEACNFUL": event.actions[1],
        "AEITOXGR": str(event.initial_grade) if event.initial_grade is not None else None,
    }
    return Row(values, known, event.removed, tuple(before), supp, (link,) if treatment else ())


def _remedy(story: Story, event: AdverseEvent, treatment: str, link: str) -> Row:
    dose, unit, often, route = MEDICINES[treatment]
    start, end = _text(event.start_text, event.start), _text(event.end_text, event.end)
    ongoing: dict[str, Value] = {"CMENRTPT": "ONGOING", "CMENTPT": "END OF STUDY"}
    values: dict[str, Value] = {
        "CMTRT": treatment,
        "CMDECOD": treatment,
        "CMCAT": "CONCOMITANT MEDICATION",
        "CMINDC": event.term.upper(),
        "CMDOSE": dose,
        "CMDOSU": unit,
        "CMDOSFRQ": often,
        "CMROUTE": route,
        "CMSTDTC": start,
        "CMENDTC": end,
    }
    if event.end is None:
        values |= ongoing
    before = ((event.end, {"CMENDTC": None, **ongoing}),) if event.end else ()
    return Row(values, event.known or event.start, event.removed, before, links=(link,))


def _later_treatment(story: Story, treatment: Treatment) -> Row:
    plan = treatment.plan
    if plan.kind == "systemic":
        return Row(
            {
                "CMTRT": plan.name,
                "CMDECOD": plan.name,
                "CMCAT": "SUBSEQUENT ANTICANCER THERAPY",
                "CMINDC": "BREAST CANCER",
                "CMSTDTC": treatment.text,
            },
            treatment.start,
        )
    end = treatment.start + days(13)
    location = next((t.location for t in story.targets + story.others if t.link == plan.lesion), plan.location)
    values: dict[str, Value] = {
        "PRLNKID": plan.lesion,
        "PRTRT": plan.name,
        "PRDECOD": "RADIOTHERAPY",
        "PRCAT": "SUBSEQUENT RADIOTHERAPY",
        "PRINDC": "BREAST CANCER",
        "PRLOC": location,
        "PRSTDTC": treatment.text,
        "PRENDTC": iso(end),
    }
    return Row(values, treatment.start, before=unknown_until(end, "PRENDTC"))
