"""The trial design domains TS, TA, TE, TI and TV, from the registry record.

What the record does not state has TSGRPID `ASSUMED`, everything else `REGISTRY`. Of the design domains themselves,
only the single arm and the criteria are in the record; elements' durations and the visits are assumed.
"""

from data.make.assemble import Records
from data.make.base import (
    END_OF_TREATMENT,
    SAFETY_FOLLOW_UP,
    SCREENING,
    STUDY,
    Value,
    Visit,
    cycle_visit,
    injection_visit,
    survival_visit,
    tumour_visit,
    visit_values,
)
from data.make.criteria import CRITERIA
from data.make.subject import ARM, ARM_CODE

REGISTRY, ASSUMED = "REGISTRY", "ASSUMED"
TITLE = "The Efficacy and Safety of Anlotinib Combined With Fulvestrant in Patients With Advanced Breast Cancer"
CYCLES, INJECTIONS, SCANS, CONTACTS = 60, 46, 24, 14
"""How many visits of each kind TV lists."""

SUMMARY: tuple[tuple[str, str, str, str], ...] = (
    (REGISTRY, "TITLE", "Trial Title", TITLE),
    (REGISTRY, "REGID", "Registry Identifier", STUDY),
    (REGISTRY, "SPONSOR", "Clinical Study Sponsor", "Zhejiang Cancer Hospital"),
    (REGISTRY, "TPHASE", "Trial Phase Classification", "PHASE II TRIAL"),
    (REGISTRY, "STYPE", "Study Type", "INTERVENTIONAL"),
    (REGISTRY, "TTYPE", "Trial Type", "EFFICACY"),
    (REGISTRY, "TTYPE", "Trial Type", "SAFETY"),
    (REGISTRY, "INTMODEL", "Intervention Model", "SINGLE GROUP"),
    (REGISTRY, "TBLIND", "Trial Blinding Schema", "OPEN LABEL"),
    (REGISTRY, "TCNTRL", "Control Type", "NONE"),
    (REGISTRY, "RANDOM", "Trial is Randomized", "N"),
    (REGISTRY, "NARMS", "Planned Number of Arms", "1"),
    (REGISTRY, "PLANSUB", "Planned Number of Subjects", "40"),
    (REGISTRY, "SEXPOP", "Sex of Participants", "F"),
    (REGISTRY, "AGEMIN", "Planned Minimum Age of Subjects", "P18Y"),
    (REGISTRY, "AGEMAX", "Planned Maximum Age of Subjects", ""),
    (REGISTRY, "INDIC", "Trial Disease/Condition Indication", "HR-positive, HER2-negative advanced breast cancer"),
    (REGISTRY, "TRT", "Investigational Therapy or Treatment", "ANLOTINIB"),
    (REGISTRY, "TRT", "Investigational Therapy or Treatment", "FULVESTRANT"),
    (
        REGISTRY,
        "OBJPRIM",
        "Trial Primary Objective",
        "To evaluate the efficacy of anlotinib combined with fulvestrant as progression-free survival",
    ),
    (
        REGISTRY,
        "OUTMSPRI",
        "Primary Outcome Measure",
        "Progression-free survival: from randomisation to progression or death, assessed up to 60 months",
    ),
    (REGISTRY, "OUTMSSEC", "Secondary Outcome Measure", "Adverse events to 30 days after the last dose"),
    (REGISTRY, "OUTMSSEC", "Secondary Outcome Measure", "Overall response rate, confirmed, up to 24 months"),
    (REGISTRY, "OUTMSSEC", "Secondary Outcome Measure", "Clinical benefit rate (24 weeks), up to 24 months"),
    (REGISTRY, "OUTMSSEC", "Secondary Outcome Measure", "Overall survival, up to 96 months"),
    (REGISTRY, "FCNTRY", "Planned Country of Investigational Sites", "CHN"),
    (ASSUMED, "DOSE", "Dose per Administration", "ANLOTINIB 12 mg, reduced to 10 and then 8 mg for toxicity"),
    (ASSUMED, "DOSE", "Dose per Administration", "FULVESTRANT 500 mg"),
    (ASSUMED, "DOSFRQ", "Dosing Frequency", "ANLOTINIB once daily on days 1 to 14 of each 21-day cycle"),
    (ASSUMED, "DOSFRQ", "Dosing Frequency", "FULVESTRANT on days 1, 15 and 29, then every 28 days"),
    (ASSUMED, "ROUTE", "Route of Administration", "ANLOTINIB ORAL"),
    (ASSUMED, "ROUTE", "Route of Administration", "FULVESTRANT INTRAMUSCULAR"),
    (ASSUMED, "SCANINT", "Tumor Assessment Interval", "Every 56 days from enrolment, within 7 days"),
    (ASSUMED, "AECRIT", "Adverse Event Grading Criteria", "CTCAE v5.0"),
    (ASSUMED, "SSTDTC", "Study Start Date", "2022-11-15"),
    (ASSUMED, "ACCRUAL", "Planned Accrual Period", "P24M"),
)

