"""Sentences on response, overall survival and follow-up: sections 2 and 11.4."""

from analysis.params import Params
from analysis.report.grammar import article, counted, listed, percent, sentence
from analysis.report.phrases.named import Named, inside, landmarks, median

BEST_RESPONSES = (
    ("cr", "complete response"),
    ("pr", "partial response"),
    ("sd", "stable disease"),
    ("non_cr_non_pd", "neither complete response nor progression"),
    ("pd", "progressive disease"),
)


def _not_reported(what: str) -> str:
    return f"{what} is not part of this report."


def best_response(named: Named, params: Params) -> str:
    """The confirmed best responses that occurred, and how many could not be evaluated."""
    if "bor.confirmed.cr" not in named:
        return _not_reported("The best overall response")
    counts = [(f"bor.confirmed.{key}", text) for key, text in BEST_RESPONSES]
    seen = [f"{text} in {named.share(name)}" for name, text in counts if named.count(name)]
    unseen = named.count("bor.confirmed.ne")
    parts = [f"The confirmed best overall response was {listed(seen)}"] if seen else []
    if unseen:
        without = named.count("bor.confirmed.ne_no_assessment")
        who = named.share("bor.confirmed.ne")
        text = f"{'it' if seen else 'the best overall response'} could not be evaluated in {who}"
        if without == unseen:
            none = "who had no" if unseen == 1 else "none of whom had an"
            text += f", {none} assessment that counts"
        elif without:
            text += f", {without} of whom had no assessment that counts"
        parts.append(text)
    return sentence("; ".join(parts)) if parts else "There were no patients whose response could be described."


def _proportion(named: Named, name: str, what: str, rate: str, level: str) -> str:
    """How many of how many, and the rate with its interval."""
    n, responders = named.count(f"{name}.n"), named.count(f"{name}.responders")
    if n == 0:
        return f"No patients were analysed for the {rate}."
    who = {0: f"None of the {n} patients", n: f"All {n} patients"}.get(responders, f"Of the {n} patients, {responders}")
    if n == 1:
        who, what = "The only patient", what if responders else "no " + what.removeprefix("a ")
    limits = named.limits(f"{name}.rate", level, "%")
    return f"{who} had {what}, {'an' if rate[0] == 'O' else 'a'} {rate} of {named.shown(f'{name}.rate')}% {limits}."


def response_rate(named: Named, params: Params) -> str:
    if "orr.n" not in named:
        return _not_reported("The objective response rate")
    level = percent(params.km.conf_level)
    text = _proportion(named, "orr", "a confirmed objective response", "ORR", level)
    waiting = named.count("orr.awaiting")
    if waiting:
        text += (
            f" At the data cut-off, {counted(waiting, 'further response')} awaited confirmation and "
            f"{'counts' if waiting == 1 else 'count'} as no response."
        )
    return (
        f"{text} Without the requirement of confirmation the ORR was {named.shown('orr_unconfirmed.rate')}% "
        f"{named.limits('orr_unconfirmed.rate', level, '%')}."
    )


def control_rate(named: Named, params: Params) -> str:
    if "dcr.n" not in named:
        return _not_reported("The disease control rate")
    return _proportion(named, "dcr", "disease control", "disease control rate", percent(params.km.conf_level))


def benefit_rate(named: Named, params: Params) -> str:
    """Clinical benefit by the primary rule, those not yet followed long enough, and the other rule."""
    if "cbr.n" not in named:
        return _not_reported("The clinical benefit rate")
    level = percent(params.km.conf_level)
    text = _proportion(named, "cbr", "clinical benefit", "CBR", level)
    waiting = named.count("cbr.awaiting")
    if waiting:
        text += (
            f" At the data cut-off, {counted(waiting, 'patient')} without progression had not yet reached the "
            f"assessment that decides and {'counts' if waiting == 1 else 'count'} as no benefit."
        )
    other = "duration" if params.response.cbr_rule == "assessment" else "assessment"
    return (
        f"{text} By the rule '{other}' the CBR was {named.shown(f'cbr_{other}.rate')}% "
        f"{named.limits(f'cbr_{other}.rate', level, '%')}."
    )


