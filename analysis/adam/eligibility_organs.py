"""Rules of eligibility over laboratory values: bone marrow, liver, kidney, urine protein."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from analysis.adam.adlb_units import factor
from analysis.adam.assessments import of_reader
from analysis.adam.dates import not_after
from analysis.adam.eligibility_data import (
    MET,
    NO_VALUE,
    NOT_EVALUABLE,
    NOT_MET,
    Finding,
    Subject,
    at,
    compared,
    converted,
    in_unit,
    is_of_urine,
    number,
    shown,
    upper_limit,
)
from analysis.adam.records import Row
from analysis.params_eligibility import Limits
from analysis.results import rounded

FEMALE_FACTOR = 0.85
"""Of the clearance of a woman (Cockcroft and Gault 1976)."""


@dataclass(frozen=True)
class Count:
    """A blood count with its lower limit: LBTESTCD, unit, and the limit of params."""

    testcd: str
    unit: str
    limit: Callable[[Limits], float]


HAEMOGLOBIN = Count("HGB", "g/L", lambda limits: limits.haemoglobin_g_per_l)
NEUTROPHILS = Count("NEUT", "10^9/L", lambda limits: limits.neutrophils_1e9_per_l)
PLATELETS = Count("PLAT", "10^9/L", lambda limits: limits.platelets_1e9_per_l)


def at_least(count: Count) -> Callable[[Subject], Finding]:
    """The rule that a blood count is not below its limit."""

    def rule(subject: Subject) -> Finding:
        limit = count.limit(subject.settings.limits)
        text = f"at least {in_unit(f'{limit:g}', count.unit)}"
        if (row := subject.last("LB", (count.testcd,))) is None:
            return Finding(NOT_EVALUABLE, NO_VALUE, limit=text)
        found = Finding(NOT_EVALUABLE, "", shown(row, "LB"), text, **record(row))
        if (value := converted(row, "LB", count.unit)) is None:
            return replace(found, reason=f"The result is no number that can be compared with {count.unit}")
        if compared(value) >= limit:
            return replace(found, result=MET, reason="Within the limit")
        return replace(found, result=NOT_MET, reason="Below the limit")

    return rule


def record(row: Row) -> dict[str, Any]:
    """Source and date of a laboratory finding."""
    return at(row, "LB", "LBSTRESC" if number(row, "LB") is None else "LBSTRESN")


@dataclass(frozen=True)
class Multiple:
    """A serum value in multiples of its upper limit of normal, None where data cannot say; in words; its record."""

    times: float | None
    text: str
    row: Row | None


def multiple(subject: Subject, testcd: str) -> Multiple:
    """The last value of a test on or before enrolment, in multiples of the upper limit of its own record."""
    if (row := subject.last("LB", (testcd,))) is None:
        return Multiple(None, f"{testcd} missing", None)
    value, upper = number(row, "LB"), upper_limit(row)
    text = f"{testcd} {shown(row, 'LB')}"
    if value is None or upper is None:
        return Multiple(None, f"{text} (upper limit of normal not known)" if upper is None else text, row)
    times = compared(value / upper)
    return Multiple(times, f"{text} ({rounded(times, 2)} x ULN {upper:g})", row)


def bilirubin(subject: Subject) -> Finding:
    limit = subject.settings.limits.bilirubin_uln
    return _all_within((multiple(subject, "BILI"),), limit, f"at most {limit:g} x ULN")


def transaminases(subject: Subject) -> Finding:
    """ALT and AST, both; the higher limit holds only with a liver lesion at baseline."""
    limits = subject.settings.limits
    both = (multiple(subject, "ALT"), multiple(subject, "AST"))
    text = f"at most {limits.transaminases_uln:g} x ULN"
    strict = _all_within(both, limits.transaminases_uln, text)
    if strict.result != NOT_MET:
        return strict
    higher = limits.transaminases_with_liver_lesion_uln
    text += f" ({higher:g} with a liver lesion)"
    lenient = replace(_all_within(both, higher, text), source=strict.source, date=strict.date)
    if lenient.result == NOT_MET:
        return replace(lenient, reason="Above the limit, whether or not there is a liver lesion")
    liver = liver_lesion(subject)
    if liver is None:
        return replace(lenient, result=NOT_EVALUABLE, reason="No lesion recorded at baseline: which limit holds?")
    if liver:
        return replace(lenient, reason=f"{lenient.reason}, with a liver lesion at baseline")
    return replace(strict, limit=text, reason="Above the limit, without a liver lesion at baseline")


def _all_within(values: tuple[Multiple, ...], limit: float, text: str) -> Finding:
    """MET where every value is within the limit, NOT MET where one is above; the record is that of the highest."""
    highest = max(values, key=lambda value: (value.times is not None, value.times or 0, value.row is not None))
    shared: dict[str, Any] = {"limit": text} | ({} if highest.row is None else record(highest.row))
    if any(value.row is not None for value in values):
        shared["value"] = "; ".join(value.text for value in values)
    if highest.times is not None and highest.times > limit:
        return Finding(NOT_MET, "Above the limit", **shared)
    if any(value.row is None for value in values):
        return Finding(NOT_EVALUABLE, NO_VALUE, **shared)
    if any(value.times is None for value in values):
        return Finding(NOT_EVALUABLE, "No number, or no upper limit of normal, to compare", **shared)
    return Finding(MET, "Within the limit", **shared)


def liver_lesion(subject: Subject) -> bool | None:
    """Whether a lesion of the liver was found at baseline; None where no lesion at all was recorded then."""
    baseline = subject.adsl["TRTSDT"] or subject.until
    sites = [
        str(row.get("TULOC") or "").strip().upper()
        for row in of_reader(subject.of("TU"), "TUEVAL", subject.params)
        if row.get("TUSTRESC") != "NEW" and not_after(row.get("TUDTC"), baseline.isoformat())
    ]
    return any(site in subject.params.baseline.liver_sites for site in sites) if sites else None


def clearance(*, age_years: float, weight_kg: float, creatinine_mg_per_dl: float, female: bool) -> float:
    """Creatinine clearance in mL/min by the formula of Cockcroft and Gault (Nephron 1976;16:31-41)."""
    men = (140 - age_years) * weight_kg / (72 * creatinine_mg_per_dl)
    return men * FEMALE_FACTOR if female else men


def creatinine_or_clearance(subject: Subject) -> Finding:
    """Met if either limb is, not met only if both are evaluable and neither is."""
    limits = subject.settings.limits
    limit = f"at most {limits.creatinine_uln:g} x ULN, or clearance at least {limits.clearance_ml_per_min:g} mL/min"
    creatinine = multiple(subject, "CREAT")
    if creatinine.row is None:
        return Finding(NOT_EVALUABLE, NO_VALUE, limit=limit)
    cleared, words = _clearance(subject, creatinine.row)
    found = Finding(NOT_EVALUABLE, "", f"{creatinine.text}; {words}", limit, **record(creatinine.row))
    if creatinine.times is not None and creatinine.times <= limits.creatinine_uln:
        return replace(found, result=MET, reason="Creatinine within its limit")
    if cleared is not None and cleared >= limits.clearance_ml_per_min:
        return replace(found, result=MET, reason="Clearance within its limit")
    if creatinine.times is None or cleared is None:
        return replace(found, reason="One limb is not within its limit or not known, the other is not known")
    return replace(found, result=NOT_MET, reason="Neither creatinine nor clearance within its limit")


def _clearance(subject: Subject, creatinine: Row) -> tuple[float | None, str]:
    """The clearance, and it with what it was computed from, in words."""
    weight_row = subject.last("VS", ("WEIGHT",))
    weight = None if weight_row is None else converted(weight_row, "VS", "kg")
    serum = converted(creatinine, "LB", "mg/dL")
    age, sex = subject.adsl["AGE"], subject.adsl["SEX"]
    missing = [
        name for name, value in (("age", age), ("sex", sex), ("weight", weight), ("creatinine", serum)) if not value
    ]
    if missing or weight is None or serum is None:
        return None, f"clearance not known ({', '.join(missing)} missing)"
    value = clearance(
        age_years=age,
        weight_kg=weight,
        creatinine_mg_per_dl=serum,
        female=str(sex).upper() in subject.settings.female,
    )
    return compared(value), f"clearance {rounded(value, 1)} mL/min ({age:g} years, {weight:g} kg)"


def urine_protein(subject: Subject) -> Finding:
    """Excluded from the limit of 24 hours on; without a quantification a normal dipstick is enough, no other is."""
    limit = subject.settings.limits.urine_protein_g_per_day
    text = f"below {limit:g} g in 24 hours"
    daily = subject.last("LB", ("PROT",), lambda row: is_of_urine(row) and _is_of_a_day(row))
    if daily is not None and (value := converted(daily, "LB", "g/day")) is not None:
        found = Finding(MET, "Within the limit", shown(daily, "LB"), text, **record(daily))
        return found if compared(value) < limit else replace(found, result=NOT_MET, reason="At or above the limit")
    stick = subject.last("LB", ("PROT",), lambda row: is_of_urine(row) and not _is_of_a_day(row))
    if stick is None:
        return Finding(NOT_EVALUABLE, NO_VALUE, limit=text)
    found = Finding(MET, "Normal dipstick", shown(stick, "LB"), text, **record(stick))
    if str(stick.get("LBSTRESC")).strip().upper() in subject.settings.normal_urine_protein:
        return found
    return replace(found, result=NOT_EVALUABLE, reason="Dipstick not normal, and no quantification of 24 hours")


def _is_of_a_day(row: Row) -> bool:
    return factor(row.get("LBSTRESU"), "g/day") is not None
