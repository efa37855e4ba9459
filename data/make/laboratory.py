"""Laboratory tests: normal ranges, and the ranges that each CTCAE v5.0 grade of an adverse event implies."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Test:
    """One test: category, unit, reference range, usual mean and spread of this population, decimals, specimen."""

    code: str
    name: str
    category: str
    unit: str | None
    low: float | None
    high: float | None
    mean: float
    spread: float
    decimals: int
    every: int = 1
    specimen: str = "SERUM"


TESTS = (
    Test("HGB", "Hemoglobin", "HEMATOLOGY", "g/L", 115, 150, 128, 7, 0, specimen="BLOOD"),
    Test("WBC", "Leukocytes", "HEMATOLOGY", "10^9/L", 3.5, 9.5, 5.8, 0.9, 1, specimen="BLOOD"),
    Test("NEUT", "Neutrophils", "HEMATOLOGY", "10^9/L", 1.8, 6.3, 3.4, 0.6, 2, specimen="BLOOD"),
    Test("PLAT", "Platelets", "HEMATOLOGY", "10^9/L", 125, 350, 212, 32, 0, specimen="BLOOD"),
    Test("ALT", "Alanine Aminotransferase", "CHEMISTRY", "U/L", 7, 40, 21, 6, 0),
    Test("AST", "Aspartate Aminotransferase", "CHEMISTRY", "U/L", 13, 35, 22, 4, 0),
    Test("BILI", "Bilirubin", "CHEMISTRY", "umol/L", 3, 21, 11, 2.6, 1),
    Test("GGT", "Gamma Glutamyl Transferase", "CHEMISTRY", "U/L", 7, 45, 26, 6, 0),
    Test("ALP", "Alkaline Phosphatase", "CHEMISTRY", "U/L", 50, 135, 86, 14, 0, 4),
    Test("ALB", "Albumin", "CHEMISTRY", "g/L", 40, 55, 44, 1.6, 0, 4),
    Test("CREAT", "Creatinine", "CHEMISTRY", "umol/L", 41, 81, 60, 6, 0),
    Test("CHOL", "Cholesterol", "CHEMISTRY", "mmol/L", 2.8, 5.2, 4.4, 0.3, 2, 2),
    Test("TRIG", "Triglycerides", "CHEMISTRY", "mmol/L", 0.5, 1.7, 1.15, 0.2, 2, 2),
    Test("TSH", "Thyrotropin", "CHEMISTRY", "mIU/L", 0.35, 4.5, 2.1, 0.7, 2, 2),
    Test("T4FR", "Thyroxine, Free", "CHEMISTRY", "pmol/L", 9, 22, 15, 1.8, 1, 2),
    Test("PROT", "Protein", "URINALYSIS", None, None, None, 0, 0, 0, 1, "URINE"),
    Test("PT", "Prothrombin Time", "COAGULATION", "s", 10, 14, 11.8, 0.5, 1, 4, "PLASMA"),
)
"""`every` is in anlotinib cycles: 2 is every second cycle."""

Range = tuple[float, float]
GRADES: dict[str, dict[str, dict[int, Range]]] = {
    "Anemia": {"HGB": {1: (101, 114), 2: (82, 99), 3: (66, 79)}},
    "White blood cell decreased": {"WBC": {1: (3.0, 3.4), 2: (2.1, 2.9), 3: (1.1, 1.9)}},
    "Neutrophil count decreased": {"NEUT": {1: (1.5, 1.78), 2: (1.02, 1.48), 3: (0.55, 0.98)}},
    "Platelet count decreased": {"PLAT": {1: (78, 123), 2: (52, 74), 3: (27, 49)}},
    "Alanine aminotransferase increased": {"ALT": {1: (44, 118), 2: (122, 198), 3: (205, 600)}},
    "Aspartate aminotransferase increased": {"AST": {1: (38, 103), 2: (107, 172), 3: (180, 520)}},
    "Blood bilirubin increased": {"BILI": {1: (21.5, 31.0), 2: (32.0, 61.0), 3: (65.0, 190.0)}},
    "GGT increased": {"GGT": {1: (48, 110), 2: (114, 222), 3: (230, 800)}},
    "Creatinine increased": {"CREAT": {1: (83, 119), 2: (124, 235)}},
    "Cholesterol high": {"CHOL": {1: (5.3, 7.7), 2: (7.8, 10.2)}},
    "Hypertriglyceridemia": {"TRIG": {1: (1.75, 3.4), 2: (3.45, 5.6), 3: (5.8, 11.0)}},
    "Hypothyroidism": {
        "TSH": {1: (11.0, 24.0), 2: (20.0, 75.0)},
        "T4FR": {1: (7.5, 8.9), 2: (3.5, 8.0)},
    },
    "Thyroid stimulating hormone increased": {"TSH": {1: (4.7, 9.8)}},
}
"""Adverse event -> test -> grade -> values (both limits inside the grade)."""

PROTEINURIA = {1: ("1+",), 2: ("2+", "3+"), 3: ("3+", "4+")}
"""Dipstick results by grade; with grade 2 or higher a 24-hour quantification is made."""
PROTEIN_24H: dict[int, Range] = {2: (1.02, 3.3), 3: (3.55, 6.0)}

BLOOD_PRESSURE: dict[int, tuple[Range, Range]] = {
    1: ((126, 138), (80, 88)),
    2: ((142, 158), (88, 98)),
    3: ((162, 184), (96, 112)),
}
"""Hypertension by grade: systolic and diastolic in mmHg."""
QTCF: dict[int, Range] = {1: (452, 479), 2: (482, 499), 3: (502, 530)}
"""QTcF in ms by grade."""
