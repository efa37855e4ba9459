"""Sentences on the primary endpoint and the sample size: sections 2, 9.7.2 and 11.4."""

from analysis.params import Params
from analysis.report.grammar import counted, listed, number, percent
from analysis.report.methods import with_mark
from analysis.report.phrases.named import Named, inside, landmarks, median


def pfs_events(named: Named, params: Params) -> str:
    n, events, pd, died, censored = (
        named.count(f"pfs.{k}") for k in ("n", "events", "events_pd", "events_death", "censored")
    )
    if n == 0:
        return "The analysis of PFS included no patients."
    if events == 0:
        who = "The only patient" if n == 1 else f"None of the {n} patients"
        return f"{who} in the analysis of PFS {'had no' if n == 1 else 'had an'} event; all observations were censored."
    kinds = [counted(pd, "disease progression")] if pd else []
    others = [name for name in named.found("pfs.events_") if name not in ("pfs.events_pd", "pfs.events_death")]
    kinds += [counted(named.count(name), inside(named.label(name))) for name in others]
    kinds += [counted(died, "death")] if died else []
    who = (
        "The only patient in the analysis of PFS" if n == 1 else f"Of the {n} patients in the analysis of PFS, {events}"
    )
    rest = "" if n == 1 else f", and {censored} {'was' if censored == 1 else 'were'} censored"
    return f"{who} had an event ({listed(kinds)}){rest}."


def pfs_censoring(named: Named, params: Params) -> str:
    """The reasons for censoring, the most frequent first."""
    reasons = [
        f"{inside(named.label(name))} ({counted(named.count(name), 'patient')})"
        for name in named.found("pfs.censored_")
    ]
    if not reasons:
        return "No observation of PFS was censored."
    kind = "reason for censoring was" if len(reasons) == 1 else "reasons for censoring were"
    return f"The {kind} {listed(reasons)}."


def pfs_median(named: Named, params: Params) -> str:
    return f"The median PFS {median(named, 'pfs.median', percent(params.km.conf_level))}."


def pfs_landmarks(named: Named, params: Params) -> str:
    return landmarks(named, "PFS", "pfs", params.pfs.landmarks_months, percent(params.km.conf_level))


def pfs_logrank(named: Named, params: Params) -> str:
    null = params.design.null_median
    if null is None:
        return "No hypothesis was tested, since the design names no null value of the median."
    if named.value("pfs.logrank_p") is None:
        return f"The one-sample log-rank test against a median of {number(null)} months was not estimable."
    quality = "" if params.purpose == "primary" else "nominal, unadjusted "
    p = named.result("pfs.logrank_p").stat_fmt
    relation = "<" if p.startswith("<") else "="
    p = f"{relation} {named.said('pfs.logrank_p', p.removeprefix('<'))}"
    events = named.count("pfs.logrank_observed")
    return (
        f"Under a median PFS of {number(null)} months, {named.shown('pfs.logrank_expected')} events were expected and "
        f"{events or 'none'} {'was' if events == 1 else 'were'} observed (ratio {named.shown('pfs.smr')}; "
        f"one-sample log-rank z = {named.shown('pfs.logrank_z')}, {quality}two-sided p {p})."
    )


def pfs_conclusion(named: Named, params: Params) -> str:
    """Only the primary cut concludes, by the one success rule: two-sided p < alpha and fewer events than expected."""
    if params.design.null_median is None:
        return "No conclusion on efficacy is drawn."
    if params.purpose != "primary":
        kind = {"update": "an update", "interim_descriptive": "an interim analysis for description only"}
        return (
            f"This analysis is {kind[params.purpose]}: its p-value is nominal and unadjusted, and no conclusion on the "
            "primary hypothesis is drawn from it."
        )
    p = named.value("pfs.logrank_p")
    null, alpha = number(params.design.null_median), number(params.design.alpha)
    if p is None:
        return "The success criterion could not be evaluated, since the one-sample log-rank test was not estimable."
    fewer = (named.value("pfs.logrank_observed") or 0) < (named.value("pfs.logrank_expected") or 0)
    if p >= params.design.alpha:
        return (
            f"The success criterion was not met: the two-sided p-value was not below {alpha}, and a median PFS of "
            f"{null} months was not rejected."
        )
    if not fewer:
        return (
            f"The success criterion was not met: the two-sided p-value was below {alpha}, but more events were "
            f"observed than expected, which points to a median PFS shorter than {null} months."
        )
    return (
        f"The success criterion was met: the two-sided p-value was below {alpha} and fewer events were observed than "
        f"expected, so that a median PFS of {null} months was rejected in favour of a longer one."
    )


def pfs_supportive(named: Named, params: Params) -> str:
    """The lower confidence limit of the median beside the null value; never worded as the conclusion."""
    null, level = params.design.null_median, percent(params.km.conf_level)
    if null is None:
        return "The CI of the median stands without a reference value."
    lower = named.value("pfs.median_lower")
    limit = f"the lower limit of the {level} CI of the median"
    if lower is None:
        return f"As supportive information, {limit} was not estimable."
    place = "lay above" if lower > null else "did not lie above"
    return (
        f"As supportive information, {limit} ({named.shown('pfs.median_lower')} months) {place} {number(null)} months."
    )


def sample_size(named: Named, params: Params) -> str:
    """The registered calculation and its reproduction, where the design has both medians and the report shows it."""
    design = params.design
    if design.null_median is None or design.alternative_median is None:
        return f"The planned number of patients was {design.n}. No calculation of it is reproduced here."
    registered = (
        f"With {design.n} patients the study was planned to have a power of {percent(design.power)} to detect an "
        f"increase of the median PFS from {number(design.null_median)} to {number(design.alternative_median)} months "
        f"at a {'one' if design.sides == 1 else 'two'}-sided significance level of {number(design.alpha)}."
    )
    if "design.n_formula" not in named:
        return f"{registered} The calculation is not reproduced in this report."
    accrual = with_mark(f"{number(design.accrual_months)} months", params.is_assumed("design.accrual_months"))
    later = with_mark(f"{number(design.follow_up_months)} months", params.is_assumed("design.follow_up_months"))
    lost = f", {number(design.dropout_percent_per_year)}% of the patients lost a year" if design.dropout else ""
    events, patients = named.count("design.events"), named.count("design.n_formula")
    formula = (
        f"{registered} The log-hazard formula gives {counted(events, 'event')}. With exponentially distributed "
        f"times, uniform accrual over {accrual} and a further follow-up of {later}{lost}, a patient has an event "
        f"with probability {named.shown('design.p_event')} under the alternative, so that "
        f"{counted(patients, 'patient')} are needed."
    )
    if "design.alternative_benefit" not in named:
        return formula
    return (
        f"{formula} In a simulation of the planned analysis with {design.n} patients the power was "
        f"{named.shown('design.alternative_benefit')}%; under the null, {named.shown('design.null_benefit')}% of the "
        f"trials rejected in favour of benefit and {named.shown('design.null_harm')}% in favour of harm. Where "
        f"progression was seen only at the planned scans, {named.shown('design.scans_null_benefit')}% of the trials "
        "rejected in favour of benefit under the null."
    )
