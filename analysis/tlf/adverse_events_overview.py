"""Overview of treatment-emergent adverse events (Table 14.3.1.1): patients and events of each kind."""

from collections.abc import Sequence

from analysis.adam.ae_drugs import ACTIONS
from analysis.params import Params
from analysis.results import Result
from analysis.tlf import adverse_events as ae
from analysis.tlf.adverse_events import Count, Tally
from analysis.tlf.context import Context
from analysis.tlf.disposition import drug_key
from analysis.tlf.model import Cell, Column, Row, Table
from analysis.tlf.rows import share_text

OVERVIEW = "t-14-3-1-1"

MODIFICATIONS = {
    "ARED": ("reduction", "Leading to dose reduction"),
    "AINT": ("interruption", "Leading to interruption"),
    "ADIS": ("discontinuation", "Leading to discontinuation"),
}
"""Beginning of the flags, as in ACTIONS -> part of the results' names, label."""


def counts(params: Params) -> list[Count]:
    """The lines of the overview; `span` is the heading that they stand under."""
    drugs = [
        (number, drug_key(drug), drug.name.capitalize()) for number, drug in enumerate(params.study.treatments, start=1)
    ]

    def kinds(name: str, label: str, only: dict[str, object]) -> list[Count]:
        """All events of a kind and those that are related."""
        related = only | dict(ae.RELATED)
        return [
            Count(label, only, name=f"teae.{name}"),
            Count(f"{label}, related", related, name=f"teae.{name}_related"),
        ]

    found = [
        Count("Any event", name="teae.any"),
        *kinds("grade3", "Grade 3 or higher", dict(ae.GRADE_3)),
        *kinds("serious", "Serious", dict(ae.SERIOUS)),
        *kinds("fatal", "Fatal", dict(ae.FATAL)),
        Count("Special interest", {"AESIFL": "Y"}, name="teae.special_interest"),
        Count("Without a grade", {"ATOXGRN": None}, name="teae.grade_missing"),
        Count("Any drug", ae.RELATED, name="teae.related", span="Related"),
    ]
    found += [
        Count(label, {f"AREL{number}FL": "Y"}, name=f"teae.related_{key}", span="Related")
        for number, key, label in drugs
    ]
    for flag in ACTIONS:
        name, heading = MODIFICATIONS[flag]
        found.append(Count("Any drug", {f"{flag}FL": "Y"}, name=f"teae.{name}", span=heading))
        found += [
            Count(label, {f"{flag}{number}FL": "Y"}, name=f"teae.{name}_{key}", span=heading)
            for number, key, label in drugs
        ]
    return found


def results(context: Context) -> list[Result]:
    """Patients, their share and events of each kind."""
    if OVERVIEW not in context.catalogue:
        return []
    return Tally(context, OVERVIEW, counts(context.params), ae.EMERGENT).overall()


def table(context: Context, found: Sequence[Result]) -> Table:
    """Table 14.3.1.1 from its results."""
    body: list[Row] = []
    heading = ""
    lines = zip(counts(context.params), found[::3], found[1::3], found[2::3], strict=True)
    for count, patients, share, events in lines:
        if count.span != heading:
            heading = count.span
            body.append(Row.of(heading, kind="group"))
        cells = share_text((patients, share)), Cell(events.stat_fmt, result=events.name)
        body.append(Row.of(count.label, *cells, indent=int(bool(heading))))
    columns = (
        Column("", 0.5),
        Column(f"{context.arm(OVERVIEW)}\nPatients, n (%)", 0.32, "decimal"),
        Column("Events", 0.18, "decimal"),
    )
    methods = (
        ae.period_says(context.params),
        "A patient counts once in a row whatever the number of events; percentages are of the patients of the set.",
        ae.GRADE_SAYS,
        ae.FATAL_SAYS,
        ae.RELATED_SAYS,
    )
    return context.table(OVERVIEW, columns, body, datasets=("ADAE", "ADSL"), methods=methods)