def duration_of_response(named: Named, params: Params) -> str:
    """How long confirmed responses lasted, and how soon they came."""
    if "dor.n" not in named:
        return _not_reported("The duration of response")
    n, ended = named.count("dor.n"), named.count("dor.events")
    if n == 0:
        return "There was no confirmed response whose duration could be described."
    level = percent(params.km.conf_level)
    if n == 1:
        end = "had ended by progression or death" if ended else "had not ended by progression or death"
        return f"The only confirmed response {end} by the data cut-off."
    who = {0: f"None of the {n} confirmed responses", n: f"All {n} confirmed responses"}.get(
        ended, f"Of the {n} confirmed responses, {ended}"
    )
    return (
        f"{who} had ended by progression or death. The median duration of response "
        f"{median(named, 'dor.median', level)}; the median time to response was {named.shown('ttr.median')} months "
        f"(range: {named.shown('ttr.minimum')} to {named.shown('ttr.maximum')})."
    )


def depth_of_response(named: Named, params: Params) -> str:
    """The best change of the sum of diameters."""
    if "depth.n" not in named:
        return _not_reported("The best change of the sum of diameters")
    n, most = named.count("depth.n"), "depth.decreased_30"
    if n == 0:
        return "The best change of the sum of diameters could not be described in any patient."
    if n == 1:
        return f"The best change of the sum of diameters of the only patient was {named.shown('depth.median')}%."
    return (
        f"In {counted(n, 'patient')} with a sum of diameters at baseline and later, its best change had a median of "
        f"{named.shown('depth.median')}% (range: {named.shown('depth.minimum')}% to {named.shown('depth.maximum')}%); "
        f"it was {article(inside(named.label(most)))} in {counted(named.count(most), 'patient')}."
    )


def recomputed_response(named: Named, params: Params) -> str:
    """The rate by the responses recomputed from the lesions, and how often they agree with the reader's."""
    if "orr_recomputed.n" not in named or "agreement.visits.read" not in named:
        return _not_reported("The comparison with responses recomputed from the lesions")
    read, agreed = named.count("agreement.visits.read"), named.count("agreement.visits.agreed")
    level = percent(params.km.conf_level)
    text = (
        f"By the responses recomputed from the lesions the ORR was {named.shown('orr_recomputed.rate')}% "
        f"{named.limits('orr_recomputed.rate', level, '%')}"
    )
    if read == 0:
        return f"{text}; no assessment was read both ways."
    if read == 1:
        alike = "alike" if agreed else "not alike"
        return f"{text}; both readings were {alike} at the only assessment that was read both ways."
    where = {0: f"none of the {read}", read: f"all {read}"}.get(agreed, f"{agreed} of the {read}")
    return f"{text}; both readings were alike at {where} assessments that were read both ways."


def treatment_failure(named: Named, params: Params) -> str:
    if "ttf.median" not in named:
        return _not_reported("The time to treatment failure")
    level = percent(params.km.conf_level)
    return f"The median time to treatment failure, which is exploratory, {median(named, 'ttf.median', level)}."


def response_in_brief(named: Named, params: Params) -> str:
    """The confirmed rates alone, for the conclusions."""
    level = percent(params.km.conf_level)
    rates = [
        f"the {rate} was {named.shown(f'{name}.rate')}% {named.limits(f'{name}.rate', level, '%')}"
        for name, rate in (("orr", "confirmed ORR"), ("dcr", "disease control rate"), ("cbr", "CBR"))
        if f"{name}.n" in named and named.count(f"{name}.n")
    ]
    return sentence(listed(rates)) if rates else _not_reported("The response of the tumours")


def os_events(named: Named, params: Params) -> str:
    """Events of OS, and the deaths in the same patients that OS cannot count (see DTHDT and os.max_months)."""
    if "os.n" not in named:
        return _not_reported("Overall survival")
    n, events = named.count("os.n"), named.count("os.events")
    if n == 0:
        return "The analysis of OS included no patients."
    if n == 1:
        return f"In the analysis of OS, the only patient had {'an event (death)' if events else 'no event'}."
    who = {0: f"none of the {n}", n: f"all {n}"}.get(events, f"{events} of the {n}")
    text = f"In the analysis of OS, {who} patients had an event (death)."
    died = named.count("n.deaths")
    if n < named.count("n.enrolled") or died <= events:  # another set of patients has other deaths
        return text
    return (
        f"{text} In all, {counted(died, 'patient')} had died; a death whose date is not known well enough, or lies "
        "beyond the administrative limit, does not count as an event."
    )


