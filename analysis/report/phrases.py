"""Sentences that adapt to results: every `text.*` variable of sections 2, 10 and 11 whose wording depends on them.

Each function takes the named results and the parameters and returns plain text; `variables.py` escapes it.
"""

from collections.abc import Mapping

from analysis.errors import RenderError
from analysis.params import Params
from analysis.report.grammar import counted, listed, number, percent, sentence
from analysis.report.methods import with_mark
from analysis.results import Result
from analysis.tlf.disposition import drug_key


class Named:
    """The named results, read by name; a missing name is an error that says which."""

    def __init__(self, results: Mapping[str, Result]) -> None:
        self._results = results

    def __contains__(self, name: str) -> bool:
        return name in self._results

    def _result(self, name: str) -> Result:
        try:
            return self._results[name]
        except KeyError:
            raise RenderError(f"results: no result is named {name!r}, which the text of the report needs") from None

    def shown(self, name: str) -> str:
        """The value as the tables print it."""
        return self._result(name).stat_fmt

    def value(self, name: str) -> float | None:
        """The unrounded value; None where it is not estimable."""
        stat = self._result(name).stat
        return float(stat) if isinstance(stat, int | float) else None

    def count(self, name: str) -> int:
        """A whole number; None and text are errors of the program that made it."""
        stat = self._result(name).stat
        if not isinstance(stat, int | float) or stat != int(stat):
            raise RenderError(f"results: {name} is {stat!r}, expected a count")
        return int(stat)

    def limits(self, name: str, level: str, unit: str = "") -> str:
        """The confidence interval in brackets."""
        lower, upper = self.value(f"{name}_lower"), self.value(f"{name}_upper")
        if lower is None and upper is None:
            return f"({level} CI: not estimable)"
        ends = [
            "not estimable" if value is None else self.shown(end) + unit
            for end, value in ((f"{name}_lower", lower), (f"{name}_upper", upper))
        ]
        return f"({level} CI: {ends[0]} to {ends[1]})"


def enrolment(named: Named, params: Params) -> str:
    consented, failed, enrolled = (named.count(f"n.{k}") for k in ("consented", "screen_failed", "enrolled"))
    text = (
        f"In total, {counted(consented, 'patient')} gave informed consent; {counted(failed, 'screen failure')} "
        f"{'was' if failed == 1 else 'were'} recorded, and {counted(enrolled, 'patient')} "
        f"{'was' if enrolled == 1 else 'were'} enrolled"
    )
    undecided = consented - failed - enrolled
    if undecided > 0:
        text += f"; {counted(undecided, 'patient')} had neither been enrolled nor recorded as a screen failure"
    return text + "."


def treated(named: Named, params: Params) -> str:
    enrolled, dosed, undosed = (named.count(f"n.{k}") for k in ("enrolled", "treated", "not_treated"))
    if enrolled == 0:
        return "No patient was enrolled, and none was treated."
    if undosed == 0:
        who = "The only enrolled patient" if enrolled == 1 else f"All {enrolled} enrolled patients"
        return f"{who} received at least one dose of study treatment."
    if dosed == 0:
        who = "The only enrolled patient was" if enrolled == 1 else f"All {enrolled} enrolled patients were"
        return f"{who} never dosed."
    return (
        f"Of the {enrolled} enrolled patients, {dosed} received at least one dose of study treatment and {undosed} "
        f"{'was' if undosed == 1 else 'were'} never dosed."
    )


def analysis_sets(named: Named, params: Params) -> str:
    sizes = {
        label: counted(named.count(f"n.{key}"), "patient")
        for key, label in (
            ("fas", "the full analysis set"),
            ("safety", "the safety set"),
            ("response_evaluable", "the response-evaluable set"),
            ("per_protocol", "the per-protocol set"),
        )
    }
    return sentence(listed([f"{label} comprised {size}" for label, size in sizes.items()]))


def treatment_status(named: Named, params: Params) -> str:
    """One sentence per study drug; completion and patients without the drug are said where there are any."""
    sentences: list[str] = []
    for treatment in params.study.treatments:
        drug = drug_key(treatment)
        ongoing, stopped = named.count(f"n.ongoing_{drug}"), named.count(f"n.arm_stopped_{drug}")
        parts = [
            f"was ongoing in {counted(ongoing, 'patient')}",
            f"had been discontinued in {counted(stopped, 'patient')}",
        ]
        if f"n.completed_{drug}" in named:
            parts.append(f"had been completed in {counted(named.count(f'n.completed_{drug}'), 'patient')}")
        text = f"{treatment.name} {listed(parts)}"
        if f"n.not_treated_{drug}" in named:
            without = named.count(f"n.not_treated_{drug}")
            text += (
                f"; {counted(without, 'enrolled patient')} {'was' if without == 1 else 'were'} never treated with it"
            )
        sentences.append(sentence(text if sentences else f"at the data cut-off, {text}"))
    return " ".join(sentences)


def study_status(named: Named, params: Params) -> str:
    parts = [
        f"{counted(named.count(f'n.{key}'), 'patient')} had {what}"
        for key, what in (
            ("deaths", "died"),
            ("withdrawn", "withdrawn from the study"),
            ("lost", "been lost to follow-up"),
            ("completed_study", "completed the study"),
        )
        if key != "completed_study" or f"n.{key}" in named
    ]
    return f"By the data cut-off, {listed(parts)}."


