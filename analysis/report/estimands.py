"""The estimands of the efficacy endpoints (ICH E9(R1)) and the statistical issues of E3 11.4.2, as data.

Each is a row of text made from the parameters; chapters show them as `estimand.<endpoint>.<attribute>` and
`issue.<number>`, the number being the last part of 11.4.2.x.
"""

from dataclasses import asdict, dataclass

from analysis.params import Params
from analysis.report.grammar import listed, number
from analysis.report.methods import PFS_POPULATION, RULE_SETS, STARTS, multiplicity, one_conclusion, purpose

HYPOTHETICAL = "Hypothetical: as if it had not been given; times are censored before it"
TREATMENT_POLICY = "Treatment policy: ignored"

NEW_THERAPY = {
    "fda": HYPOTHETICAL,
    "fda_uniform_dates": HYPOTHETICAL,
    "fda_investigator": HYPOTHETICAL,
    "ema": TREATMENT_POLICY,
}
"""The strategy for new anticancer therapy in PFS, by rule set."""


@dataclass(frozen=True)
class Estimand:
    """The attributes of one estimand; the treatment is the study treatment in all of them."""

    population: str
    variable: str
    new_therapy: str
    discontinuation: str
    death: str
    summary: str


def estimands(params: Params) -> dict[str, Estimand]:
    """Endpoint -> its estimand."""
    everyone = "All patients of the full analysis set"
    response = params.response
    window = f"within {number(response.max_months)} months of enrolment"
    curve = "Median and rates by Kaplan-Meier"
    return {
        "pfs": Estimand(
            population=f"All patients of the {PFS_POPULATION[params.pfs.start]}",
            variable=f"Time from {STARTS[params.pfs.start]} to progression or death",
            new_therapy=NEW_THERAPY[params.pfs.rule_set],
            discontinuation=TREATMENT_POLICY,
            death="Composite: an event",
            summary=curve,
        ),
        "os": Estimand(
            population=everyone,
            variable="Time from enrolment to death from any cause",
            new_therapy=TREATMENT_POLICY,
            discontinuation=TREATMENT_POLICY,
            death="The variable itself",
            summary=curve,
        ),
        "orr": Estimand(
            population=everyone,
            variable=f"Confirmed CR or PR {window}",
            new_therapy="Composite: no response unless shown and confirmed before it",
            discontinuation=TREATMENT_POLICY,
            death="Composite: no response unless shown and confirmed before it",
            summary="Proportion with exact limits",
        ),
        "cbr": Estimand(
            population=everyone,
            variable=f"Confirmed CR or PR, or SD of {response.cbr_days} days less the visit window, {window}",
            new_therapy="Composite: no benefit unless reached before it",
            discontinuation=TREATMENT_POLICY,
            death="Composite: no benefit unless reached before it",
            summary="Proportion with exact limits",
        ),
    }


def issues(params: Params) -> dict[int, str]:
    """Each issue of E3 11.4.2.1 to 11.4.2.8 -> how it was met, or that it does not apply."""
    gap = f"{params.schedule.missed_assessments} missed assessments ({params.schedule.gap_days} days)"
    other = [RULE_SETS[name] for name in params.pfs.other_sets]
    return {
        1: (
            "The primary analysis was not adjusted for covariates. Cox models of PFS with baseline "
            "covariates are exploratory."
        ),
        2: (
            "Patients without an event, including those who withdrew or were lost to follow-up, were "
            "censored by the rules of the set. Tumour assessments were never imputed; an event after a gap of more "
            f"than {gap} is handled by the rule set, and patients without an assessment after baseline count as "
            f"non-responders. Sensitivity analyses: {listed(other)}."
        ),
        3: (
            f"{purpose(params)} No interim analysis for a decision on the study and no data monitoring "
            f"committee are on record. {one_conclusion(params)}"
        ),
        4: "Not applicable. The results were not analysed by centre.",
        5: multiplicity(params),
        6: (
            f"The primary analysis used all patients of the {PFS_POPULATION[params.pfs.start]} and no "
            "subset of them. The response-evaluable and per-protocol sets serve sensitivity analyses."
        ),
        7: "Not applicable. No comparison with an active control was made.",
        8: (
            "Estimates by subgroup are exploratory: subgroups are small, and no estimate is adjusted for "
            "their number. The p-values of the Cox models are nominal; nothing is concluded from them."
        ),
    }


def estimand_variables(params: Params) -> dict[str, str]:
    """`estimand.<endpoint>.<attribute>` and `issue.<number>` as plain text."""
    found = {
        f"estimand.{endpoint}.{attribute}": text
        for endpoint, estimand in estimands(params).items()
        for attribute, text in asdict(estimand).items()
    }
    return found | {f"issue.{place}": text for place, text in issues(params).items()}
