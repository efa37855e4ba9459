"""What changed between two builds, as a section of the index over cuts."""

import shlex
from collections.abc import Mapping
from itertools import groupby
from typing import Protocol
from urllib.parse import quote

from analysis.audit import compare, patients
from analysis.audit.builds import Build
from analysis.audit.compare import ResultChange
from analysis.audit.diff_results import difference, order, words_of
from analysis.report.cuts_words import MISSING, count, label, limits, link, table, whole
from analysis.report.escape import escape
from analysis.results import Result

# What a reader looks for first: words, and the name of the result, whose interval goes with it.
_MAIN = (
    ("Patients enrolled", "n.enrolled"),
    ("Patients treated", "n.treated"),
    ("Progression-free survival: patients with event", "pfs.events"),
    ("Progression-free survival: median, months", "pfs.median"),
    ("Objective response rate, %", "orr.rate"),
    ("Disease control rate, %", "dcr.rate"),
    ("Clinical benefit rate, %", "cbr.rate"),
    ("Duration of response: median, months", "dor.median"),
    ("Overall survival: patients who died", "os.events"),
    ("Overall survival: median, months", "os.median"),
    ("Patients with a treatment-emergent adverse event of grade 3 or higher", "teae.grade3"),
    ("Patients with a serious treatment-emergent adverse event", "teae.serious"),
)
_KINDS = {"t": "Tables", "f": "Figures", "l": "Listings"}
_STATUSES = {
    "ENRLFL": "Enrolled",
    "FASFL": "Full analysis set",
    "SAFFL": "Safety set",
    "RSPEVFL": "Response-evaluable set",
    "PPROTFL": "Per-protocol set",
    "EOSSTT": "Study participation",
    "DTHFL": "Died",
    "CBOR": "Best overall response, confirmed",
    "PFS": "Progression-free survival",
    "OS": "Overall survival",
    "PFSDT": "Date of progression or death",
    "OSDT": "Date of death",
}
_MADE_FROM = {
    "inputs": "Data files",
    "code": "Code and chapters",
    "parameters": "Parameters",
    "software": "Packages and programs",
}
HASHED = ("inputs", "code")  # known by hash, which tells a reader nothing
_VALUES = {"Y": "yes", "N": "no", "": "none"}
_PARTS = {"alt": "description", "data": "drawn data", "columns": "column heads", "source": "source line"}


def section(anchor: str, old: Build, new: Build) -> str:
    """The section of two builds, the earlier first."""
    results = compare.results(old.results, new.results)
    displays = compare.displays(old.displays, new.displays, cutoffs=(old.manifest.cutoff, new.manifest.cutoff))
    moved = patients.compare(patients.statuses(old.datasets), patients.statuses(new.datasets))
    records = compare.datasets(old.datasets, new.datasets)
    made = made_from(old, new)
    what = f"{label(old)} to {label(new)}"
    differing = [r for r in records if r.records.old_only or r.records.new_only]
    touched = {p for m in moved.moves for p in m.patients} | {*moved.added, *moved.removed}
    everyone = moved.both + len(moved.added) + len(moved.removed)
    sums = [
        ("results", "Results", len(results.changed), results.same),
        ("displays", "Tables, figures, listings", displays.differ, displays.same),
        ("patients", "Patients", len(touched), everyone - len(touched)),
        ("records", "Analysis datasets", len(differing), len(records) - len(differing)),
        *((key, title, found.differ, found.same) for key, (title, found) in made.items()),
    ]
    listed = "".join(
        f'<li class="{"changed" if changed else "same"}"><a href="#{anchor}-{key}">{escape(title)}'
        f"<b>{changed} changed</b><span>{same} the same</span></a></li>"
        for key, title, changed, same in sums
    )
    command = " ".join(shlex.quote(build.folder.name) for build in (old, new))
    nothing = "" if any(changed for _, _, changed, _ in sums) else "<p>Nothing changed.</p>"
    return (
        f'<section class="pair" id="{anchor}" data-what="{escape(what)}" aria-labelledby="{anchor}-title">'
        f'<h3 id="{anchor}-title">From {escape(what)}</h3>{nothing}<ul class="sums">{listed}</ul>'
        f"<h4>Main results</h4>{main_results(old, new)}"
        f'<h4 id="{anchor}-patients">Patients</h4>{patients_table(moved, new)}'
        f'<h4 id="{anchor}-results">Results by table and figure</h4>{_results(results, old, new)}'
        f'<h4 id="{anchor}-displays">Tables, figures and listings</h4>{_displays(displays, old, new)}'
        f'<h4 id="{anchor}-records">Records of the analysis datasets</h4>{_records(records, old, new)}'
        + "".join(
            f'<h4 id="{anchor}-{key}">{title}</h4>{entries_table(title, found, old, new, hashed=key in HASHED)}'
            for key, (title, found) in made.items()
        )
        + f'<p class="quiet">Record by record and word by word: <code>csr diff {escape(command)}</code></p></section>'
    )


