"""The true course of one subject: everything that happened, from which all datasets are rendered."""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np

from data.make.base import (
    END_OF_TREATMENT,
    HORIZON,
    SAFETY_FOLLOW_UP,
    SCAN_INTERVAL,
    SCREENING,
    Visit,
    chance,
    cycle_visit,
    days,
    injection_visit,
    pick,
    stream,
    survival_visit,
    usubjid,
)
from data.make.dosing import INTERRUPTED, WITHDRAWN, Dose, action, dose_anlotinib, dose_fulvestrant
from data.make.plans import LOST, PLANS, PROGRESSION, SCREEN_FAILURES, TOXICITY, Death, Plan, Planned, Therapy, When
from data.make.slots import Slot, slot
from data.make.toxicity import AdverseEvent, draw_events
from data.make.tumours import Lesion, Scan, draw_lesions, simulate_course, simulate_scans

ANLOTINIB, FULVESTRANT = "ANLOTINIB", "FULVESTRANT"
PFS_MEDIAN_MONTHS, PFS_SHAPE = 7.4, 1.5
"""Weibull of the time to progression of subjects without a plan, before it is seen at the next scan."""
POST_PROGRESSION_MEAN_DAYS = 760
LATER_SYSTEMIC = ("CAPECITABINE", "PACLITAXEL", "EVEROLIMUS", "TUCIDINOSTAT", "VINORELBINE", "ERIBULIN", "UTIDELONE")
MONTH = 30.4375


@dataclass(frozen=True)
class Event:
    """Something that ended on a day for a reason."""

    date: dt.date
    reason: str


@dataclass(frozen=True)
class End:
    """A death as it was (`date`) and as it was recorded (`text`, from the day `known`)."""

    date: dt.date
    text: str
    cause: str
    known: dt.date


@dataclass(frozen=True)
class Treatment:
    """A later anticancer treatment as it was and as its start was recorded."""

    plan: Therapy
    start: dt.date
    text: str


@dataclass(frozen=True)
class Story:
    """One subject. Days are true days; what the clinic recorded otherwise is kept beside them."""

    subject: int
    plan: Plan
    slot: Slot
    failed: bool
    targets: tuple[Lesion, ...] = ()
    others: tuple[Lesion, ...] = ()
    scans: tuple[Scan, ...] = ()
    first_dose: dt.date | None = None
    anlotinib: tuple[Dose, ...] = ()
    fulvestrant: tuple[Dose, ...] = ()
    stops: tuple[tuple[str, Event], ...] = ()
    events: tuple[AdverseEvent, ...] = ()
    therapies: tuple[Treatment, ...] = ()
    death: End | None = None
    leaves: Event | None = None
    contacts: tuple[dt.date, ...] = ()
    visits: tuple[Visit, ...] = ()
    screening: tuple[dt.date, dt.date] = (dt.date.min, dt.date.min)

    @property
    def usubjid(self) -> str:
        return usubjid(self.subject)

    @property
    def doses(self) -> tuple[Dose, ...]:
        return self.anlotinib + self.fulvestrant

    @property
    def last_day(self) -> dt.date:
        """The last day on which anything can be observed."""
        ends = [HORIZON, *([self.death.date] if self.death else []), *([self.leaves.date] if self.leaves else [])]
        return min(ends)

    @property
    def progression(self) -> Scan | None:
        """The scan that shows the progression, if any."""
        return self.scans[-1] if self.scans and self.scans[-1].overall == "PD" else None

    @property
    def liver(self) -> bool:
        """Whether a lesion lies in the liver at baseline."""
        return any(lesion.location == "LIVER" for lesion in self.targets + self.others)


def tell(subject: int) -> Story:
    """Simulate one subject."""
    plan, when = PLANS.get(subject, Plan()), slot(subject)
    rng = stream(subject, "story")
    examined = max(when.consent, when.enrolled - days(int(rng.integers(1, 7))))
    if subject in SCREEN_FAILURES:
        visit = replace(SCREENING, date=when.consent, end=examined)
        return Story(subject, plan, when, True, screening=(when.consent, examined), visits=(visit,))
    story = Story(subject, plan, when, False, first_dose=when.first_dose if plan.dosed else None)
    story = replace(story, leaves=_leaves(plan, when))
    story = _with_tumours(story)
    story = _with_death(story, rng)
    story = _with_treatment(story, rng)
    story = replace(story, therapies=_therapies(story, rng))
    return _with_visits(story, examined, rng)