TERMINOLOGY = {
    "REGID": "ClinicalTrials.gov",
    "FCNTRY": "ISO 3166-1 Alpha-3",
    "AGEMIN": "ISO 8601",
    "ACCRUAL": "ISO 8601",
}
TERMINOLOGY |= dict.fromkeys(("TPHASE", "STYPE", "TTYPE", "INTMODEL", "TBLIND", "TCNTRL", "SEXPOP", "ROUTE"), "CDISC")


def design() -> Records:
    """Return the records of the five trial design datasets."""
    return {"TS": _summary(), "TA": _arms(), "TE": _elements(), "TI": _criteria(), "TV": _visits()}


def _record(domain: str, values: dict[str, Value]) -> dict[str, Value]:
    return {"STUDYID": STUDY, "DOMAIN": domain} | values


def _summary() -> list[dict[str, Value]]:
    records, counts = [], dict.fromkeys((code for _, code, _, _ in SUMMARY), 0)
    for source, code, name, value in SUMMARY:
        counts[code] += 1
        values: dict[str, Value] = {"TSSEQ": counts[code], "TSGRPID": source, "TSPARMCD": code, "TSPARM": name}
        values |= {"TSVAL": value or None, "TSVALNF": None if value else "PINF", "TSVCDREF": TERMINOLOGY.get(code)}
        records.append(_record("TS", values))
    return sorted(records, key=lambda record: (str(record["TSPARMCD"]), record["TSSEQ"] or 0))


def _arms() -> list[dict[str, Value]]:
    steps = (
        ("SCRN", "Screening", "SCREENING", "Assigned to treatment", None),
        ("TRT", "Anlotinib + fulvestrant", "TREATMENT", None, "Follow-up when both drugs are stopped"),
        ("FU", "Follow-up", "FOLLOW-UP", None, None),
    )
    return [
        _record(
            "TA",
            {
                "ARMCD": ARM_CODE,
                "ARM": ARM,
                "TAETORD": order,
                "ETCD": code,
                "ELEMENT": name,
                "TABRANCH": branch,
                "TATRANS": transition,
                "EPOCH": epoch,
            },
        )
        for order, (code, name, epoch, branch, transition) in enumerate(steps, start=1)
    ]


def _elements() -> list[dict[str, Value]]:
    rules = (
        ("FU", "Follow-up", "Both study drugs have been stopped", "Death, withdrawal or loss to follow-up"),
        ("SCRN", "Screening", "Informed consent", "First dose or screening failure"),
        ("TRT", "Anlotinib + fulvestrant", "First dose of either drug", "Both study drugs have been stopped"),
    )
    return [
        _record("TE", {"ETCD": code, "ELEMENT": name, "TESTRL": start, "TEENRL": end})
        for code, name, start, end in rules
    ]


def _criteria() -> list[dict[str, Value]]:
    return [
        _record(
            "TI",
            {
                "IETESTCD": code,
                "IETEST": text,
                "IECAT": "INCLUSION" if code.startswith("INCL") else "EXCLUSION",
                "TIVERS": "1",
            },
        )
        for code, text in sorted(CRITERIA.items())
    ]


def _visits() -> list[dict[str, Value]]:
    plan: list[tuple[Visit, str]] = [(SCREENING, "Within 28 days before enrolment")]
    plan += [(cycle_visit(n), "Day 1 of an anlotinib cycle; the days count from the first dose") for n in _to(CYCLES)]
    plan += [(injection_visit(n), "Injection; the days count from the first dose") for n in _to(INJECTIONS)[1:]]
    plan += [(tumour_visit(n), "Within 7 days; the days count from enrolment") for n in _to(SCANS)]
    plan.append((END_OF_TREATMENT, "Within 7 days after both drugs were stopped"))
    plan.append((SAFETY_FOLLOW_UP, "30 days after the last dose"))
    plan += [(survival_visit(n), "Every 12 weeks after the end of treatment") for n in _to(CONTACTS)]
    return [
        _record("TV", visit_values(visit) | {"ARMCD": ARM_CODE, "ARM": ARM, "TVSTRL": rule}) for visit, rule in plan
    ]


def _to(count: int) -> range:
    return range(1, count + 1)
