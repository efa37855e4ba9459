"""Further rules of the analysis plan in words, from the parameters alone: more `text.*` of sections 8, 9 and 16.1.9."""

from analysis.params import Params
from analysis.report.grammar import counted, listed, number, percent
from analysis.report.methods import PFS_POPULATION, STARTS

OTHER_STARTS = {"enrolment": "first_dose", "first_dose": "enrolment"}
CONF_TYPES = {"log-log": "log-log", "log": "logarithmic", "plain": "untransformed"}


def _inside(text: str) -> str:
    """A label inside a sentence: without its capital, but for an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _limits(values: list[float], unit: str) -> str:
    return f"{listed([number(value) for value in values])} {unit}"


def chemotherapy_lines(params: Params) -> str:
    """How many chemotherapies of metastatic disease the criteria allow; 'one' where the data are not audited."""
    allowed = params.eligibility.limits.chemotherapy_lines if params.eligibility else 1
    return {1: "one systemic chemotherapy"}.get(allowed, f"{allowed} systemic chemotherapies")


def confirmation(params: Params) -> str:
    """When a response is confirmed."""
    response = params.response
    between = [
        counted(n, f"assessment {what}", f"assessments {what}")
        for n, what in ((response.max_ne_between, "that could not be evaluated"), (response.sd_between, "of SD"))
    ]
    most = ["at most " * (not text.startswith("no ")) + text for text in between]
    return (
        f"A CR was confirmed by a later CR, and a PR by a later CR or PR, at least {response.confirmation_days} days "
        f"after it, with {most[0]} in between and, for a PR, {most[1]}."
    )


def stable_minimum(params: Params) -> str:
    """From when stable disease counts."""
    return f"SD counted from {params.response.minimum_sd_days} days after enrolment."


def sensitivity_plan(params: Params) -> str:
    """What the sensitivity analyses of PFS vary; each row of their table names its estimand or assumption."""
    others = [CONF_TYPES[name] for name in CONF_TYPES if name != params.km.conf_type]
    varied = [
        *(["by the other rule sets named above"] if params.pfs.other_sets else []),
        f"with {STARTS[OTHER_STARTS[params.pfs.start]]} as the start",
        "from the responses recomputed from the lesions",
        "in the response-evaluable and in the per-protocol set",
        f"with {listed(others)} confidence limits",
        "as interval-censored times",
    ]
    p_values = "" if params.design.null_median is None else "; their p-values are nominal and unadjusted"
    return (
        f"PFS was also analysed {', '.join(varied)}, and by exponential and Weibull models. Each row of their table "
        f"names its estimand or assumption{p_values}."
    )


def subgroups(params: Params) -> str:
    """The subgroups with their levels; the first level is the reference of the Cox models."""
    if not params.subgroups:
        return "No subgroup was named."
    said = [f"{_inside(s.label)} ({', '.join(_inside(level.label) for level in s.levels)})" for s in params.subgroups]
    return f"Subgroups were formed by {listed(said)}; the first level is the reference of the Cox models."


def treatment_emergent(params: Params) -> str:
    """Which adverse events are treatment-emergent."""
    settings = params.adverse_events
    cut = "were not counted" if settings.cut_at_new_therapy else "were counted, too"
    return (
        "An adverse event was treatment-emergent when it started from the first dose to "
        f"{settings.window_days} days after the last dose of the drug that was stopped last, or worsened in that time; "
        f"in patients still on treatment, to the data cut-off. Events after the start of new anticancer therapy {cut}."
    )


def special_interest(params: Params) -> str:
    """The groupings of adverse events of special interest."""
    titles = [_inside(grouping.title) for grouping in params.adverse_events.special_interest]
    if not titles:
        return "No adverse events of special interest were named."
    return f"Adverse events of special interest were grouped as {listed(titles)}."


def hys_law(params: Params) -> str:
    """The candidates for Hy's law, as the end of a sentence."""
    law = params.laboratory.hys_law
    return (
        f"candidates for Hy's law were sought: ALT or AST above {number(law.transaminase_above_uln)} × ULN, bilirubin "
        f"from {number(law.bilirubin_from_uln)} × ULN on within {law.within_days} days after it, and ALP below "
        f"{number(law.phosphatase_below_uln)} × ULN."
    )


