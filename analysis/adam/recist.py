"""Response of each visit recomputed from the lesions by RECIST 1.1 (Eisenhauer et al., Eur J Cancer 2009; 45: 228-47).

The rules are tables: TARGET_RULES and NON_TARGET_RULES decide by the first rule that applies, OVERALL_RULES are
Tables 1 and 2 of that paper. All comparisons are of exact decimals. A response is that of its visit alone: what follows
a progression is judged like any other visit.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from analysis.adam.assessments import WORST_LAST, Assessment
from analysis.adam.lesions import LesionVisit, PatientLesions, Reading
from analysis.adam.records import Source


@dataclass(frozen=True)
class Targets:
    """What the rules see of the target lesions at one visit; sums in mm.

    `total` is the sum of what was measured, `baseline` and `nadir` (the least complete sum before this visit, baseline
    included) are None where there is none. `were_gone` says that an earlier visit showed every target lesion gone: 0,
    or as a lymph node under 10 mm.
    """

    readings: tuple[Reading, ...]
    complete: bool
    baseline: Decimal | None
    nadir: Decimal | None
    were_gone: bool

    @property
    def total(self) -> Decimal:
        return sum((r.size for r in self.readings if r.size is not None), Decimal(0))

    @property
    def reappeared(self) -> bool:
        """Disease after all of it was gone; a node only from a sum of 0, else its growth is judged by the sum."""
        return any(r.present and (self.nadir == 0 or (self.were_gone and not r.lesion.node)) for r in self.readings)

    @property
    def grown(self) -> bool:
        """20 % and 5 mm over the nadir; nodes under 10 mm alone are no disease that could have progressed."""
        if self.nadir is None or not any(r.present for r in self.readings):
            return False
        return 5 * self.total >= 6 * self.nadir and self.total - self.nadir >= 5


@dataclass(frozen=True)
class TargetRule:
    """A named rule: what it says, the target response it gives, and when it applies."""

    name: str
    response: str
    text: str
    applies: Callable[[Targets], bool]


TARGET_RULES = (
    TargetRule(
        "REAPPEARED",
        "PD",
        "All target lesions had disappeared and one is back (a lymph node counts after a sum of 0, from 10 mm)",
        lambda seen: seen.reappeared,
    ),
    TargetRule(
        "GROWTH",
        "PD",
        "Sum of what was measured at least 20 % and at least 5 mm above the nadir",
        lambda seen: seen.grown,
    ),
    TargetRule(
        "NO_BASELINE",
        "NE",
        "No complete sum at baseline to compare with",
        lambda seen: seen.baseline is None,
    ),
    TargetRule("INCOMPLETE", "NE", "A target lesion was not measured", lambda seen: not seen.complete),
    TargetRule(
        "GONE",
        "CR",
        "No target lesion left, lymph nodes under 10 mm",
        lambda seen: not any(r.present for r in seen.readings),
    ),
    TargetRule(
        "DECREASE",
        "PR",
        "Sum at least 30 % below baseline",
        lambda seen: seen.baseline is not None and 10 * seen.total <= 7 * seen.baseline,
    ),
    TargetRule("STABLE", "SD", "Neither enough decrease nor enough increase", lambda seen: True),
)
"""In this order; an incomplete sum can thus give PD but never CR, PR or SD."""


@dataclass(frozen=True)
class NonTargetRule:
    """As TargetRule, of the readings of non-target lesions and of whether all were evaluated."""

    name: str
    response: str
    text: str
    applies: Callable[[tuple[Reading, ...], bool], bool]


NON_TARGET_RULES = (
    NonTargetRule(
        "PROGRESSION",
        "PD",
        "Unequivocal progression of a non-target lesion",
        lambda readings, complete: any(r.state == "PROGRESSION" for r in readings),
    ),
    NonTargetRule("NOT_ALL", "NE", "A non-target lesion was not evaluated", lambda readings, complete: not complete),
    NonTargetRule(
        "ABSENT",
        "CR",
        "No non-target lesion left",
        lambda readings, complete: all(r.state == "ABSENT" for r in readings),
    ),
    NonTargetRule("PERSISTS", "NON-CR/NON-PD", "A non-target lesion persists", lambda readings, complete: True),
)


@dataclass(frozen=True)
class OverallRule:
    """A row of RECIST's Table 1 or 2. None means any; "NONE" that there were no such lesions at baseline."""

    name: str
    target: str | None
    non_target: str | None
    new: bool | None
    overall: str


