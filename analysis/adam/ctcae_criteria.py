"""The laboratory criteria of CTCAE v4.03 (14 June 2010) and v5.0 (27 November 2017), US National Cancer Institute.

A criterion says from which limit on a value has a grade. What a number cannot show (symptoms, treatment, admission to
hospital) is not graded; `judgement` says what that is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Of = Literal["value", "ULN", "LLN", "baseline", "above ULN", "above baseline", "text"]
When = Literal["", "normal baseline", "abnormal baseline", "fasting", "above baseline"]

NORMAL: When = "normal baseline"
ABNORMAL: When = "abnormal baseline"
FASTING: When = "fasting"


@dataclass(frozen=True)
class Condition:
    """A value has `grade` where it is `sign` (> >= < <=) `limit`: a value in `unit`, or times ULN, LLN or baseline.

    "above ULN" and "above baseline" are differences in `unit`. "text" is a category of `texts`. The unit "" stands for
    pure numbers. `when` restricts the condition: to a baseline within limits or beyond them in the criterion's
    direction, to fasting samples, or to values above the baseline.
    """

    grade: int
    sign: str
    limit: float
    of: Of
    unit: str | None = None
    when: When = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Criterion:
    """One CTCAE term in one direction; `tests` are LBTESTCD, of urine where `urine` is set, else of anything but it."""

    term: str
    direction: Literal["L", "H"]
    tests: tuple[str, ...]
    conditions: tuple[Condition, ...]
    judgement: str = ""
    urine: bool = False


def _multiples(sign: str, of: Of, *limits: float | None, when: When = "") -> tuple[Condition, ...]:
    """Grades 1, 2, ... by multiples of `of`; None skips a grade."""
    found = enumerate(limits, start=1)
    return tuple(Condition(grade, sign, limit, of, when=when) for grade, limit in found if limit is not None)


def _uln(*limits: float | None, when: When = "") -> tuple[Condition, ...]:
    return _multiples(">", "ULN", *limits, when=when)


def _values(
    sign: str, limits: Mapping[str, tuple[float | None, ...]], *, first: int = 2, when: When = ""
) -> tuple[Condition, ...]:
    """Grades `first`, `first` + 1, ... by absolute limits, stated once per unit of CTCAE."""
    return tuple(
        Condition(grade, sign, limit, "value", unit, when)
        for unit, steps in limits.items()
        for grade, limit in enumerate(steps, start=first)
        if limit is not None
    )


def _low(limits: Mapping[str, tuple[float | None, ...]]) -> tuple[Condition, ...]:
    """Grade 1 below LLN, then absolute limits from grade 2 on."""
    return (*_multiples("<", "LLN", 1), *_values("<", limits))


def _high(limits: Mapping[str, tuple[float | None, ...]]) -> tuple[Condition, ...]:
    """Grade 1 above ULN, then absolute limits from grade 2 on."""
    return (*_uln(1), *_values(">", limits))


def _liver(first: float, *steps: float) -> tuple[Condition, ...]:
    """v5: multiples of ULN after a normal baseline, of the baseline (grade 1 from `first` on) after an abnormal one."""
    return (
        *_uln(1, *steps, when=NORMAL),
        Condition(1, ">=", first, "baseline", when=ABNORMAL),
        *_multiples(">", "baseline", None, *steps, when=ABNORMAL),
    )


LIFE = "life-threatening consequences"
HOSPITAL = f"symptoms, intervention, admission to hospital or {LIFE}"

_CALCIUM_HIGH = {"mmol/L": (2.9, 3.1, 3.4), "mg/dL": (11.5, 12.5, 13.5)}
_CALCIUM_LOW = {"mmol/L": (2.0, 1.75, 1.5), "mg/dL": (8.0, 7.0, 6.0)}
_CORRECTED = f"{HOSPITAL}; calcium is graded as reported, not corrected for albumin"

_BOTH = (
    Criterion("Anemia", "L", ("HGB",), _low({"g/L": (100, 80), "mmol/L": (6.2, 4.9)}), f"need of transfusion; {LIFE}"),
    Criterion("Leukocytosis", "H", ("WBC",), _values(">", {"10^9/L": (100,)}, first=3), "signs of leucostasis"),
    Criterion("Activated partial thromboplastin time prolonged", "H", ("APTT",), _uln(1, 1.5, 2.5), "bleeding"),
    Criterion("CD4 lymphocytes decreased", "L", ("CD4",), _low({"10^9/L": (0.5, 0.2, 0.05)})),
    Criterion("Cholesterol high", "H", ("CHOL",), _high({"mmol/L": (7.75, 10.34, 12.92), "mg/dL": (300, 400, 500)})),
    Criterion("CPK increased", "H", ("CK",), _uln(1, 2.5, 5, 10)),
    Criterion("Haptoglobin decreased", "L", ("HAPTOG",), _multiples("<", "LLN", 1)),
    Criterion("Lymphocyte count decreased", "L", ("LYM",), _low({"10^9/L": (0.8, 0.5, 0.2)})),
    Criterion("Lymphocyte count increased", "H", ("LYM",), _values(">", {"10^9/L": (4, 20)})),
    Criterion("Neutrophil count decreased", "L", ("NEUT",), _low({"10^9/L": (1.5, 1.0, 0.5)})),
    Criterion("Platelet count decreased", "L", ("PLAT",), _low({"10^9/L": (75, 50, 25)})),
    Criterion("White blood cell decreased", "L", ("WBC",), _low({"10^9/L": (3.0, 2.0, 1.0)})),
    Criterion("Acidosis", "L", ("PH",), (*_multiples("<", "LLN", 1), *_values("<", {"": (7.3,)}, first=3)), LIFE),
    Criterion("Alkalosis", "H", ("PH",), (*_uln(1), *_values(">", {"": (7.5,)}, first=3)), LIFE),
    Criterion("Hypercalcemia", "H", ("CA",), _high(_CALCIUM_HIGH), _CORRECTED),
    Criterion("Hypercalcemia", "H", ("CAION",), _high({"mmol/L": (1.5, 1.6, 1.8)}), HOSPITAL),
    Criterion("Hyperkalemia", "H", ("K",), _high({"mmol/L": (5.5, 6.0, 7.0)}), HOSPITAL),
    Criterion("Hypermagnesemia", "H", ("MG",), _high({"mmol/L": (None, 1.23, 3.3), "mg/dL": (None, 3, 8)}), LIFE),
    Criterion("Hypernatremia", "H", ("SODIUM",), _high({"mmol/L": (150, 155, 160)}), HOSPITAL),
    Criterion(
        "Hypertriglyceridemia",
        "H",
        ("TRIG",),
        (
            *_values(">=", {"mmol/L": (1.71,), "mg/dL": (150,)}, first=1),
            *_values(">", {"mmol/L": (3.42, 5.7, 11.4), "mg/dL": (300, 500, 1000)}),
        ),
        LIFE,
    ),
    Criterion("Hypoalbuminemia", "L", ("ALB",), _low({"g/L": (30, 20)}), LIFE),
    Criterion("Hypocalcemia", "L", ("CA",), _low(_CALCIUM_LOW), _CORRECTED),
    Criterion("Hypocalcemia", "L", ("CAION",), _low({"mmol/L": (1.0, 0.9, 0.8)}), HOSPITAL),
    Criterion("Hypoglycemia", "L", ("GLUC",), _low({"mmol/L": (3.0, 2.2, 1.7), "mg/dL": (55, 40, 30)}), LIFE),
    Criterion("Hypokalemia", "L", ("K",), _low({"mmol/L": (None, 3.0, 2.5)}), f"grade 2 ({HOSPITAL})"),
    Criterion("Hypomagnesemia", "L", ("MG",), _low({"mmol/L": (0.5, 0.4, 0.3), "mg/dL": (1.2, 0.9, 0.7)}), LIFE),
)

_ABOVE: tuple[tuple[Of, When], ...] = (("above ULN", NORMAL), ("above baseline", ABNORMAL))
_PANCREAS = "signs or symptoms, which make grade 2 a grade 3 and grade 3 a grade 4"
_ANTICOAGULATION = "limits by the baseline of patients on anticoagulation"

_V4 = (
    Criterion("Alanine aminotransferase increased", "H", ("ALT",), _uln(1, 3, 5, 20)),
    Criterion("Alkaline phosphatase increased", "H", ("ALP",), _uln(1, 2.5, 5, 20)),
    Criterion("Aspartate aminotransferase increased", "H", ("AST",), _uln(1, 3, 5, 20)),
    Criterion("Blood bilirubin increased", "H", ("BILI",), _uln(1, 1.5, 3, 10)),
    Criterion("Creatinine increased", "H", ("CREAT",), (*_uln(1, 1.5, 3, 6), *_multiples(">", "baseline", 1, 1.5, 3))),
    Criterion(
        "Fibrinogen decreased",
        "L",
        ("FIBRINO",),
        (
            *_multiples("<", "LLN", 1, 0.75, 0.5, 0.25),
            Condition(1, "<", 1, "baseline"),
            *_multiples("<=", "baseline", None, 0.75, 0.5, 0.25),
            *_values("<", {"mg/dL": (50,)}, first=4),
        ),
    ),
    Criterion("GGT increased", "H", ("GGT",), _uln(1, 2.5, 5, 20)),
    Criterion(
        "Hemoglobin increased",
        "H",
        ("HGB",),
        tuple(
            Condition(grade, ">", limit, of, "g/dL", when)
            for of, when in _ABOVE
            for grade, limit in ((1, 0), (2, 2), (3, 4))
        ),
    ),
    Criterion(
        "Hyperglycemia",
        "H",
        ("GLUC",),
        (
            *_uln(1, when=FASTING),
            *_values(">", {"mmol/L": (8.9,), "mg/dL": (160,)}, when=FASTING),
            *_values(">", {"mmol/L": (13.9, 27.8), "mg/dL": (250, 500)}, first=3),
        ),
        f"grades 1 and 2 of samples not recorded as fasting; admission to hospital or {LIFE}",
    ),
    Criterion(
        "Hyperuricemia",
        "H",
        ("URATE",),
        (*_uln(1), *_values(">", {"mmol/L": (0.59,), "mg/dL": (10,)}, first=4)),
        f"physiologic consequences (grade 3); {LIFE}",
    ),
    Criterion("Hyponatremia", "L", ("SODIUM",), _low({"mmol/L": (None, 130, 120)}), LIFE),
    Criterion("Hypophosphatemia", "L", ("PHOS",), _low({"mmol/L": (0.8, 0.6, 0.3), "mg/dL": (2.5, 2.0, 1.0)}), LIFE),
    Criterion("INR increased", "H", ("INR",), _uln(1, 1.5, 2.5), _ANTICOAGULATION),
    Criterion("Lipase increased", "H", ("LIPASE",), _uln(1, 1.5, 2, 5)),
    Criterion("Serum amylase increased", "H", ("AMYLASE",), _uln(1, 1.5, 2, 5)),
    Criterion(
        "Proteinuria",
        "H",
        ("PROT",),
        (
            Condition(1, "=", 0, "text", texts=("1+",)),
            Condition(2, "=", 0, "text", texts=("2+", "3+", "4+")),
            Condition(1, ">", 1, "ULN"),
            *_values(">=", {"g/day": (1.0, 3.5)}),
        ),
        "v4.03 has no grade for a dipstick above 2+: at least grade 2",
        urine=True,
    ),
)

_V5 = (
    Criterion("Alanine aminotransferase increased", "H", ("ALT",), _liver(1.5, 3, 5, 20)),
    Criterion("Alkaline phosphatase increased", "H", ("ALP",), _liver(2, 2.5, 5, 20)),
    Criterion("Aspartate aminotransferase increased", "H", ("AST",), _liver(1.5, 3, 5, 20)),
    Criterion(
        "Blood bilirubin increased",
        "H",
        ("BILI",),
        (*_uln(1, 1.5, 3, 10, when=NORMAL), *_multiples(">", "baseline", 1, 1.5, 3, 10, when=ABNORMAL)),
    ),
    Criterion("Blood lactate dehydrogenase increased", "H", ("LDH",), _uln(1)),
    Criterion(
        "Creatinine increased", "H", ("CREAT",), (*_uln(1, 1.5, 3, 6), *_multiples(">", "baseline", None, 1.5, 3))
    ),
    Criterion("Eosinophilia", "H", ("EOS",), _uln(1, when="above baseline"), "steroids"),
    Criterion(
        "Fibrinogen decreased",
        "L",
        ("FIBRINO",),
        (
            *_multiples("<", "LLN", 1, 0.75, 0.5, 0.25, when=NORMAL),
            Condition(1, "<", 1, "baseline", when=ABNORMAL),
            *_multiples("<=", "baseline", None, 0.75, 0.5, 0.25, when=ABNORMAL),
            *_values("<", {"mg/dL": (50,)}, first=4),
        ),
    ),
    Criterion("GGT increased", "H", ("GGT",), _liver(2, 2.5, 5, 20)),
    Criterion(
        "Hemoglobin increased",
        "H",
        ("HGB",),
        tuple(Condition(grade, ">", limit, "above ULN", "g/dL") for grade, limit in ((1, 0), (2, 2), (3, 4))),
    ),
    Criterion("Hyperuricemia", "H", ("URATE",), _uln(1), f"physiologic consequences (grade 3); {LIFE}"),
    Criterion(
        "Hyponatremia",
        "L",
        ("SODIUM",),
        _low({"mmol/L": (130, 125, 120)}),
        f"symptoms, which make 125 to 129 mmol/L a grade 3; {LIFE}",
    ),
    Criterion(
        "INR increased",
        "H",
        ("INR",),
        _values(">", {"": (1.2, 1.5, 2.5)}, first=1),
        f"dose adjustment; {_ANTICOAGULATION}",
    ),
    Criterion("Lipase increased", "H", ("LIPASE",), _uln(1, 1.5, 5), _PANCREAS),
    Criterion("Serum amylase increased", "H", ("AMYLASE",), _uln(1, 1.5, 5), _PANCREAS),
    Criterion(
        "Proteinuria",
        "H",
        ("PROT",),
        (
            Condition(1, "=", 0, "text", texts=("1+",)),
            Condition(2, "=", 0, "text", texts=("2+", "3+")),
            Condition(3, "=", 0, "text", texts=("4+",)),
            Condition(1, ">=", 1, "ULN"),
            *_values(">=", {"g/day": (1.0, 3.5)}),
        ),
        urine=True,
    ),
)

CRITERIA: dict[str, tuple[Criterion, ...]] = {"4.03": _BOTH + _V4, "5.0": _BOTH + _V5}
"""CTCAE version -> its criteria that a value can meet; one per test and direction."""

NOT_GRADED: dict[str, tuple[tuple[str, tuple[str, ...], str], ...]] = {
    "4.03": (),
    "5.0": (
        ("Blood bicarbonate decreased", ("BICARB",), "graded by whether an intervention was begun"),
        ("Hyperglycemia", ("GLUC",), "graded by treatment and admission to hospital, not by the value"),
        ("Hyperphosphatemia", ("PHOS",), "graded by intervention, not by the value"),
        ("Hypophosphatemia", ("PHOS",), "graded by intervention, not by the value"),
        ("Thyroid stimulating hormone increased", ("TSH",), "graded by whether an intervention was begun"),
    ),
}
"""CTCAE version -> term, LBTESTCD and why no value of it is graded."""
