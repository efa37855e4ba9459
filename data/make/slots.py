"""When each subject consented and was enrolled: 48 subjects over two years, eight of them screen failures."""

import datetime as dt
from dataclasses import dataclass

from data.make.base import chance, days, stream

SUBJECTS = range(1, 49)
FIRST_CONSENT, APART = dt.date(2022, 11, 7), 15


@dataclass(frozen=True)
class Slot:
    """Days of consent, enrolment and first dose."""

    consent: dt.date
    enrolled: dt.date
    first_dose: dt.date


def slot(subject: int) -> Slot:
    """Draw the days of one subject; the first dose follows enrolment within three days."""
    rng = stream(subject, "slot")
    consent = FIRST_CONSENT + days(APART * (subject - 1) + int(rng.integers(0, 9)))
    enrolled = consent + days(int(rng.integers(9, 21)))
    return Slot(consent, enrolled, enrolled + days(0 if chance(rng, 0.4) else int(rng.integers(1, 4))))
