"""Adverse events by system organ class and preferred term: one table made many times, with what differs as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from analysis.params import Params
from analysis.results import Result
from analysis.tlf import adverse_events as ae
from analysis.tlf.adverse_events import Count, Tally
from analysis.tlf.context import Context
from analysis.tlf.disposition import drug_key
from analysis.tlf.model import Cell, Column, Row, Span, Table
from analysis.tlf.rows import name_parts, share_text

BY_CLASS, WORST, FREQUENT = "t-14-3-1-2", "t-14-3-1-3", "t-14-3-1-4"
RELATED = ("t-14-3-1-5", "t-14-3-1-6", "t-14-3-1-7")
ACTIONS, SERIOUS, FATAL, REGISTERED = "t-14-3-1-8", "t-14-3-1-9", "t-14-3-1-10", "t-14-3-1-12"


@dataclass(frozen=True)
class Shell:
    """One table: which events it is of (`only`), its counts, and how these are shown.

    The results are named `<name>.<row>.<count>`, the row being `total`, a system organ class or a term.
    `events`: each count has a second column, the number of events. `classes`: terms stand under their system organ
    class; `at_least_percent` leaves rarer terms out of a table without classes. `says` are footnotes of its own.
    """

    name: str
    counts: Sequence[Count]
    only: Mapping[str, object]
    events: bool = True
    classes: bool = True
    at_least_percent: float = 0
    says: Sequence[str] = ()


GRADES = (Count("Any grade", name="any"), Count("Grade 3 or higher", ae.GRADE_3, name="grade3"))
BY_WORST_GRADE = (
    Count("Any grade", name="any"),
    *(
        Count(f"Grade {grade}", {"ATOXGRN": grade}, worst=True, name=f"grade_{grade}", span="Worst grade")
        for grade in range(1, 6)
    ),
    Count("Missing", {"ATOXGRN": None}, worst=True, name="grade_missing", span="Worst grade"),
)
ACTIONS_TAKEN = (("ARED", "Reduced"), ("AINT", "Interrupted"), ("ADIS", "Discontinued"))
"""Beginning of the flag of a drug, and the header."""


def shells(params: Params) -> dict[str, Shell]:
    """The tables of a study, by id; a related table for each drug, of which the catalogue has ids for two."""
    drugs = list(enumerate(params.study.treatments, start=1))
    percent = params.adverse_events.frequent_percent
    graded = (ae.GRADE_SAYS,)
    related = (*graded, ae.RELATED_SAYS)
    actions = [
        Count(label, {f"{flag}{number}FL": "Y"}, name=f"{label.lower()}_{drug_key(drug)}", span=drug.name.capitalize())
        for number, drug in drugs
        for flag, label in ACTIONS_TAKEN
    ]
    flags = {"ae_related": "ARELFL"} | {f"ae_related_{drug_key(drug)}": f"AREL{number}FL" for number, drug in drugs}
    return {
        BY_CLASS: Shell("ae", GRADES, ae.EMERGENT, says=graded),
        WORST: Shell(
            "ae_worst",
            BY_WORST_GRADE,
            ae.EMERGENT,
            events=False,
            says=("Worst grade: of the patient's events in the row; missing where none of them has a grade.",),
        ),
        FREQUENT: Shell(
            "ae_frequent",
            GRADES,
            ae.EMERGENT,
            classes=False,
            at_least_percent=percent,
            says=(f"Terms that at least {percent:g}% of the patients had.", *graded),
        ),
        **{
            output: Shell(name, GRADES, {**ae.EMERGENT, flag: "Y"}, says=related)
            for output, (name, flag) in zip(RELATED, flags.items(), strict=False)
        },
        ACTIONS: Shell(
            "ae_action",
            (Count("Any of these", name="any"), *actions),
            {**ae.EMERGENT, "AACTFL": "Y"},
            events=False,
            says=("By the action taken with each drug; an event may have led to several.",),
        ),
        SERIOUS: Shell(
            "sae",
            (Count("Serious", name="any"), Count("Serious and related", ae.RELATED, name="related")),
            {**ae.EMERGENT, **ae.SERIOUS},
            says=(ae.RELATED_SAYS,),
        ),
        FATAL: Shell(
            "ae_fatal",
            (Count("Fatal", name="any"), Count("Fatal and related", ae.RELATED, name="related")),
            {**ae.EMERGENT, **ae.FATAL},
            says=(ae.FATAL_SAYS, ae.RELATED_SAYS),
        ),
        REGISTERED: Shell("ae_registered", GRADES, ae.REGISTERED, says=graded),
    }


def results(context: Context, output: str) -> list[Result]:
    """Every number of one of the tables, row by row as it shows them."""
    known = shells(context.params)
    if output not in known:
        raise ValueError(f"{output} is of a drug that the study does not have: take it out of params/outputs.yaml")
    shell = known[output]
    tally = Tally(context, output, shell.counts, shell.only)
    rest = tally.by_class() if shell.classes else tally.by_term(shell.at_least_percent)
    return _named(shell, tally.overall() + rest)


def _named(shell: Shell, found: Sequence[Result]) -> list[Result]:
    """The results of a table with the part of their row in their names; a term of two classes has two parts."""
    size = 3 * len(shell.counts)
    texts = [result.group2_level or result.group1_level or "" for result in found[::size]]
    parts = ["total", *name_parts(texts[1:], ["total"])]
    return [replace(result, name=f"{shell.name}.{parts[n // size]}.{result.name}") for n, result in enumerate(found)]


def all_results(context: Context) -> list[Result]:
    """Every number of the tables in the catalogue."""
    chosen = [output for output in shells(context.params) if output in context.catalogue]
    return [result for output in chosen for result in results(context, output)]


def table(context: Context, output: str, found: Sequence[Result]) -> Table:
    """One of the tables from its results."""
    shell = shells(context.params)[output]
    size = 3 * len(shell.counts)
    body = [_row(shell, found[start : start + size]) for start in range(0, len(found), size)]
    numbers, spans = _columns(shell, f"(N = {context.size(output)})")
    wide = len(numbers) > 4
    first = 0.3 if wide else 0.44
    label = "System organ class / preferred term" if shell.classes else "Preferred term"
    columns = [Column(label, first), *(Column(text, (1 - first) / len(numbers), "decimal") for text in numbers)]
    methods = (ae.period_says(context.params, shell.only), ae.terms_say(context.params), *shell.says)
    return context.table(output, columns, body, datasets=("ADAE", "ADSL"), methods=methods, spans=spans, landscape=wide)


def _columns(shell: Shell, size: str) -> tuple[list[str], list[Span]]:
    """The headers of the columns of numbers, with the size of the set, and those that span several."""
    if shell.events:
        spans = [Span(f"{count.label}\n{size}", 2 * n + 1, 2 * n + 2) for n, count in enumerate(shell.counts)]
        return ["n (%)", "Events"] * len(shell.counts), spans
    spans, first = [], 1
    for label, own in groupby(count.span for count in shell.counts):
        last = first + len(list(own)) - 1
        spans += [Span(label, first, last)] if label else []
        first = last + 1
    return [f"{count.label}\n{size}\nn (%)" for count in shell.counts], spans


def _row(shell: Shell, own: Sequence[Result]) -> Row:
    """A row from the results of its counts: three of each."""
    cells = []
    for patients, share, events in zip(own[::3], own[1::3], own[2::3], strict=True):
        cells += (
            [share_text((patients, share)), Cell(events.stat_fmt, result=events.name)]
            if shell.events
            else [share_text((patients, share))]
        )
    first = own[0]
    if first.group1 is None:
        return Row.of(ae.ANY, *cells, kind="total")
    if shell.classes and first.group2 is None:
        return Row.of(first.group1_level or "", *cells, kind="group")
    return Row.of(first.group2_level or first.group1_level or "", *cells, indent=int(shell.classes))
