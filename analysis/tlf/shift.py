"""Shift tables: patients by the category at baseline and the worst category on treatment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.results import Result
from analysis.tlf.model import Cell, Column, Row, Span
from analysis.tlf.rows import Named, share_cell
from analysis.tlf.tally import Conditions, Tally

METHOD = (
    "Worst value on treatment, from the first dose to the end of the treatment-emergent period, unscheduled visits "
    "included. Percentages are of the patients with a value at baseline and one on treatment; baseline categories "
    "without patients are not shown, and patients without a value at baseline are shown apart."
)


@dataclass(frozen=True)
class Shift:
    """One parameter of a shift table.

    `name` begins the names of its results, `label` heads its rows, `only` selects its records, `base` and `worst` are
    the variables of the category at baseline and on treatment, `levels` their values in order, with their texts.
    """

    name: str
    label: str
    only: Conditions
    base: str
    worst: str
    levels: Mapping[int, str]

    def results(self, tally: Tally) -> list[Result]:
        """`<name>.n`, `.b<baseline>_w<worst>`, `.b<baseline>` and `.w<worst>` of those with both values; `.missing...`.

        Baselines that nobody had are left out, and so is a parameter that nobody had on treatment.
        """
        levels = list(self.levels)
        both: dict[str, object] = {**self.only, self.base: levels, self.worst: levels}
        about = {"group1": "parameter", "group1_level": self.label, "variable": self.worst}
        found = [tally.count(f"{self.name}.n", "Patients with both values", both, **about)]
        for base in [*(b for b in levels if tally.n({**both, self.base: b})), None]:
            part = f"{self.name}." + ("" if base is None else f"b{base}_")
            at: dict[str, object] = {} if base is None else {self.base: base}
            row = {**about, "group2": "baseline", "group2_level": "Total" if base is None else self.levels[base]}
            for worst, text in self.levels.items():
                only = {**both, **at, self.worst: worst}
                found += tally.share(f"{part}w{worst}", f"Worst: {text}", only, both, variable_level=text, **row)
            if base is not None:
                found += tally.share(f"{self.name}.b{base}", "Total", {**both, **at}, both, **row)
        unknown = {**both, self.base: None}
        if tally.n(unknown):
            row = {**about, "group2": "baseline", "group2_level": "Missing"}
            for worst, text in self.levels.items():
                only = {**unknown, self.worst: worst}
                found.append(
                    tally.count(f"{self.name}.missing_w{worst}", f"Worst: {text}", only, variable_level=text, **row)
                )
            found.append(tally.count(f"{self.name}.missing", "Total", unknown, **row))
        return found if tally.n({**self.only, self.worst: levels}) else []

    def rows(self, of: Named, *, heads: bool = False, width: int = 0) -> list[Row]:
        """A heading, a row per baseline, the total, and those without baseline; none where there are no results.

        With `heads` the heading names the worst categories above their columns. `width` is the number of the table's
        columns of categories where that is more than this parameter has.
        """
        if f"{self.name}.n" not in of:
            return []
        blank = [Cell()] * max(0, width - len(self.levels))
        heading = f"{self.label} (n = {of[f'{self.name}.n'].stat_fmt})"
        texts = [*self.levels.values(), *(cell.text for cell in blank), "Total"]
        rows = [Row.of(heading, *(texts if heads else ()), kind="group")]
        for base, text in self.levels.items():
            if f"{self.name}.b{base}" in of:
                cells = [share_cell(of, f"{self.name}.b{base}_w{worst}") for worst in self.levels]
                rows.append(Row.of(text, *cells, *blank, share_cell(of, f"{self.name}.b{base}"), indent=1))
        if of[f"{self.name}.n"].stat:
            cells = [share_cell(of, f"{self.name}.w{worst}") for worst in self.levels]
            total = Cell(of[f"{self.name}.n"].stat_fmt, result=f"{self.name}.n")
            rows.append(Row.of("Total", *cells, *blank, total, indent=1))
        if f"{self.name}.missing" in of:
            names = [*(f"{self.name}.missing_w{worst}" for worst in self.levels), f"{self.name}.missing"]
            counts = [Cell(of[name].stat_fmt, result=name) for name in names]
            rows.append(Row.of("Missing at baseline", *counts[:-1], *blank, counts[-1], indent=1))
        return rows


def shift_columns(first: str, heads: Sequence[str], label: float = 0.34) -> tuple[tuple[Column, ...], tuple[Span, ...]]:
    """The columns of a shift table and the heading above those of the worst categories; `label`: share of the first."""
    part = (1 - label) / (len(heads) + 1)
    columns = (
        Column(first, label),
        *(Column(text, part, "decimal") for text in heads),
        Column("Total" if any(heads) else "", part, "decimal"),
    )
    return columns, (Span("Worst on treatment, n (%)", 1, len(heads)),)
