"""The PFS rules of the analysis plan as a table: what each set does in each situation.

`fda`, `fda_uniform_dates` and `fda_investigator` follow tables A to C of the FDA guidance "Clinical Trial Endpoints for
the Approval of Cancer Drugs and Biologics" (2018) as SAP.md states them; `ema` counts events whatever came between.
"""

from dataclasses import dataclass
from typing import Literal

SETS = ("fda", "fda_uniform_dates", "fda_investigator", "ema")

Choice = Literal["first date", "scheduled date", "censor", "event", "ignore", "day 1"]


@dataclass(frozen=True)
class Rule:
    """One situation and the choice of each set, in the order of SETS."""

    name: str
    situation: str
    choices: tuple[Choice, Choice, Choice, Choice]
    text: dict[Choice, str]


PFS_RULES: tuple[Rule, ...] = (
    Rule(
        "dates",
        "Date of a progression, and of an assessment at which a time is censored",
        ("first date", "scheduled date", "scheduled date", "first date"),
        {
            "first date": "The first date of the visit that shows the progression; the date of the assessment",
            "scheduled date": "The scheduled date of the visit or, for an unscheduled progression, the next scheduled "
            "date; never after death or the data cut-off. An unscheduled last assessment keeps its own date",
        },
    ),
    Rule(
        "no_baseline",
        "No baseline tumour assessment",
        ("day 1", "day 1", "day 1", "day 1"),
        {"day 1": "Censored on day 1; a death within the gap of the start is an event"},
    ),
    Rule(
        "clinical_progression",
        "Clinical progression only",
        ("censor", "censor", "event", "censor"),
        {"censor": "Censored at the last adequate assessment", "event": "Event at that visit"},
    ),
    Rule(
        "new_therapy",
        "New anticancer therapy before progression or death",
        ("censor", "censor", "censor", "ignore"),
        {
            "censor": "Censored at the last adequate assessment on or before the day the therapy starts",
            "ignore": "Event counts, therapy ignored",
        },
    ),
    Rule(
        "gap",
        "Progression or death after a gap in adequate assessments",
        ("censor", "censor", "censor", "event"),
        {"censor": "Censored at the last adequate assessment before the gap", "event": "Event"},
    ),
)

PARAMCD = {"fda": "PFSFDA", "fda_uniform_dates": "PFSUNI", "fda_investigator": "PFSINV", "ema": "PFSEMA"}
"""The parameter of each set where it is a sensitivity analysis; the primary one is PFS."""

OTHER_START = {"enrolment": ("first_dose", "PFSFD"), "first_dose": ("enrolment", "PFSENR")}
"""params.pfs.start -> the other start, and the parameter that takes it with the primary set."""

RECOMPUTED, INTERVAL = "PFSREC", "PFSIC"
"""The primary set on the responses recomputed from the lesions, and on intervals instead of dates."""


def choices(rule_set: str) -> dict[str, Choice]:
    """What one set does: situation name -> choice."""
    place = SETS.index(rule_set)
    return {rule.name: rule.choices[place] for rule in PFS_RULES}
