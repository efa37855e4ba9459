"""The rules of the derivations in words, for appendix 16.1.9: the same tables that the derivations go by."""

from analysis.adam import adrs, ae_rules
from analysis.adam.ctcae import criteria_in_words
from analysis.params import Params
from analysis.tlf.context import Context
from analysis.tlf.model import Column, Row, Table

RESPONSE_TABLE = "t-16-1-9-6"
EMERGENT_TABLE = "t-16-1-9-7"
COUNTING_TABLE = "t-16-1-9-8"
CRITERIA_TABLE = "t-16-1-9-9"


def response_table(context: Context) -> Table:
    """Table 16.1.9.6: for each response parameter its rules, in the order in which they are tried."""
    body = []
    for paramcd, (param, rules) in adrs.parameters(context.params).items():
        body.append(Row.of(f"{param} ({paramcd})", kind="group"))
        body += [Row.of(rule.name, rule.value, rule.says(context.params), indent=1) for rule in rules]
    columns = (Column("Rule", 0.24), Column("Gives", 0.18), Column("Where", 0.58))
    return context.table(RESPONSE_TABLE, columns, body, datasets=("params/study.yaml",))


def emergent_table(context: Context) -> Table:
    """Table 16.1.9.7: the rules of treatment-emergent events and of the registered window, in their order."""
    body = []
    for label, rules in (
        ("Treatment-emergent (TRTEMFL)", ae_rules.EMERGENT),
        ("Registered window, from enrolment (REGTEMFL)", ae_rules.REGISTERED),
    ):
        body.append(Row.of(label, kind="group"))
        body += [Row.of(rule.name, rule.value, rule.says(context.params), indent=1) for rule in rules]
    columns = (Column("Rule", 0.25), Column("Flag", 0.1, "center"), Column("Where", 0.65))
    return context.table(EMERGENT_TABLE, columns, body, datasets=("params/study.yaml",))


def counting_rules(params: Params) -> dict[str, str]:
    """How adverse events are counted: subject -> rule, with the values of the parameters."""
    settings = params.adverse_events
    not_related = ", ".join(settings.not_related)
    return {
        "Events": (
            "Each record of an adverse event is one event. A grade that is recorded as a new record is a new "
            "event, treatment-emergent by its own start."
        ),
        "Patients": (
            "A patient counts once in a row: once among all events, once in a system organ class and once in a "
            "term, whatever the number of events. The numbers of terms therefore need not add up to that of their "
            "class."
        ),
        "Percentages": "Of the patients in the population of the table, whether or not they had an event.",
        "Terms": (
            f"As coded in the data ({settings.dictionary}). An event without a term or a class is shown as not coded."
        ),
        "Worst grade": (
            "By worst grade a patient counts in a row at the highest grade of that row's events. Those counts add "
            "up to any grade."
        ),
        "Missing grade": (
            "Never imputed. The event counts in any grade, never in grade 3 or higher; the patient has a missing "
            "worst grade where no other event of the row has a grade."
        ),
        "Relatedness": (
            f"Judged for each drug. An event is related to a drug unless it is recorded as one of {not_related}; "
            "missing relatedness is related. It is related to any drug where it is related to one."
        ),
        "Action taken": (
            "For each drug, by the action with that drug. An event may lead to several actions, but each drug has "
            "one action in a record."
        ),
        "Serious": "Recorded as serious, or with any of the criteria of a serious event.",
        "Fatal": "The event led to death, its outcome is fatal, or its grade is 5.",
        "Partial dates": (
            "A partial start is placed on its earliest possible day, but on the first dose where the partial date "
            "allows it; a partial end on its latest possible day, not after death or the data cut-off."
        ),
        "Missing start": (
            "The event is treatment-emergent unless it ended before the first dose, and counts on day 1 where "
            "time to the event matters."
        ),
        "Worsening": (
            "An event from before the first dose is treatment-emergent where its recorded initial grade is lower "
            "than its grade; where time to the event matters it counts on day 1."
        ),
        "Order": "By the number of patients (any grade), the highest first, then by name; terms within their class.",
        "Frequent terms": (
            f"Those of at least {settings.frequent_percent:g}% of the patients, any grade, before rounding."
        ),
        "Exposure-adjusted rate": (
            "Patients with an event by the sum of days from the first dose to the first such event or, without "
            "one, to the end of the treatment-emergent period, both days included; per 100 years of 365.25 days."
        ),
    }


def counting_table(context: Context) -> Table:
    """Table 16.1.9.8: the counting rules of adverse events in words."""
    body = [Row.of(subject, text) for subject, text in counting_rules(context.params).items()]
    columns = (Column("Subject", 0.25), Column("Rule", 0.75))
    return context.table(COUNTING_TABLE, columns, body, datasets=("params/study.yaml",))


def criteria_table(context: Context) -> Table:
    """Table 16.1.9.9: the laboratory criteria of the CTCAE version in use, and what values alone cannot show."""
    version = context.params.laboratory.ctcae_version
    body = [
        Row.of(
            f"{row['TERM']} ({row['DIRECTION']})" if row["DIRECTION"] else row["TERM"],
            row["TESTS"],
            *(row[f"GRADE{n}"] for n in (1, 2, 3, 4)),
            row["JUDGEMENT"],
        )
        for row in criteria_in_words(version)
    ]
    columns = (
        Column("CTCAE term (direction)", 0.17),
        Column("Tests", 0.075),
        *(Column(f"Grade {n}", 0.13) for n in (1, 2, 3, 4)),
        Column("Not graded from values", 0.235),
    )
    methods = [
        f"CTCAE version {version}. The highest grade whose condition a value meets counts, and grade 0 where it meets "
        "none; a value without the limits of normal that its grade would need is not graded. Limits are compared in "
        "the unit nearest to the value's, values and limits to 12 significant digits. A missing baseline counts as "
        "not abnormal. Grade 5 is not graded from values."
    ]
    return context.table(
        CRITERIA_TABLE, columns, body, datasets=("params/study.yaml",), methods=methods, landscape=True
    )
