"""Time to treatment failure (exploratory): enrolment to the first of stopping all study drugs, PD and death.

- Treatment stops when the last of the drugs that the patient took is stopped for any reason, on the recorded date of
  its discontinuation (DS), or on the last dose where that date is not complete. A drug never taken stops nothing, and
  one completed as planned was not stopped.
- PD and death are those of PFS; of one day progression is named first, then death, then the stop that follows from
  them. No rule censors an event: new therapy, a gap and the administrative limit of PFS do not matter here.
- Without an event the time is censored at the last dose, the last evidence that treatment went on; scans and contacts
  after it show nothing of treatment.
- A patient who was never dosed has a record, as every enrolled one: PD and death count, else day 1 censors (nothing
  was begun that could be stopped).
"""

import datetime as dt

from analysis.adam import tte
from analysis.adam.disposition import drug_ends
from analysis.adam.exposure import drugs_taken
from analysis.adam.pfs import History, judged
from analysis.adam.records import Row, Sdtm, Source, day_of, source_of
from analysis.adam.tte import Event, Outcome
from analysis.params import Params

LAST_DOSE = Source("ADSL", "TRTEDT")


def treatment_stops(sdtm: Sdtm, patients: dict[str, Row], params: Params) -> dict[str, Event]:
    """Per patient who stopped every drug that she took, the day of the last stop; `patients` are rows of ADSL.

    A stop that neither its record nor a last dose dates is not counted.
    """
    taken = drugs_taken(sdtm, params)
    ends = drug_ends(sdtm, sorted(set().union(*taken.values())))
    stops = {}
    for usubjid, patient in patients.items():
        records = [ends[drug].get(usubjid) for drug in sorted(taken.get(usubjid, ()))]
        stopped = [row for row in records if row is not None and row["DSDECOD"] != "COMPLETED"]
        dated = [found for row in stopped if (found := _stop(row, patient)) is not None]
        if dated and len(dated) == len(records):
            day, source = max(dated, key=lambda found: found[0])
            stops[usubjid] = Event(tte.STOPPED, day, day, source)
    return stops


def _stop(row: Row, patient: Row) -> tuple[dt.date, Source] | None:
    """When a disposition event stopped its drug, not before enrolment, and the record that says so."""
    recorded = day_of(row, "DS", "DSSTDTC")
    day = patient["TRTEDT"] if recorded is None else recorded
    if day is None:
        return None
    return max(day, patient["ENRLDT"]), LAST_DOSE if recorded is None else source_of(row, "DS", "DSSTDTC")


def derive_ttf(history: History, last_dose: dt.date | None, stop: Event | None) -> Outcome:
    """Time to treatment failure of one patient; `history` counts from enrolment, `stop` ends all treatment."""
    start = history.start
    events = [Event(tte.PROGRESSION, a.date, a.date, a.source) for a in judged(history) if a.response == "PD"]
    if history.death is not None:
        death = max(history.death, start)
        events.append(Event(tte.DEATH, death, death, Source("DM", "DTHDTC")))
    if stop is not None:
        events.append(stop)
    first = tte.first_event(events)
    if first is not None:
        return tte.outcome(start, first, [])
    if last_dose is None:
        return Outcome(start, start, history.start_source, reason="NOT_TREATED", what=history.start_name)
    if last_dose <= start:
        return Outcome(start, start, history.start_source, reason=history.unfinished, what=history.start_name)
    return Outcome(start, last_dose, LAST_DOSE, reason=history.unfinished, what="Last dose")
