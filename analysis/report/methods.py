"""The analysis plan's rules in words, from the parameters alone: `text.*` variables of sections 9 and 16.1.9."""

from analysis.adam.pfs_rules import PFS_RULES, SETS
from analysis.params import Params
from analysis.report.grammar import counted, listed, long_date, number, percent

ASSUMED = "(assumed for this demonstration)"

RULE_SETS = {
    "fda": "documented progression (fda)",
    "fda_uniform_dates": "uniform progression dates (fda_uniform_dates)",
    "fda_investigator": "investigator's claim (fda_investigator)",
    "ema": "all events counted (ema)",
}
CONFIDENCE_LIMITS = {
    "log-log": "the log-log transformation of the survival function",
    "log": "the logarithmic transformation of the survival function",
    "plain": "the untransformed survival function",
}
CR_THEN_WORSE = {
    "recist": (
        "a complete response followed by a partial response or stable disease was handled as in the table of confirmed "
        "responses of RECIST 1.1, in which the later assessments do not confirm the complete response"
    ),
    "admiralonco": (
        "a complete response followed by a partial response was handled as in the open-source package admiralonco, in "
        "which the later partial response may confirm a partial response"
    ),
}
NEW_THERAPY = {
    "fda": "Hypothetical: censored before it",
    "fda_uniform_dates": "Hypothetical: censored before it",
    "fda_investigator": "Hypothetical: censored before it",
    "ema": "Treatment policy: ignored",
}
STARTS = {"enrolment": "enrolment", "first_dose": "the first dose of study treatment"}


def with_mark(text: str, assumed: bool) -> str:
    """Append the mark of an assumption."""
    return f"{text} {ASSUMED}" if assumed else text


def treatments(params: Params) -> str:
    """Each study drug with dose and schedule."""
    drugs = [f"{t.name} {number(t.dose_mg)} mg {t.schedule}" for t in params.study.treatments]
    return with_mark("; ".join(drugs), params.is_assumed("study.treatments"))


def arms(params: Params) -> str:
    """Which arms of the data are analysed."""
    if params.subjects.arms == "all":
        return "all enrolled patients of the data set were analysed together"
    return f"patients of {counted(len(params.subjects.arms), 'arm')} were analysed: {listed(params.subjects.arms)}"


def per_protocol(params: Params) -> str:
    """Who, of the full analysis set, belongs to the per-protocol set."""
    if not params.subjects.per_protocol_excludes:
        return "were dosed; no category of protocol deviation excluded a patient"
    categories = listed(params.subjects.per_protocol_excludes)
    return f"were dosed and had no important protocol deviation of the categories {categories}"


def source_data(params: Params) -> str:
    """Which data were analysed, and how they are identified."""
    text = f"The analysis used the SDTM data sets of the data cut {params.cut}"
    if params.transfer:
        text += f", made from the transfer {params.transfer}"
    text += f", with the data cut-off {long_date(params.cutoff)}"
    if params.lock_sha256:
        text += f"; their lock has the SHA-256 checksum {params.lock_sha256}"
    return text + "."


def clinical_progression(params: Params) -> str:
    """How a clinical progression is recognised."""
    rule = params.pfs.clinical_progression
    text = f"a disposition record with the term {rule.dsdecod} without a documented progression"
    return text if rule.rstestcd is None else f"{text}, or a response record of the test {rule.rstestcd}"


def new_therapy(params: Params) -> str:
    """Where new anticancer therapy is recorded."""
    rule = params.pfs.new_therapy
    return (
        f"systemic anticancer therapy ({listed(rule.cm_categories)}), anticancer surgery "
        f"({listed(rule.surgery_categories)}) or radiotherapy to a lesion ({listed(rule.radiotherapy_categories)})"
    )


