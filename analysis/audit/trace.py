"""Where a number comes from: its method and parameters, its notebook, and the records behind it with their sources.

What is found here is printed by `csr trace` (trace_text.py) and shown by the pages of a build's trace/ (trace_page.py).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import polars as pl

from analysis.audit.manifest import sha256
from analysis.audit.trace_sources import Frames, Sources
from analysis.cut import dataset
from analysis.errors import VerifyError
from analysis.report.book import cell_option, text_of
from analysis.report.grammar import number
from analysis.results import Result

CUT_LOG, CUT_LOG_FILE = "CUT-LOG", "cut-log.csv"
"""The log of the data cut-off as results name it, and its file in the cut."""

# Beginning of a method -> keys of the parameters that it takes.
_BY_METHOD = (
    (r"(reverse )?Kaplan-Meier", ("km",)),
    (r"Clopper-Pearson|Wilson|Cox|Weibull|exponential, maximum|patients with an event over", ("km.conf_level",)),
    (r"one-sample log-rank", ("design.null_median", "design.alpha", "design.sides")),
    (r"log-hazard formula|exponential times|simulation", ("design",)),
)
# Analysis dataset, and beginning of PARAMCD -> keys of the parameters of its derivation.
_BY_DATASET: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "ADTTE": {
        "PFS": ("pfs", "schedule"),
        "OS": ("os",),
        "DOR": ("response", "pfs.rule_set"),
        "TTR": ("response",),
        "TTF": ("pfs",),
    },
    "ADSL": {"": ("subjects",)},
    "ADRS": {"": ("response", "schedule")},
    "ADTR": {"": ("response.reader",)},
    "ADSCAN": {"": ("schedule",)},
    "ADAE": {"": ("adverse_events",)},
    "ADLB": {"": ("laboratory",)},
    "ADVS": {"": ("vital_signs",)},
    "ADEG": {"": ("ecg",)},
    "ADEX": {"": ("exposure",)},
    "ADIE": {"": ("eligibility",)},
    "ADMH": {"": ("patients.history_categories",)},
    "ADCM": {"": ("adverse_events.window_days",)},
    "ADDV": {"": ("subjects.per_protocol_excludes",)},
    "ADNACT": {"": ("pfs.new_therapy",)},
}
_LONGEST = 160  # characters of a parameter; lists of terms and criteria are for study.yaml

# What says why a record is among those of a number, beside the columns of the where-clause.
_REASONS: Mapping[str, tuple[str, ...]] = {
    "ADSL": ("ENRLDT", "TRTSDT"),
    "ADTTE": ("PARAMCD", "AVAL", "CNSR", "STARTDT", "ADT", "EVNTDESC", "CNSDTDSC"),
    "ADRS": ("PARAMCD", "AVISIT", "ADT", "AVALC", "RULE", "AREASON", "CONFDT"),
    "ADTR": ("PARAMCD", "AVISIT", "ADT", "AVAL", "AVALC", "PCHG", "RULE", "AREASON"),
    "ADSCAN": ("PARAMCD", "AVISIT", "PLANDT", "ADT", "AVALC", "AREASON"),
    "ADAE": ("AESEQ", "AEDECOD", "ASTDT", "AENDT", "AETOXGR", "TRTEMRUL"),
    "ADLB": ("PARAMCD", "AVISIT", "ADT", "AVAL", "AVALC", "ANRLO", "ANRHI", "BASE", "ATOXGRL", "ATOXGRH", "AREASON"),
    "ADVS": ("PARAMCD", "AVISIT", "ADT", "AVAL", "BASE", "CHG"),
    "ADEG": ("PARAMCD", "AVISIT", "ADT", "AVAL", "BASE", "CHG"),
    "ADECOG": ("PARAMCD", "AVISIT", "ADT", "AVAL", "BASE"),
    "ADEX": ("PARAMCD", "ASTDT", "AENDT", "AVAL", "EXADJ"),
    "ADIE": ("IETESTCD", "IERESULT", "IESTATUS", "IEVALUE", "IELIMIT", "IEREASN"),
    "ADDV": ("DVSEQ", "DVDECOD", "DVCAT", "ASTDT", "IMPDVFL", "PPDVFL"),
    "ADCM": ("CMSEQ", "ACMDECOD", "ACMGRP", "ASTDT", "AENDT", "CONCFL"),
    "ADMH": ("MHSEQ", "AMHDECOD", "ASTDT", "AENDT", "MHENRFL"),
    "ADNACT": ("NACAT", "NATRT", "ASTDT", "ALINE", "AVAL", "ADLDOSE"),
    CUT_LOG: ("USUBJID", "SEQ", "VARIABLE", "OLD", "NEW"),
}


# Flag of an analysis set -> why a patient is not in it.
_EXCLUDED = {"FASFL": "FASEXRS", "SAFFL": "SAFEXRS", "RSPEVFL": "RSPEXRS", "PPROTFL": "PPEXRS"}


@dataclass(frozen=True)
class NotebookCell:
    """The cell that showed an output: its notebook's file in the build, its place from 1, and its code."""

    file: str
    number: int
    source: str


