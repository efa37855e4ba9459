"""Laboratory criteria on hand-made patients: at each limit, just beyond it, and with values missing."""

from typing import Any

import pytest

from analysis.adam.eligibility_organs import clearance
from tests.adam.build import at, day
from tests.adam.eligibility import MET, NOT, UNKNOWN, evaluated


def lab(test: str, value: float | None, unit: str | None, upper: float | None = None, **more: Any) -> dict[str, Any]:
    shown = {"LBTESTCD": test, "LBSTRESN": value, "LBSTRESC": None if value is None else f"{value:g}"}
    return shown | {"LBSTRESU": unit, "LBSTNRHI": upper, "LBDTC": at(-5), "LBSPEC": "SERUM"} | more


def result(rule: str, *records: dict[str, Any], **more: Any) -> str:
    return str(evaluated(rule, {"LB": list(records), **more})["IERESULT"])


@pytest.mark.parametrize(
    ("rule", "test", "value", "unit", "expected"),
    [
        ("haemoglobin", "HGB", 90.0, "g/L", MET),
        ("haemoglobin", "HGB", 89.9, "g/L", NOT),
        ("haemoglobin", "HGB", 9.0, "g/dL", MET),
        ("haemoglobin", "HGB", 8.9, "g/dL", NOT),
        ("haemoglobin", "HGB", 90.0, "furlong", UNKNOWN),
        ("haemoglobin", "HGB", None, "g/L", UNKNOWN),
        ("haemoglobin", "PLAT", 200.0, "10^9/L", UNKNOWN),
        ("neutrophils", "NEUT", 1.5, "10^9/L", MET),
        ("neutrophils", "NEUT", 1.49, "10^9/L", NOT),
        ("neutrophils", "NEUT", 1500.0, "/uL", MET),
        ("neutrophils", "NEUT", 60.0, "%", UNKNOWN),
        ("platelets", "PLAT", 80.0, "10^9/L", MET),
        ("platelets", "PLAT", 79.0, "10^9/L", NOT),
    ],
)
def test_blood_counts(rule: str, test: str, value: float | None, unit: str, expected: str) -> None:
    assert result(rule, lab(test, value, unit)) == expected


def test_the_last_value_on_or_before_enrolment_decides() -> None:
    low, high = lab("HGB", 80.0, "g/L"), lab("HGB", 120.0, "g/L")
    assert result("haemoglobin", low | {"LBDTC": at(0)}, high) == NOT
    assert result("haemoglobin", high | {"LBDTC": at(0)}, low) == MET
    assert result("haemoglobin", high, low | {"LBDTC": at(1)}) == MET
    assert result("haemoglobin", high | {"LBDTC": at(1)}) == UNKNOWN
    assert result("haemoglobin", low, high | {"LBDTC": at(-1), "LBSTRESN": None, "LBSTRESC": None}) == NOT
    row = evaluated("haemoglobin", {"LB": [high, low | {"LBDTC": at(0)}]})
    assert (row["IEVALUE"], row["IELIMIT"], row["IEREASN"]) == ("80 g/L", "at least 90 g/L", "Below the limit")
    assert (row["SRCDOM"], row["SRCVAR"], row["SRCSEQ"], row["ADT"]) == ("LB", "LBSTRESN", 2, day(0))


def test_a_result_that_is_no_number_is_not_evaluable() -> None:
    row = evaluated("haemoglobin", {"LB": [lab("HGB", None, "g/L", LBSTRESC="<50")]})
    assert (row["IERESULT"], row["IEVALUE"], row["SRCVAR"]) == (UNKNOWN, "<50 g/L", "LBSTRESC")


def test_a_patient_who_was_not_enrolled_has_the_values_until_she_left() -> None:
    records = {"LB": [lab("HGB", 80.0, "g/L", LBDTC=at(5)), lab("HGB", 120.0, "g/L", LBDTC=at(6))]}
    row = evaluated("haemoglobin", records, enrolled=None, dosed=None, left=("SCREEN FAILURE", 5))
    assert (row["IERESULT"], row["IESTATUS"]) == (NOT, "NOT MET, NOT RECORDED, NOT ENROLLED")


