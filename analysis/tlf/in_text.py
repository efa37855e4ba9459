"""Short tables for the text of sections 10 to 12: rows and cells of the full ones of section 14, and nothing else.

A cell keeps the name of its result, so that whatever leads from the full table to its records leads there from here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from analysis.report.grammar import listed
from analysis.results import Result
from analysis.tlf import rows
from analysis.tlf.context import Context
from analysis.tlf.disposition import drug_key
from analysis.tlf.model import Cell, Column, Display, Figure, Footnote, Row, Table
from analysis.tlf.rows import Named

NONE = "-"
COUNT = "number of patients"
ONLY = "Only the most frequent are shown."

Choose = Callable[[Context, Named], Sequence[str]]


@dataclass(frozen=True)
class Part:
    """The rows of a full table with results whose names fit one of `names` (patterns of fnmatch), in its order.

    `choose` gives names that depend on results, of which only the most frequent are shown where they are too many.
    `columns` are those of the full table; none are all of them, one for each drug.
    """

    source: str
    names: Sequence[str] = ()
    columns: tuple[int, ...] = (0, 1)
    choose: Choose | None = None


@dataclass(frozen=True)
class Short:
    """A short table of one or more parts with the headers of the first.

    A heading of the full table stays above its rows, and is put before the label of a row that is alone under it;
    without `headings` it is left out. `says` are the beginnings of sentences of the full tables' footnotes that are
    kept, `may_say` of those that a study's tables may lack, and `note` is one of its own, with fields of the
    parameters. `heads` are headers in place of the full table's, and `widths` those of the columns, where half of the
    table for the first one does not fit.
    """

    parts: tuple[Part, ...]
    headings: bool = True
    says: tuple[str, ...] = ()
    may_say: tuple[str, ...] = ()
    note: str = ""
    heads: tuple[str, ...] = ()
    widths: tuple[float, ...] = ()


def _limited(context: Context, of: Named, names: Sequence[str]) -> list[str]:
    """The names of the most frequent rows, as many as a short table may have, equally frequent ones all or none.

    Where the first are too many already, as many as it may have.
    """
    most = context.params.report.in_text_rows
    ordered = sorted(names, key=lambda name: -_stat(of, name))
    if len(ordered) <= most:
        return ordered
    return [name for name in ordered if _stat(of, name) > _stat(of, ordered[most])] or ordered[:most]


def _stat(of: Named, name: str) -> float:
    stat = of[name].stat
    return float(stat) if isinstance(stat, int | float) else 0.0


def _of_terms(of: Named, start: str) -> list[str]:
    """The names of the patients with each term of a table of adverse events, in their order."""
    found = [name for name, r in of.items() if name and name.startswith(f"{start}.") and name.endswith(".any")]
    return [name for name in found if (of[name].group2 or of[name].group1) == "AEDECOD"]


def _frequent_terms(context: Context, of: Named) -> list[str]:
    least = context.params.adverse_events.in_text_percent
    return [name for name in _of_terms(of, "ae_frequent") if 100 * _stat(of, f"{name}_pct") >= least - 1e-9]


def _serious_terms(context: Context, of: Named) -> list[str]:
    return _of_terms(of, "sae")


def _severe_laboratory(context: Context, of: Named) -> list[str]:
    return [n for n, r in of.items() if n and n.startswith("lab.") and n.endswith(".grade34") and r.stat]


def _deviations(context: Context, of: Named) -> list[str]:
    return [name for name, r in of.items() if name and name.startswith("deviation.") and r.method == COUNT]


BASELINE = (
    Part("t-14-1-4-1", ("age.median", "age.min", "sex.female", "race.*", "ecog.1", "menopause.post")),
    Part("t-14-1-5-1", ("her2.low", "denovo.yes", "visceral.yes", "site.liver")),
    Part("t-14-1-6-1", ("chemotherapy_lines.1", "prior.cdk46", "resistance.*")),
)
RESPONSE = (
    Part("t-14-2-2-1", ("bor.confirmed.??", "bor.confirmed.non_*", "*.responders", "*.rate_lower"), (0, 1, 2)),
    Part("t-14-2-2-2", ("cbr.responders", "cbr.rate_lower"), (0, 1, 2)),
)
SENSITIVITY = ("fda*", "ema", "first_dose", "recomputed", "per_protocol", "interval")
OVERVIEW = (
    *("any", "grade3", "grade3_related", "serious", "serious_related", "fatal", "fatal_related", "special_interest"),
    *("related", "reduction", "interruption", "discontinuation"),
)
COUNTED = ("Treatment-emergent:", "A patient counts once")

_SENTENCES = re.compile(r"(?<=\.) ")

SHORT: Mapping[str, Short] = {
    "t-10-2-1": Short(
        (Part("t-14-1-3-1", ("deviations.any", "deviations.per_protocol"), choose=_deviations),),
        says=("Importance and category", "A patient counts once"),
    ),
    "t-11-1-1": Short((Part("t-14-1-2-1", ("set.*",)),)),
    "t-11-2-1": Short(BASELINE),
    "t-11-3-1": Short(
        (
            Part(
                "t-14-3-0-2",
                (
                    *(f"exposure.*.{name}" for name in ("reduced", "interrupted", "delayed", "rdi_category*")),
                    *("exposure.*.rdi.median", "exposure.*.rdi.min"),
                ),
                (),
            ),
        ),
        says=("Relative dose intensity",),
    ),
    "t-11-4-1-1": Short(
        (
            Part(
                "t-14-2-1-1",
                (
                    *("pfs.events*", "pfs.censored", "pfs.median", "pfs.rate_*"),
                    *("pfs.logrank_observed", "pfs.logrank_expected", "pfs.logrank_p"),
                ),
            ),
        ),
        says=("Kaplan-Meier estimates",),
    ),
    "t-11-4-1-2": Short(
        (Part("t-14-2-1-2", ("pfs_reference.*", *(f"pfs_sens.{name}.*" for name in SENSITIVITY)), (0, 3, 4, 5, 6)),),
        says=("Kaplan-Meier medians",),
        may_say=("p-value:",),
    ),
    "t-11-4-1-3": Short(
        RESPONSE,
        says=("Overall response by", "A response was confirmed", "Patients without a post-baseline assessment"),
        note="Clinical benefit by the rule {p.response.cbr_rule}.",
    ),
    "t-11-4-1-4": Short(
        (Part("t-14-2-3-1", ("dor.events", "dor.median", "dor.minimum", "dor.rate_*", "ttr.median", "ttr.minimum")),),
        says=("Patients with a confirmed CR or PR", "Kaplan-Meier estimates"),
    ),
    "t-11-4-1-5": Short(
        (Part("t-14-2-4-1", ("os.events", "os.censored", "os.median", "os.rate_*")),),
        says=("Kaplan-Meier estimates",),
    ),
    "t-12-1-1": Short(
        (
            Part(
                "t-14-3-0-1",
                (
                    "exposure.*.treated",
                    *(f"exposure.*.duration.{name}" for name in ("mean", "median", "min")),
                    *(f"exposure.*.cycles.{name}" for name in ("median", "min")),
                ),
                (),
            ),
        ),
        says=("Duration:", "Percentages are"),
    ),
    "t-12-2-1-1": Short((Part("t-14-3-1-1", [f"teae.{name}" for name in OVERVIEW]),), says=COUNTED),
    "t-12-2-2-1": Short(
        (Part("t-14-3-1-4", ("ae_frequent.total.any",), (0, 1, 3), _frequent_terms),),
        says=(*COUNTED, "Terms: ", "An event without a grade"),
        note="Terms that at least {p.adverse_events.in_text_percent:g}% of the patients had.",
    ),
    "t-12-3-1-1-1": Short(
        (Part("t-14-3-2-1", ("deaths.*", "death_cause.*")),),
        says=("Percentages are", "Cause:"),
    ),
    "t-12-3-1-2-1": Short(
        (Part("t-14-3-1-9", ("sae.total.any",), (0, 1, 3), _serious_terms),),
        headings=False,
        says=(*COUNTED, "Terms: ", "An event counts as related"),
        heads=("Preferred term",),
    ),
    "t-12-4-2-2-1": Short(
        (Part("t-14-3-4-1", columns=(0, 1, 7, 8, 10), choose=_severe_laboratory),),
        headings=False,
        says=("Grades by CTCAE", "Worst grade of each patient", "n and the denominator", "Above baseline"),
        heads=("", "n", "Grade 1 to 4\nn (%)", "Grade 3 or 4\nn (%)", "Grade 3 or 4,\nabove baseline\nn (%)"),
        widths=(0.44, 0.06, 0.16, 0.16, 0.18),
    ),
}
"""The short tables that are rows of full ones."""


def table(context: Context, output: str, shown: Mapping[str, Display], results: Iterable[Result]) -> Table:
    """A short table from the full ones among the displays shown before, by id, and their results."""
    of = rows.by_name(list(results))
    if output in PIVOTED:
        source, make = PIVOTED[output]
        whole = _table(shown, source)
        columns, laid, says = make(context, whole, of)
        return _framed(context, output, [whole], columns, laid, Short((), says=says))
    short = SHORT[output]
    parts = [part for part in short.parts if part.source in context.catalogue] or short.parts[:1]
    full = [_table(shown, part.source) for part in parts]
    body: list[Row] = []
    for part, whole in zip(parts, full, strict=True):
        chosen = part.choose(context, of) if part.choose else []
        limited = _limited(context, of, chosen)
        body += _rows(short, part, whole, [*part.names, *limited])
        if len(limited) < len(chosen):
            short = replace(short, note=f"{short.note} {ONLY}".strip())
    columns = _columns(full[0], parts[0].columns)
    heads, widths = dict(enumerate(short.heads)), dict(enumerate(short.widths))
    columns = [
        replace(column, label=heads.get(place) or column.label, width=widths.get(place, column.width))
        for place, column in enumerate(columns)
    ]
    return _framed(context, output, full, columns, body, short)


FIGURE = "f-11-4-1-1"
FIGURE_HEIGHT = 3.4  # inches, so that a page has room for a table, too


def figure(context: Context, output: str, whole: Figure) -> Figure:
    """A figure of section 14 once more, in the text."""
    entry = context.catalogue[output]
    footnotes = (*whole.footnotes, *(Footnote(text) for text in entry.footnotes))
    return replace(whole, id=output, label=entry.label, title=entry.title, footnotes=footnotes)


def _table(shown: Mapping[str, Display], source: str) -> Table:
    full = shown.get(source)
    if not isinstance(full, Table):
        raise ValueError(f"{source} was not shown, and a short table is made of it: is it in params/outputs.yaml?")
    return full


def _framed(
    context: Context,
    output: str,
    full: Sequence[Table],
    columns: Sequence[Column],
    body: Sequence[Row],
    short: Short,
) -> Table:
    """The short table as the catalogue has it, with its footnotes, and where the full results are."""
    entry = context.catalogue[output]
    texts = [
        *_repeated(full, short.says, short.may_say),
        *([short.note.format(p=context.params)] if short.note else []),
    ]
    texts += [*entry.footnotes, f"Full results: {listed([whole.label for whole in full])}."]
    return Table(
        id=output,
        label=entry.label,
        title=entry.title,
        population=context.population(output),
        columns=tuple(columns),
        # The marks lead to footnotes of the full table.
        rows=tuple(replace(row, cells=tuple(replace(cell, note="") for cell in row.cells)) for row in body),
        footnotes=tuple(Footnote(text) for text in texts),
        source=full[0].source.replace(*_datasets(full)),
    )


def _datasets(full: Sequence[Table]) -> tuple[str, str]:
    """The data sets as the first source line names them, and those of all source lines."""
    named = [whole.source.partition("Source: ")[2].partition(". ")[0] for whole in full]
    return f"Source: {named[0]}.", f"Source: {', '.join(dict.fromkeys(', '.join(named).split(', ')))}."


def _repeated(full: Sequence[Table], says: Sequence[str], may_say: Sequence[str]) -> list[str]:
    """The footnotes of the full tables, of each the sentences that begin so; every one of `says` is there."""
    notes = [_SENTENCES.split(note.text) for whole in full for note in whole.footnotes]
    said = [sentence for note in notes for sentence in note]
    if lost := [beginning for beginning in says if not any(sentence.startswith(beginning) for sentence in said)]:
        raise ValueError(f"{full[0].id}: no sentence of its footnotes begins with {lost[0]!r}, to be repeated in short")
    kept = [" ".join(sentence for sentence in note if sentence.startswith((*says, *may_say))) for note in notes]
    return [text for text in kept if text]


def _columns(full: Table, chosen: Sequence[int]) -> list[Column]:
    """The columns chosen, each with the header that spans it before its own."""
    spans = {place: span.label for span in full.spans for place in range(span.first, span.last + 1)}
    kept = [place for place in chosen or range(len(full.columns)) if place < len(full.columns)]
    widths = {0: 0.5} | {place: 0.5 / (len(kept) - 1) for place in kept[1:]}
    return [
        replace(
            full.columns[place],
            label="\n".join(part for part in (spans.get(place, ""), full.columns[place].label) if part),
            width=widths[place],
        )
        for place in kept
    ]


def _rows(short: Short, part: Part, full: Table, names: Sequence[str]) -> Iterator[Row]:
    """The rows of a part with a result whose name fits, under their headings."""
    heading: Row | None = None
    under: list[Row] = []
    for row in (*full.rows, Row.of("", kind="group")):
        if row.kind == "group" or row.indent == 0:
            yield from _headed(heading, under)
            heading, under = None, []
        if _fits(row, names):
            columns = part.columns or range(len(row.cells))
            kept = [row.cells[place] for place in columns if place < len(row.cells)]
            under.append(replace(row, cells=tuple(kept), indent=row.indent if short.headings else 0))
        elif row.kind == "group" and short.headings:
            heading = row


def _fits(row: Row, names: Sequence[str]) -> bool:
    return any(fnmatchcase(cell.result or "", name) for cell in row.cells for name in names)


def _headed(heading: Row | None, under: Sequence[Row]) -> Iterator[Row]:
    """Rows below their heading; one alone is told in one line with it. A heading that is a result needs no rows."""
    if len(under) == 1:
        under = [replace(under[0], kind="data" if under[0].kind == "group" else under[0].kind)]
    if heading is None or not under:
        yield from under
    elif len(under) == 1:
        label = f"{heading.cells[0].text}: {under[0].cells[0].text}"
        yield replace(under[0], cells=(Cell(label), *under[0].cells[1:]), indent=0)
    else:
        yield Row.of(heading.cells[0].text, kind="group")
        yield from under


Pivot = tuple[list[Column], list[Row], tuple[str, ...]]


def _by_drug(context: Context, full: Table, of: Named) -> Pivot:
    """Treatment with each drug and the reasons for stopping it: a column for each drug."""
    cells = {cell.result: cell for row in full.rows for cell in row.cells if cell.result}
    drugs = {drug_key(drug): drug.name.capitalize() for drug in context.params.study.treatments}
    lines = {
        "n.not_treated_": "Never taken",
        "n.ongoing_": "Ongoing",
        "n.completed_": "Completed",
        "n.arm_stopped_": "Stopped",
    }
    reasons = {
        result.name.rpartition(".")[2]: result.stat_label
        for drug in drugs
        for result in of.values()
        if result.name and result.name.startswith(f"reason.arm_stopped_{drug}.")
    }

    def line(label: str, names: Sequence[str], indent: int) -> list[Row]:
        found = [cells.get(name, Cell(NONE)) for name in names]
        return [Row.of(label, *found, indent=indent)] if any(cell.result for cell in found) else []

    body = [row for start, label in lines.items() for row in line(label, [start + drug for drug in drugs], 0)]
    for part, label in reasons.items():
        body += line(label, [f"reason.arm_stopped_{drug}.{part}" for drug in drugs], 1)
    heads = [f"{name}\n(N = {context.size(full.id)})\nn (%)" for name in drugs.values()]
    columns = [Column("", 0.5), *(Column(head, 0.5 / len(heads), "decimal") for head in heads)]
    return columns, body, ()


def _special_interest(context: Context, full: Table, of: Named) -> Pivot:
    """A row for each grouping of special interest."""
    cells: dict[str | None, Cell] = {}
    for cell in (cell for row in full.rows for cell in row.cells if cell.result):
        cells.setdefault(cell.result, cell)
    parts = ("any", "grade3", "serious", "onset.median")
    body = [
        Row.of(group.title, *(cells.get(f"aesi.{group.name}.{part}", Cell(NONE)) for part in parts))
        for group in context.params.adverse_events.special_interest
    ]
    heads = [f"{kind}\n(N = {context.size(full.id)})\nn (%)" for kind in ("Any grade", "Grade 3 or higher", "Serious")]
    heads.append("First onset, day\nmedian (Q1, Q3)")
    columns = [Column("", 0.32), *(Column(head, 0.17, "decimal") for head in heads)]
    return columns, body, (*COUNTED[:1], "First onset:")


PIVOTED: Mapping[str, tuple[str, Callable[[Context, Table, Named], Pivot]]] = {
    "t-10-1-1": ("t-14-1-1-1", _by_drug),
    "t-12-2-3-1": ("t-14-3-1-13", _special_interest),
}
"""The short tables that lay out the cells of a full one anew: its id, and what makes columns, rows and footnotes."""
