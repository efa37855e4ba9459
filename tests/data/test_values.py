"""Laboratory values, blood pressure and ECG show the adverse events, and eligibility holds; limits by CTCAE v5.0."""

import datetime as dt

import pytest

from tests.data.transfers import Record, Transfer, date, full

INELIGIBLE = {"NCT05075512-01-034", "NCT05075512-01-036"}
ABNORMAL_AT_ENTRY = {("NCT05075512-01-034", "HGB"), ("NCT05075512-01-036", "ALT")}
ABNORMAL_AT_ENTRY |= {("NCT05075512-01-010", "ALT"), ("NCT05075512-01-010", "AST"), ("NCT05075512-01-013", "CREAT")}
ABNORMAL_AT_ENTRY |= {("NCT05075512-01-036", "AST")}

Limits = tuple[float, float]
GRADES: dict[str, tuple[str, dict[int, Limits]]] = {
    "Anemia": ("HGB", {1: (100, 115), 2: (80, 100), 3: (0, 80)}),
    "White blood cell decreased": ("WBC", {1: (3.0, 3.5), 2: (2.0, 3.0), 3: (1.0, 2.0)}),
    "Neutrophil count decreased": ("NEUT", {1: (1.5, 1.8), 2: (1.0, 1.5), 3: (0.5, 1.0)}),
    "Platelet count decreased": ("PLAT", {1: (75, 125), 2: (50, 75), 3: (25, 50)}),
    "Alanine aminotransferase increased": ("ALT", {1: (40, 120), 2: (120, 200), 3: (200, 800)}),
    "Aspartate aminotransferase increased": ("AST", {1: (35, 105), 2: (105, 175), 3: (175, 700)}),
    "Blood bilirubin increased": ("BILI", {1: (21, 31.5), 2: (31.5, 63), 3: (63, 210)}),
    "GGT increased": ("GGT", {1: (45, 112.5), 2: (112.5, 225), 3: (225, 900)}),
    "Creatinine increased": ("CREAT", {1: (81, 121.5), 2: (121.5, 243)}),
    "Cholesterol high": ("CHOL", {1: (5.2, 7.75), 2: (7.75, 10.34)}),
    "Hypertriglyceridemia": ("TRIG", {1: (1.7, 3.42), 2: (3.42, 5.7), 3: (5.7, 11.4)}),
}
"""CTCAE v5.0, with the reference limits of the data: grade -> lower and upper limit of the values."""


def on_day(transfer: Transfer, usubjid: str, day: str, testcd: str) -> list[float]:
    found = transfer.rows("LB", usubjid, LBTESTCD=testcd, LBDTC=day)
    return [row["LBSTRESN"] for row in found if row["LBSTRESN"] is not None]


def active(transfer: Transfer, usubjid: str, term: str, day: str) -> list[Record]:
    """Events of a term that are going on on a day."""
    rows = transfer.rows("AE", usubjid, AEDECOD=term)
    return [row for row in rows if row["AESTDTC"] <= day <= (row["AEENDTC"] or day)]


@pytest.mark.parametrize("term", GRADES)
def test_a_laboratory_event_shows_in_the_values_of_its_first_day(each: Transfer, term: str) -> None:
    testcd, limits = GRADES[term]
    for row in each.rows("AE", AEDECOD=term):
        values = on_day(each, row["USUBJID"], row["AESTDTC"], testcd)
        low, high = limits[int(row["AETOXGR"])]
        assert values, row
        assert all(low <= value <= high for value in values), (row, values)


@pytest.mark.parametrize("term", GRADES)
def test_a_value_of_grade_2_or_more_has_its_event(each: Transfer, term: str) -> None:
    testcd, limits = GRADES[term]
    falls = limits[2][1] <= limits[1][0]
    treated = {row["USUBJID"]: row["RFSTDTC"] for row in each.rows("DM")}
    for row in each.rows("LB", LBTESTCD=testcd):
        usubjid, value = row["USUBJID"], row["LBSTRESN"]
        if (usubjid, testcd) in ABNORMAL_AT_ENTRY or treated[usubjid] is None or row["LBDTC"] < treated[usubjid]:
            continue
        if value < limits[2][1] if falls else value > limits[2][0]:
            grades = [int(event["AETOXGR"]) for event in active(each, usubjid, term, row["LBDTC"])]
            assert grades, row
            assert max(grades) >= 2