def os_median(named: Named, params: Params) -> str:
    if "os.median" not in named:
        return _not_reported("The estimate of overall survival")
    return f"The median OS {median(named, 'os.median', percent(params.km.conf_level))}."


def os_landmarks(named: Named, params: Params) -> str:
    if "os.median" not in named:
        return _not_reported("The estimate of overall survival at landmarks")
    return landmarks(named, "OS", "os", params.os.landmarks_months, percent(params.km.conf_level))


def follow_up(named: Named, params: Params) -> str:
    if "followup.os_median" not in named:
        return _not_reported("The duration of follow-up")
    level = percent(params.km.conf_level)
    text = (
        f"The median follow-up by the reverse Kaplan-Meier method {median(named, 'followup.os_median', level)} for OS"
    )
    if named.value("followup.pfs_median") is None:
        return f"{text} and was not reached for PFS."
    return f"{text} and {named.shown('followup.pfs_median')} months for PFS."


def sensitivity(named: Named, params: Params) -> str:
    """The smallest and the largest of the medians over the sensitivity analyses of PFS, and the interval-censored one.

    That one has no point: its estimate is an interval, which may lie outside the range of the others.
    """
    medians = [
        (value, name) for name in named.ending("pfs_sens.", ".median") if (value := named.value(name)) is not None
    ]
    if not medians:
        return _not_reported("The sensitivity of the PFS results")
    (_, low), (_, high) = min(medians), max(medians)
    text = (
        "Over all sensitivity analyses with an estimable median, the median PFS ranged from "
        f"{named.shown(low)} to {named.shown(high)} months."
    )
    interval = "pfs_sens.interval.median"
    if f"{interval}_to" not in named or named.value(f"{interval}_to") is None:
        return text
    ends = [named.shown(f"{interval}_{end}") for end in ("from", "to")]
    return (
        f"{text} With progression taken to lie between successive assessments, the median lay between {listed(ends)} "
        "months."
    )


def subsequent_therapy(named: Named, params: Params) -> str:
    if "nact.any" not in named:
        return _not_reported("Anticancer therapy after study treatment")
    n, patients = named.count("nact.any"), named.count("nact.patients")
    if n == 0:
        return "No patient was recorded with another anticancer therapy after enrolment."
    who = (
        "The only patient"
        if patients == 1
        else f"All {patients} patients"
        if n == patients
        else f"Of the {patients} patients, {n}"
    )
    kinds = [
        f"{inside(named.label(f'nact.{kind}'))} in {named.share(f'nact.{kind}')}"
        for kind in KINDS_OF_THERAPY
        if f"nact.{kind}" in named and named.count(f"nact.{kind}")
    ]
    by_kind = f" By kind, it was {listed(kinds)}." if kinds else ""
    return f"{who} received another anticancer therapy after enrolment.{by_kind}"


KINDS_OF_THERAPY = (
    *("chemotherapy", "endocrine_therapy", "cdk46_inhibitor", "other_systemic_therapy"),
    *("radiotherapy_to_a_lesion", "radiotherapy_elsewhere", "surgery"),
)
"""Last part of the results' names."""


def scan_adherence(named: Named, params: Params) -> str:
    """Planned assessments that were missed, and the patients with so many in a row that a gap follows."""
    if "scans.total.due" not in named:
        return _not_reported("The adherence to the assessment schedule")
    due, missed, gap = named.count("scans.total.due"), named.count("scans.total.missed"), named.count("scans.gap")
    if due == 0:
        return "No tumour assessment was due."
    text = (
        f"Of {counted(due, 'planned assessment')} that {'was' if due == 1 else 'were'} due, "
        f"{missed or 'none'} {'was' if missed <= 1 else 'were'} missed"
    )
    if off := named.count("scans.missed_off_treatment"):
        text += f", {off} of them planned after all study treatment had been stopped"
    return f"{text}; {counted(gap, 'patient')} missed several in a row."