@pytest.mark.parametrize(
    ("value", "upper", "expected"),
    [(60.3, 40.2, MET), (60.4, 40.2, NOT), (60.0, None, UNKNOWN), (None, 40.2, UNKNOWN), (60.0, 0.0, UNKNOWN)],
)
def test_bilirubin(value: float | None, upper: float | None, expected: str) -> None:
    assert result("bilirubin", lab("BILI", value, "umol/L", upper)) == expected


def test_the_upper_limit_as_reported_is_converted() -> None:
    """1 mg/dL of bilirubin is 10000 / 584.66 = 17.104 umol/L, and 1.5 times that 25.656."""
    reported = {"LBORNRHI": "1", "LBORRESU": "mg/dL"}
    assert result("bilirubin", lab("BILI", 25.65, "umol/L", None, **reported)) == MET
    assert result("bilirubin", lab("BILI", 25.66, "umol/L", None, **reported)) == NOT
    assert result("bilirubin", lab("BILI", 25.0, "umol/L", None, LBORNRHI="one", LBORRESU="mg/dL")) == UNKNOWN


def lesion(site: str | None, when: int = -10, kind: str = "TARGET") -> dict[str, Any]:
    return {"TUSTRESC": kind, "TULOC": site, "TUDTC": at(when), "TULNKID": "X"}


LIVER, LUNG = lesion("LIVER", kind="NON-TARGET"), lesion("LUNG")


@pytest.mark.parametrize(
    ("alt", "ast", "lesions", "expected"),
    [
        pytest.param(100.0, 80.0, [LUNG], MET, id="ALT at 2.5"),
        pytest.param(100.4, 80.0, [LUNG], NOT, id="ALT above 2.5"),
        pytest.param(80.0, 87.6, [LUNG], NOT, id="AST above 2.5"),
        pytest.param(200.0, 80.0, [LIVER], MET, id="ALT at 5 with a liver lesion"),
        pytest.param(200.4, 80.0, [LIVER], NOT, id="ALT above 5"),
        pytest.param(150.0, 80.0, [lesion("LIVER", 30, "NEW"), LUNG], NOT, id="a new liver lesion is not baseline"),
        pytest.param(150.0, 80.0, [lesion("LIVER", 30), LUNG], NOT, id="a liver lesion found after the first dose"),
        pytest.param(150.0, 80.0, [], UNKNOWN, id="no lesion recorded: which limit is not known"),
        pytest.param(200.4, 80.0, [], NOT, id="above either limit"),
        pytest.param(80.0, None, [LUNG], UNKNOWN, id="AST missing"),
        pytest.param(100.4, None, [LUNG], NOT, id="AST missing, ALT above 2.5"),
        pytest.param(150.0, None, [LIVER], UNKNOWN, id="AST missing, ALT within 5"),
    ],
)
def test_transaminases(alt: float | None, ast: float | None, lesions: list[dict[str, Any]], expected: str) -> None:
    """ULN of ALT 40, of AST 35."""
    records = [lab("ALT", alt, "U/L", 40.0)] + ([lab("AST", ast, "U/L", 35.0)] if ast else [])
    assert evaluated("transaminases", {"LB": records, "TU": lesions}, baseline=None)["IERESULT"] == expected


def test_the_record_of_the_transaminases_is_that_of_the_higher_multiple() -> None:
    records = [lab("ALT", 40.0, "U/L", 40.0), lab("AST", 70.0, "U/L", 35.0)]
    row = evaluated("transaminases", {"LB": records})
    assert (row["IEVALUE"], row["SRCSEQ"]) == ("ALT 40 U/L (1.00 x ULN 40); AST 70 U/L (2.00 x ULN 35)", 2)