def made_from(old: Build, new: Build) -> dict[str, tuple[str, compare.Entries]]:
    """What the builds were made from: key -> title, differences."""

    def of(build: Build) -> tuple[Mapping[str, str], ...]:
        made = build.manifest
        used = {"Python": made.software.python, "machine": made.software.machine} | made.software.packages
        return (
            made.inputs,
            {name: h for name, h in made.code.items() if not name.removeprefix("study/").startswith("params/")},
            compare.flat(made.parameters),
            used | {f"engine {key}": value for key, value in made.engine.items()},
        )

    pairs = map(compare.entries, of(old), of(new))
    return {key: (title, found) for (key, title), found in zip(_MADE_FROM.items(), pairs, strict=True)}


def main_results(old: Build, new: Build) -> str:
    before, after = ({r.name: r for r in build.results if r.name} for build in (old, new))
    rows = [
        [escape(words), limits(before, name), limits(after, name), difference(before.get(name), after.get(name))]
        for words, name in _MAIN
        if name in before or name in after
    ]
    if not rows:
        return f"<p>{MISSING.capitalize()}.</p>"
    return table("Main results", ["Result", label(old), label(new), "Change"], rows, numbers=(1, 2, 3))


def _results(results: compare.Results, old: Build, new: Build) -> str:
    said = f"<p>{_counted(len(results.changed), results.same)}"
    if not results.changed:
        return f"{said}</p>"
    ordered = sorted(results.changed, key=lambda change: order(change.either.output))
    groups = []
    for output, found in groupby(ordered, key=lambda change: change.either.output):
        changes = list(found)
        rows = [[named(change), *_values(change), difference(change.old, change.new)] for change in changes]
        title = _title(output, old, new)
        inside = table(title, ["Result", label(old), label(new), "Change"], rows, numbers=(1, 2, 3))
        groups.append(
            f'<details><summary>{escape(title)} <span class="quiet">{len(changes)}</span></summary>'
            f"<p>In the report: {_places(output, old, new)}</p>{inside}</details>"
        )
    return (
        f"{said} Percentages change in percentage points; a change is that of the unrounded values. "
        "The p-values of all cuts but the primary one are nominal and unadjusted.</p>"
        '<p class="needs-script"><button type="button" data-open="yes">Open all</button> '
        f'<button type="button" data-open="no">Close all</button></p>{"".join(groups)}'
    )


def _counted(changed: int, same: int) -> str:
    return f"Changed: {changed}. The same: {same}."


class Changed(Protocol):
    """A result of two builds: `old` or `new` is None where only the other build has it."""

    @property
    def old(self) -> Result | None: ...
    @property
    def new(self) -> Result | None: ...
    @property
    def either(self) -> Result: ...


def named(change: Changed) -> str:
    """What a result is of, in words, and its name."""
    result = change.either
    redefined = ""
    if change.old and change.new:
        fields = [
            f
            for f in vars(result)
            if f not in ("stat", "stat_fmt") and getattr(change.old, f) != getattr(change.new, f)
        ]
        redefined = f"<br>Differs in: {escape(', '.join(fields))}" if fields else ""
    return f"{escape(words_of(result))}<code>{escape(result.name or '')}</code>{redefined}"


def _values(change: ResultChange) -> list[str]:
    return [escape(result.stat_fmt) if result else MISSING for result in (change.old, change.new)]


def _title(output: str, old: Build, new: Build) -> str:
    data = new.displays.get(output) or old.displays.get(output) or {}
    return " ".join(f"{data.get('label', output)} {data.get('title', '')}".split())


def _places(output: str, old: Build, new: Build) -> str:
    """Links to a display in the reports that show it."""
    shown = [b for b in (old, new) if output in b.displays and (b.folder / "csr.html").exists()]
    links = [
        link(f"{quote(b.folder.name)}/csr.html#{quote(output)}", label(b), f"{_title(output, b, b)} of {label(b)}")
        for b in shown
    ]
    return " and ".join(links) or "in none"


