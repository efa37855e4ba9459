"""The analyses of PFS that the sensitivity table shows, as data: what each stands for, and how it is estimated."""

from dataclasses import dataclass
from typing import Literal

from analysis.adam import pfs_rules
from analysis.params import Params
from analysis.tlf import primary_pfs
from analysis.tlf.context import Context

Method = Literal["kaplan-meier", "turnbull", "exponential", "weibull"]
PRIMARY = "primary"
OTHER_DATA, OTHER_ESTIMATES = "Other start, responses or patients", "Other limits or models"


@dataclass(frozen=True)
class Analysis:
    """One row: `name` is part of its results' names, `paramcd` and `population` select its records in ADTTE.

    `conf_type` is that of the Kaplan-Meier limits where it is not the one of params.
    """

    name: str
    group: str
    label: str
    stands_for: str
    paramcd: str
    population: str
    method: Method = "kaplan-meier"
    conf_type: str | None = None

    @property
    def tested(self) -> bool:
        """Whether the one-sample log-rank test belongs to it: for the exponential it is the score test of the rate."""
        return self.method in ("kaplan-meier", "exponential")


SETS = {
    "fda": (
        "Documented progression",
        "Hypothetical for new anticancer therapy (PFS had it not been given); events after missed assessments are "
        "taken as not observed",
    ),
    "fda_uniform_dates": (
        "Uniform dates",
        "As for documented progression; every assessment counts on its scheduled date, whenever it took place",
    ),
    "fda_investigator": (
        "Investigator's claim",
        "Hypothetical for new anticancer therapy; a clinical progression without a documented one is an event",
    ),
    "ema": (
        "All events counted",
        "Treatment policy for new anticancer therapy; events after missed assessments are counted on their dates",
    ),
}
"""Rule set -> label and the estimand or assumption."""

STARTS = {
    "enrolment": ("From enrolment", "All enrolled patients, whether dosed or not"),
    "first_dose": (
        "From the first dose",
        "Dosed patients only; the days between enrolment and first dose do not count",
    ),
}
START_POPULATIONS = {"enrolment": "fas", "first_dose": "safety"}

POPULATIONS = (
    ("response_evaluable", "Response-evaluable set", "Patients whose tumour could be assessed stand for all"),
    ("per_protocol", "Per-protocol set", "Patients without important deviations stand for all"),
)

CONF_TYPES = {
    "log-log": ("Log-log limits", "Limits by the log-log transformation of survival"),
    "log": ("Log limits", "Limits by the logarithm of survival"),
    "plain": ("Plain limits", "Limits by survival untransformed, the normal approximation"),
}

MODELS: tuple[tuple[Method, str, str], ...] = (
    ("exponential", "Exponential model", "The hazard is constant over time"),
    ("weibull", "Weibull model", "The hazard rises or falls as a power of time"),
)


def analyses(context: Context) -> list[Analysis]:
    """The primary analysis, then each sensitivity analysis that the data allow, in the order of the table.

    Responses are recomputed only where lesions were measured: an analysis whose parameter ADTTE does not have is left
    out.
    """
    params, primary = context.params, context.catalogue[primary_pfs.TABLE].population
    known = set(context.adam["ADTTE"]["PARAMCD"])
    return [a for a in _possible(params, primary) if a.paramcd in known]


def _possible(params: Params, primary: str) -> list[Analysis]:
    label, stands_for = SETS[params.pfs.rule_set]
    found = [Analysis(PRIMARY, "Primary analysis", label, stands_for, "PFS", primary)]
    for name in params.pfs.other_sets:
        found.append(Analysis(name, "Other rules of censoring", *SETS[name], pfs_rules.PARAMCD[name], primary))
    start, paramcd = pfs_rules.OTHER_START[params.pfs.start]
    found.append(Analysis(start, OTHER_DATA, *STARTS[start], paramcd, START_POPULATIONS[start]))
    recomputed = "RECIST 1.1 applied to the recorded lesions, in place of the reader's response"
    found.append(
        Analysis("recomputed", OTHER_DATA, "Recomputed response", recomputed, pfs_rules.RECOMPUTED, primary),
    )
    for population, label, stands_for in POPULATIONS:
        found.append(Analysis(population, OTHER_DATA, label, stands_for, "PFS", population))
    for conf_type, (label, stands_for) in CONF_TYPES.items():
        if conf_type != params.km.conf_type:
            short = conf_type.replace("-", "")
            found.append(Analysis(short, OTHER_ESTIMATES, label, stands_for, "PFS", primary, "kaplan-meier", conf_type))
    interval = "Progression came between two assessments; missed ones widen the interval, not censor"
    found.append(
        Analysis("interval", OTHER_ESTIMATES, "Interval-censored", interval, pfs_rules.INTERVAL, primary, "turnbull"),
    )
    for method, label, stands_for in MODELS:
        found.append(Analysis(method, OTHER_ESTIMATES, label, stands_for, "PFS", primary, method))
    return found
