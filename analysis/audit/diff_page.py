"""What changed between two builds, as one page that asks the network for nothing."""

import base64
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from analysis.audit.builds import Build
from analysis.audit.diff_parts import Difference, Figure, counted, records
from analysis.audit.diff_records import Change, Dataset
from analysis.audit.diff_results import Change as ResultChange
from analysis.audit.diff_results import order
from analysis.report import cuts_changes, cuts_page
from analysis.report.cuts_words import MISSING, count, label, link, table, whole
from analysis.report.escape import escape

_ROWS = 200  # changes of one dataset on the page; the table in CSV has all
_NONE = '<span class="quiet">nothing</span>'


def page(found: Difference, folder: Path) -> str:
    """The whole page, which will lie in `folder`: links lead from there to the two reports."""
    study = found.new.manifest.study
    title = f"Changes from {label(found.old)} to {label(found.new)}"
    made = cuts_changes.made_from(found.old, found.new)
    revised = records(found.data.revised)
    touched = {p for move in found.patients.moves for p in move.patients} | set(found.deaths)
    touched |= {*found.patients.added, *found.patients.removed}
    parts = [
        ("conclusion", "Conclusion", f"{len(found.results.crossing)} results cross a limit", _conclusion(found)),
        ("revised", "Data revised", count(len(revised), "record"), _revised(found)),
        ("data", "Data, SDTM", _differ(found.data.sdtm), _data(found)),
        ("adam", "Data, ADaM", _differ(found.data.adam), "".join(_datasets("ADaM", found.data.adam, ()))),
        ("subjects", "Subjects", f"{count(len(touched), 'subject')} moved", _subjects(found)),
        ("results", "Results", f"{len(found.results.changes)} changed", _results(found)),
        ("sentences", "Sentences", f"{len(found.sentences)} changed", _sentences(found)),
        ("figures", "Figures", f"{len(found.figures)} changed", "".join(map(_figure, found.figures)) or "<p>None.</p>"),
        ("displays", "Tables, figures, listings", f"{found.displays.differ} changed", _displays(found)),
        ("made", "Made from", f"{sum(e.differ for _, e in made.values())} differences", _made(found)),
    ]
    sums = "".join(
        f'<li><a href="#{name}">{escape(head)}<b>{escape(said)}</b></a></li>' for name, head, said, _ in parts
    )
    sections = "".join(f'<h2 id="{name}">{escape(head)}</h2>{inside}' for name, head, _, inside in parts)
    body = (
        f'<p>Old: {_report(found.old, folder)}. New: {_report(found.new, folder)}.</p><ul class="sums">{sums}</ul>'
        '<div class="pair"><p class="needs-script"><button type="button" data-open="yes">Open all</button> '
        f'<button type="button" data-open="no">Close all</button></p>{sections}</div>'
    )
    return cuts_page.assemble(
        title, f"Study {study}", found.notes, body, styles=("cuts.css", "diff.css"), scripts=("cuts.js", "diff.js")
    )


def _report(build: Build, folder: Path) -> str:
    made = build.manifest
    said = f"cut-off {made.cutoff}, locked {made.lock_date}, {made.purpose.replace('_', ' ')}"
    target = quote(Path(os.path.relpath(build.folder, folder)).as_posix()) + "/csr.html"
    return f"{link(target, label(build))} ({escape(said)})"


def _conclusion(found: Difference) -> str:
    said = found.conclusion.says or "Neither build has a test."
    crossing = [[*_result(change), escape(change.crosses)] for change in found.results.crossing]
    heads = ["Result", label(found.old), label(found.new), "Change", "Now"]
    return (
        f'<p class="{"flips" if found.conclusion.flips else "holds"}">{escape(said)}</p>'
        + (table("Results that cross a limit", heads, crossing, numbers=(1, 2, 3)) if crossing else "")
        + "<h3>Main results</h3>"
        + cuts_changes.main_results(found.old, found.new)
    )


def _result(change: ResultChange) -> list[str]:
    values = [whole(result.stat_fmt) if result else MISSING for result in (change.old, change.new)]
    return [cuts_changes.named(change), *values, escape(change.difference)]


def _revised(found: Difference) -> str:
    if found.data.missing:
        return "<p>Not known without the SDTM data.</p>"
    if not found.data.revised:
        return f"<p>Nothing of the days up to {found.data.until} changed.</p>"
    return (
        f"<p>What differs in the data of the days up to {found.data.until}, which both cuts cover: the later data were "
        "cut at that day by the rule of the data cut-off, so that later records and later ends do not count.</p>"
        + _changes("Data revised", found.data.revised, with_dataset=True)
    )


def _changes(name: str, changes: Sequence[Change], *, with_dataset: bool = False) -> str:
    rows = []
    for change in changes:
        rest = ", ".join(value for variable, value in change.record if variable not in ("USUBJID", "STUDYID"))
        cells = [whole(change.subject), escape(rest), escape(change.kind), f"<code>{escape(change.variable)}</code>"]
        cells += [_value(change, change.old, "del"), _value(change, change.new, "ins")]
        rows.append([escape(change.dataset), *cells] if with_dataset else cells)
    heads = ["Subject", "Record", "Change", "Variable", "Old", "New"]
    return table(name, ["Dataset", *heads] if with_dataset else heads, rows)


def _value(change: Change, value: str | None, tag: str) -> str:
    if change.kind != "changed":
        return ""
    return _NONE if value is None else f"<{tag}>{escape(value)}</{tag}>"


def _differ(datasets: Sequence[Dataset]) -> str:
    return f"{count(sum(bool(found.changes) for found in datasets), 'dataset')} changed" if datasets else "not compared"