def test_clearance_by_hand() -> None:
    """(140 - 60) x 72 / (72 x 1) = 80 in a man, 68 in a woman."""
    values = {"age_years": 60.0, "weight_kg": 72.0, "creatinine_mg_per_dl": 1.0}
    assert clearance(**values, female=False) == pytest.approx(80.0, rel=1e-15)
    assert clearance(**values, female=True) == pytest.approx(68.0, rel=1e-15)


@pytest.mark.parametrize(
    ("creatinine", "unit", "upper", "weight", "expected"),
    [
        pytest.param(121.5, "umol/L", 81.0, None, MET, id="creatinine at 1.5"),
        pytest.param(121.6, "umol/L", 81.0, 86.4, MET, id="creatinine above 1.5, clearance 74"),
        pytest.param(1.7, "mg/dL", 0.9, 86.4, MET, id="clearance 60: 100 x 86.4 x 0.85 / (72 x 1.7)"),
        pytest.param(1.71, "mg/dL", 0.9, 86.4, NOT, id="clearance below 60"),
        pytest.param(150.2, "umol/L", 81.0, 86.4, MET, id="1.7 mg/dL is 150.28 umol/L"),
        pytest.param(150.4, "umol/L", 81.0, 86.4, NOT, id="clearance below 60, umol/L"),
        pytest.param(121.6, "umol/L", 81.0, None, UNKNOWN, id="creatinine above 1.5, no weight"),
        pytest.param(1.7, "mg/dL", None, 86.4, MET, id="no upper limit, clearance 60"),
        pytest.param(1.71, "mg/dL", None, 86.4, UNKNOWN, id="no upper limit, clearance below 60"),
        pytest.param(None, "mg/dL", 0.9, 86.4, UNKNOWN, id="no creatinine"),
    ],
)
def test_either_limb_of_creatinine_is_enough(
    creatinine: float | None, unit: str, upper: float | None, weight: float | None, expected: str
) -> None:
    """A woman of 40 years."""
    weighed = {"VSTESTCD": "WEIGHT", "VSSTRESN": weight, "VSSTRESC": str(weight), "VSSTRESU": "kg", "VSDTC": at(-5)}
    records = {"LB": [lab("CREAT", creatinine, unit, upper)], "VS": [weighed] if weight else []}
    assert evaluated("creatinine_or_clearance", records, dm={"AGE": 40.0})["IERESULT"] == expected


def test_creatinine_of_urine_is_another_test() -> None:
    serum, urine = lab("CREAT", 60.0, "umol/L", 81.0), lab("CREAT", 9000.0, "umol/L", 81.0, LBSPEC="URINE")
    assert result("creatinine_or_clearance", serum, urine | {"LBDTC": at(0)}) == MET


URINE = {"LBSPEC": "URINE"}


def stick(text: str, when: int = -5) -> dict[str, Any]:
    return lab("PROT", None, None, LBSTRESC=text, LBDTC=at(when), **URINE)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param([lab("PROT", 0.99, "g/day", **URINE)], MET, id="below the limit"),
        pytest.param([lab("PROT", 1.0, "g/day", **URINE)], NOT, id="the limit excludes"),
        pytest.param([lab("PROT", 1000.0, "mg/day", **URINE)], NOT, id="in mg"),
        pytest.param([stick("3+", 0), lab("PROT", 0.5, "g/day", **URINE)], MET, id="24 hours before a dipstick"),
        pytest.param([stick("NEGATIVE"), lab("PROT", 1.2, "g/day", **URINE)], NOT, id="24 hours after all"),
        pytest.param([stick("negative")], MET, id="normal dipstick"),
        pytest.param([stick("NEGATIVE"), stick("1+", -1)], UNKNOWN, id="the last dipstick"),
        pytest.param([lab("PROT", 70.0, "g/L")], UNKNOWN, id="protein of serum"),
        pytest.param([], UNKNOWN, id="nothing"),
    ],
)
def test_urine_protein(records: list[dict[str, Any]], expected: str) -> None:
    assert result("urine_protein", *records) == expected
