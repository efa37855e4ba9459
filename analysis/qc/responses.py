"""The second route's best overall response and clinical benefit, derived anew from the plan and RECIST 1.1.

What counts of a patient is a list of elapsed days since enrolment and responses; the rules are functions of that list.
"""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from analysis.params import Params
from analysis.qc.events import MONTH, Patient

RESPONSES = ("CR", "PR")
STABLE = ("CR", "PR", "SD")
CONTROLLED = (*STABLE, "NON-CR/NON-PD")
FALLS = ("PR", "SD", "NON-CR/NON-PD")
"""What a patient in complete response falls back to when the disease reappears."""

DURATION, ASSESSMENT = "duration", "assessment"
SENSITIVITY = {ASSESSMENT: ("CBDUR", DURATION), DURATION: ("CBASM", ASSESSMENT)}
"""params.response.cbr_rule -> the parameter and rule of the sensitivity analysis of clinical benefit."""


@dataclass(frozen=True)
class Course:
    """Elapsed days and responses that count, in order; at most the last one is PD."""

    seen: tuple[tuple[int, str], ...]
    params: Params

    @property
    def adequate(self) -> list[int]:
        """Days of the assessments that show neither progression nor nothing."""
        return [day for day, response in self.seen if response not in ("PD", "NE")]

    @property
    def progression(self) -> int | None:
        return next((day for day, response in self.seen if response == "PD"), None)


def course(patient: Patient) -> Course:
    """A patient's assessments up to the first PD, new therapy and the month limit.

    `patient` counts from enrolment. A scan on the day on which new therapy begins came before it. By `recist` a CR that
    falls to less is disease that reappeared, a PD at that point.
    """
    params = patient.params
    seen: list[tuple[int, str]] = []
    for reading in patient.read:
        days = (reading.day - patient.start).days
        if (patient.therapy and reading.day > patient.therapy) or (days + 1) / MONTH > params.response.max_months:
            break
        complete = any(response == "CR" for _, response in seen)
        reappears = complete and reading.response in FALLS and params.response.cr_then_worse == "recist"
        seen.append((days, "PD" if reappears else reading.response))
        if seen[-1][1] == "PD":
            break
    return Course(tuple(seen), params)


def confirmed(found: Course, kind: str) -> int | None:
    """Day of the first CR (or PR) that a CR (or CR or PR) confirms; what may lie between is the plan's."""
    return next((day for place, (day, r) in enumerate(found.seen) if r == kind and _holds(found, place)), None)


def _holds(found: Course, place: int) -> bool:
    """Whether the response at a place is confirmed later, before anything that breaks it."""
    rules = found.params.response
    day, kind = found.seen[place]
    allowed = {"NE": rules.max_ne_between, "SD": rules.sd_between if kind == "PR" else 0}
    complete = False
    for later, response in found.seen[place + 1 :]:
        if response == "CR" or (response == kind == "PR" and not complete):
            if later - day >= rules.confirmation_days:
                return True
            complete = complete or response == "CR"
            continue
        allowed[response] = allowed.get(response, 0) - 1
        if allowed[response] < 0:
            return False
    return False


def response_day(found: Course) -> int | None:
    """Day of the first CR or PR that is later confirmed."""
    return min((day for kind in RESPONSES if (day := confirmed(found, kind)) is not None), default=None)


def best(found: Course, *, confirm: bool) -> str:
    """Best overall response, where `confirm` by responses that were confirmed."""
    for kind in RESPONSES:
        if (confirmed(found, kind) is not None) if confirm else any(r == kind for _, r in found.seen):
            return kind
    lasting = [r for day, r in found.seen if day >= found.params.response.minimum_sd_days]
    if any(r in STABLE for r in lasting):
        return "SD"
    if "NON-CR/NON-PD" in lasting:
        return "NON-CR/NON-PD"
    return "NE" if found.progression is None else "PD"


def benefits(found: Course, rule: str, *, confirm: bool) -> bool:
    """Clinical benefit by the rule `assessment` or `duration`."""
    params, response = found.params, best(found, confirm=confirm)
    if response not in CONTROLLED:
        return False
    last = max(found.adequate, default=0)
    if rule == ASSESSMENT:
        return response in RESPONSES or last >= params.response.cbr_days - params.schedule.scan_window_days
    end = found.progression
    if end is None or end - last > params.schedule.gap_days:
        end = last
    return end >= params.response.cbr_days


def summaries(found: Course) -> Iterator[tuple[str, str]]:
    """PARAMCD and AVALC of every summary of the responses."""
    chosen = found.params.response.cbr_rule
    for confirm, prefix in ((False, ""), (True, "C")):
        response = best(found, confirm=confirm)
        yield f"{prefix}BOR", response
        yield f"{prefix}RSP", yes(response in RESPONSES)
        yield f"{prefix}DC", yes(response in CONTROLLED)
        yield f"{prefix}CB", yes(benefits(found, chosen, confirm=confirm))
    paramcd, other = SENSITIVITY[chosen]
    yield paramcd, yes(benefits(found, other, confirm=True))


def yes(answer: bool) -> str:
    return "Y" if answer else "N"


def hoped(found: Course, patient: Patient, *, left: bool) -> Course | None:
    """The course with a CR on the last day that counts, if that is to come; None where no assessment can count."""
    last = math.floor(found.params.response.max_months * MONTH) - 1
    over = found.progression is not None or patient.claim or patient.therapy
    if left or over or not patient.scanned or patient.start + dt.timedelta(days=last) <= found.params.cutoff:
        return None
    return replace(found, seen=(*found.seen, (last, "CR")))


def notes(found: Course, patient: Patient, *, left: bool) -> Iterator[str]:
    """What is counted of a patient beside the summaries.

    "unassessed": without any assessment that counts, though with one at baseline; "awaiting response" and "awaiting
    benefit": one more scan could still confirm the response that was seen, or show the benefit that was not.
    """
    if patient.scanned and not found.seen:
        yield "unassessed"
    hope = hoped(found, patient, left=left)
    if hope is None:
        return
    responds = best(found, confirm=False) in RESPONSES
    if responds and response_day(found) is None and response_day(hope) is not None:
        yield "awaiting response"
    rule = found.params.response.cbr_rule
    if benefits(hope, rule, confirm=True) and not benefits(found, rule, confirm=True):
        yield "awaiting benefit"
