"""What every group of outputs needs: parameters, catalogue and ADaM data; and the populations' names and sizes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import Any

import polars as pl

from analysis.params import Output, Params
from analysis.results import Result, where
from analysis.tlf.model import Column, Figure, Footnote, Row, Span, Table

# population -> (name in print, ADSL flag)
POPULATIONS = {
    "screened": ("Screened patients", "SCRNFL"),
    "enrolled": ("Enrolled patients", "ENRLFL"),
    "fas": ("Full analysis set", "FASFL"),
    "safety": ("Safety set", "SAFFL"),
    "response_evaluable": ("Response-evaluable set", "RSPEVFL"),
    "per_protocol": ("Per-protocol set", "PPROTFL"),
}


@dataclass(frozen=True)
class Context:
    """The inputs of a group of outputs. `adam` is keyed by dataset name; `public` is whether the run is for the public.

    Tables of a public run are cleared of small numbers when all of them are known; figures are drawn without them.
    """

    params: Params
    catalogue: Mapping[str, Output]
    adam: Mapping[str, pl.DataFrame]
    public: bool = False

    @property
    def least(self) -> int:
        """The smallest number of patients that figures show."""
        return self.params.privacy.minimum_cell if self.public else 1

    def count(self, dataset: str, conditions: str) -> int:
        """Number of records that a where-clause selects."""
        chosen = self.adam[dataset].lazy().filter(pl.sql_expr(conditions))
        return int(chosen.select(pl.len()).collect().item())

    def selected(self, dataset: str, conditions: str, *columns: str) -> pl.DataFrame:
        """The columns of the records that a where-clause selects; wide datasets are not copied for a few of them."""
        chosen = self.adam[dataset].lazy().filter(pl.sql_expr(conditions))
        return chosen.select(*dict.fromkeys(("USUBJID", *columns))).collect()

    def population(self, output: str) -> str:
        """An output's population with its size, as printed under the title, or what it shows in place of patients."""
        entry = self.catalogue[output]
        return entry.shows or f"{POPULATIONS[entry.population][0]} (N = {self.size(output)})"

    def size(self, output: str) -> int:
        """The number of patients in an output's population."""
        _, flag = POPULATIONS[self.catalogue[output].population]
        return self.count("ADSL", where({flag: "Y"}))

    def arm(self, output: str) -> str:
        """The header of the column of the one arm."""
        return f"{self.params.study.arm_label}\n(N = {self.size(output)})"

    def source(self, output: str, *datasets: str) -> str:
        """The line under a display: program, source data, data cut-off, and what kind of data these are."""
        return (
            f"Program: notebooks/{self.catalogue[output].notebook}.ipynb. Source: {', '.join(datasets)}. "
            f"Data cut-off: {self.params.cutoff.isoformat()}. {self.params.study.data_note}."
        )

    def table(
        self,
        output: str,
        columns: Sequence[Column],
        rows: Sequence[Row],
        *,
        datasets: Sequence[str],
        methods: Sequence[str] = (),
        spans: Sequence[Span] = (),
        landscape: bool = False,
    ) -> Table:
        """A table of the catalogue: title, population and footnotes come from there, after the methods.

        Footnotes of single rows stand first, marked a, b ... in the order of the rows; those of rows that the data
        do not have are left out.
        """
        texts = self.catalogue[output].marks
        labels = [label for label in dict.fromkeys(row.cells[0].text for row in rows) if label in texts]
        marks = dict(zip(labels, ascii_lowercase, strict=False))
        frame = self._frame(output, datasets, methods)
        frame["footnotes"] = (*(Footnote(texts[label], mark) for label, mark in marks.items()), *frame["footnotes"])
        return Table(
            **frame,
            columns=tuple(columns),
            rows=tuple(_marked(row, marks) for row in rows),
            spans=tuple(spans),
            landscape=landscape,
        )

    def figure(
        self,
        output: str,
        drawings: Mapping[str, bytes],
        *,
        alt: str,
        data: object,
        datasets: Sequence[str],
        methods: Sequence[str] = (),
    ) -> Figure:
        """A figure of the catalogue, framed as a table is; `drawings` by kind, `data` the numbers behind them."""
        frame = self._frame(output, datasets, methods)
        return Figure(**frame, alt=alt, data=data, png=drawings["png"], svg=drawings["svg"], pdf=drawings["pdf"])

    def _frame(self, output: str, datasets: Sequence[str], methods: Sequence[str]) -> dict[str, Any]:
        """What lets a display stand alone."""
        entry = self.catalogue[output]
        return {
            "id": output,
            "label": entry.label,
            "title": entry.title,
            "population": self.population(output),
            "footnotes": tuple(Footnote(text) for text in (*methods, *entry.footnotes)),
            "source": self.source(output, *datasets),
        }

    def counted(
        self, output: str, dataset: str, conditions: str, *, name: str | None, label: str, **more: str
    ) -> Result:
        """A count of records (one a patient) as a result."""
        n = self.count(dataset, conditions)
        return Result(
            name=name,
            output=output,
            variable=more.pop("variable", label),
            stat_name="n",
            stat_label=label,
            stat=n,
            stat_fmt=str(n),
            population=self.catalogue[output].population,
            dataset=dataset,
            where=conditions,
            method="count",
            **more,
        )


def _marked(row: Row, marks: Mapping[str, str]) -> Row:
    """The row with the mark of its footnote behind its label, if it has one."""
    label, *cells = row.cells
    return replace(row, cells=(replace(label, note=marks[label.text]), *cells)) if label.text in marks else row
