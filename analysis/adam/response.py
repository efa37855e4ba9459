"""What counts of one patient's tumour assessments for her best response, and what can be read from it.

Days are elapsed days after the start, which for response is always enrolment.
"""

import datetime as dt
import math
from collections import Counter
from dataclasses import dataclass, replace

from analysis.adam.assessments import Assessment
from analysis.adam.dates import DAYS_PER_MONTH, months_between
from analysis.adam.pfs import History
from analysis.params import Params, Response

RESPONSES = ("CR", "PR")
STABLE = ("CR", "PR", "SD")
WORSE_THAN_CR = ("PR", "SD", "NON-CR/NON-PD")


@dataclass(frozen=True)
class Match:
    """The assessment on which a finding rests (None where it rests on there being none) and the confirming one."""

    assessment: Assessment | None = None
    confirmed_by: Assessment | None = None


@dataclass(frozen=True)
class Course:
    """One patient's assessments that count, in the order of their dates.

    `counted` are those after the start, up to and including the first PD, on or before the day of new therapy, within
    params.response.max_months, and before `reappeared`: under cr_then_worse `recist` the first PR, SD or NON-CR/NON-PD
    after a CR, at which the disease has reappeared, so that it ends the course as a PD does. `followed` says whether
    the patient is alive and still in the study.
    """

    history: History
    params: Params
    counted: tuple[Assessment, ...]
    reappeared: Assessment | None
    followed: bool

    @property
    def settings(self) -> Response:
        return self.params.response

    @property
    def progression(self) -> Assessment | None:
        return self.first("PD")

    def days(self, assessment: Assessment) -> int:
        """Elapsed days from the start."""
        return (assessment.date - self.history.start).days

    def first(self, *responses: str, days: int = 0) -> Assessment | None:
        """The first counted assessment with one of the responses, at least `days` after the start."""
        return next((a for a in self.counted if a.response in responses and self.days(a) >= days), None)

    def confirmed(self, response: str) -> Match | None:
        """The first CR (or PR) that a CR (or CR or PR) at least confirmation_days later confirms.

        Only the next such scan can confirm: what disqualifies it lies before every later one, too.
        """
        confirming = ("CR",) if response == "CR" else RESPONSES
        for place, first in enumerate(self.counted):
            if first.response != response:
                continue
            later = self.counted[place + 1 :]
            for between, second in enumerate(later):
                elapsed = (second.date - first.date).days
                if second.response in confirming and elapsed >= self.settings.confirmation_days:
                    if self._may_lie_between(response, later[:between]) and _does_not_fall(later[: between + 1]):
                        return Match(first, second)
                    break
        return None

    def _may_lie_between(self, response: str, between: tuple[Assessment, ...]) -> bool:
        allowed = {"CR": math.inf, "NE": self.settings.max_ne_between}
        if response == "PR":
            allowed |= {"PR": math.inf, "SD": self.settings.sd_between}
        return all(count <= allowed.get(what, 0) for what, count in Counter(a.response for a in between).items())

    def response(self, *, confirmed: bool) -> Match | None:
        """The first CR or PR, or the first one that is later confirmed."""
        if not confirmed:
            first = self.first(*RESPONSES)
            return None if first is None else Match(first)
        matches = [match for match in map(self.confirmed, RESPONSES) if match is not None]
        return min(matches, key=lambda match: match.assessment.date if match.assessment else dt.date.max, default=None)

    def control(self) -> Assessment | None:
        """The first assessment that shows at least stable disease for the minimum duration."""
        return self.first(*STABLE, "NON-CR/NON-PD", days=self.settings.minimum_sd_days)

    def benefit_by_assessment(self) -> Assessment | None:
        """The first adequate non-PD assessment at cbr_days, less the scan window, or later."""
        due = self.settings.cbr_days - self.params.schedule.scan_window_days
        return self.first(*STABLE, "NON-CR/NON-PD", days=max(due, self.settings.minimum_sd_days))

    def benefit_by_duration(self) -> Assessment | None:
        """The PD, unless a gap precedes it, or else the last adequate assessment, where it is cbr_days or later."""
        if self.control() is None:
            return None
        last = next(a for a in reversed(self.counted) if a.adequate and a.response != "PD")
        ended = self.progression or self.reappeared
        if ended is None or (ended.date - last.date).days > self.params.schedule.gap_days:
            ended = last
        return ended if self.days(ended) >= self.settings.cbr_days else None

    def at_best(self) -> "Course | None":
        """The course if the next assessment, on the last day that counts, were a CR; None where none can come.

        None can come without a baseline scan nor after PD, new therapy, clinical progression, death, the end of the
        study (`followed`) or month max_months.
        """
        history = self.history
        ended = (self.progression, self.reappeared, history.new_therapy, history.clinical)
        last_day = history.start + dt.timedelta(days=math.floor(self.settings.max_months * DAYS_PER_MONTH) - 1)
        if not (history.scanned_at_baseline and self.followed and last_day > self.params.cutoff) or any(ended):
            return None
        coming = Assessment(last_day, "CR", None, None, history.start_source)
        return replace(self, counted=(*self.counted, coming))


def _does_not_fall(window: tuple[Assessment, ...]) -> bool:
    """No PR after a CR: only possible where params do not take that as reappeared disease."""
    found = [a.response for a in window]
    return "CR" not in found or "PR" not in found[found.index("CR") :]


def course_of(history: History, params: Params, *, followed: bool) -> Course:
    """Select what counts of one patient. Without a baseline scan no assessment can be judged."""
    counted: list[Assessment] = []
    reappeared = None
    for assessment in history.assessments if history.scanned_at_baseline else ():
        seen = {a.response for a in counted}
        after_therapy = history.new_therapy is not None and assessment.date > history.new_therapy.date
        too_late = months_between(history.start, assessment.date) > params.response.max_months
        if "PD" in seen or after_therapy or too_late:
            break
        fell = "CR" in seen and assessment.response in WORSE_THAN_CR
        if fell and params.response.cr_then_worse == "recist":
            reappeared = assessment
            break
        counted.append(assessment)
    return Course(history, params, tuple(counted), reappeared, followed)
