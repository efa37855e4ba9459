"""The subjects that are written by hand: every case that breaks naive code, as data. data/README.md lists them.

Days are elapsed days after enrolment (of adverse events: after the first dose); a date is meant as it stands. What a
plan leaves out is drawn like that of any other subject.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

When = int | dt.date
PROGRESSION, DECISION, TOXICITY = "PROGRESSIVE DISEASE", "PHYSICIAN DECISION", "ADVERSE EVENT"
WITHDRAWAL, LOST = "WITHDRAWAL BY SUBJECT", "LOST TO FOLLOW-UP"


@dataclass(frozen=True)
class Planned:
    """One adverse event by hand; `after_last_dose` places it after the last dose of the later drug instead."""

    term: str
    at: When = 0
    lasts: int | None = None
    grade: int | None = 1
    after_last_dose: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Death:
    """A death: its day, its date as recorded (`text`, may be partial), cause, and the day the clinic knew."""

    at: When
    cause: str
    text: str | None = None
    known: dt.date | None = None


@dataclass(frozen=True)
class Therapy:
    """Anticancer treatment after the study drugs. `lesion` is the irradiated lesion's link, `location` elsewhere."""

    kind: str
    name: str
    at: When
    text: str | None = None
    lesion: str | None = None
    location: str | None = None


@dataclass(frozen=True)
class Plan:
    """What is fixed for one subject."""

    course: str | None = None
    expected: str = ""
    lesions: str = ""
    baseline_scan: bool = True
    scan_dates: dict[int, dt.date] = field(default_factory=dict)
    bone_scan_later: dict[int, int] = field(default_factory=dict)
    late_scans: dict[int, dt.date] = field(default_factory=dict)
    first_entry: dict[int, dt.date] = field(default_factory=dict)
    dosed: bool = True
    stop: tuple[When, str] | None = None
    events: tuple[Planned, ...] = ()
    death: Death | None = None
    survives: bool = False
    leaves: tuple[When, str] | None = None
    therapies: tuple[Therapy, ...] | None = None
    age: int | None = None
    weight: float | None = None
    labs: dict[str, float] = field(default_factory=dict)
    waiver: tuple[str, str] | None = None


def day(text: str) -> dt.date:
    """Return an ISO 8601 date."""
    return dt.date.fromisoformat(text)


