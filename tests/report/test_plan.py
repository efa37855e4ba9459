"""Sections 8, 9 and 16.1.9 state every parameter: whoever changes one changes what they say."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from analysis import params as params_module
from analysis.params import Params
from analysis.report import code_lists
from analysis.report.escape import markdown_text
from analysis.report.estimands import estimand_variables
from analysis.report.methods import method_words
from analysis.report.plan import plan_words
from analysis.report.variables import cut_variables, flatten, parameter_variables
from tests.report.made import DESIGN, STUDY, make_params

PROJECT = Path(__file__).parents[2]
LOCK = dt.date(2025, 7, 15)

# Sections of the plan, by file: all of a chapter, or one section of it.
PLAN = {
    "report/08-objectives.qmd": "s-8",
    "report/09-investigational-plan.qmd": "s-9",
    "report/16-appendices.qmd": "s-16-1-9",
}

# What no plan would state: names inside the programs, the words of the title page, and how the report is made.
TECHNICAL = (
    r"study\.(id|title|short_title|phase|synthetic)",
    r"study\.treatments\.\d+\.extrt",  # the drug's name, in capitals
    r"patients\.(sites|drug_classes)\.\d+\.variable",
    r"patients\.medication_groups\.\d+\.name",
    r"subgroups\.\d+\.(variable|levels\.\d+\.value)",
    r"adverse_events\.special_interest\.\d+\.name",
    r"adverse_events\.in_text_percent",
    r"report\..*",
    r"run\..*",
)

# Other values of those parameters that know a few only, or that a rule binds to another one.
OTHERS: dict[str, Any] = {
    "design.sides": 1,
    "design.null_median": 5.7,
    "design.alpha": 0.04,
    "design.power": 0.9,
    "subjects.arms": ["An arm"],
    "pfs.rule_set": "ema",
    "pfs.sensitivity_sets": ["ema"],
    "pfs.start": "first_dose",
    "pfs.clinical_progression.rstestcd": "CLINPD",
    "response.cr_then_worse": "admiralonco",
    "response.cbr_rule": "duration",
    "response.minimum_sd_days": 41,
    "eligibility.rules": {"INCL77": "consent", "EXCL01": "prior_drug", "EXCL09": "cardiac_event"},
    "eligibility.not_evaluable": {"EXCL77": "Nobody knows"},
    "eligibility.partly": {"EXCL01": "another part"},
    "adverse_events.cut_at_new_therapy": True,
    "adverse_events.severity_grades": {"DREADFUL": 4},
    "laboratory.ctcae_version": "4.03",
    "km.conf_type": "plain",
    "km.conf_level": 0.9,
    "purpose": "primary",
    "cutoff": dt.date(2025, 6, 1),
    "lock_sha256": "ab" * 32,
}


def other(key: str, value: Any) -> Any:
    """Another value of the same type."""
    if key in OTHERS:
        return OTHERS[key]
    if isinstance(value, list):
        return [*value, value[-1] + 77] if isinstance(value[-1], int | float) else [*value, "ANOTHER ONE"]
    return value + 1 if isinstance(value, int | float) else "ANOTHER ONE"


def changed(params: Params, key: str, choice: Any = None) -> Params:
    """These parameters with another value of one: this choice, or any."""
    tree = params.model_dump()
    branch: Any = tree
    *above, leaf = key.split(".")
    for part in above:
        branch = branch[int(part) - 1] if part.isdigit() else branch[part]
    branch[leaf] = other(key, branch[leaf]) if choice is None else choice
    return Params.model_validate(tree)


def included(name: str, params: Params) -> str:
    """The text of an included file; the lists of values are made when the report is staged."""
    if name == Path(code_lists.FILE).name:
        return code_lists.markdown(params)
    return (PROJECT / "report" / name).read_text(encoding="utf-8")


def plan(params: Params) -> str:
    """What the sections of the plan say, with what the parameters give; what results give stays a variable."""
    values = parameter_variables(params) | cut_variables(params, LOCK)
    values |= method_words(params) | plan_words(params) | estimand_variables(params)
    said = []
    for name, section in PLAN.items():
        text = (PROJECT / name).read_text(encoding="utf-8")
        text = re.sub(r"\{\{< include (\S+) >\}\}", lambda found: included(found[1], params), text)
        start = text.index(f"{{#{section}}}")
        following = re.search(r"(?m)^#{1,3} ", text[start:]) if section.count("-") > 1 else None
        said.append(text[start : start + following.start() if following else None])
    return re.sub(r"\{\{< var (\S+) >\}\}", lambda cited: values.get(cited[1], cited[0]), "".join(said))


def keys() -> list[str]:
    loaded = params_module.load("2025-12-31", PROJECT / "params")
    found = [
        key
        for section in type(loaded).model_fields
        if section != "sources"
        for key, _ in flatten(section, getattr(loaded, section))
    ]
    return [key for key in found if not any(re.fullmatch(pattern, key) for pattern in TECHNICAL)]


@pytest.mark.parametrize("key", keys())
def test_another_value_of_a_parameter_changes_the_plan(key: str) -> None:
    loaded = params_module.load("2025-12-31", PROJECT / "params")
    before, after = plan(loaded), plan(changed(loaded, key))
    assert before != after
    # Where the value itself is shown, the new one is: words and numbers, not the choices that have sentences.
    value = changed(loaded, key)
    for part in key.split("."):
        value = value[int(part) - 1] if isinstance(value, list) else getattr(value, part)  # type: ignore[index,assignment]
    if value == "ANOTHER ONE" or (isinstance(value, list) and value[-1:] == ["ANOTHER ONE"]):
        assert re.search(r"(?i)another one", after)


ALTERNATIVES: dict[str, tuple[Any, ...]] = {
    "pfs.rule_set": ("fda", "fda_uniform_dates", "fda_investigator", "ema"),
    "pfs.start": ("enrolment", "first_dose"),
    "response.cr_then_worse": ("recist", "admiralonco"),
    "response.cbr_rule": ("assessment", "duration"),
    "adverse_events.cut_at_new_therapy": (False, True),
    "laboratory.ctcae_version": ("5.0", "4.03"),
    "km.conf_type": ("log-log", "log", "plain"),
    "design.sides": (1, 2),
    "purpose": ("interim_descriptive", "primary", "update"),
}


@pytest.mark.parametrize("key", ALTERNATIVES)
def test_each_choice_has_words_of_its_own(key: str) -> None:
    loaded = params_module.load("2025-12-31", PROJECT / "params")
    texts = {plan(changed(loaded, key, choice)) for choice in ALTERNATIVES[key]}
    assert len(texts) == len(ALTERNATIVES[key])


def test_nothing_is_technical_that_is_no_parameter() -> None:
    loaded = params_module.load("2025-12-31", PROJECT / "params")
    found = [k for s in type(loaded).model_fields if s != "sources" for k, _ in flatten(s, getattr(loaded, s))]
    assert all(any(re.fullmatch(pattern, key) for key in found) for pattern in TECHNICAL)


def said(key: str, **over: object) -> str:
    return plan_words(make_params(**over))[f"text.{key}"]


def test_confirmation_adapts_to_the_assessments_in_between() -> None:
    assert said("confirmation") == (
        "A CR was confirmed by a later CR, and a PR by a later CR or PR, at least 28 days after it, with at most 1 "
        "assessment that could not be evaluated in between and, for a PR, at most 1 assessment of SD."
    )
    over = {"response": {"max_ne_between": 0, "sd_between": 2}}
    assert said("confirmation", **over) == (
        "A CR was confirmed by a later CR, and a PR by a later CR or PR, at least 28 days after it, with no "
        "assessments that could not be evaluated in between and, for a PR, at most 2 assessments of SD."
    )


def test_subgroups_with_their_levels() -> None:
    levels = [{"value": "N", "label": "No"}, {"value": "Y", "label": "Yes"}]
    groups = [
        {"variable": "VISCFL", "label": "Visceral disease", "levels": levels},
        {"variable": "ECOGBL", "label": "ECOG performance status", "levels": levels},
    ]
    assert said("subgroups", subgroups=groups) == (
        "Subgroups were formed by visceral disease (no, yes) and ECOG performance status (no, yes); the first level is "
        "the reference of the Cox models."
    )
    assert said("subgroups") == "No subgroup was named."


def test_events_after_new_therapy() -> None:
    begin = (
        "An adverse event was treatment-emergent when it started from the first dose to 30 days after the last dose of "
        "the drug that was stopped last, or worsened in that time; in patients still on treatment, to the data "
        "cut-off. Events after the start of new anticancer therapy were "
    )
    assert said("treatment_emergent") == begin + "counted, too."
    assert said("treatment_emergent", adverse_events={"cut_at_new_therapy": True}) == begin + "not counted."


def test_sensitivity_analyses_follow_the_start_the_sets_and_the_limits() -> None:
    assert said("sensitivity_plan") == (
        "PFS was also analysed by the other rule sets named above, with the first dose of study treatment as the "
        "start, from the responses recomputed from the lesions, in the response-evaluable and in the per-protocol set, "
        "with logarithmic and untransformed confidence limits, as interval-censored times, and by exponential and "
        "Weibull models. Each row of their table names its estimand or assumption; their p-values are nominal and "
        "unadjusted."
    )
    over = {"pfs": {"start": "first_dose", "sensitivity_sets": []}, "km": {"conf_type": "log"}}
    assert said("sensitivity_plan", **over).startswith(
        "PFS was also analysed with enrolment as the start, from the responses recomputed from the lesions, in the "
        "response-evaluable and in the per-protocol set, with log-log and untransformed confidence limits, "
    )


def test_courses_of_a_drug() -> None:
    drug = STUDY["treatments"][0]  # type: ignore[index]
    plans = [
        {"course": "cycle", "dosing_days": 14, "interval_days": [21]},
        {"course": "injection", "dosing_days": 1, "interval_days": [14, 14, 28]},
    ]
    treatments = [drug | {"plan": plan, "name": name} for plan, name in zip(plans, "AB", strict=True)]
    assert said("courses", study=STUDY | {"treatments": treatments}) == (
        "As planned, a cycle of A had 14 days with a dose of 12 mg, and the next one began after 21 days; an "
        "injection of B had 1 day with a dose of 12 mg, and the next one began after 14, 14 and then every 28 days."
    )
    assert said("courses") == "The data come without a schedule of doses, and no dose intensity was derived."


def test_a_study_without_criteria_subgroups_or_hypothesis() -> None:
    over = {"design": DESIGN | {"null_median": None, "alternative_median": None}}
    assert said("audit", **over) == "The study comes without criteria of eligibility, and none was audited."
    assert said("audit_limits", **over) == "There are no limits of criteria."
    assert said("audit_open", **over) == "No criterion was left open."
    assert said("simulation", **over) == "The design was not simulated."
    assert said("special_interest_plan", **over) == "No adverse events of special interest were named."
    assert said("sensitivity_plan", **over).endswith("Each row of their table names its estimand or assumption.")
    assert said("disease_characteristics", **over) == "Age groups begin at 65 years."
    assert said("chemotherapy_lines", **over) == "one systemic chemotherapy"


def test_what_of_the_criteria_the_data_cannot_say() -> None:
    chosen = {"deviation_dvdecod": "X", "rules": {"I1": "consent", "I2": "receptors"}}
    assert said("audit", eligibility=chosen) == "Rules evaluated the criteria I1, I2."
    assert said("audit_open", eligibility=chosen) == "No criterion was left open."
    more = {"not_evaluable": {"E2": "CNS burden", "E1": "A judgement"}, "partly": {"I2": "the cut-point"}}
    assert said("audit_open", eligibility=chosen | more) == (
        "Criteria that could not be evaluated from the data, and why: E1: a judgement; E2: CNS burden. Parts of "
        "criteria that a rule left out: I2: the cut-point."
    )


def test_how_relations_and_grades_were_read() -> None:
    drug = STUDY["treatments"][0]  # type: ignore[index]
    one = drug | {"relatedness_qnam": "AEREL1", "action_qnam": "AEACN1"}
    assert said("relatedness", study=STUDY | {"treatments": [one]}, adverse_events={"not_related": ["NO", "N"]}) == (
        "An event was related to a drug unless its relationship was recorded as one of NO, N; a missing relationship "
        "counts as related. In SUPPAE the relationship of anlotinib is AEREL1, the action of anlotinib is AEACN1 and "
        "the grade of an event before the first dose is AEITOXGR."
    )
    assert said("grades") == "Grades were those recorded."
    assert said("grades", adverse_events={"severity_grades": {"MILD": 1, "SEVERE": 3}}) == (
        "Events without a recorded grade were graded by their severity: MILD as grade 1 and SEVERE as grade 3."
    )


def test_lists_of_values_leave_out_what_a_study_leaves_out() -> None:
    assert dict(code_lists.code_lists(make_params())) == {"In situ hybridisation (MIMETHOD)": "FISH, CISH, SISH, ISH"}
    chosen = make_params(adverse_events={"special_interest": [{"name": "a", "title": "A|b", "terms": ["x", "y | z"]}]})
    assert markdown_text("Special interest: A|b (AEDECOD)") + " | x, y \\| z |" in code_lists.markdown(chosen)
