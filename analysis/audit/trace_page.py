"""trace/ of a build: a page for each analysis dataset that leads from every result over it to the records behind it.

Each page holds its data as compact JSON and a small script that shows the result named behind `#`; it asks nothing of
the network and opens from disk. Records that several numbers share are stored once.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from html import escape
from itertools import chain
from pathlib import Path
from string import Template
from typing import Any

import polars as pl

from analysis.audit import trace_risk
from analysis.audit.trace import Material, asked_of, columns_of, parameters_of, read_material
from analysis.params import Output, Params
from analysis.paths import Study
from analysis.report import cover
from analysis.report.trace_links import FOLDER, INDEX, Links, Traced, page_of
from analysis.report.variables import marked_variables
from analysis.results import Result
from analysis.tlf import fonts
from analysis.tlf.context import POPULATIONS
from analysis.tlf.model import clean

TEMPLATES = Path(__file__).parents[1] / "report/templates"
_STYLES = ("cuts.css", "trace.css")
_HEAD_SCRIPT, _SCRIPT = "page.theme.js", "trace.js"


def write_traces(
    study: Study,
    params: Params,
    catalogue: Mapping[str, Output],
    results: Sequence[Result],
    inputs: Mapping[str, str],
    build: Path,
) -> Traced:
    """Write trace/ of a build at work, and return what makes links of the numbers of its csr.html.

    The pages show patients' records: a build without them leaves this call out, and its numbers are text. `inputs` are
    the lock's files and hashes.
    """
    frames = {p.stem.upper(): pl.read_parquet(p) for p in sorted((build / "adam").glob("*.parquet"))}
    cut, parameters = study.cut_dir(params.cut), params.model_dump(mode="json")
    material = read_material(build, results, frames, parameters, cut, inputs)
    links = write_pages(material, params, catalogue, build / FOLDER)
    return Traced(links, marked_variables(results, params))


def write_pages(material: Material, params: Params, catalogue: Mapping[str, Output], folder: Path) -> Links:
    """Write index.html and a page for each dataset with results to the folder, and return the links into them."""
    folder.mkdir()
    by_dataset: dict[str, dict[str, Result]] = {}
    for key, result in material.keys.items():
        by_dataset.setdefault(result.dataset, {})[key] = result
    known = {name: own for name, own in sorted(by_dataset.items()) if name in material.frames}
    data = {name: _data(material, name, own, params, catalogue) for name, own in known.items()}
    texts = {name: _json(content) for name, content in data.items()}
    characters = "".join(sorted(set("".join(texts.values())) | set(map(chr, range(32, 127)))))
    for name, text in texts.items():
        title = f"Records of {name} behind the numbers"
        body = f'<div id="trace"></div><script type="application/json" id="data">{text}</script>'
        _write(folder / page_of(name), title, body, params, characters)
    _write(folder / INDEX, "Where the numbers come from", _index(material, known, catalogue), params, characters)
    return Links({key: result for own in known.values() for key, result in own.items()})


def _write(path: Path, title: str, body: str, params: Params, characters: str) -> None:
    note = params.study.data_note
    texts = {"title": title, "study": f"Study {params.study.id}, data cut-off {params.cutoff.isoformat()}"}
    script, head_script = (_read(name) for name in (_SCRIPT, _HEAD_SCRIPT))
    faces = fonts.font_faces(characters)
    style = "\n".join([faces, *map(_read, _STYLES), cover.printed_header(texts["study"], note)])
    page = Template(_read("trace.html")).substitute(
        {key: escape(value) for key, value in texts.items()},
        banner=f'<p class="banner" role="note">{escape(note)}</p>',
        body=body,
        style=style,
        style_hash=_hash(style),
        script=script,
        head_script=head_script,
        script_hashes=f"{_hash(head_script)} {_hash(script)}",
    )
    path.write_text(page, encoding="utf-8", newline="\n")


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(data: object) -> str:
    """JSON that cannot end the element that holds it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


class _Numbered:
    """Distinct values by their number, in the order of their first use."""

    def __init__(self) -> None:
        self.places: dict[Any, int] = {}

    def of(self, value: Any) -> int:
        return self.places.setdefault(value, len(self.places))

    def values(self) -> list[Any]:
        return list(self.places)