PLANS: dict[int, Plan] = {
    1: Plan(
        events=(
            Planned("Headache", 24, 6, 1, fields={"verbatim": 'Headache & "dizzy spells" <after lunch>, 100% of days'}),
            Planned("Rash maculo-papular", 60, 12, 1, fields={"verbatim": "Patient's own words: {it itches} \\b #1"}),
            Planned("Anorexia", 95, 20, 1, fields={"verbatim": "Decreased app\u00e9tit (na\u00efve spelling kept)"}),
        )
    ),
    2: Plan("62 40 0 0 0 0 0 0 0 0 0 0n", "PR PR CR CR CR CR CR CR CR CR CR PD", lesions="lung", survives=True),
    3: Plan(
        "88 80 76 74 78 112",
        "SD SD SD SD SD PD",
        scan_dates={4: day("2023-08-04")},
        stop=(215, TOXICITY),
        events=(Planned("Palmar-plantar erythrodysesthesia syndrome", 196, 40, 3, fields={"wish": "withdraw"}),),
        therapies=(Therapy("systemic", "CAPECITABINE", day("2023-08-04")),),
        survives=True,
    ),
    4: Plan("88 84 - - 128", "SD SD PD", survives=True),
    6: Plan(
        "",
        events=(Planned("Thromboembolic event", 36, None, 5, fields={"fatal": True, "serious": True}),),
        death=Death(40, "THROMBOEMBOLIC EVENT"),
    ),
    7: Plan("90 84 86", "SD SD SD", stop=(176, DECISION), death=Death(376, "UNKNOWN"), therapies=()),
    8: Plan(
        "",
        stop=(21, TOXICITY),
        events=(Planned("Alanine aminotransferase increased", 17, 45, 3, fields={"wish": "withdraw"}),),
        survives=True,
        therapies=(),
    ),
    9: Plan("80 66 75 64 62 60 64 84", "SD PR SD PR PR PR PR PD"),
    10: Plan("78 66 74 77 96n", "SD PR SD SD PD", lesions="liver", labs={"ALT": 136, "AST": 104}),
    12: Plan("15+13 8+7 11+8 10+8 10+9 11+8 15+13", "SD CR PR PR PR PR PD", lesions="nodes"),
    13: Plan(
        "76 62 60e 58 58 60 82",
        "SD PR NE PR PR PR PD",
        age=42,
        weight=78,
        labs={"CREAT": 125},
        therapies=(
            Therapy("radiotherapy", "PALLIATIVE RADIOTHERAPY", 150, location="FEMUR"),
            Therapy("systemic", "PACLITAXEL", 420),
        ),
    ),
    14: Plan("92 90 118", "SD SD PD", scan_dates={1: day("2023-08-04"), 2: day("2023-09-29"), 3: day("2023-11-24")}),
    15: Plan("80 78 112", "NE NE PD", baseline_scan=False),
    17: Plan("", dosed=False, leaves=(6, WITHDRAWAL)),
    18: Plan("86 82 80 84", "SD SD SD SD", stop=(251, WITHDRAWAL), leaves=(252, WITHDRAWAL), therapies=()),
    19: Plan("90 80 82", "SD SD SD", stop=(301, LOST), leaves=(301, LOST), therapies=()),
    20: Plan(death=Death(day("2024-11-19"), "DISEASE PROGRESSION", "2024-11", day("2024-12-06"))),
    21: Plan(
        "84 79 77 80 104",
        "SD SD SD SD PD",
        scan_dates={5: day("2024-06-12")},
        therapies=(Therapy("systemic", "EVEROLIMUS", day("2024-06-27"), "2024-06"),),
    ),
    23: Plan(
        "92 94 101",
        "SD SD SD",
        stop=(198, PROGRESSION),
        therapies=(),
        survives=True,
    ),
    24: Plan(
        events=(
            Planned("Headache", -5, 2, 1),
            Planned("Nausea", -4, 2, 1, fields={"start_text": "2023-11"}),
            Planned("Hypertension", -8, None, 2, fields={"initial_grade": 1}),
            Planned("Fatigue", 20, 31, 1),
            Planned("Fatigue", 51, 30, 2),
        )
    ),
    25: Plan(
        events=(
            Planned("Urinary tract infection", after_last_dose=30, lasts=9, grade=2),
            Planned("Fracture", after_last_dose=31, lasts=60, grade=2),
        )
    ),
    26: Plan(
        events=(
            Planned("Dizziness", 33, 12, None),
            Planned("Cough", 45, 20, 1, fields={"end_text": ""}),
            Planned("Insomnia", 50, None, 1, fields={"start_text": ""}),
            Planned("Diarrhea", 70, 5, 2, fields={"relations": (None, "NOT RELATED")}),
        ),
    ),
    27: Plan(
        events=(
            Planned("Constipation", 5, 20, 1, fields={"start_text": "2023-12"}),
            Planned("Arthralgia", 74, 40, 2, fields={"start_text": "2024-03", "end_text": "2024-04"}),
            Planned("Myalgia", 40, None, 1, fields={"start_text": "2024"}),
        )
    ),
    28: Plan(death=Death(day("2025-02-11"), "DISEASE PROGRESSION", "2025", day("2025-04-22"))),
    30: Plan("86 75 66 62 64 88", "SD SD PR PR PR PD", bone_scan_later={6: 3}),
    31: Plan(
        "78 68 64 62 64 92",
        "SD PR PR PR PR PD",
        therapies=(Therapy("radiotherapy", "RADIOTHERAPY", 300, lesion="T02"), Therapy("systemic", "ERIBULIN", 370)),
        survives=True,
    ),
    32: Plan("132", "PD"),
    33: Plan("85 u80n", "SD PD"),
    34: Plan("86 80 77 - 82n", "SD SD SD PD", labs={"HGB": 87}, waiver=("INCL09A", "Haemoglobin 87 g/L at screening")),
    36: Plan(lesions="no liver", labs={"ALT": 124, "AST": 68}),
    37: Plan(
        "84 78 76 80 110",
        "SD SD SD SD PD",
        scan_dates={5: day("2025-02-24")},
        first_entry={5: day("2025-03-03")},
        survives=True,
    ),
    38: Plan("86 81 78 75 77 79 106", "SD SD SD SD SD SD PD", scan_dates={7: day("2025-06-30")}, survives=True),
    39: Plan("88 83 99n", "SD SD PD", death=Death(day("2025-06-03"), "DISEASE PROGRESSION", None, day("2025-09-10"))),
    40: Plan(
        "88 83 80 104",
        "SD SD SD PD",
        events=(Planned("Lung infection", 40, 13, 3, fields={"serious": True, "removed": day("2025-10-06")}),),
    ),
    42: Plan(
        "90 84 80 82 83",
        "SD SD SD SD SD",
        events=(Planned("Lung infection", day("2025-06-21"), None, 5, fields={"fatal": True, "serious": True}),),
        death=Death(day("2025-07-08"), "LUNG INFECTION"),
    ),
    43: Plan(
        "86 78 75 74 76 80 100n",
        "SD SD SD SD SD SD PD",
        late_scans={5: day("2025-08-05")},
        events=(Planned("Epistaxis", day("2025-04-18"), 3, 1, fields={"known": day("2025-08-12")}),),
        survives=True,
    ),
    44: Plan("86 77 75 74 66 63 64 74", "SD SD SD SD PR PR PR SD", survives=True),
    45: Plan("80 66 63 62 84", "SD PR PR PR PD", scan_dates={5: day("2025-07-01")}, survives=True),
    47: Plan("84 79 101n", "SD SD PD", survives=True),
    48: Plan(
        "77 65 61 86",
        "SD PR PR PD",
        events=(
            Planned("Upper respiratory infection", day("2025-06-30"), 7, 2),
            Planned("Headache", day("2025-07-01"), 3, 1),
        ),
        survives=True,
    ),
}

SCREEN_FAILURES: dict[int, tuple[str | None, dict[str, float]]] = {
    5: ("INCL09A", {"HGB": 82}),
    11: ("INCL07", {}),
    16: ("INCL06", {}),
    22: ("EXCL15", {}),
    29: (None, {}),
    35: ("EXCL12", {}),
    41: ("EXCL03", {}),
    46: ("INCL09C", {"PLAT": 64}),
}
"""Subject -> the criterion that was not met (None: consent withdrawn), and the values that show it."""