def pfs_events(named: Named, params: Params) -> str:
    n, events, pd, died, censored = (
        named.count(f"pfs.{k}") for k in ("n", "events", "events_pd", "events_death", "censored")
    )
    if n == 0:
        return "The analysis of PFS included no patients."
    if events == 0:
        who = "The only patient" if n == 1 else f"None of the {n} patients"
        return f"{who} in the analysis of PFS {'had no' if n == 1 else 'had an'} event; all observations were censored."
    clinical = events - pd - died  # only the investigator's rule set has such events
    kinds = [
        counted(count, noun)
        for count, noun in ((pd, "disease progression"), (clinical, "clinical progression"), (died, "death"))
        if count
    ]
    who = (
        "The only patient in the analysis of PFS" if n == 1 else f"Of the {n} patients in the analysis of PFS, {events}"
    )
    rest = "" if n == 1 else f", and {censored} {'was' if censored == 1 else 'were'} censored"
    return f"{who} had an event ({listed(kinds)}){rest}."


def _median(named: Named, name: str, level: str) -> str:
    """The estimate with its interval, as the rest of a sentence about 'the median'."""
    if named.value(name) is None:
        return f"was not reached {named.limits(name, level, ' months')}"
    return f"was {named.shown(name)} months {named.limits(name, level)}"


def pfs_median(named: Named, params: Params) -> str:
    return f"The median PFS {_median(named, 'pfs.median', percent(params.km.conf_level))}."


def pfs_landmarks(named: Named, params: Params) -> str:
    """The estimated PFS rates; landmarks beyond the follow-up are named together."""
    level, rates, beyond = percent(params.km.conf_level), [], []
    for landmark in params.pfs.landmarks_months:
        month, name = number(landmark), f"pfs.rate_{number(landmark)}m"
        if named.value(name) is None:
            beyond.append(month)
        else:
            rates.append(f"{named.shown(name)}% {named.limits(name, level, '%')} at {month} months")
    if not rates:
        return f"The PFS rate was not estimable at {listed(beyond)} months."
    text = f"The estimated PFS rate was {listed(rates)}"
    return text + (f"; it was not estimable at {listed(beyond)} months." if beyond else ".")


def pfs_logrank(named: Named, params: Params) -> str:
    null = params.design.null_median
    if null is None:
        return "No hypothesis was tested, since the design names no null value of the median."
    if named.value("pfs.logrank_p") is None:
        return f"The one-sample log-rank test against a median of {number(null)} months was not estimable."
    quality = "" if params.purpose == "primary" else "nominal, unadjusted "
    p = named.shown("pfs.logrank_p")
    p = f"< {p[1:]}" if p.startswith("<") else f"= {p}"
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


def os_events(named: Named, params: Params) -> str:
    """Events of OS, and the deaths in the same patients that OS cannot count (see DTHDT and os.max_months)."""
    n, events = named.count("os.n"), named.count("os.events")
    if n == 0:
        return "The analysis of OS included no patients."
    if n == 1:
        return f"In the analysis of OS, the only patient had {'an event (death)' if events else 'no event'}."
    who = {0: f"none of the {n}", n: f"all {n}"}.get(events, f"{events} of the {n}")
    text = f"In the analysis of OS, {who} patients had an event (death)."
    further = named.count("n.deaths") - events
    if n < named.count("n.enrolled") or further <= 0:  # another set of patients has other deaths
        return text
    if further == 1:
        return (
            f"{text} One further death could not be counted as an event, because its date is not known well enough or "
            "lies beyond the administrative limit."
        )
    return (
        f"{text} A further {further} deaths could not be counted as events, because their dates are not known well "
        "enough or lie beyond the administrative limit."
    )


def follow_up(named: Named, params: Params) -> str:
    level = percent(params.km.conf_level)
    text = (
        f"The median follow-up by the reverse Kaplan-Meier method {_median(named, 'followup.os_median', level)} for OS"
    )
    if named.value("followup.pfs_median") is None:
        return f"{text} and was not reached for PFS."
    return f"{text} and {named.shown('followup.pfs_median')} months for PFS."


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
    events, patients = named.count("design.events"), named.count("design.n_formula")
    return (
        f"{registered} The log-hazard formula gives {counted(events, 'event')}. With exponentially distributed times, "
        f"uniform accrual over {accrual} and a further follow-up of {later}, a patient has an event with probability "
        f"{named.shown('design.p_event')} under the alternative, so that {counted(patients, 'patient')} are needed. "
        "The formula was compared with a simulation of the planned analysis."
    )


PHRASES = {
    "text.enrolment": enrolment,
    "text.treated": treated,
    "text.analysis_sets": analysis_sets,
    "text.treatment_status": treatment_status,
    "text.study_status": study_status,
    "text.pfs_events": pfs_events,
    "text.pfs_median": pfs_median,
    "text.pfs_landmarks": pfs_landmarks,
    "text.pfs_logrank": pfs_logrank,
    "text.pfs_conclusion": pfs_conclusion,
    "text.pfs_supportive": pfs_supportive,
    "text.os_events": os_events,
    "text.follow_up": follow_up,
    "text.sample_size": sample_size,
}


def phrases(results: Mapping[str, Result], params: Params) -> dict[str, str]:
    """Return every sentence as plain text, keyed by its variable; `results` are keyed by their names."""
    named = Named(results)
    return {key: phrase(named, params) for key, phrase in PHRASES.items()}