def _on(reference: dt.date, when: When) -> dt.date:
    return when if isinstance(when, dt.date) else reference + days(when)


def _leaves(plan: Plan, when: Slot) -> Event | None:
    return Event(_on(when.enrolled, plan.leaves[0]), plan.leaves[1]) if plan.leaves else None


def _with_tumours(story: Story) -> Story:
    """Draw lesions and scans; a course that is not planned is simulated from a time to progression and a depth."""
    plan, enrolled, rng = story.plan, story.slot.enrolled, stream(story.subject, "tumours")
    targets, others = draw_lesions(rng, plan.lesions)
    months = PFS_MEDIAN_MONTHS * (float(rng.exponential()) / np.log(2)) ** (1 / PFS_SHAPE)
    responds, shrunk = chance(rng, 0.5), float(rng.random())
    course = plan.course
    if course is None:
        seen = max(2, int(np.ceil(months * MONTH / SCAN_INTERVAL)))
        depth = 25 + 38 * shrunk if responds else 76 + 20 * shrunk
        course = simulate_course(rng, 30, seen, depth)
    scans = simulate_scans(
        course,
        targets,
        others,
        story.slot.consent,
        enrolled,
        rng,
        plan.scan_dates,
        baseline=plan.baseline_scan,
        later=plan.bone_scan_later,
        last=story.last_day,
    )
    found = " ".join(scan.overall for scan in scans if scan.overall)
    if plan.expected and not plan.expected.startswith(found):
        raise ValueError(f"subject {story.subject}: course {course!r} gives {found}, planned {plan.expected}")
    return replace(story, targets=targets, others=others, scans=scans)


def _with_death(story: Story, rng: np.random.Generator) -> Story:
    """Set the planned death, or draw one some time after progression."""
    planned, seen = story.plan.death, story.progression
    survival = 40 + round(float(rng.exponential(POST_PROGRESSION_MEAN_DAYS)))
    told = int(rng.integers(0, 15))
    if planned is None:
        if story.plan.survives or seen is None or seen.later + days(survival + told) > HORIZON:
            return story
        planned = Death(seen.later + days(survival), "DISEASE PROGRESSION")
    date = _on(story.slot.enrolled, planned.at)
    suddenly = any(event.fields.get("fatal") for event in story.plan.events)
    known = planned.known or (date if suddenly else date + days(told))
    return replace(story, death=End(date, planned.text or date.isoformat(), planned.cause, known))


def _with_treatment(story: Story, rng: np.random.Generator) -> Story:
    """Dose the subject until progression, toxicity or another stop, with adverse events that act on the dosing."""
    first, plan = story.first_dose, story.plan
    if first is None:
        return story
    seen, stop = story.progression, None
    if plan.stop is not None:
        stop = Event(_on(story.slot.enrolled, plan.stop[0]), plan.stop[1])
    elif seen is not None:
        stop = Event(seen.later + days(int(rng.integers(0, 7))), PROGRESSION)
    if story.death is not None and (stop is None or story.death.date < stop.date):
        stop = Event(story.death.date, "DEATH")
    until = stop.date if stop else HORIZON
    given_until = min(until, story.scans[-1].date + days(28)) if stop and stop.reason == LOST else until
    by_hand = [_planned_event(planned, first) for planned in plan.events if planned.after_last_dose is None]
    fatal = [event.start for event in by_hand if event.fatal]
    given_until = min([given_until, *fatal])
    events = by_hand + draw_events(story.subject, first, given_until, frozenset(event.term for event in by_hand))
    withdrawn = min((e.start for e in events if e.wish == "withdraw" and first < e.start <= given_until), default=None)
    anlotinib_until = min(given_until, withdrawn) if withdrawn else given_until
    doses, on_anlotinib = dose_anlotinib(first, anlotinib_until, events, stream(story.subject, "anlotinib"))
    injections, on_fulvestrant = dose_fulvestrant(first, given_until, events, stream(story.subject, "fulvestrant"))
    for position, event in enumerate(events):
        if event.wish == "withdraw" and event.start == withdrawn:
            on_anlotinib[position] = WITHDRAWN
            if stop is not None and stop.date <= event.start + days(7):
                on_fulvestrant[position] = WITHDRAWN
        elif event.fatal:
            on_anlotinib[position] = INTERRUPTED
    stopped = withdrawn is not None or stop is not None
    acted = [
        replace(
            event,
            actions=(
                action(event, position, on_anlotinib, first, anlotinib_until if stopped else None),
                action(event, position, on_fulvestrant, first, given_until if stop else None),
            ),
        )
        for position, event in enumerate(events)
    ]
    last = max(dose.end for dose in doses + injections)
    for planned in plan.events:
        if planned.after_last_dose is not None:
            acted.append(_planned_event(planned, last + days(planned.after_last_dose)))
    anlotinib_stop = Event(withdrawn, TOXICITY) if withdrawn else stop
    stops = ((ANLOTINIB, anlotinib_stop), (FULVESTRANT, stop))
    return replace(
        story,
        anlotinib=tuple(doses),
        fulvestrant=tuple(injections),
        stops=tuple((drug, end) for drug, end in stops if end),
        events=tuple(sorted(_observed(acted, story.last_day), key=lambda e: (e.start, e.term))),
    )


