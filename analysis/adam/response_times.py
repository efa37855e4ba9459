"""Duration of response and time to response, of the confirmed responders of the objective response rate.

Both rest on the first CR or PR that is later confirmed (ADRS, CRSP with AVALC Y) and, as every response does, count
from enrolment, whatever params.pfs.start. The duration takes its end from the rules of PFS's primary set, so that a
response ends on the day on which PFS from enrolment ends. What the rules say of the start is said of that response:

- Day 1 is its actual date, in the sets of scheduled dates, too. Nothing before it is read: a clinical progression that
  was claimed earlier did not end it.
- The response is itself an adequate assessment: the gap counts from it or a later one, and a time without any later
  one is censored on day 1. So there is never a response without an assessment after baseline.
- A death recorded before it counts on day 1, as one before enrolment does in PFS.
- The end of a response is not limited to the 24 months of the response rate, but to params.pfs.max_months, which still
  count from enrolment: follow-up for progression ends there. A response after that limit is censored on day 1.
- A PR or SD after CR is no end: only a PD is (PFS follows RS, not the best response).
"""

from dataclasses import dataclass, replace

from analysis.adam import tte
from analysis.adam.pfs import History, derive_pfs
from analysis.adam.records import Row, Source
from analysis.adam.tte import Outcome
from analysis.params import Params


@dataclass(frozen=True)
class Responder:
    """A patient's history from enrolment and her record of ADRS that says when the confirmed response began."""

    history: History
    response: Row

    @property
    def source(self) -> Source:
        return Source(self.response["SRCDOM"], self.response["SRCVAR"], self.response["SRCSEQ"])


def derive_dor(responder: Responder, params: Params) -> Outcome:
    """Duration of response: from the response to PD or death, censored as PFS by its primary set."""
    history, start = responder.history, responder.response["ADT"]
    claimed = history.clinical
    moved = replace(
        history,
        start=start,
        start_source=responder.source,
        start_name="First confirmed response",
        assessments=tuple(a for a in history.assessments if a.date >= start),
        clinical=claimed if claimed is not None and claimed.date >= start else None,
    )
    return derive_pfs(moved, params.pfs.rule_set, params)


def derive_ttr(responder: Responder) -> Outcome:
    """Time to response: from enrolment to the response, an event for every responder."""
    return Outcome(responder.history.start, responder.response["ADT"], responder.source, event=tte.RESPONSE)