@dataclass(frozen=True)
class File:
    """A file with its SHA-256, by its name in the build or, below data/, in the cut."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Material:
    """What a build is traced by: its results, analysis datasets and parameters, and the SDTM data of its cut.

    `frames` are the analysis datasets and, as CUT-LOG, the cut's log; `sdtm` is empty where the cut is not at hand, and
    `without` then says why. `cells` are by output, `files` by dataset.
    """

    results: Sequence[Result]
    frames: Frames
    sdtm: Frames
    parameters: Mapping[str, Any]
    cells: Mapping[str, NotebookCell]
    files: Mapping[str, File]
    without: str = ""

    @cached_property
    def keys(self) -> dict[str, Result]:
        """Results by key: their name or, of one without a name, its output and its place among its results."""
        found: dict[str, Result] = {}
        places: dict[str, int] = {}
        for result in self.results:
            places[result.output] = places.get(result.output, 0) + 1
            found[result.name or f"{result.output}.{places[result.output]}"] = result
        return found

    @cached_property
    def sources(self) -> Sources:
        return Sources(self.sdtm, self.frames, self.parameters)

    def selected(self, name: str, wheres: Sequence[str]) -> list[list[int]]:
        """The places of the records of a dataset that each where-clause selects."""
        frame = self.frames[name]
        try:
            found = frame.select(pl.sql_expr(where).alias(str(n)) for n, where in enumerate(wheres)).get_columns()
        except pl.exceptions.PolarsError as error:  # of a build that somebody changed: it may hold any text
            said = str(error).partition("\n")[0][:200]
            raise VerifyError(f"results.json: a where-clause over {name} cannot be carried out: {said}") from None
        # A clause such as TRUE says the same of every record and comes as one value.
        whole = [c if len(c) == frame.height else c.new_from_index(0, frame.height) for c in found]
        return [c.arg_true().to_list() for c in whole]


def read_material(
    build: Path,
    results: Sequence[Result],
    frames: Frames,
    parameters: Mapping[str, Any],
    cut: Path,
    inputs: Mapping[str, str],
) -> Material:
    """Gather what a build is traced by; `inputs` are the hashes of the cut's files, which those in `cut` must have."""
    sdtm, without = _sdtm(cut, inputs)
    frames = dict(frames)
    files = {
        name: File(f"adam/{name.lower()}.parquet", sha256(build / f"adam/{name.lower()}.parquet")) for name in frames
    }
    files |= {name: File(f"{name.lower()}.xpt", inputs.get(f"{name.lower()}.xpt", "")) for name in sdtm}
    if CUT_LOG_FILE in inputs and not without:
        frames[CUT_LOG] = pl.read_csv(cut / CUT_LOG_FILE, infer_schema=False)
        files[CUT_LOG] = File(CUT_LOG_FILE, inputs[CUT_LOG_FILE])
    return Material(results, frames, sdtm, parameters, dict(_cells(build / "notebooks")), files, without)


def _sdtm(cut: Path, inputs: Mapping[str, str]) -> tuple[Frames, str]:
    """The datasets of the cut, or why they are left out."""
    if not cut.is_dir():
        return {}, f"the data of the cut are not here ({cut})"
    changed = [n for n, known in inputs.items() if not (cut / n).is_file() or sha256(cut / n) != known]
    if changed:
        return {}, f"the data of the cut in {cut} are not those of this build: {', '.join(changed[:5])}"
    return dataset.frames(dataset.read_folder(cut)), ""


def _cells(notebooks: Path) -> Iterator[tuple[str, NotebookCell]]:
    for path in sorted(notebooks.glob("*.ipynb")):
        for place, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"], start=1):
            if cell["cell_type"] == "code" and (label := cell_option(cell, "label")):
                yield label, NotebookCell(f"notebooks/{path.name}", place, text_of(cell["source"]))


def parameters_of(result: Result, parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The parameters that a result depends on, as dotted keys and values: of its method, then of its dataset."""
    keys = [key for pattern, keys in _BY_METHOD if re.match(pattern, str(result.method)) for key in keys]
    of_dataset = _BY_DATASET.get(result.dataset, {})
    paramcd = result.group1_level or "" if result.group1 == "PARAMCD" else ""
    keys += [k for start, more in of_dataset.items() if paramcd.startswith(start) for k in more]
    found: dict[str, str] = {}
    for key in keys:
        value: Any = parameters
        for part in key.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        found |= dict(_leaves(key, value))
    return list(found.items())


def _leaves(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{key}.{name}", inner)
    elif not (isinstance(value, list) and any(isinstance(item, Mapping) for item in value)):
        text = ", ".join(map(_said, value)) if isinstance(value, list) else _said(value)
        if len(text) <= _LONGEST:
            yield key, text


def _said(value: Any) -> str:
    return number(value) if isinstance(value, float) else "none" if value is None else str(value)


@cache
def asked_of(where: str) -> tuple[str, ...]:
    """The columns that a where-clause reads."""
    return tuple(dict.fromkeys(pl.sql_expr(where).meta.root_names()))


def columns_of(name: str, where: str, variable: str, frame: pl.DataFrame) -> list[str]:
    """The columns that say why a record is selected: patient, reasons, those of the where-clause, the variable."""
    asked = asked_of(where)
    excluded = [_EXCLUDED[flag] for flag in asked if flag in _EXCLUDED and name == "ADSL"]
    wanted = ["USUBJID", *_REASONS.get(name, ()), *asked, *excluded, variable]
    there = set(frame.columns)
    return [column for column in dict.fromkeys(wanted) if column in there]
