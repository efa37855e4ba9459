"""What changed between two builds, for a terminal: counts, and of each kind the first few."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from analysis.audit import diff_results
from analysis.audit.builds import Build
from analysis.audit.diff_parts import Difference, counted, records
from analysis.audit.diff_records import Change, Dataset
from analysis.audit.differences_texts import quoted
from analysis.report import cuts_changes

_FEW = 8  # lines of a kind; the page and the table have all
_MORE_RECORDS = 24  # of the records that were revised, which a reader must know


def text(found: Difference) -> str:
    """The whole text. What comes from the data is made safe for a terminal."""
    return "\n".join(_safe(line) for line in _lines(found))


def _safe(line: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def _lines(found: Difference) -> Iterator[str]:
    old, new = found.old, found.new
    yield f"Study {new.manifest.study}: from {_cut(old)} to {_cut(new)}"
    yield from found.notes
    yield from _headed("Conclusion", _conclusion(found))
    yield from _headed("Data, SDTM", _data(found))
    yield from _headed(f"Data revised on days up to {found.data.until}, which both cuts cover", _revised(found))
    yield from _headed("Data, ADaM", _datasets(found.data.adam, ()))
    yield from _headed("Subjects", _subjects(found))
    yield from _headed("Results", _results(found))
    yield from _headed("Sentences", _sentences(found))
    yield from _headed("Tables, figures and listings", _displays(found))
    yield from _headed("Made from", _made(found))


def _cut(build: Build) -> str:
    name = (
        build.manifest.cut
        if build.folder.name == build.manifest.cut
        else f"{build.folder.name} (cut {build.manifest.cut})"
    )
    return f"{name} (cut-off {build.manifest.cutoff}, {build.manifest.purpose.replace('_', ' ')})"


def _headed(head: str, lines: Iterator[str]) -> Iterator[str]:
    yield ""
    yield head
    yield from (f"  {line}" for line in lines)


def _first(lines: Sequence[str], limit: int = _FEW) -> Iterator[str]:
    yield from lines[:limit]
    if len(lines) > limit:
        yield f"and {len(lines) - limit} more"


def _conclusion(found: Difference) -> Iterator[str]:
    yield found.conclusion.says or "Neither build has a test."
    crossing = found.results.crossing
    if crossing:
        yield f"Results that cross a limit: {len(crossing)}"
        yield from _first([f"  {_result(change)}: {change.crosses}" for change in crossing], 4)


def _result(change: diff_results.Change) -> str:
    values = [result.stat_fmt if result else "none" for result in (change.old, change.new)]
    return f"{change.either.output}, {change.what}: {values[0]} -> {values[1]} ({change.difference})"


def _data(found: Difference) -> Iterator[str]:
    yield from found.data.missing
    if not found.data.missing:
        yield from _datasets(found.data.sdtm, found.data.revised)


def _datasets(datasets: tuple[Dataset, ...], revised: tuple[Change, ...]) -> Iterator[str]:
    differ = list(counted(datasets, revised))
    if differ:
        heads = f"{'':8}{'records':>15}  added  removed  changed{'  revised' if revised else ''}"
        yield f"{heads}  in variables; matched by"
    for counts in differ:
        own = counts.dataset
        numbers = f"{own.count('added'):>7}{own.count('removed'):>9}{own.count('changed'):>9}"
        variables = ", ".join(f"{name} {number}" for name, number in counts.variables[:3])
        others = f" and {len(counts.variables) - 3} more" if len(counts.variables) > 3 else ""
        extra = [f"{own.renumbered} renumbered"] if own.renumbered else []
        extra += [f"new: {', '.join(own.variables_added)}"] if own.variables_added else []
        extra += [f"gone: {', '.join(own.variables_removed)}"] if own.variables_removed else []
        said = "; ".join([*([variables + others] if variables else []), *extra, " ".join(own.keys[1:] or own.keys)])
        yield f"{own.name:8}{f'{own.old} -> {own.new}':>15}{numbers}{f'{counts.revised:>9}' if revised else ''}  {said}"
    same = [d.name for d in datasets if all(d is not counts.dataset for counts in differ)]
    if same:
        yield f"The same: {', '.join(same)}"


def _revised(found: Difference) -> Iterator[str]:
    if found.data.missing:
        yield "Not known without the SDTM data."
        return
    lines = []
    for (dataset, _), changes in records(found.data.revised).items():
        values = [f"{c.variable} {_value(c.old)} -> {_value(c.new)}" for c in changes if c.variable]
        kind = "" if values else f"{changes[0].kind} "
        rest = (value for name, value in changes[0].record if name not in ("USUBJID", "STUDYID"))
        where = " ".join(part for part in (dataset, changes[0].subject, *rest) if part)
        lines.append(f"{kind}{where}{': ' if values else ''}{', '.join(values)}")
    yield from _first(lines, _MORE_RECORDS) if lines else ["Nothing."]


def _value(value: str | None) -> str:
    return "nothing" if value is None else quoted(value)[1:-1]


def _subjects(found: Difference) -> Iterator[str]:
    for words, patients in (("New", found.patients.added), ("No longer there", found.patients.removed)):
        if patients:
            yield f"{words}: {len(patients)}: {_few(patients)}"
    if found.deaths:
        yield f"New deaths: {len(found.deaths)}: {_few([f'{p} {day}'.strip() for p, day in found.deaths.items()])}"
    moves = [m for m in found.patients.moves if not (m.status == "DTHFL" and m.new == "Y")]
    called = cuts_changes.status_words(found.new)
    for move in moves:
        status = f"{called.get(move.status, move.status)}: {move.old or 'none'} -> {move.new or 'none'}"
        yield f"{status}: {len(move.patients)}: {_few(move.patients)}"
    if not (moves or found.deaths or found.patients.added or found.patients.removed):
        yield "No patient moved."


def _few(patients: Sequence[str]) -> str:
    more = f" and {len(patients) - 4} more" if len(patients) > 4 else ""
    return ", ".join(patients[:4]) + more


def _results(found: Difference) -> Iterator[str]:
    changes = found.results.changes
    yield f"Changed: {len(changes)}. The same: {found.results.same}."
    lines = []
    for output, group in groupby(changes, key=lambda change: change.either.output):
        own = list(group)
        lines.append(f"{len(own):>5}  {found.display_title(output)}; the first: {_result(own[0]).partition(', ')[2]}")
    yield from _first(lines)


def _sentences(found: Difference) -> Iterator[str]:
    yield f"Changed: {len(found.sentences)}, in tracked changes in the Word file."
    sections = Counter(sentence.section.partition(": ")[0] or "Title page" for sentence in found.sentences)
    yield from _first([f"{number:>5}  {section}" for section, number in sections.items()])


def _displays(found: Difference) -> Iterator[str]:
    shown = found.displays
    yield f"Changed: {len(shown.changed)}. New: {len(shown.added)}. Gone: {len(shown.removed)}. The same: {shown.same}."
    yield f"Figures with another picture, side by side on the page: {len(found.figures)}"


def _made(found: Difference) -> Iterator[str]:
    for title, entries in cuts_changes.made_from(found.old, found.new).values():
        changed = [*entries.added, *entries.removed, *(name for name, _, _ in entries.changed)]
        yield f"{title}: {len(changed)} differ: {_few(changed)}" if changed else f"{title}: the same"