def test_thyroid_events_show_in_tsh_and_free_thyroxine(each: Transfer) -> None:
    for row in each.rows("AE", AEDECOD="Hypothyroidism"):
        assert min(on_day(each, row["USUBJID"], row["AESTDTC"], "TSH")) > 10
        assert max(on_day(each, row["USUBJID"], row["AESTDTC"], "T4FR")) < 9
    for row in each.rows("AE", AEDECOD="Thyroid stimulating hormone increased"):
        values = on_day(each, row["USUBJID"], row["AESTDTC"], "TSH")
        hypothyroid = active(each, row["USUBJID"], "Hypothyroidism", row["AESTDTC"])
        assert hypothyroid or all(4.5 < value <= 10 for value in values)
    for row in each.rows("LB", LBTESTCD="TSH"):
        if row["LBSTRESN"] > 10:
            assert active(each, row["USUBJID"], "Hypothyroidism", row["LBDTC"]), row


def test_proteinuria_shows_in_the_urine(each: Transfer) -> None:
    for row in each.rows("AE", AEDECOD="Proteinuria"):
        found = each.rows("LB", row["USUBJID"], LBTESTCD="PROT", LBDTC=row["AESTDTC"])
        dipstick = [r["LBSTRESC"] for r in found if r["LBMETHOD"] == "DIPSTICK"]
        daily = [r["LBSTRESN"] for r in found if r["LBEVLINT"] == "-PT24H"]
        expected = {"1": ["1+"], "2": ["2+", "3+"], "3": ["3+", "4+"]}[row["AETOXGR"]]
        assert len(dipstick) == 1
        assert dipstick[0] in expected
        if row["AETOXGR"] != "1":
            assert (daily[0] >= 3.5) == (row["AETOXGR"] == "3")
            assert daily[0] >= 1


def pressures(transfer: Transfer, usubjid: str, day: str) -> tuple[float, float] | None:
    found = {
        row["VSTESTCD"]: row["VSSTRESN"]
        for row in transfer.rows("VS", usubjid, VSDTC=day)
        if row["VSTESTCD"] in ("SYSBP", "DIABP")
    }
    return (found["SYSBP"], found["DIABP"]) if found else None


def grade_of(systolic: float, diastolic: float) -> int:
    if systolic >= 160 or diastolic >= 100:
        return 3
    if systolic >= 140 or diastolic >= 90:
        return 2
    return 1 if systolic >= 120 or diastolic >= 80 else 0


def test_hypertension_shows_in_the_blood_pressure(each: Transfer) -> None:
    for row in each.rows("AE", AEDECOD="Hypertension"):
        initial = each.qualifier(row, "AEITOXGR")
        measured = pressures(each, row["USUBJID"], row["AESTDTC"])
        assert measured is not None, row
        assert grade_of(*measured) == int(initial or row["AETOXGR"]), row
    for row in each.rows("VS", VSTESTCD="SYSBP"):
        measured = pressures(each, row["USUBJID"], row["VSDTC"])
        if measured and grade_of(*measured) >= 2:
            events = active(each, row["USUBJID"], "Hypertension", row["VSDTC"])
            assert max(int(event["AETOXGR"]) for event in events) >= grade_of(*measured), row


def test_qt_events_show_in_the_ecg(each: Transfer) -> None:
    term = "Electrocardiogram QT corrected interval prolonged"
    for row in each.rows("AE", AEDECOD=term):
        low, high = {"1": (450, 480), "2": (481, 500), "3": (501, 600)}[row["AETOXGR"]]
        (value,) = each.rows("EG", row["USUBJID"], EGTESTCD="QTCFAG", EGDTC=row["AESTDTC"])
        assert low <= value["EGSTRESN"] <= high
    for row in each.rows("EG", EGTESTCD="QTCFAG"):
        assert row["EGSTRESN"] <= 450 or active(each, row["USUBJID"], term, row["EGDTC"])


def last_value(transfer: Transfer, usubjid: str, testcd: str, day: dt.date) -> float:
    rows = [r for r in transfer.rows("LB", usubjid, LBTESTCD=testcd) if date(r["LBDTC"]) <= day]
    return float(max(rows, key=lambda r: r["LBDTC"])["LBSTRESN"])


def met(transfer: Transfer, usubjid: str, day: dt.date) -> dict[str, bool]:
    """The organ function criteria of the registry record, from the last values up to enrolment."""
    value = {code: last_value(transfer, usubjid, code, day) for code in ("HGB", "NEUT", "PLAT", "BILI", "ALT", "AST")}
    liver = bool(transfer.rows("TU", usubjid, VISIT="SCREENING", TULOC="LIVER"))
    times = 5 if liver else 2.5
    creatinine = last_value(transfer, usubjid, "CREAT", day)
    (weight,) = transfer.rows("VS", usubjid, VSTESTCD="WEIGHT", VISIT="SCREENING")
    age = transfer.one("DM", usubjid)["AGE"]
    clearance = (140 - age) * weight["VSSTRESN"] * 1.04 / creatinine
    return {
        "INCL09A": value["HGB"] >= 90,
        "INCL09B": value["NEUT"] >= 1.5,
        "INCL09C": value["PLAT"] >= 80,
        "INCL09D": value["BILI"] <= 1.5 * 21,
        "INCL09E": value["ALT"] <= times * 40 and value["AST"] <= times * 35,
        "INCL09F": creatinine <= 1.5 * 81 or clearance >= 60,
    }


