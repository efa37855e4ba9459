"""The reader's response against the one recomputed from the lesions: results and Table 14.2.2.4."""

from collections.abc import Sequence

from analysis.adam.adrs import AVAL, COMPARED
from analysis.results import Result, rounded
from analysis.stats.agreement import cohen_kappa
from analysis.tlf import rows
from analysis.tlf.context import Context
from analysis.tlf.model import Cell, Column, Row, Span, Table
from analysis.tlf.proportions import Proportions
from analysis.tlf.rows import Named

TABLE = "t-14-2-2-4"
RESPONSES = tuple(value for value in AVAL if value not in ("Y", "N"))
MISSING = "none"

BLOCKS = (
    ("visits", COMPARED["OVRLRESP"], "Overall response of each assessment, n (%) of the assessments"),
    ("best", COMPARED["CBOR"], "Best overall response, confirmed, n (%) of the patients"),
)
"""Second part of the results' names, PARAMCD, heading."""


def results(context: Context) -> list[Result]:
    """Every pair of responses counted; agreement and kappa where both were read."""
    if TABLE not in context.catalogue:
        return []
    found: list[Result] = []
    for name, paramcd, _ in BLOCKS:
        pairs = Proportions(context, TABLE, paramcd, f"agreement.{name}")
        found.append(pairs.number("n", "Compared"))
        for value in (*RESPONSES, None):
            for other in (*RESPONSES, None):
                only = {"INVRESP": value, "ROVRLRSP": other}
                label = f"{value or 'No response'}, recomputed {other or 'without lesions'}"
                found += pairs.count(f"{_key(value)}_by_{_key(other)}", label, only)
            found.append(
                pairs.number(f"reader_{_key(value)}", f"{value or 'No response'} by the reader", {"INVRESP": value})
            )
            label = f"{value or 'No lesions'} recomputed"
            found.append(pairs.number(f"recomputed_{_key(value)}", label, {"ROVRLRSP": value}))
        found += _agreement(pairs)
    return found


def _key(value: str | None) -> str:
    """A response as a part of a result's name."""
    return MISSING if value is None else value.lower().replace("/", "_").replace("-", "_")


def _agreement(pairs: Proportions) -> list[Result]:
    """Agreement and kappa of the pairs that were both read."""
    both = {"INVRESP": RESPONSES, "ROVRLRSP": RESPONSES}
    read = pairs.records.drop_nulls(["INVRESP", "ROVRLRSP"])
    first, second = read["INVRESP"].to_list(), read["ROVRLRSP"].to_list()
    agreed = sum(a == b for a, b in zip(first, second, strict=True))
    share, kappa = (agreed / read.height if read.height else None), cohen_kappa(first, second)
    percent = rounded(None if share is None else 100 * share, 1)
    alike = {**both, "AVALC": "Y"}
    return [
        pairs.number("read", "Read by both", both),
        pairs.number("agreed", "Alike", alike),
        pairs.row("agreed_pct", "Alike, % of those read by both", share, percent, "proportion", only=alike, share=both),
        pairs.row("kappa", "Cohen's kappa", kappa, rounded(kappa, 2), "Cohen's kappa, unweighted", only=both),
        pairs.number("differing", "Differing", {"AVALC": "N"}),
    ]


def table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.2.4 from its results. A response that neither reader gave has no row and no column."""
    of = rows.by_name(found)
    used = [v for v in (*RESPONSES, None) if _occurs(of, v, "reader_") or v in ("CR", "PR", "SD", "PD", "NE")]
    across = [v for v in (*RESPONSES, None) if _occurs(of, v, "recomputed_") or v in ("CR", "PR", "SD", "PD", "NE")]
    body: list[Row] = []
    for name, _, heading in BLOCKS:
        body += [rows.group(heading), *_cross_rows(of, f"agreement.{name}", used, across)]
        body += _summary_rows(of, f"agreement.{name}", len(across))
    reader = context.params.response.reader
    width = 0.72 / (len(across) + 1.3)
    columns = (
        Column(f"By the {reader}", 0.28),
        *(Column(_header(value), width, "decimal") for value in across),
        Column("Total", 1.3 * width, "decimal"),
    )
    window = 2 * context.params.schedule.scan_window_days
    methods = [
        "Responses were recomputed by RECIST 1.1 from the lesions recorded. An assessment was compared with the "
        f"lesions of the visit of its name, else of the nearest within {window} days; both up to the data cut-off, "
        "also after progression. Percentages of pairs are of all that were compared.",
        "Agreement and Cohen's unweighted kappa are of the pairs read by both; assessments of one patient are not "
        "independent, so kappa has no interval here. A response NE without lesions recorded is no disagreement. "
        "Listing 16.2.6.4 shows every disagreement.",
    ]
    return context.table(
        TABLE,
        columns,
        body,
        datasets=("ADRS",),
        methods=methods,
        spans=(Span("Recomputed from the lesions", 1, len(across)),),
    )


def _occurs(of: Named, value: str | None, prefix: str) -> bool:
    return any(of[f"agreement.{name}.{prefix}{_key(value)}"].stat for name, _, _ in BLOCKS)


def _header(value: str | None) -> str:
    return "No lesions" if value is None else value.replace("NON", "Non", 1).replace("NON", "non")


def _cross_rows(of: Named, prefix: str, used: Sequence[str | None], across: Sequence[str | None]) -> list[Row]:
    """One row for each response of the reader, and the totals."""
    found = []
    for value in used:
        cells = [rows.share_cell(of, f"{prefix}.{_key(value)}_by_{_key(other)}") for other in across]
        total = f"{prefix}.reader_{_key(value)}"
        label = "No response" if value is None else _header(value)
        found.append(Row.of(label, *cells, Cell(of[total].stat_fmt, result=total), indent=1))
    totals = [f"{prefix}.recomputed_{_key(other)}" for other in across] + [f"{prefix}.n"]
    return [*found, Row.of("Total", *(Cell(of[name].stat_fmt, result=name) for name in totals), indent=1, kind="total")]


def _summary_rows(of: Named, prefix: str, blank: int) -> list[Row]:
    """Agreement and kappa, in the column of the totals."""
    cells = (
        ("Read by both", Cell(of[f"{prefix}.read"].stat_fmt, result=f"{prefix}.read")),
        ("Alike, n (%)", rows.share_cell(of, f"{prefix}.agreed")),
        ("Cohen's kappa", Cell(of[f"{prefix}.kappa"].stat_fmt, result=f"{prefix}.kappa")),
        ("Disagreements", Cell(of[f"{prefix}.differing"].stat_fmt, result=f"{prefix}.differing")),
    )
    return [Row.of(label, *[Cell("")] * blank, cell, indent=1) for label, cell in cells]