def logrank_method(params: Params) -> str:
    """The test of the primary hypothesis."""
    if params.design.null_median is None:
        return "The design named no null value of the median, and no hypothesis was tested."
    null = number(params.design.null_median)
    return (
        f"The primary hypothesis was tested by the one-sample log-rank test against an exponential distribution with a "
        f"median of {null} months: with O events observed and E = ln 2 / {null} times the total time at risk in months "
        "expected, z = (O - E) / square root of E, and the p-value is two-sided."
    )


def success_rule(params: Params) -> str:
    """The one rule by which the study succeeds."""
    if params.design.null_median is None:
        return "no hypothesis was tested"
    return (
        f"the two-sided p-value of the one-sample log-rank test against a median of "
        f"{number(params.design.null_median)} months is below {number(params.design.alpha)} and fewer events are "
        "observed than expected"
    )


def clinical_benefit(params: Params) -> str:
    """The rule by which stable disease counts as clinical benefit."""
    response, window = params.response, params.schedule.scan_window_days
    if response.cbr_rule == "assessment":
        return (
            f"an adequate assessment without progression at least {response.cbr_days - window} days after enrolment "
            f"({response.cbr_days} days less the visit window of {window} days)"
        )
    return f"at least {response.cbr_days} days from enrolment to progression or the last adequate assessment"


def purpose(params: Params) -> str:
    """What the data cut-off is for."""
    if params.design.null_median is None:
        return "This report is for description only; no hypothesis was tested."
    return {
        "primary": "This report presents the primary analysis.",
        "update": "This report presents an update of the primary analysis with later data; its p-values are nominal "
        "and unadjusted, and it draws no conclusion on the primary hypothesis.",
        "interim_descriptive": "This report presents an interim analysis for description only; its p-values are "
        "nominal and unadjusted, and it draws no conclusion on the primary hypothesis.",
    }[params.purpose]


def data_origin(params: Params) -> str:
    """Whether the data are real."""
    if not params.study.synthetic:
        return params.study.data_note
    return (
        f"{params.study.data_note}. Every patient record behind this report was generated by a computer program. The "
        "report shows how the study would be reported; it contains no result of the study itself, and nothing in it "
        "may be used to judge the treatments."
    )


def rule_table() -> dict[str, str]:
    """The PFS rules as the derivation applies them: `rules.<rule>.situation` and `rules.<rule>.<set>`."""
    cells = {}
    for rule in PFS_RULES:
        cells[f"rules.{rule.name}.situation"] = rule.situation
        cells |= {
            f"rules.{rule.name}.{name}": rule.text[choice] for name, choice in zip(SETS, rule.choices, strict=True)
        }
    return cells


def method_words(params: Params) -> dict[str, str]:
    """Every phrase that depends on the parameters only, as dotted variables of plain text."""
    return rule_table() | {
        "text.arms": arms(params),
        "text.cbr_rule": clinical_benefit(params),
        "text.clinical_progression": clinical_progression(params),
        "text.conf_limits": CONFIDENCE_LIMITS[params.km.conf_type],
        "text.cr_then_worse": CR_THEN_WORSE[params.response.cr_then_worse],
        "text.data_origin": data_origin(params),
        "text.logrank_method": logrank_method(params),
        "text.new_therapy": new_therapy(params),
        "text.new_therapy_strategy": NEW_THERAPY[params.pfs.rule_set],
        "text.per_protocol": per_protocol(params),
        "text.pfs_set": RULE_SETS[params.pfs.rule_set],
        "text.pfs_sensitivity_sets": listed([RULE_SETS[name] for name in params.pfs.other_sets]),
        "text.purpose": purpose(params),
        "text.source_data": source_data(params),
        "text.start": STARTS[params.pfs.start],
        "text.success_rule": success_rule(params),
        "text.treatments": treatments(params),
        "km.conf_percent": percent(params.km.conf_level),
        "design.power_percent": percent(params.design.power),
        "schedule.gap_days": number(params.schedule.gap_days),
        "response.cbr_weeks": number(round(params.response.cbr_days / 7, 1)),
    }