def test_organ_function_is_that_of_the_criteria_but_for_two_patients(each: Transfer) -> None:
    failed = {}
    for usubjid, enrolled in each.enrolled().items():
        broken = [code for code, fine in met(each, usubjid, enrolled).items() if not fine]
        if broken:
            failed[usubjid] = broken
    assert failed == {"NCT05075512-01-034": ["INCL09A"], "NCT05075512-01-036": ["INCL09E"]}


def test_patients_are_eligible_women_with_measurable_disease(each: Transfer) -> None:
    for usubjid, enrolled in each.enrolled().items():
        assert each.one("DM", usubjid)["SEX"] == "F"
        assert 18 <= each.one("DM", usubjid)["AGE"] <= 80
        assert each.one("RS", usubjid, RSCAT="ECOG", VISIT="SCREENING")["RSSTRESN"] <= 1
        receptors = {row["MITESTCD"]: row for row in each.rows("MI", usubjid, MIMETHOD="IHC")}
        assert receptors["ESTRCPT"]["MISTRESN"] >= 10
        assert receptors["HER2"]["MISTRESC"] in ("0", "1+", "2+")
        in_situ = [row["MISTRESC"] for row in each.rows("MI", usubjid, MIMETHOD="FISH")]
        assert in_situ == (["NEGATIVE"] if receptors["HER2"]["MISTRESC"] == "2+" else [])
        if each.one("RP", usubjid)["RPSTRESC"] == "PREMENOPAUSAL":
            (suppression,) = each.rows("CM", usubjid, CMINDC="OVARIAN FUNCTION SUPPRESSION")
            assert suppression["CMSTDTC"] <= enrolled.isoformat()


def months(start: str, end: str) -> float:
    return (date(end) - date(start)).days / 30.4375


def test_prior_therapy_meets_the_definition_of_secondary_resistance(each: Transfer) -> None:
    endocrine = {"TAMOXIFEN", "LETROZOLE", "ANASTROZOLE", "EXEMESTANE"}
    ways = {"adjuvant": 0, "salvage": 0}
    for usubjid in each.enrolled():
        prior = each.rows("CM", usubjid, CMCAT="PRIOR ANTICANCER THERAPY")
        adjuvant = [r for r in prior if r["CMSCAT"] == "ADJUVANT" and r["CMDECOD"] in endocrine]
        salvage = [r for r in prior if r["CMSCAT"] == "METASTATIC" and r["CMDECOD"] in endocrine]
        relapse = each.one("MH", usubjid, MHDECOD="Metastatic breast cancer")["MHSTDTC"]
        after_adjuvant = not salvage and any(
            months(r["CMSTDTC"], r["CMENDTC"]) >= 24 and months(r["CMENDTC"], relapse) <= 12 for r in adjuvant
        )
        after_salvage = any(
            months(r["CMSTDTC"], r["CMENDTC"]) >= 6 and r["CMRSDISC"] == "PROGRESSIVE DISEASE" for r in salvage
        )
        assert after_adjuvant or after_salvage, usubjid
        ways["adjuvant" if after_adjuvant else "salvage"] += 1
        chemotherapy = {"CAPECITABINE", "DOCETAXEL", "PACLITAXEL", "VINORELBINE"}
        lines = [r for r in prior if r["CMSCAT"] == "METASTATIC" and r["CMDECOD"] in chemotherapy]
        assert len(lines) <= 1
        assert not any(r["CMDECOD"] == "FULVESTRANT" for r in prior)
        consent = each.one("DM", usubjid)["RFICDTC"]
        assert all(r["CMSTDTC"] <= r["CMENDTC"] <= consent for r in prior)
    assert min(ways.values()) >= 10


def test_screen_failures_fail_the_criterion_that_ie_names(each: Transfer) -> None:
    for usubjid, testcd, limit in (("NCT05075512-01-005", "HGB", 90), ("NCT05075512-01-046", "PLAT", 80)):
        (row,) = each.rows("LB", usubjid, LBTESTCD=testcd)
        assert row["LBSTRESN"] < limit
        assert each.one("IE", usubjid)["IEORRES"] == "N"
    assert full(each.one("DM", "NCT05075512-01-005")["RFSTDTC"]) is None
