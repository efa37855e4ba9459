"""The analysis plan's rules in words, from the parameters alone: `text.*` variables of sections 9 and 16.1.9."""

from analysis.adam.pfs_rules import PFS_RULES, SETS, choices
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
STARTS = {"enrolment": "enrolment", "first_dose": "the first dose of study treatment"}
PFS_POPULATION = {"enrolment": "full analysis set", "first_dose": "safety set"}


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
        return "all enrolled patients of the data set were taken together"
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


def pfs_start(params: Params) -> str:
    """Where the time of PFS starts, and who therefore is in its analysis."""
    start = with_mark(STARTS[params.pfs.start], params.is_assumed("pfs.start"))
    if params.pfs.start == "first_dose":
        return (
            f"Unlike the other endpoints, PFS starts at {start}. It is analysed in the safety set: patients who were "
            "never dosed have no PFS."
        )
    return (
        f"PFS starts at {start}, which precedes the first dose. It is analysed in the full analysis set, so that "
        "patients who were never dosed are counted."
    )


def efficacy_sets(params: Params) -> str:
    """Which set is the primary one for which endpoint."""
    if params.pfs.start == "first_dose":
        return (
            "The safety set was the primary set for PFS, whose time starts at the first dose, and the full analysis "
            "set for the other efficacy endpoints."
        )
    return "The full analysis set was the primary set for efficacy."


def pfs_sensitivity(params: Params) -> str:
    """The sensitivity sets, and what this version of the report does with them."""
    names = [RULE_SETS[name] for name in params.pfs.other_sets]
    if not names:
        return "No rule set was chosen for sensitivity analyses."
    sets, their = ("set is the one", "Its") if len(names) == 1 else ("sets are those", "Their")
    return (
        f"The sensitivity {sets} for {listed(names)}. {their} records are derived, and compared by both routes, like "
        "those of the primary set."
    )


def clinical_progression_counted(params: Params) -> str:
    """What the primary set does where a registered definition would count every progression and death."""
    chosen = choices(params.pfs.rule_set)
    if chosen["clinical_progression"] == "event":
        text = "The primary rule set counts a clinical progression without a documented one as an event."
    else:
        text = (
            "The primary rule set counts documented progression only: a patient with clinical progression only is "
            "censored at the last adequate assessment."
        )
        if "fda_investigator" in params.pfs.other_sets:
            text += f" The sensitivity set for {RULE_SETS['fda_investigator']} counts it as an event."
    if chosen["new_therapy"] == "censor" and chosen["gap"] == "censor":
        text += (
            " The primary rule set also censors progressions and deaths that follow new anticancer therapy or a gap."
        )
    return text


def hypothesis(params: Params) -> str:
    """The hypothesis on the median, with the alternative where the design has one."""
    design = params.design
    if design.null_median is None:
        return "No hypothesis on the median PFS was tested."
    null = with_mark(f"{number(design.null_median)} months", params.is_assumed("design.null_median"))
    text = f"The hypothesis was that the median PFS is longer than {null}"
    if design.alternative_median is None:
        return f"{text}."
    other = with_mark(f"{number(design.alternative_median)} months", params.is_assumed("design.alternative_median"))
    return f"{text}, with {other} as the alternative for which the study was planned."


def reference_value(params: Params) -> str:
    """What a study without a control group compares its primary endpoint with, and what that cannot show."""
    null = params.design.null_median
    if null is None:
        return (
            "Its primary endpoint was compared with no reference value, so that the effect of the treatment cannot be "
            "separated from the course of the disease."
        )
    value = with_mark(f"a median PFS of {number(null)} months", params.is_assumed("design.null_median"))
    return (
        f"Its primary endpoint was compared with a fixed value, {value}. A study without a control group cannot "
        "separate the effect of the treatment from differences between patients, and such a comparison treats the "
        "reference as known without error."
    )


def logrank_method(params: Params) -> str:
    """The test of the primary hypothesis."""
    if params.design.null_median is None:
        return "The design names no null value of the median, and no hypothesis was tested."
    null = number(params.design.null_median)
    return (
        f"The primary hypothesis was tested by the one-sample log-rank test against an exponential distribution with a "
        f"median of {null} months: with O events observed and E = ln 2 / {null} times the total time at risk in months "
        "expected, z = (O - E) divided by the square root of E, and the p-value is two-sided."
    )


def success_rule(params: Params) -> str:
    """The one rule by which the study succeeds."""
    if params.design.null_median is None:
        return "There is no success rule."
    return (
        "The study has one named success rule: the two-sided p-value of the one-sample log-rank test against a median "
        f"of {number(params.design.null_median)} months is below {number(params.design.alpha)} and fewer events are "
        "observed than expected."
    )


def conclusions(params: Params) -> str:
    """Which analyses carry a conclusion, and what stands beside it."""
    if params.design.null_median is None:
        return (
            "No analysis carries a conclusion on efficacy. All endpoints have confidence intervals only; the p-values "
            "of exploratory models are nominal and unadjusted."
        )
    return (
        "The lower limit of the CI of the median is shown beside the null value as supportive information and is not "
        "the conclusion. Only the data cut-off of the primary analysis carries a conclusion; in every other analysis "
        "p-values are nominal and unadjusted. Secondary endpoints have confidence intervals only."
    )


def one_conclusion(params: Params) -> str:
    """How many data cut-offs conclude."""
    if params.design.null_median is None:
        return "No data cut-off carries a conclusion on efficacy."
    return "At most one data cut-off serves the primary analysis, and only that one carries a conclusion."


def multiplicity(params: Params) -> str:
    """How the error of several comparisons was kept in bounds."""
    if params.design.null_median is None:
        return (
            "No hypothesis was tested, so that there was nothing to adjust; all endpoints have confidence intervals "
            "only."
        )
    return (
        "There was one primary endpoint with one named success rule. Secondary endpoints have confidence intervals "
        "only, and any p-value of a sensitivity or exploratory analysis is nominal and unadjusted."
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


DELIVERED = (
    "The analysis data sets are delivered with the report as SAS transport and Parquet files, with the results behind "
    "every table and figure; they take the place of printed listings of all data."
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
        "text.clinical_progression_counted": clinical_progression_counted(params),
        "text.conclusions": conclusions(params),
        "text.conf_limits": CONFIDENCE_LIMITS[params.km.conf_type],
        "text.cr_then_worse": CR_THEN_WORSE[params.response.cr_then_worse],
        "text.data_origin": data_origin(params),
        "text.delivered_data": DELIVERED,
        "text.efficacy_sets": efficacy_sets(params),
        "text.hypothesis": hypothesis(params),
        "text.logrank_method": logrank_method(params),
        "text.multiplicity": multiplicity(params),
        "text.new_therapy": new_therapy(params),
        "text.one_conclusion": one_conclusion(params),
        "text.per_protocol": per_protocol(params),
        "text.pfs_sensitivity": pfs_sensitivity(params),
        "text.pfs_set": RULE_SETS[params.pfs.rule_set],
        "text.pfs_start": pfs_start(params),
        "text.purpose": purpose(params),
        "text.reference_value": reference_value(params),
        "text.source_data": source_data(params),
        "text.start": STARTS[params.pfs.start],
        "text.success_rule": success_rule(params),
        "text.treatments": treatments(params),
        "km.conf_percent": percent(params.km.conf_level),
        "schedule.gap_days": number(params.schedule.gap_days),
        "stated.schedule.gap_days": with_mark(
            f"{params.schedule.gap_days} days", params.is_assumed("schedule.gap_days")
        ),
        "response.cbr_weeks": number(round(params.response.cbr_days / 7, 1)),
    }