OVERALL_RULES = (
    OverallRule("TABLE1_NEW_LESION", None, None, True, "PD"),
    OverallRule("TABLE1_TARGET_PD", "PD", None, None, "PD"),
    OverallRule("TABLE1_NON_TARGET_PD", None, "PD", None, "PD"),
    OverallRule("TABLE1_CR", "CR", "CR", False, "CR"),
    OverallRule("TABLE1_CR_TARGET_ONLY", "CR", "NONE", False, "CR"),
    OverallRule("TABLE1_CR_NON_CR", "CR", "NON-CR/NON-PD", False, "PR"),
    OverallRule("TABLE1_CR_NE", "CR", "NE", False, "PR"),
    OverallRule("TABLE1_PR", "PR", None, False, "PR"),
    OverallRule("TABLE1_SD", "SD", None, False, "SD"),
    OverallRule("TABLE1_NE", "NE", None, False, "NE"),
    OverallRule("TABLE2_CR", "NONE", "CR", False, "CR"),
    OverallRule("TABLE2_NON_CR", "NONE", "NON-CR/NON-PD", False, "NON-CR/NON-PD"),
    OverallRule("TABLE2_NE", "NONE", "NE", False, "NE"),
    OverallRule("NO_DISEASE", "NONE", "NONE", False, "NE"),
)
"""The first row that fits. PD is the same in both tables; the rows with "NONE" as target are those of Table 2."""


def overall_rule(target: str, non_target: str, new: bool) -> OverallRule:
    """The row of OVERALL_RULES for a target response, a non-target response (each "NONE" without such lesions) and
    whether there are new lesions."""
    return next(
        rule
        for rule in OVERALL_RULES
        if rule.target in (None, target) and rule.non_target in (None, non_target) and rule.new in (None, new)
    )


@dataclass(frozen=True)
class VisitResponse:
    """The recomputed response of one visit. The rules are None where the patient has no such lesions."""

    visit: LesionVisit
    targets: Targets
    target: TargetRule | None
    non_target: NonTargetRule | None
    new: bool
    overall: OverallRule

    @property
    def reason(self) -> str:
        """In words, why the overall response is what it is."""
        parts = [rule.text for rule in (self.target, self.non_target) if rule is not None]
        return "; ".join([*parts, "new lesion"] if self.new else parts)

    @property
    def decided_by(self) -> tuple[dt.date, Source] | None:
        """Date and source: a PD lies on the first date that shows it, any other response on the visit's last one.

        A sum of target lesions shows PD on the date of the last one measured. None for a visit that no reading serves.
        """
        shown: list[Reading] = []
        if self.overall.overall == "PD":
            if self.target is not None and self.target.response == "PD":
                shown.append(max((r for r in self.targets.readings), key=_order))
            if self.non_target is not None:
                shown += [r for r in self.visit.of("NON-TARGET") if r.state == "PROGRESSION"]
            shown += [r for r in self.visit.of("NEW") if r.state == "NEW"]
            first = min(shown, key=_order)
            return _order(first)[0], first.source
        if not self.visit.readings:
            return None
        last = max(self.visit.readings, key=_order)
        return self.visit.last or _order(last)[0], last.source


def _order(reading: Reading) -> tuple[dt.date, str, int]:
    return reading.date or dt.date.min, reading.source.domain, reading.source.seq or 0


def recompute(patient: PatientLesions) -> list[VisitResponse]:
    """The response of each visit after baseline, in the order of the visits."""
    start = patient.baseline
    before = start.of("TARGET") if start is not None else ()
    baseline = complete_sum(before, len(patient.targets)) if start is not None else None
    nadir, were_gone = baseline, False
    responses = []
    for visit in patient.visits:
        readings = visit.of("TARGET")
        seen = Targets(readings, len(readings) == len(patient.targets), baseline, nadir, were_gone)
        others = visit.of("NON-TARGET")
        evaluated = len(others) == len(patient.non_targets)
        target = next(r for r in TARGET_RULES if r.applies(seen)) if patient.targets else None
        non_target = next(r for r in NON_TARGET_RULES if r.applies(others, evaluated)) if patient.non_targets else None
        new = any(r.state == "NEW" for r in visit.of("NEW"))
        overall = overall_rule(
            target.response if target else "NONE", non_target.response if non_target else "NONE", new
        )
        responses.append(VisitResponse(visit, seen, target, non_target, new, overall))
        if (total := complete_sum(readings, len(patient.targets))) is not None:
            nadir = total if nadir is None else min(nadir, total)
            were_gone = were_gone or not any(r.present for r in readings)
    return responses


def complete_sum(readings: tuple[Reading, ...], lesions: int) -> Decimal | None:
    """The sum of diameters (mm), None where there are no target lesions or not all were measured."""
    if not lesions or len(readings) != lesions:
        return None
    return sum((r.size for r in readings if r.size is not None), Decimal(0))


def as_assessments(responses: list[VisitResponse]) -> list[Assessment]:
    """The recomputed responses as assessments, so that PFS and best response can be derived from them, too.

    In the order of their dates and one per day, the worst, as assessments.assessments() gives the reader's.
    """
    by_day: dict[dt.date, Assessment] = {}
    for response in sorted(responses, key=lambda r: WORST_LAST.index(r.overall.overall)):
        if (found := response.decided_by) is not None:
            date, source = found
            visit = response.visit
            by_day[date] = Assessment(date, response.overall.overall, visit.planned_day, visit.name, source)
    return [by_day[day] for day in sorted(by_day)]
