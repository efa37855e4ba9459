"""The step of a public run between notebooks and report: the work folder's true data become what is public."""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from analysis.cut.dataset import write_xpt
from analysis.params import Output, Params
from analysis.privacy.figures import OWN_RESULTS, public_figure
from analysis.privacy.pseudonyms import pseudonyms
from analysis.privacy.records import DATASET, public_times
from analysis.privacy.suppress import suppress
from analysis.privacy.tables import Redactor
from analysis.report.book import cell_option
from analysis.results import read_results, write_results
from analysis.tlf.display import figure_bundles, ids_shown, read_display, table_bundle, write_display
from analysis.tlf.model import Display, Table


def publish(work: Path, params: Params, catalogue: Mapping[str, Output], key: bytes) -> None:
    """Rewrite adam/, results, tlf/ and notebooks/ of a work folder for the public."""
    adam = {path.stem.upper(): pl.read_parquet(path) for path in sorted((work / "adam").glob("*.parquet"))}
    patients = adam["ADSL"]["USUBJID"].to_list()
    results = [r for r in read_results(work / "results.json") if r.output[0] != "f" or r.output in OWN_RESULTS]
    decided = suppress(results, adam, catalogue, params.privacy.minimum_cell)
    write_results(decided.public(), work)
    redactor = Redactor(decided, set(patients))
    shown: dict[str, Display] = {}
    for name in ids_shown(catalogue, work / "tlf"):
        display = read_display(name, work / "tlf")
        for path in (work / "tlf").glob(f"{name}.*"):
            path.unlink()
        if name not in catalogue:
            continue  # a further figure of a series, all of which are left out
        if not isinstance(display, Table):
            shown[name] = public_figure(display, catalogue[name].title, decided)
        else:
            shown[name] = display if catalogue[name].shows else redactor.table(display)
        write_display(shown[name], work / "tlf")
    for path in sorted((work / "notebooks").glob("*.ipynb")):
        _rewrite(path, shown)
    for path in (work / "adam").iterdir():
        path.unlink()
    if DATASET in adam:
        names = pseudonyms(patients, params.study.id, key)
        times = public_times(adam[DATASET], names, params.privacy.minimum_cell)
        times.frame.write_parquet(work / "adam" / f"{DATASET.lower()}.parquet")
        write_xpt(times, work / "adam" / f"{DATASET.lower()}.xpt")


def _rewrite(path: Path, shown: Mapping[str, Display]) -> None:
    """Put the public displays into an executed notebook; whatever else its cells have put out is left out."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            display = shown.get(cell_option(cell, "label") or "")
            cell["outputs"] = [] if display is None else list(_outputs(display))
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _outputs(display: Display) -> Iterator[dict[str, Any]]:
    """A display as a notebook holds it (nbformat 4)."""
    bundles = [(table_bundle(display), {})] if isinstance(display, Table) else figure_bundles(display)
    for data, metadata in bundles:
        texts = {kind: _text(content) for kind, content in data.items()}
        yield {"output_type": "display_data", "data": texts, "metadata": metadata}


def _text(content: str | bytes) -> str:
    """What a notebook holds: pictures in base64."""
    return base64.b64encode(content).decode("ascii") if isinstance(content, bytes) else content