def _data(found: Difference) -> str:
    said = "".join(f"<p>{escape(reason)}.</p>" for reason in found.data.missing)
    return said or "".join(_datasets("SDTM", found.data.sdtm, found.data.revised))


def _datasets(name: str, datasets: tuple[Dataset, ...], revised: tuple[Change, ...]) -> Iterator[str]:
    differ = list(counted(datasets, revised))
    heads = [
        "Dataset",
        "Old",
        "New",
        "Added",
        "Removed",
        "Changed",
        "Of these revised",
        "Variables changed",
        "Matched by",
    ]
    rows = []
    for counts in differ:
        own = counts.dataset
        numbers = (own.old, own.new, own.count("added"), own.count("removed"), own.count("changed"), counts.revised)
        said = [f"{variable} {number}" for variable, number in counts.variables]
        said += [f"{own.renumbered} renumbered"] if own.renumbered else []
        said += [f"+{variable}" for variable in own.variables_added]
        said += [f"\N{MINUS SIGN}{variable}" for variable in own.variables_removed]
        rows.append([escape(own.name), *map(str, numbers), escape(", ".join(said)), escape(" ".join(own.keys))])
    if name == "ADaM":  # nothing derived is known as it would have been
        heads, rows = [h for n, h in enumerate(heads) if n != 6], [[c for n, c in enumerate(r) if n != 6] for r in rows]
    yield table(f"{name} datasets", heads, rows, numbers=range(1, 6 if name == "ADaM" else 7)) if rows else ""
    same = [own.name for own in datasets if all(own is not counts.dataset for counts in differ)]
    yield f"<p>The same: {escape(', '.join(same))}.</p>" if same else ""
    for counts in differ:
        changes = counts.dataset.changes
        more = len(changes) - _ROWS
        yield (
            f'<details><summary>{escape(counts.dataset.name)} <span class="quiet">{len(changes)}</span></summary>'
            + _changes(counts.dataset.name, changes[:_ROWS])
            + (f"<p>And {more} more, in the CSV file beside this page.</p>" if more > 0 else "")
            + "</details>"
        )


def _subjects(found: Difference) -> str:
    deaths = [[whole(patient), whole(day) or _NONE] for patient, day in found.deaths.items()]
    return cuts_changes.patients_table(found.patients, found.new) + (
        f"<h3>New deaths</h3>{table('New deaths', ['Subject', 'Date of death'], deaths)}" if deaths else ""
    )


def _results(found: Difference) -> str:
    groups = []
    for output, group in groupby(found.results.changes, key=lambda change: change.either.output):
        changes = list(group)
        title = found.display_title(output)
        heads = ["Result", label(found.old), label(found.new), "Change", "Crosses"]
        rows = [[*_result(change), escape(change.crosses)] for change in changes]
        if not any(change.crosses for change in changes):
            heads, rows = heads[:-1], [row[:-1] for row in rows]
        groups.append(
            f'<details><summary>{escape(title)} <span class="quiet">{len(changes)}</span></summary>'
            f"{table(title, heads, rows, numbers=(1, 2, 3))}</details>"
        )
    return (
        f"<p>Changed: {len(found.results.changes)}. The same: {found.results.same}. Percentages change in percentage "
        "points; a change is that of the unrounded values. The p-values of all cuts but the primary one are nominal "
        f"and unadjusted.</p>{''.join(groups)}"
    )


def _sentences(found: Difference) -> str:
    parts = []
    for section, group in groupby(found.sentences, key=lambda sentence: sentence.section):
        parts.append(f"<h3>{escape(section or 'Before the first heading')}</h3>")
        for sentence in group:
            words = (f"<{mark}>{escape(text)}</{mark}>" if mark else escape(text) for text, mark in sentence.pieces)
            parts.append(f'<p class="sentence">{"".join(words)}</p>')
    return "".join(parts) or "<p>None.</p>"


def _figure(figure: Figure) -> str:
    sides = (("Old", figure.old_title, figure.old), ("New", figure.new_title, figure.new))
    return f'<div class="sides">{"".join(_side(*side) for side in sides)}</div>'


def _side(side: str, title: str, picture: bytes | None) -> str:
    if picture is None:
        return f"<figure><figcaption>{side}: {MISSING}</figcaption></figure>"
    data = base64.b64encode(picture).decode()
    words = escape(f"{side}: {title}")
    return (
        f'<figure><figcaption>{words}</figcaption><img alt="{words}" src="data:image/png;base64,{data}" loading="lazy">'
        "</figure>"
    )


def _displays(found: Difference) -> str:
    what: Iterable[tuple[str, str]] = [
        *((name, "new") for name in found.displays.added),
        *((name, "no longer there") for name in found.displays.removed),
        *((change.id, cuts_changes.parts_of(change)) for change in found.displays.changed),
    ]
    rows = [
        [escape(found.display_title(name)), escape(said)]
        for name, said in sorted(what, key=lambda item: order(item[0]))
    ]
    said = f"<p>Changed: {found.displays.differ}. The same: {found.displays.same}. "
    said += "The data cut-off in the source line does not count.</p>"
    return said + (table("Tables, figures and listings", ["Display", "What changed"], rows) if rows else "")


def _made(found: Difference) -> str:
    return "".join(
        f"<h3>{title}</h3>"
        + cuts_changes.entries_table(title, entries, found.old, found.new, hashed=key in cuts_changes.HASHED)
        for key, (title, entries) in cuts_changes.made_from(found.old, found.new).items()
    )