def courses(params: Params) -> str:
    """The planned courses of each drug, from which dose intensity and delays are counted."""
    said = []
    for treatment in params.study.treatments:
        plan = treatment.plan
        if plan is None:
            continue
        *first, last = plan.interval_days
        intervals = f"{listed([*map(str, first), f'then every {last}'])} days" if first else f"{last} days"
        course = f"{'an' if plan.course[0] in 'aeiou' else 'a'} {plan.course} of {treatment.name}"
        said.append(
            f"{course} had {counted(plan.dosing_days, 'day')} with a dose of {number(treatment.dose_mg)} mg, and the "
            f"next one began after {intervals}"
        )
    return (
        f"As planned, {'; '.join(said)}."
        if said
        else "The data come without a schedule of doses, and no dose intensity was derived."
    )


def relatedness(params: Params) -> str:
    """When an event is related to a drug, and where that is recorded."""
    settings = params.adverse_events
    places = [
        f"{what} of {treatment.name} is {name}"
        for treatment in params.study.treatments
        for what, name in (("the relationship", treatment.relatedness_qnam), ("the action", treatment.action_qnam))
        if name
    ]
    return (
        "An event was related to a drug unless its relationship was recorded as one of "
        f"{', '.join(settings.not_related)}; a missing relationship counts as related. In SUPPAE "
        f"{listed([*places, f'the grade of an event before the first dose is {settings.initial_grade_qnam}'])}."
    )


def grades(params: Params) -> str:
    """Where grades come from."""
    words = params.adverse_events.severity_grades
    if not words:
        return "Grades were those recorded."
    said = [f"{word} as grade {grade}" for word, grade in words.items()]
    return f"Events without a recorded grade were graded by their severity: {listed(said)}."


def audit(params: Params) -> str:
    """Which criteria of eligibility rules evaluated."""
    if params.eligibility is None:
        return "The study comes without criteria of eligibility, and none was audited."
    return f"Rules evaluated the criteria {', '.join(params.eligibility.rules)}."


def audit_limits(params: Params) -> str:
    """The limits of the criteria that rules evaluated."""
    chosen = params.eligibility
    if chosen is None:
        return "There are no limits of criteria."
    limits = chosen.limits
    said = [
        f"age of at least {limits.youngest_age_years} years",
        f"ECOG performance status of at most {limits.highest_ecog}",
        f"haemoglobin of at least {number(limits.haemoglobin_g_per_l)} g/L",
        f"neutrophils of at least {number(limits.neutrophils_1e9_per_l)} × 10⁹/L",
        f"platelets of at least {number(limits.platelets_1e9_per_l)} × 10⁹/L",
        f"bilirubin of at most {number(limits.bilirubin_uln)} × ULN",
        f"ALT and AST of at most {number(limits.transaminases_uln)} × ULN, or "
        f"{number(limits.transaminases_with_liver_lesion_uln)} × ULN with a liver lesion at baseline",
        f"creatinine of at most {number(limits.creatinine_uln)} × ULN or clearance of at least "
        f"{number(limits.clearance_ml_per_min)} mL/min",
        f"urine protein below {number(limits.urine_protein_g_per_day)} g in 24 hours",
        f"at most {chemotherapy_lines(params)} of advanced disease",
        f"no cardiac or thrombotic event within {limits.event_months} months before enrolment",
    ]
    return f"The limits of the criteria were: {'; '.join(said)}."


def audit_open(params: Params) -> str:
    """What of the criteria the data cannot say, and why."""
    chosen = params.eligibility
    if chosen is None or not (chosen.not_evaluable or chosen.partly):
        return "No criterion was left open."
    said = []
    if chosen.not_evaluable:
        reasons = [f"{name}: {_inside(why)}" for name, why in sorted(chosen.not_evaluable.items())]
        said.append(f"Criteria that could not be evaluated from the data, and why: {'; '.join(reasons)}.")
    if chosen.partly:
        parts = [f"{name}: {_inside(what)}" for name, what in sorted(chosen.partly.items())]
        said.append(f"Parts of criteria that a rule left out: {'; '.join(parts)}.")
    return " ".join(said)