def _planned_event(planned: Planned, reference: dt.date) -> AdverseEvent:
    start = _on(reference, planned.at)
    end = start + days(planned.lasts - 1) if planned.lasts is not None else None
    return AdverseEvent(planned.term, start, end, planned.grade, **planned.fields)


def _observed(events: list[AdverseEvent], last_day: dt.date) -> list[AdverseEvent]:
    """Keep the events that began while the subject was observed; one that had not ended by then has no end."""
    return [
        replace(event, end=None) if event.end is not None and event.end > last_day else event
        for event in events
        if event.start <= last_day
    ]


def _therapies(story: Story, rng: np.random.Generator) -> tuple[Treatment, ...]:
    """Return the planned later treatments, or draw one after progression."""
    planned, seen = story.plan.therapies, story.progression
    gap, name, wanted = int(rng.integers(14, 46)), pick(rng, LATER_SYSTEMIC), chance(rng, 0.8)
    if planned is None:
        stopped = max((end.date for _, end in story.stops), default=None)
        planned = ()
        if seen is not None and stopped is not None and wanted:
            planned = (Therapy("systemic", name, max(seen.later, stopped) + days(gap)),)
    begun = [(therapy, _on(story.slot.enrolled, therapy.at)) for therapy in planned]
    return tuple(Treatment(t, start, t.text or start.isoformat()) for t, start in begun if start < story.last_day)


def _with_visits(story: Story, examined: dt.date, rng: np.random.Generator) -> Story:
    """Collect the visits: screening, dosing, scans, end of treatment, safety and survival follow-up."""
    baseline = [scan.date for scan in story.scans if scan.visit.number == SCREENING.number]
    screening = (min([story.slot.consent, *baseline]), max([examined, *baseline]))
    visits = [replace(SCREENING, date=screening[0], end=screening[1])]
    visits += [replace(cycle_visit(dose.number), date=dose.start, end=dose.start) for dose in story.anlotinib]
    visits += [replace(injection_visit(d.number), date=d.start, end=d.start) for d in story.fulvestrant if d.number > 1]
    visits += [scan.visit for scan in story.scans if scan.visit.number != SCREENING.number]
    contacts: list[dt.date] = []
    if len(story.stops) == 2 or not story.plan.dosed:
        over = max([end.date for _, end in story.stops], default=story.slot.enrolled)
        last_dose = max([dose.end for dose in story.doses], default=over)
        gone = {end.reason for _, end in story.stops} & {LOST, "DEATH"}
        for visit, date in (
            (END_OF_TREATMENT, over + days(int(rng.integers(1, 6)))),
            (SAFETY_FOLLOW_UP, last_dose + days(30 + int(rng.integers(0, 6)))),
        ):
            if story.plan.dosed and not gone and date < story.last_day:
                visits.append(replace(visit, date=date, end=date))
        while (
            not gone and (contact := over + days(84 * (len(contacts) + 1) + int(rng.integers(-5, 6)))) < story.last_day
        ):
            contacts.append(contact)
            visits.append(replace(survival_visit(len(contacts)), date=contact, end=contact))
    visits.sort(key=lambda visit: (visit.date or dt.date.min, visit.number))
    return replace(story, visits=tuple(visits), contacts=tuple(contacts), screening=screening)