def _displays(displays: compare.Displays, old: Build, new: Build) -> str:
    what = dict.fromkeys(displays.added, "added") | dict.fromkeys(displays.removed, "removed")
    for change in displays.changed:
        what[change.id] = parts_of(change)
    groups = []
    for kind, title in _KINDS.items():
        names = sorted((name for name in what if name.startswith(kind)), key=order)
        cells = [[escape(_title(name, old, new)), escape(what[name]), _places(name, old, new)] for name in names]
        if cells:
            inside = table(f"{title} that changed", ["Display", "What changed", "In the report"], cells)
            groups.append(
                f'<details><summary>{title} <span class="quiet">{len(cells)}</span></summary>{inside}</details>'
            )
    said = _counted(displays.differ, displays.same)
    return f"<p>{said} The data cut-off in the source line does not count.</p>{''.join(groups)}"


def parts_of(change: compare.DisplayChange) -> str:
    """Which parts of a display changed, in words."""
    parts = [_PARTS.get(part, part) for part in change.parts if part != "rows"]
    if change.rows:
        rows = change.rows
        parts.insert(0, f"rows: {rows.old_only} only before, {rows.new_only} only after, {rows.same} in both")
    return "; ".join(parts)


def status_words(build: Build) -> dict[str, str]:
    """What the statuses of patients are called (see analysis.audit.patients)."""
    drugs = enumerate(build.parameter("study.treatments") or [], start=1)
    return _STATUSES | {f"EOTSTT{number}": f"Treatment with {drug['name']}" for number, drug in drugs}


def patients_table(moved: patients.Patients, new: Build) -> str:
    words = status_words(new)
    rows = [
        [escape(words), "", "", str(len(ids)), ", ".join(map(whole, ids))]
        for words, ids in (("New in the data", moved.added), ("No longer in the data", moved.removed))
        if ids
    ]
    rows += [
        [
            escape(words.get(move.status, move.status)),
            *(escape(_VALUES.get(value, value)) for value in (move.old, move.new)),
            str(len(move.patients)),
            ", ".join(map(whole, move.patients)),
        ]
        for move in moved.moves
    ]
    said = (
        f"<p>{count(moved.both, 'patient')} in both, {len(moved.added)} new, {len(moved.removed)} no longer there.</p>"
    )
    return said + (
        table("Patients", ["Status", "Before", "After", "Patients", "Which"], rows, numbers=(3,)) if rows else ""
    )


def _records(records: tuple[compare.DatasetChange, ...], old: Build, new: Build) -> str:
    if not records:
        return f"<p>{MISSING.capitalize()}.</p>"
    rows = []
    for found in records:
        n = found.records
        numbers = (n.same + n.old_only, n.same + n.new_only, n.old_only, n.new_only, n.same)
        variables = [f"+{v}" for v in found.variables_added] + [f"\N{MINUS SIGN}{v}" for v in found.variables_removed]
        rows.append([escape(found.name), *map(str, numbers), escape(" ".join(variables))])
    heads = ["Dataset", label(old), label(new), "Only before", "Only after", "In both", "Variables"]
    if not any(row[-1] for row in rows):
        rows, heads = [row[:-1] for row in rows], heads[:-1]
    return "<p>A record that changed in any value counts once before and once after.</p>" + table(
        "Records of the analysis datasets", heads, rows, numbers=range(1, 6)
    )


def entries_table(title: str, found: compare.Entries, old: Build, new: Build, *, hashed: bool) -> str:
    """A table of what differs; of files, whose contents are known by hash, only which they are."""
    said = f"<p>{_counted(found.differ, found.same)}</p>"
    values = {name: (before, after) for name, before, after in found.changed}
    values |= {name: (MISSING, value) for name, value in found.added.items()}
    values |= {name: (value, MISSING) for name, value in found.removed.items()}
    if not values:
        return said
    if hashed:
        kinds = (("Changed", [name for name, *_ in found.changed]), ("Added", found.added), ("Removed", found.removed))
        inside = "".join(
            f"<p>{kind}: {', '.join(f'<code>{escape(name)}</code>' for name in names)}</p>"
            for kind, names in kinds
            if names
        )
        return f'{said}<details><summary>Which <span class="quiet">{found.differ}</span></summary>{inside}</details>'
    rows = [[escape(name), *map(escape, values[name])] for name in sorted(values)]
    return said + table(title, ["Name", label(old), label(new)], rows)
