"""The response rules of the analysis plan as tables: for each parameter the first rule that fires decides.

A rule is a row with a name, the value it gives, its text and the finding on which it rests. The order of the rules of
best response is that of RECIST 1.1 (Eisenhauer 2009, table 3) and of admiralonco's event objects.
"""

from collections.abc import Callable
from dataclasses import dataclass

from analysis.adam.assessments import Assessment
from analysis.adam.response import STABLE, Course, Match
from analysis.params import Params

Finding = Callable[[Course], Match | None]


@dataclass(frozen=True)
class Rule:
    """One row. `text` may name keys of params.response in braces."""

    name: str
    value: str
    text: str
    finds: Finding

    def says(self, params: Params) -> str:
        """The text with the values of the parameters."""
        return self.text.format(**params.response.model_dump())


def _on(assessment: Assessment | None) -> Match | None:
    return None if assessment is None else Match(assessment)


def _where(applies: Callable[[Course], bool]) -> Finding:
    """A finding that rests on no assessment."""
    return lambda course: Match() if applies(course) else None


def _lasting(*responses: str) -> Finding:
    return lambda course: _on(course.first(*responses, days=course.settings.minimum_sd_days))


OTHERWISE: Finding = _where(lambda course: True)

STABLE_OR_WORSE: tuple[Rule, ...] = (
    Rule("sd", "SD", "CR, PR or SD at least {minimum_sd_days} days after the start", _lasting(*STABLE)),
    Rule(
        "non_cr_non_pd",
        "NON-CR/NON-PD",
        "NON-CR/NON-PD at least {minimum_sd_days} days after the start",
        _lasting("NON-CR/NON-PD"),
    ),
    Rule("pd", "PD", "PD, and nothing better before it", lambda course: _on(course.progression)),
    Rule(
        "reappeared",
        "PD",
        "PR, SD or NON-CR/NON-PD after a CR: the disease has reappeared (cr_then_worse recist)",
        lambda course: _on(course.reappeared),
    ),
    Rule(
        "too_early",
        "NE",
        "CR, PR, SD or NON-CR/NON-PD only before {minimum_sd_days} days after the start",
        lambda course: _on(course.first(*STABLE, "NON-CR/NON-PD")),
    ),
    Rule("not_evaluable", "NE", "Only assessments that are not evaluable", lambda course: _on(course.first("NE"))),
)
"""Best response below CR and PR, the same whether these are confirmed or not."""

NOT_ASSESSED: tuple[Rule, ...] = (
    Rule(
        "no_baseline",
        "NE",
        "No baseline tumour assessment",
        _where(lambda course: not course.history.scanned_at_baseline),
    ),
    Rule(
        "new_therapy",
        "NE",
        "No post-baseline assessment before new anticancer therapy",
        _where(lambda course: course.history.new_therapy is not None),
    ),
    Rule(
        "window",
        "NE",
        "No post-baseline assessment within {max_months:g} months",
        _where(lambda course: bool(course.history.assessments)),
    ),
    Rule(
        "death",
        "NE",
        "Death before any post-baseline assessment",
        _where(lambda course: course.history.death is not None or course.history.unfinished == "DEATH_UNDATED"),
    ),
    Rule(
        "withdrawn",
        "NE",
        "Withdrawal from the study before any post-baseline assessment",
        _where(lambda course: course.history.unfinished == "WITHDRAWN"),
    ),
    Rule(
        "lost",
        "NE",
        "Lost to follow-up before any post-baseline assessment",
        _where(lambda course: course.history.unfinished == "LOST"),
    ),
    Rule("no_post_baseline", "NE", "No post-baseline assessment", OTHERWISE),
)
"""Why a patient of whom no assessment counts is not evaluable."""

BEST_RESPONSE: tuple[Rule, ...] = (
    Rule("cr", "CR", "CR, whether confirmed or not", lambda course: _on(course.first("CR"))),
    Rule("pr", "PR", "PR, whether confirmed or not", lambda course: _on(course.first("PR"))),
    *STABLE_OR_WORSE,
    *NOT_ASSESSED,
)

CONFIRMED_BEST_RESPONSE: tuple[Rule, ...] = (
    Rule(
        "cr_confirmed",
        "CR",
        "CR, and a CR at least {confirmation_days} days later with only CR and at most {max_ne_between} NE between",
        lambda course: course.confirmed("CR"),
    ),
    Rule(
        "pr_confirmed",
        "PR",
        "PR, and a CR or PR at least {confirmation_days} days later with only CR, PR, at most {max_ne_between} NE and "
        "at most {sd_between} SD between, and no PR after a CR",
        lambda course: course.confirmed("PR"),
    ),
    *STABLE_OR_WORSE,
    *NOT_ASSESSED,
)


def _awaits_confirmation(course: Course) -> bool:
    best = course.at_best()
    return best is not None and best.response(confirmed=True) is not None


def _responds(*, confirmed: bool) -> Rule:
    text = "CR or PR that a later scan confirms" if confirmed else "CR or PR"
    return Rule("response", "Y", text, lambda course: course.response(confirmed=confirmed))


NO_RESPONSE = Rule("no_response", "N", "No response", OTHERWISE)

RESPONSE: tuple[Rule, ...] = (_responds(confirmed=False), NO_RESPONSE)

CONFIRMED_RESPONSE: tuple[Rule, ...] = (
    _responds(confirmed=True),
    Rule(
        "awaiting_confirmation",
        "N",
        "CR or PR that the next assessment could confirm, in a patient still followed without progression or new "
        "therapy: not yet a response",
        _where(_awaits_confirmation),
    ),
    NO_RESPONSE,
)


def control(*, confirmed: bool) -> tuple[Rule, ...]:
    """Disease control: response, or at least stable disease for the minimum duration."""
    return (
        _responds(confirmed=confirmed),
        Rule(
            "stable",
            "Y",
            "CR, PR, SD or NON-CR/NON-PD at least {minimum_sd_days} days after the start",
            lambda course: _on(course.control()),
        ),
        Rule("no_control", "N", "Neither response nor stable disease", OTHERWISE),
    )


def benefit(rule: str, *, confirmed: bool) -> tuple[Rule, ...]:
    """Clinical benefit by the rule `assessment` or `duration` of params.response.cbr_rule."""
    if rule == "assessment":
        rows: tuple[Rule, ...] = (
            _responds(confirmed=confirmed),
            Rule(
                "stable_assessment",
                "Y",
                "CR, PR, SD or NON-CR/NON-PD at least {cbr_days} days less the scan window after the start",
                lambda course: _on(course.benefit_by_assessment()),
            ),
        )
    else:
        rows = (
            Rule(
                "stable_duration",
                "Y",
                "At least {cbr_days} days without progression, to PD or, where there is none or a gap precedes it, to "
                "the last adequate assessment",
                lambda course: _on(course.benefit_by_duration()),
            ),
        )

    def awaits(course: Course) -> bool:
        best = course.at_best()
        return best is not None and any(row.finds(best) for row in rows)

    return (
        *rows,
        Rule(
            "awaiting_benefit",
            "N",
            "Followed without progression or new therapy, and not yet assessed {cbr_days} days after the start: not "
            "yet a benefit",
            _where(awaits),
        ),
        Rule("no_benefit", "N", "No clinical benefit", OTHERWISE),
    )


def decide(rules: tuple[Rule, ...], course: Course) -> tuple[Rule, Match]:
    """The first rule that fires, and what it rests on. Raises ValueError where none does."""
    for rule in rules:
        match = rule.finds(course)
        if match is not None:
            return rule, match
    raise ValueError("the last rule has to fire for everyone")
