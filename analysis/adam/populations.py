"""Analysis sets as ordered rules: the first reason that applies to a patient excludes her from the set.

Every set is one of enrolled patients. A patient dosed without a record of enrolment is queried and in none of them, so
that the size of a set and the disposition of the enrolled cannot disagree.
"""

from collections.abc import Callable
from dataclasses import dataclass

from analysis.adam.records import Row

Reason = tuple[str, Callable[[Row], bool]]

NOT_ENROLLED: Reason = ("Not enrolled", lambda patient: patient["ENRLFL"] != "Y")
NOT_DOSED: Reason = ("No dose of study treatment", lambda patient: patient["TRTSDT"] is None)
NOT_MEASURABLE: Reason = ("No measurable disease at baseline", lambda patient: patient["MEASBLFL"] != "Y")
NOT_ASSESSED: Reason = (
    "No adequate post-baseline assessment, progression or death",
    lambda patient: not patient["ASSESSED"],
)
DEVIATION: Reason = ("Important protocol deviation", lambda patient: patient["DEVIATION"] is not None)


@dataclass(frozen=True)
class Population:
    """An analysis set: its ADSL flag, the variable of the exclusion reason, and what it excludes, in order."""

    flag: str
    reason: str
    excludes: tuple[Reason, ...]


POPULATIONS: tuple[Population, ...] = (
    Population("FASFL", "FASEXRS", (NOT_ENROLLED,)),
    Population("SAFFL", "SAFEXRS", (NOT_ENROLLED, NOT_DOSED)),
    Population("RSPEVFL", "RSPEXRS", (NOT_ENROLLED, NOT_DOSED, NOT_MEASURABLE, NOT_ASSESSED)),
    Population("PPROTFL", "PPEXRS", (NOT_ENROLLED, NOT_DOSED, DEVIATION)),
)


def population_flags(patient: Row) -> Row:
    """The flags and exclusion reasons of one patient.

    `patient` holds ENRLFL, TRTSDT, MEASBLFL, ASSESSED (an adequate post-baseline assessment, or progression or death
    before one) and DEVIATION (the category of an important deviation, or None).
    """
    flags: Row = {}
    for population in POPULATIONS:
        reason = next((text for text, applies in population.excludes if applies(patient)), None)
        if reason == DEVIATION[0]:
            reason = f"{reason}: {patient['DEVIATION']}"
        flags |= {population.flag: "N" if reason else "Y", population.reason: reason}
    return flags