def _data(
    material: Material, dataset: str, results: Mapping[str, Result], params: Params, catalogue: Mapping[str, Output]
) -> dict[str, Any]:
    """All that the page of one dataset shows; see trace.js for how it is read."""
    clauses, methods, parameters = _Numbered(), _Numbered(), _Numbered()
    for result in results.values():
        clauses.of((result.dataset, result.where))
        if result.denominator_dataset is not None and result.denominator_where is not None:
            clauses.of((result.denominator_dataset, result.denominator_where))
    selected: dict[tuple[str, str], list[int]] = {}
    kept: dict[str, list[int]] = {}
    for name in dict.fromkeys(name for name, _ in clauses.values()):
        wheres = [where for of, where in clauses.values() if of == name]
        found = material.selected(name, wheres)
        selected |= {(name, where): places for where, places in zip(wheres, found, strict=True)}
        kept[name] = sorted(set(chain.from_iterable(found)))
    asked = {name: {r.variable for r in results.values()} if name == dataset else set() for name in kept}
    for name, where in clauses.values():
        asked[name].update(asked_of(where))
    sets, sdtm = _records(material, kept, asked)
    risks: dict[str, Any] = {}
    rows = {}
    taken: dict[tuple[str, str | None, str | None], int] = {}
    for key, r in results.items():
        own = (r.dataset, r.where)
        risk = _risk(r, material.frames[r.dataset], selected[own], params.km.conf_level)
        if risk is not None:
            risks[key] = risk
        whole = -1 if r.denominator_where is None else clauses.of((r.denominator_dataset, r.denominator_where))
        kind = (r.dataset, r.method, r.group1_level if r.group1 == "PARAMCD" else None)
        if kind not in taken:
            taken[kind] = parameters.of(tuple(parameters_of(r, material.parameters)))
        rows[key] = [
            r.output,
            [clean(str(g)) for g in _said(r)],
            clean(r.stat_fmt),
            None if r.stat is None else clean(str(r.stat)),
            r.stat_name,
            r.variable,
            POPULATIONS[r.population][0],
            clauses.of(own),
            whole,
            methods.of(r.method),
            taken[kind],
        ]
    renumbered = {name: {place: n for n, place in enumerate(places)} for name, places in kept.items()}
    return {
        "dataset": dataset,
        "note": material.without,
        "files": {name: list(asdict(material.files[name]).values()) for name in (*kept, *sdtm)},
        "heights": {name: material.frames[name].height for name in kept},
        "sets": sets,
        "sdtm": sdtm,
        "clauses": [
            [
                name,
                where,
                _runs(renumbered[name][place] for place in selected[name, where]),
                columns_of(name, where, "", material.frames[name]),
                asked_of(where),
            ]
            for name, where in clauses.values()
        ],
        "methods": methods.values(),
        "parameters": parameters.values(),
        "outputs": {
            name: _output(material, catalogue, name) for name in dict.fromkeys(r.output for r in results.values())
        },
        "results": rows,
        "risks": risks,
    }


def _said(result: Result) -> list[str]:
    groups = (result.group1_level, result.group2_level, result.group3_level, result.variable_level, result.stat_label)
    return list(dict.fromkeys(group for group in groups if group))


def _output(material: Material, catalogue: Mapping[str, Output], name: str) -> list[Any]:
    """Label, title, and the cell that showed it: notebook, number and code."""
    cell = material.cells.get(name)
    output = catalogue[name]
    return [output.label, output.title, *([cell.file, cell.number, cell.source] if cell else ["", 0, ""])]


def _risk(result: Result, frame: pl.DataFrame, places: list[int], conf_level: float) -> list[Any] | None:
    """Time, what it is, the state of each record by its number in STATES, and the steps of the curve."""
    if not str(result.method).removeprefix("reverse ").startswith("Kaplan-Meier"):
        return None
    risk = trace_risk.risk_set(result, frame[places], conf_level)
    if risk is None:
        return None
    steps = [
        [round(s.time, 6), s.at_risk, s.events, round(s.survival, 6), *(_finite(v) for v in (s.lower, s.upper))]
        for s in risk.steps
    ]
    return [risk.time, risk.says, "".join(str(trace_risk.STATES.index(state)) for state in risk.states), steps]


def _finite(value: float) -> float | None:
    return None if value != value else round(value, 6)


def _records(
    material: Material, kept: Mapping[str, Sequence[int]], asked: Mapping[str, set[str]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The records of the analysis datasets that are behind a number, and those of SDTM that they came from.

    `asked` are the variables of each that a clause or a result of the page reads.
    """
    sets: dict[str, Any] = {}
    places: dict[str, _Numbered] = {}
    for name, numbers in kept.items():
        frame = material.frames[name][numbers]
        why, lines = _Numbered(), []
        for record in frame.iter_rows(named=True) if material.sdtm else ():
            sources = [s for s in material.sources.of(name, record) if s.is_behind(asked[name])]
            lines.append(
                [
                    [
                        s.dataset,
                        why.of((s.why, s.gives)),
                        *(places.setdefault(s.dataset, _Numbered()).of(p) for p in s.places),
                    ]
                    for s in sources
                ]
            )
        sets[name] = {**_columns(frame), "why": why.values(), "from": lines}
    sdtm = {}
    for name in sorted(places):
        frame = material.sdtm[name] if name in material.sdtm else material.frames[name]
        sdtm[name] = _columns(frame[places[name].values()])
    return sets, sdtm


def _columns(frame: pl.DataFrame) -> dict[str, Any]:
    """A frame as its columns that say something: name, distinct texts, and for each record the number of its text."""
    columns = []
    for series in frame.get_columns():
        if series.null_count() == len(series):
            continue
        values = _Numbered()
        values.of(None)
        numbers = [values.of(value) for value in series.to_list()]
        columns.append([series.name, [_text(value) for value in values.values()], numbers])
    return {"height": frame.height, "columns": columns}


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.12g}" if isinstance(value, float) else clean(str(value))


def _runs(numbers: Iterable[int]) -> str:
    """Ascending numbers as runs: 0-3,7,9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def _index(material: Material, known: Mapping[str, Mapping[str, Result]], catalogue: Mapping[str, Output]) -> str:
    """The outputs with the pages that have their results."""
    datasets: dict[str, dict[str, int]] = {}
    for name, own in known.items():
        for result in own.values():
            of = datasets.setdefault(result.output, {})
            of[name] = of.get(name, 0) + 1
    items = [
        f'<li id="{output}"><a href="../csr.html#{output}">{escape(catalogue[output].label)}</a> '
        f"{escape(catalogue[output].title)}: "
        + ", ".join(f'<a href="{page_of(name)}#{output}">{count} by {name}</a>' for name, count in of.items())
        + "</li>"
        for output, of in sorted(datasets.items(), key=lambda item: list(catalogue).index(item[0]))
    ]
    return (
        "<p>Each number of the report leads by a click to the records behind it. Here the tables and figures stand "
        f'with their numbers by the dataset that these are counted in.</p><ul class="outputs">{"".join(items)}</ul>'
    )