def disease_characteristics(params: Params) -> str:
    """The limits by which characteristics of the patients were classed, of those that the data have."""
    patients, markers, resistance = params.patients, params.patients.biomarkers, params.baseline.resistance
    said = [f"Age groups begin at {_limits(list(map(float, params.baseline.age_groups)), 'years')}."]
    if markers.er_testcd or markers.pr_testcd:
        said.append(
            f"A hormone receptor was positive from {number(markers.receptor_positive_percent)}% of stained cells on."
        )
    if markers.ki67_testcd:
        said.append(f"Ki-67 was high from {number(markers.ki67_high_percent)}% of stained cells on.")
    if patients.diagnosis_mhdecod:
        said.append(
            f"Metastases found within {counted(patients.de_novo_months, 'month')} of the first diagnosis were de novo."
        )
    if resistance.relapse_mhdecod or resistance.progression_reasons:
        said.append(
            "Secondary endocrine resistance was relapse on adjuvant endocrine therapy after at least "
            f"{resistance.adjuvant_months} months of it or up to {resistance.after_adjuvant_months} months after its "
            f"end, or progression after at least {resistance.salvage_months} months of salvage endocrine therapy."
        )
    return " ".join(said)


def findings(params: Params) -> str:
    """The categories of laboratory values, vital signs and electrocardiograms."""
    vital, ecg, laboratory = params.vital_signs, params.ecg, params.laboratory
    return (
        f"Systolic blood pressure was classed at {_limits(vital.systolic_mmhg, 'mmHg')}, diastolic at "
        f"{_limits(vital.diastolic_mmhg, 'mmHg')}, the change of weight at "
        f"{listed([number(v) for v in vital.weight_change_percent])}% in both directions, QTcF at "
        f"{_limits(ecg.qtcf_ms, 'ms')} and its change at {_limits(ecg.qtcf_change_ms, 'ms')}. A raised TSH above "
        f"{number(laboratory.tsh_high_miu_per_l)} mIU/L was a category of its own; the results of a urine dipstick, "
        f"the least first, were {', '.join(laboratory.dipstick)}. Abnormal values of grade {laboratory.listed_grade} "
        "or higher are listed."
    )


def simulation(params: Params) -> str:
    """How the operating characteristics were simulated."""
    design = params.design
    if design.null_median is None or design.alternative_median is None:
        return "The design was not simulated."
    lost = f", {number(design.dropout_percent_per_year)}% of the patients lost a year" if design.dropout else ""
    return (
        f"The planned analysis was simulated with {design.simulation_trials:,} trials (seed {design.simulation_seed}) "
        f"of {design.n} patients, with uniform accrual over {number(design.accrual_months)} months and a further "
        f"follow-up of {number(design.follow_up_months)} months{lost}; the planned power was {percent(design.power)} "
        f"at a {'one' if design.sides == 1 else 'two'}-sided significance level of {number(design.alpha)}."
    )


def plan_words(params: Params) -> dict[str, str]:
    """Every phrase of this module as dotted variables of plain text."""
    settings = params.adverse_events
    return {
        "text.audit": audit(params),
        "text.audit_limits": audit_limits(params),
        "text.audit_open": audit_open(params),
        "text.chemotherapy_lines": chemotherapy_lines(params),
        "text.confirmation": confirmation(params),
        "text.courses": courses(params),
        "text.disease_characteristics": disease_characteristics(params),
        "text.findings": findings(params),
        "text.frequent": f"Frequent terms are those of at least {number(settings.frequent_percent)}% of the patients.",
        "text.grades": grades(params),
        "text.hys_law": hys_law(params),
        "text.intensity_classes": listed([f"{number(v)}%" for v in params.exposure.rdi_limits]),
        "text.other_start": STARTS[OTHER_STARTS[params.pfs.start]],
        "text.pfs_population": PFS_POPULATION[params.pfs.start],
        "text.relatedness": relatedness(params),
        "text.sensitivity_plan": sensitivity_plan(params),
        "text.simulation": simulation(params),
        "text.special_interest_plan": special_interest(params),
        "text.stable_minimum": stable_minimum(params),
        "text.subgroups": subgroups(params),
        "text.treatment_emergent": treatment_emergent(params),
    }
