"""Medical history and concomitant medication: patients by term, most frequent first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analysis.results import Result
from analysis.tlf import rows
from analysis.tlf.context import Context
from analysis.tlf.disposition import sentence
from analysis.tlf.model import Column, Row, Table
from analysis.tlf.summaries import NOTHING, Summary

HISTORY = "t-14-1-7-1"
MEDICATION = "t-14-1-8-1"

ONGOING = {"MHENRFL": "Y"}
UNCODED = "Not coded"

Conditions = Mapping[str, object]


def history_results(context: Context) -> list[Result]:
    """Conditions by system organ class, where recorded, and term: all, and those present at the start of treatment."""
    if HISTORY not in context.catalogue:
        return []
    categories = context.params.patients.history_categories
    summary = Summary.of(context, HISTORY, "ADMH", {"MHCAT": categories} if categories else NOTHING)
    found = [
        *summary.patients("Patients with a condition", name="history.any"),
        *summary.patients("Patients with a condition", ONGOING, name="history.ongoing"),
    ]
    terms = _by_term(summary, "MHBODSYS", "AMHDECOD", (NOTHING, ONGOING))
    return found + _named(terms, "condition", ("any", "ongoing"))


def history_table(context: Context, found: list[Result]) -> Table:
    """Table 14.1.7.1 from its results."""
    size = f"(N = {context.size(HISTORY)})"
    columns = (
        Column("System organ class\nTerm" if _has_classes(found) else "Term", 0.5),
        Column(f"Any time before\n{size}\nn (%)", 0.23, "decimal"),
        Column(f"Present at start of treatment\n{size}\nn (%)", 0.27, "decimal"),
    )
    methods = [
        "A patient counts once for each term. Present at the start of treatment: not ended before the first dose, or "
        "before enrolment where no dose was given; a condition without an end was present.",
        "Percentages are of the patients of the set.",
    ]
    return context.table(HISTORY, columns, _term_rows(found, 2), datasets=("ADMH", "ADSL"), methods=methods)


def medication_results(context: Context) -> list[Result]:
    """Concomitant medication by group of params, and by class, where recorded, and generic name."""
    if MEDICATION not in context.catalogue:
        return []
    summary = Summary.of(context, MEDICATION, "ADCM", {"CONCFL": "Y"})
    found = summary.patients("Patients with a medication", name="cm.any")
    for group in context.params.patients.medication_groups:
        found += summary.patients(
            group.title,
            {"ACMGRP": group.title},
            name=f"cm.{group.name}",
            variable="ACMGRP",
            variable_level=group.title,
        )
    return found + _named(_by_term(summary, "CMCLAS", "ACMDECOD", (NOTHING,)), "medication", ("any",))


def medication_table(context: Context, found: list[Result]) -> Table:
    """Table 14.1.8.1 from its results."""
    groups = [result for result in found if result.variable == "ACMGRP"]
    body = [] if not groups else [rows.group("Groups of interest"), *_lines(groups, 1, indent=1)]
    first, *others = _term_rows(found, 1)
    has_classes = _has_classes(found)
    if others and not has_classes:
        others = [rows.group("Generic name"), *(Row(row.cells, 1, row.kind) for row in others)]
    columns = (
        Column("Class\nGeneric name" if has_classes else "", 0.62),
        Column(f"{context.arm(MEDICATION)}\nn (%)", 0.38, "decimal"),
    )
    methods = [
        "Concomitant: taken on any day from the first dose to the end of the treatment-emergent period, except "
        "subsequent anticancer therapy. A patient counts once for each name and group.",
    ]
    return context.table(MEDICATION, columns, [first, *body, *others], datasets=("ADCM", "ADSL"), methods=methods)


def _by_term(summary: Summary, outer: str, inner: str, timings: Sequence[Conditions]) -> list[Result]:
    """Patients by term within its class, or by term alone where the study has no classes; one pair for each timing."""
    classes = summary.values(outer)
    if set(classes) <= {None}:
        return _terms(summary, inner, NOTHING, timings)
    found = []
    for value in classes:
        own, name = {outer: value}, _printed(value)
        about = {"group1": "class", "group1_level": name}
        for timing in timings:
            found += summary.patients(name, {**own, **timing}, variable=outer, variable_level=name, **about)
        found += _terms(summary, inner, own, timings, **about)
    return found


def _terms(summary: Summary, inner: str, own: Conditions, timings: Sequence[Conditions], **about: str) -> list[Result]:
    found = []
    for term in summary.values(inner, own):
        label = _printed(term)
        for timing in timings:
            only = {**own, inner: term, **timing}
            found += summary.patients(label, only, variable=inner, variable_level=label, **about)
    return found


def _named(found: list[Result], start: str, timings: Sequence[str]) -> list[Result]:
    """The results with names such as `condition.hypertension.ongoing`: of each term a pair for each timing."""
    parts = rows.name_parts(result.stat_label for result in found[:: 2 * len(timings)])
    names = [f"{start}.{part}.{timing}{end}" for part in parts for timing in timings for end in ("", "_pct")]
    return [replace(result, name=name) for result, name in zip(found, names, strict=True)]


def _printed(term: str | None) -> str:
    return UNCODED if term is None else sentence(term)


def _has_classes(found: list[Result]) -> bool:
    return any(result.group1 == "class" for result in found)


def _term_rows(found: list[Result], timings: int) -> list[Row]:
    """The line of all patients, then a line of each class and, indented, of each of its terms."""
    whole = [result for result in found if result.variable_level is None]
    terms = [result for result in found if result.variable_level is not None and result.variable != "ACMGRP"]
    body = _lines(whole, timings, indent=0)
    for row, result in zip(_lines(terms, timings, indent=0), terms[:: 2 * timings], strict=True):
        of_class = result.group1 == "class"
        is_class = of_class and result.variable in ("MHBODSYS", "CMCLAS")
        body.append(Row(row.cells, 1 if of_class and not is_class else 0, "group" if is_class else "data"))
    return body


def _lines(found: list[Result], timings: int, *, indent: int) -> list[Row]:
    """One row for each run of pairs: the label, then the share at each timing."""
    pairs = [found[i : i + 2] for i in range(0, len(found), 2)]
    runs = [pairs[i : i + timings] for i in range(0, len(pairs), timings)]
    return [Row.of(run[0][0].stat_label, *(rows.share_text(pair) for pair in run), indent=indent) for run in runs]
