"""What a notebook opens: the cut's parameters and data, and a place for its displays and results.

In a run the work folder comes by environment (CSR_WORK), never by parameter, so that no temporary path lands in an
executed notebook. By hand, in JupyterLab or under papermill, ADaM is derived from the cut and nothing is written.
"""

import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import polars as pl

from analysis import params as parameters
from analysis.cut import check, dataset, lock
from analysis.paths import Study, find_project
from analysis.pipeline.declared import RESULTS, SDTM, Declared, require
from analysis.pipeline.environment import PARAMS_DIR, PUBLIC, WORK
from analysis.pipeline.progress import track
from analysis.privacy import public_params
from analysis.report import abbreviations
from analysis.results import Result
from analysis.tlf import groups, in_text
from analysis.tlf.context import Context
from analysis.tlf.display import write_display
from analysis.tlf.explain import explained
from analysis.tlf.model import Display, Figure, Table

LOG_COLUMNS = ("DATASET", "USUBJID", "SEQ", "VARIABLE", "OLD", "NEW", "ACTION", "REASON")
T = TypeVar("T")


class Session:
    """One notebook's view of one cut; `reads` as in open_session."""

    def __init__(self, cut: str, params_dir: str, reads: Collection[str] | None = None) -> None:
        project = find_project(Path(__file__).parent)
        folder = Path(os.environ.get(PARAMS_DIR, params_dir))
        # A notebook opened in notebooks/ means the same folder as one run from the project.
        self.study = Study.open(folder if folder.is_absolute() or folder.is_dir() else project / folder, project)
        self.params = parameters.load(cut, self.study.params_dir)
        self.public = PUBLIC in os.environ
        if self.public:
            self.params = public_params(self.params)
        self.reads = reads
        self.work = Path(os.environ[WORK]) if WORK in os.environ else None
        self.catalogue = parameters.catalogue_of(self.params, self.study.params_dir)
        self.shown: dict[str, Display] = {}
        self.recorded: list[Result] = []

    @property
    def cut(self) -> dict[str, dataset.Dataset]:
        """The datasets of the locked cut."""
        require(SDTM, self.reads)
        return self._cut

    @cached_property
    def _cut(self) -> dict[str, dataset.Dataset]:
        folder = self.study.cut_dir(self.params.cut)
        if self.work is None:  # a run has verified the lock already
            lock.verify_lock(folder, self.params.lock_sha256)
        return dataset.read_folder(folder)

    @property
    def sdtm(self) -> dict[str, pl.DataFrame]:
        return dataset.frames(self.cut)

    @cached_property
    def adam(self) -> Mapping[str, pl.DataFrame]:
        """The analysis datasets that the notebook declares: the run's, or derived here from the cut."""
        if self.work is None:
            from analysis import adam

            return Declared(dataset.frames(adam.derive(dataset.frames(self._cut), self.params)), self.reads)
        files = {p.stem.upper(): p for p in sorted((self.work / "adam").glob("*.parquet"))}
        wanted = {name: path for name, path in files.items() if self.reads is None or name in self.reads}
        return Declared({name: pl.read_parquet(path) for name, path in wanted.items()}, self.reads)

    @cached_property
    def dictionary(self) -> abbreviations.Dictionary:
        """What abbreviations mean, by the project and by the study."""
        return abbreviations.read(root / abbreviations.DICTIONARY for root in (self.study.project, self.study.root))

    @cached_property
    def context(self) -> Context:
        return Context(self.params, self.catalogue, self.adam, self.public)

    def cut_log(self) -> pl.DataFrame:
        """Every record that the cut-off removed or changed; empty where the cut came without a log."""
        require(SDTM, self.reads)
        path = self.study.cut_dir(self.params.cut) / "cut-log.csv"
        if not path.is_file():
            return pl.DataFrame(schema=dict.fromkeys(LOG_COLUMNS, pl.String))
        return pl.read_csv(path, infer_schema=False)

    def queries(self) -> pl.DataFrame:
        """Ambiguous data that the derivations met, and what they did with them."""
        from analysis import adam

        return adam.queries(self.sdtm, self.params)

    def problems(self) -> list[check.Problem]:
        """What the data check found in the cut."""
        return check.check_data(self.cut, self.params)

    def results(self) -> list[Result]:
        """The results of every group of outputs: what the notebooks before this one recorded, or computed here."""
        require(RESULTS, self.reads)
        if self.work is None:
            whole = self if self.reads is None else Session(self.params.cut, str(self.study.params_dir))
            return [result for produce in groups.PRODUCERS for result in produce(whole.context)]
        files = sorted((self.work / "results").glob("*.json"))
        return [Result(**row) for path in files for row in json.loads(path.read_text(encoding="utf-8"))]

    def record(self, results: list[Result]) -> None:
        """Hand the results of one output to the run; by hand, nothing is kept."""
        self.recorded += results
        if self.work is not None and results:
            path = self.work / "results" / f"{results[0].output}.json"
            if path.exists():
                raise ValueError(f"results of {results[0].output} were recorded before")
            path.write_text(json.dumps([asdict(r) for r in results], ensure_ascii=False), encoding="utf-8")

    def track(self, items: Sequence[T]) -> Iterable[T]:
        """Go through items with a progress bar; a run shows none, so that its notebooks hold nothing that moves."""
        return items if self.work is not None else track(items, "simulating")

    def show(self, display: "Table | Figure") -> "Table | Figure":
        """Hand a display, with its abbreviations explained, to the run, and return it so that the notebook shows it."""
        if not parameters.is_listed(display.id, self.catalogue):
            raise ValueError(f"{display.id} is not in the catalogue (params/outputs.yaml)")
        display = explained(display, self.dictionary)
        self.shown[display.id] = display
        if self.work is not None:
            write_display(display, self.work / "tlf")
        return display

    def show_short(self, output: str) -> "Table | Figure | None":
        """Show the short table for the text, made from displays shown before; none where the catalogue has none."""
        if output not in self.catalogue:
            return None
        return self.show(in_text.table(self.context, output, self.shown, self.recorded))


def open_session(cut: str, params_dir: str, *, reads: Collection[str] | None = None) -> Session:
    """Open the session of a notebook from its two parameters.

    `reads` names what the notebook depends on, so that a run knows when to execute it again: analysis datasets, SDTM
    (everything of the cut) and RESULTS (those of the notebooks before). Reading anything else raises ValueError;
    without `reads` the notebook depends on everything.
    """
    return Session(cut, params_dir, reads)
