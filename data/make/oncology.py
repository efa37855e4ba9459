"""Rows of the tumour assessments: TU (which lesions), TR (their sizes and states) and RS (responses, ECOG)."""

import datetime as dt

from data.make.base import SCREENING, Before, Row, Rows, Value, days, iso, stream, visit_values
from data.make.history import Person
from data.make.story import Story
from data.make.subject import CORRECTION_DAY, scan_entry
from data.make.tumours import TOO_SMALL, Lesion, Scan

RESPONSES = {"TRGRESP": "Target Response", "NTRGRESP": "Non-target Response", "OVRLRESP": "Overall Response"}


def oncology_rows(story: Story, person: Person) -> Rows:
    """Return the rows of TU, TR and RS."""
    rows: Rows = {"TU": [], "TR": [], "RS": _ecog(story, person)}
    for number, scan in enumerate(story.scans):
        if number == 0:
            rows["TU"] += [_identified(story, scan, lesion, "TARGET", scan.date) for lesion in story.targets]
            rows["TU"] += [_identified(story, scan, lesion, "NON-TARGET", scan.later) for lesion in story.others]
        rows["TU"] += [_identified(story, scan, lesion, "NEW", scan.date) for lesion in scan.new]
        rows["TR"] += _measured(story, scan)
        rows["RS"] += _responses(story, scan)
    return rows


def _row(story: Story, scan: Scan, domain: str, values: dict[str, Value], day: dt.date) -> Row:
    """Date a row; a late scan is known later, a wrongly entered one had another date until it was corrected."""
    known, shift = scan_entry(story, scan.visit)

    dated = f"{domain}DTC"
    before: Before = ((CORRECTION_DAY, {dated: iso(day + days(shift))}),) if shift else ()
    return Row(visit_values(scan.visit) | values | {dated: iso(day)}, max(day, known or day), before=before)


def _identified(story: Story, scan: Scan, lesion: Lesion, kind: str, day: dt.date) -> Row:
    values: dict[str, Value] = {
        "TULNKID": lesion.link,
        "TUTESTCD": "TUMIDENT",
        "TUTEST": "Tumor Identification",
        "TUORRES": kind,
        "TUSTRESC": kind,
        "TULOC": lesion.location,
        "TUMETHOD": _method(lesion),
        "TUEVAL": "INVESTIGATOR",
    }
    return _row(story, scan, "TU", values, day)


def _method(lesion: Lesion) -> str:
    return {"BONE": "SCINTIGRAPHY", "BRAIN": "MRI"}.get(lesion.location, "CT SCAN")


def _group(scan: Scan) -> str:
    """Return the link group that ties a visit's results to its responses."""
    return f"A{scan.visit.number:g}"


def _measured(story: Story, scan: Scan) -> list[Row]:
    rows = []

    def row(lesion: Lesion, kind: str, day: dt.date, values: dict[str, Value]) -> None:
        common: dict[str, Value] = {"TRGRPID": kind, "TRLNKGRP": _group(scan), "TRLNKID": lesion.link}
        common |= {"TRMETHOD": _method(lesion), "TREVAL": "INVESTIGATOR"}
        rows.append(_row(story, scan, "TR", common | values, day))

    for lesion, size in zip(story.targets, scan.sizes, strict=True):
        values: dict[str, Value] = {
            "TRTESTCD": "SAXIS" if lesion.node else "LDIAM",
            "TRTEST": "Short Axis" if lesion.node else "Longest Diameter",
        }
        if size is None:
            values |= {"TRSTAT": "NOT DONE", "TRREASND": "LESION NOT ASSESSABLE ON THIS SCAN"}
        else:
            small = size == TOO_SMALL and not lesion.node
            text = f"{size:g}"
            values |= {"TRORRES": "TOO SMALL TO MEASURE" if small else text, "TRORRESU": None if small else "mm"}
            values |= {"TRSTRESC": text, "TRSTRESN": size, "TRSTRESU": "mm"}
        row(lesion, "TARGET", scan.date, values)
    state: dict[str, Value] = {"TRTESTCD": "TUMSTATE", "TRTEST": "Tumor State"}
    for lesion, found in zip(story.others, scan.states, strict=True):
        row(lesion, "NON-TARGET", scan.later, state | {"TRORRES": found, "TRSTRESC": found})
    for lesion in scan.new:
        row(lesion, "NEW", scan.date, state | {"TRORRES": "UNEQUIVOCAL", "TRSTRESC": "UNEQUIVOCAL"})
    return rows


def _responses(story: Story, scan: Scan) -> list[Row]:
    """The investigator's responses, dated on the last day of the assessment; none at baseline."""
    found = (("TRGRESP", scan.target), ("NTRGRESP", scan.non_target), ("OVRLRESP", scan.overall))
    return [
        _row(
            story,
            scan,
            "RS",
            {
                "RSLNKGRP": _group(scan),
                "RSTESTCD": code,
                "RSTEST": RESPONSES[code],
                "RSCAT": "RECIST 1.1",
                "RSORRES": response,
                "RSSTRESC": response,
                "RSEVAL": "INVESTIGATOR",
            },
            scan.later,
        )
        for code, response in found
        if response is not None
    ]


def _ecog(story: Story, person: Person) -> list[Row]:
    """ECOG at screening and on day 1 of every second cycle; it worsens near progression."""
    rng, rows = stream(story.subject, "ecog"), []
    for visit in story.visits:
        cycle = visit.number - 100
        if visit.number != SCREENING.number and not (0 < cycle < 100 and cycle % 2 == 1):
            continue
        day = story.screening[1] if visit.number == SCREENING.number else visit.days[0]
        seen = story.progression
        worse = seen is not None and 0 <= (seen.date - day).days < 50 and rng.random() < 0.4
        score = min(2, person.ecog + worse)
        values: dict[str, Value] = {
            "RSTESTCD": "ECOG101",
            "RSTEST": "ECOG1-Performance Status",
            "RSCAT": "ECOG",
            "RSORRES": str(score),
            "RSSTRESC": str(score),
            "RSSTRESN": score,
            "RSEVAL": "INVESTIGATOR",
            "RSDTC": iso(day),
        }
        rows.append(Row(visit_values(visit) | values, day))
    return rows
