"""Adverse events: how often each CTCAE v5.0 term occurs, and which of them a subject has.

Rates are near those of published single-arm anlotinib and fulvestrant studies. Terms and their classes are CTCAE's
own; MedDRA, which is licensed, is not used.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from data.make.base import chance, days, stream

BLOOD, ENDOCRINE, GUT = "Blood and lymphatic system disorders", "Endocrine disorders", "Gastrointestinal disorders"
GENERAL = "General disorders and administration site conditions"
INFECTION, INVESTIGATION = "Infections and infestations", "Investigations"
METABOLISM, MUSCLE = "Metabolism and nutrition disorders", "Musculoskeletal and connective tissue disorders"
NERVES, MIND, KIDNEY = "Nervous system disorders", "Psychiatric disorders", "Renal and urinary disorders"
CHEST, SKIN = "Respiratory, thoracic and mediastinal disorders", "Skin and subcutaneous tissue disorders"
VESSELS, INJURY = "Vascular disorders", "Injury, poisoning and procedural complications"


@dataclass(frozen=True)
class Term:
    """One CTCAE term: share of patients (%), shares of grades 1, 2, 3 (%), mean days to onset and of duration.

    `cause` is the drug it is attributed to: A anlotinib, F fulvestrant, B both, - neither. `treatment` is what is
    given against it from grade 2.
    """

    name: str
    soc: str
    percent: float
    grades: tuple[int, int, int]
    onset: int
    duration: int
    cause: str = "A"
    treatment: str | None = None


CATALOGUE = (
    Term("Hypertension", VESSELS, 58, (30, 48, 22), 35, 260, "A", "AMLODIPINE"),
    Term("Hypothyroidism", ENDOCRINE, 32, (55, 45, 0), 95, 300, "A", "LEVOTHYROXINE"),
    Term("Thyroid stimulating hormone increased", INVESTIGATION, 20, (100, 0, 0), 60, 150),
    Term("Palmar-plantar erythrodysesthesia syndrome", SKIN, 38, (40, 38, 22), 55, 60, "A", "UREA"),
    Term("Proteinuria", KIDNEY, 32, (55, 37, 8), 80, 70),
    Term("GGT increased", INVESTIGATION, 22, (55, 27, 18), 60, 60),
    Term("Mucositis oral", GUT, 26, (50, 36, 14), 40, 18, "A", "CHLORHEXIDINE"),
    Term("Hypertriglyceridemia", METABOLISM, 32, (60, 30, 10), 75, 90, "A", "FENOFIBRATE"),
    Term("Cholesterol high", INVESTIGATION, 26, (75, 25, 0), 80, 140, "A", "ATORVASTATIN"),
    Term("Fatigue", GENERAL, 32, (65, 30, 5), 45, 60, "B"),
    Term("Diarrhea", GUT, 27, (70, 25, 5), 50, 9, "A", "LOPERAMIDE"),
    Term("Nausea", GUT, 17, (80, 20, 0), 40, 12, "B", "METOCLOPRAMIDE"),
    Term("Vomiting", GUT, 9, (80, 20, 0), 60, 4, "B"),
    Term("Constipation", GUT, 9, (85, 15, 0), 60, 25, "-", "LACTULOSE"),
    Term("Gingival pain", GUT, 10, (85, 15, 0), 60, 30),
    Term("Anorexia", METABOLISM, 20, (70, 30, 0), 50, 50, "B"),
    Term("Anemia", BLOOD, 16, (60, 34, 6), 90, 60),
    Term("Neutrophil count decreased", INVESTIGATION, 14, (40, 45, 15), 60, 15),
    Term("White blood cell decreased", INVESTIGATION, 14, (55, 45, 0), 70, 18),
    Term("Platelet count decreased", INVESTIGATION, 12, (70, 25, 5), 70, 18),
    Term("Alanine aminotransferase increased", INVESTIGATION, 17, (70, 20, 10), 55, 28, "B"),
    Term("Aspartate aminotransferase increased", INVESTIGATION, 19, (75, 20, 5), 55, 28, "B"),
    Term("Blood bilirubin increased", INVESTIGATION, 9, (75, 25, 0), 80, 28),
    Term("Creatinine increased", INVESTIGATION, 6, (80, 20, 0), 120, 40),
    Term("Electrocardiogram QT corrected interval prolonged", INVESTIGATION, 6, (75, 25, 0), 80, 50),
    Term("Weight loss", INVESTIGATION, 9, (70, 30, 0), 140, 120),
    Term("Injection site reaction", GENERAL, 13, (85, 15, 0), 40, 5, "F"),
    Term("Hot flashes", VESSELS, 13, (80, 20, 0), 50, 180, "F"),
    Term("Arthralgia", MUSCLE, 16, (65, 35, 0), 70, 70, "F", "IBUPROFEN"),
    Term("Myalgia", MUSCLE, 9, (80, 20, 0), 60, 20, "B"),
    Term("Back pain", MUSCLE, 9, (60, 40, 0), 110, 40, "-", "IBUPROFEN"),
    Term("Headache", NERVES, 12, (75, 25, 0), 50, 8, "A", "PARACETAMOL"),
    Term("Dizziness", NERVES, 8, (85, 15, 0), 60, 9),
    Term("Insomnia", MIND, 8, (75, 25, 0), 60, 60, "-", "ZOPICLONE"),
    Term("Epistaxis", CHEST, 13, (95, 5, 0), 60, 3),
    Term("Hoarseness", CHEST, 17, (85, 15, 0), 45, 90),
    Term("Cough", CHEST, 11, (80, 20, 0), 90, 18, "-"),
    Term("Dyspnea", CHEST, 5, (60, 40, 0), 150, 30, "-"),
    Term("Rash maculo-papular", SKIN, 9, (75, 25, 0), 50, 14, "A", "HYDROCORTISONE"),
    Term("Upper respiratory infection", INFECTION, 16, (55, 45, 0), 120, 8, "-"),
    Term("Urinary tract infection", INFECTION, 9, (20, 75, 5), 120, 8, "-", "NITROFURANTOIN"),
    Term("Lung infection", INFECTION, 5, (0, 40, 60), 150, 15, "-", "MOXIFLOXACIN"),
    Term("Thromboembolic event", VESSELS, 4, (0, 40, 60), 120, 90, "A", "RIVAROXABAN"),
    Term("Fracture", INJURY, 3, (30, 40, 30), 200, 70, "-"),
)
BY_NAME = {term.name: term for term in CATALOGUE}
SERIOUS_FROM_GRADE_3 = ("Lung infection", "Thromboembolic event", "Fracture", "Diarrhea", "Urinary tract infection")
NO_DOSE_CHANGE = ("Thyroid stimulating hormone increased", "Cholesterol high", "Hypertriglyceridemia", "GGT increased")
"""Laboratory findings that are treated while anlotinib goes on."""
ATTRIBUTION = {"A": ("PROBABLY RELATED", "NOT RELATED"), "F": ("NOT RELATED", "PROBABLY RELATED")}
ATTRIBUTION |= {"B": ("POSSIBLY RELATED", "POSSIBLY RELATED"), "-": ("NOT RELATED", "NOT RELATED")}


@dataclass(frozen=True)
class AdverseEvent:
    """One adverse event as it truly was; None in a field is a value that the clinic did not record.

    `start` and `end` are the true days; `start_text` and `end_text`, where given, are what the clinic recorded ("" for
    nothing). `wish` is what the investigator wants to do about anlotinib: none, reduce, interrupt, withdraw; the dosing
    decides what happens, and `actions` are the actions recorded for anlotinib and fulvestrant.
    """

    term: str
    start: dt.date
    end: dt.date | None
    grade: int | None
    wish: str = "none"
    verbatim: str | None = None
    serious: bool = False
    fatal: bool = False
    relations: tuple[str | None, str | None] | None = None
    initial_grade: int | None = None
    start_text: str | None = None
    end_text: str | None = None
    known: dt.date | None = None
    removed: dt.date | None = None
    actions: tuple[str, str] = ("NOT APPLICABLE", "NOT APPLICABLE")

    @property
    def related(self) -> tuple[str | None, str | None]:
        """Relatedness to anlotinib and to fulvestrant."""
        return self.relations or ATTRIBUTION[BY_NAME[self.term].cause]


def draw_events(subject: int, first_dose: dt.date, stop: dt.date, spared: frozenset[str]) -> list[AdverseEvent]:
    """Draw a subject's adverse events up to 25 days after treatment stops, without the terms in `spared`."""
    events = []
    for term in CATALOGUE:
        rng = stream(subject, f"AE {term.name}")
        start = first_dose + days(2 + round(float(rng.gamma(1.6, term.onset / 1.6))))
        happens = chance(rng, term.percent / 100)
        while happens and start <= stop + days(25):
            event = _one(rng, term, start)
            if term.name not in spared:
                events.append(event)
            if event.end is None:
                break
            start, happens = event.end + days(25 + int(rng.integers(0, 70))), chance(rng, 0.3)
    return sorted(events, key=lambda event: (event.start, event.term))


def _one(rng: np.random.Generator, term: Term, start: dt.date) -> AdverseEvent:
    """Draw one episode of a term that starts on a day."""
    grade = int(rng.choice([1, 2, 3], p=[share / 100 for share in term.grades]))
    lasts = 2 + round(float(rng.gamma(2.0, term.duration / 2.0)))
    ongoing, wanted = chance(rng, 0.08), float(rng.random())
    wish = "none"
    if term.cause in "AB" and term.name not in NO_DOSE_CHANGE:
        if grade == 3:
            wish = "reduce" if wanted < 0.70 else "interrupt" if wanted < 0.94 else "withdraw"
        elif grade == 2:
            wish = "interrupt" if wanted < 0.13 else "reduce" if wanted < 0.21 else "none"
    serious = grade == 3 and term.name in SERIOUS_FROM_GRADE_3
    return AdverseEvent(term.name, start, None if ongoing else start + days(lasts), grade, wish, serious=serious)
