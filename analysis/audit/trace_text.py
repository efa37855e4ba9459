"""`csr trace`: the results that an id or a name means, and what is printed of one."""

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from analysis.audit import trace_risk
from analysis.audit.builds import Build
from analysis.audit.trace import Material, asked_of, columns_of, parameters_of, read_material
from analysis.audit.trace_risk import RiskSet
from analysis.audit.trace_sources import Source
from analysis.errors import ParamsError
from analysis.report.pieces import candidates
from analysis.report.trace_links import FOLDER, page_of
from analysis.results import Result
from analysis.tlf.context import POPULATIONS
from analysis.tlf.model import clean

# What is printed of an SDTM record beside the variable that gave the value: ends of names behind the two letters of
# the dataset, and whole names.
_ENDS = ("TESTCD", "TRT", "TERM", "DECOD", "CAT", "STRESC", "STRESU", "DOSE", "DTC", "STDTC", "ENDTC", "TOXGR")
_WHOLE = ("VISIT", "AGE", "SEX", "ARMCD", "DTHDTC", "QNAM", "QVAL", "TRGRPID", "TRLNKID")


def choose(material: Material, displays: Mapping[str, Mapping[str, Any]], wanted: str, stat: str | None) -> list[str]:
    """The keys of the results that `wanted` means: a result's key, or a display as `csr pull` takes it.

    A display that takes its cells from others means the results of these cells. `stat` narrows them by their
    statistic. Raises ParamsError with near matches where there is none.
    """
    name = " ".join(wanted.split())
    found = [name] if name in material.keys else _of_display(material, displays, name.lower())
    if not found:
        raise ParamsError(f"{wanted}: {_near(material, displays, name.lower())}")
    if stat is None:
        return found
    chosen = [key for key in found if material.keys[key].stat_name == stat]
    if not chosen:
        there = dict.fromkeys(material.keys[key].stat_name for key in found)
        near = difflib.get_close_matches(stat, there, n=5) or list(there)[:12]
        raise ParamsError(f"{wanted}: no result with the statistic {stat!r}; it has such as {', '.join(near)}")
    return chosen


def _of_display(material: Material, displays: Mapping[str, Mapping[str, Any]], name: str) -> list[str]:
    for candidate in candidates(name):
        if own := [key for key, result in material.keys.items() if result.output == candidate]:
            return own
        cells = [c["result"] for row in displays.get(candidate, {}).get("rows", ()) for c in row["cells"]]
        if shown := [key for key in dict.fromkeys(cells) if key in material.keys]:
            return shown
    return []


def _near(material: Material, displays: Mapping[str, Mapping[str, Any]], name: str) -> str:
    for candidate in candidates(name):
        if candidate in displays:
            kind = "a listing of records" if candidate[0] == "l" else "a display"
            return f"{kind} without results of its own; name the table that has the number, or the result"
    outputs = dict.fromkeys(result.output for result in material.results)
    names = [*outputs, *(output[2:].replace("-", ".") for output in outputs), *material.keys]
    said = [key for key in material.keys if name and name in key]
    if near := [*dict.fromkeys([*difflib.get_close_matches(name, names, n=5), *said])][:5]:
        return f"no such display or result in this build; near it: {', '.join(near)}"
    return "no such display or result in this build; expected one such as 14.2.1.1, t-14-2-1-1 or pfs.median"


def rows_of(material: Material, keys: Sequence[str]) -> list[tuple[str, str, str]]:
    """Key, value and label of results, to choose from."""
    return [(key, clean(r.stat_fmt), _label(r)) for key in keys for r in (material.keys[key],)]


def _label(result: Result) -> str:
    groups = (result.group1_level, result.group2_level, result.group3_level, result.variable_level, result.stat_label)
    return clean(", ".join(dict.fromkeys(g for g in groups if g)))


def material_of(build: Build, cut: Path) -> Material:
    """What a finished build is traced by; `cut` is the folder with the data of its cut, where they are."""
    manifest = build.manifest
    return read_material(build.folder, build.results, build.datasets, manifest.parameters, cut, manifest.inputs)


def text(material: Material, build: Build, key: str) -> str:
    """All that is known of a result, for a terminal."""
    return "\n".join(_lines(material, build, key))


def _lines(material: Material, build: Build, key: str) -> Iterator[str]:
    result = material.keys[key]
    display = build.displays.get(result.output, {})
    yield f"{key} = {clean(result.stat_fmt)}"
    yield f"  {_label(result)}"
    yield f"  {display.get('label', result.output)} {' '.join(display.get('title', '').split())}"
    yield f"  Value: {clean(str(result.stat)) if result.stat is not None else 'not estimable'} ({result.stat_name})"
    yield f"  Population: {POPULATIONS[result.population][0]}"
    yield f"  Method: {result.method}"
    for name, value in parameters_of(result, material.parameters):
        yield f"    {name}: {clean(value)}"
    if cell := material.cells.get(result.output):
        yield f"  Notebook: {cell.file}, cell {cell.number}"
        yield from (f"    {line}" for line in cell.source.splitlines())
    yield ""
    yield from _records(material, result, build.parameter("km.conf_level"))
    page = build.folder / FOLDER / page_of(result.dataset)
    if page.is_file():
        yield ""
        yield f"The same as a page: {page}#{quote(key, safe='')}"


def _records(material: Material, result: Result, conf_level: float) -> Iterator[str]:
    """The records of a result and of its denominator, and the files that they are in."""
    if result.where == "FALSE":
        yield "Records: none; it follows from the parameters alone"
        return
    if result.dataset not in material.frames:
        yield f"Records: of {result.dataset}, which is not here{material.without and ': '}{material.without}"
        yield f"  where {clean(result.where)}"
        return
    (places,) = material.selected(result.dataset, [result.where])
    yield from _selection("Records", material, result.dataset, result.where, places)
    risk = trace_risk.risk_set(result, material.frames[result.dataset][places], conf_level)
    if risk is not None:
        yield from _risk_lines(risk)
    yield from _record_lines(material, result, places, risk.states if risk else ())
    if result.denominator_dataset in material.frames and result.denominator_where is not None:
        name, where = str(result.denominator_dataset), result.denominator_where
        (whole,) = material.selected(name, [where])
        yield ""
        yield from _selection("Denominator", material, name, where, whole)
        yield from (f"  {clean(usubjid)}" for usubjid in sorted(set(material.frames[name][whole]["USUBJID"])))
    yield from _file_lines(material, result, places)


def _selection(title: str, material: Material, name: str, where: str, places: Sequence[int]) -> Iterator[str]:
    frame, file = material.frames[name], material.files[name]
    people = frame[places]["USUBJID"].n_unique() if "USUBJID" in frame.columns else 0
    yield f"{title}: {len(places)} of the {frame.height} records of {name}, of {people} patients"
    yield f"  where {clean(where)}"
    yield f"  {file.name}  SHA-256 {file.sha256}"


def _risk_lines(risk: RiskSet) -> Iterator[str]:
    count = Counter(risk.states)
    yield ""
    if risk.time is None:
        yield f"Risk set: {risk.says}"
    else:
        at_risk = sum(count[s] for s in (trace_risk.AT_RISK, trace_risk.EVENT_NOW, trace_risk.CENSORED_NOW))
        yield (
            f"Risk set at {risk.time:.6g} months: at risk {at_risk}; event before {count[trace_risk.EVENT_BEFORE]}; "
            f"censored before {count[trace_risk.CENSORED_BEFORE]}"
        )
        yield f"  {risk.says}"
    yield "  The curve:  months  at risk  events  survival  limits"
    for step in risk.steps:
        yield (
            f"  {step.time:18.6f}  {step.at_risk:7d}  {step.events:6d}  {step.survival:8.4f}  "
            f"{_number(step.lower)} {_number(step.upper)}"
        )
    yield ""


def _number(value: float) -> str:
    return "NE" if value != value else f"{value:.4f}"


def _record_lines(material: Material, result: Result, places: Sequence[int], states: Sequence[str]) -> Iterator[str]:
    """Each record with what says why it counts, and below it the SDTM records that it came from."""
    frame = material.frames[result.dataset]
    columns = columns_of(result.dataset, result.where, result.variable, frame)[1:]
    asked = {*asked_of(result.where), result.variable}
    records = frame[places]
    # What numbers a record is said with it, though it were the same in all.
    alike = [name for name in columns if len(places) > 1 and records[name].n_unique() == 1]
    same = [name for name in alike if not name.endswith("SEQ")]
    if shared := _said(records.row(0, named=True), same) if same else "":
        yield f"  The same in all: {shared}"
    varying = [name for name in columns if name not in same]
    order = sorted(range(len(places)), key=lambda n: records["AVAL"][n]) if states else range(len(places))
    for number, at in enumerate(order, start=1):
        record = records.row(at, named=True)
        state = f"{states[at].upper()}; " if states else ""
        yield f"{number:4d}  {clean(str(record.get('USUBJID')))}  {state}{_said(record, varying)}"
        if material.sdtm:
            for source in material.sources.of(result.dataset, record):
                if source.is_behind(asked):
                    yield from (f"        {line}" for line in _from(material, source))
    if material.without:
        yield f"  The SDTM records are not shown: {material.without}"


def _said(record: Mapping[str, Any], names: Iterable[str]) -> str:
    """Variables with their values, those without one left out."""
    known = ((name, record[name]) for name in names if record[name] is not None)
    return "; ".join(f"{name} {v:.12g}" if isinstance(v, float) else f"{name} {clean(str(v))}" for name, v in known)


def _from(material: Material, source: Source) -> Iterator[str]:
    """A line for each SDTM record; the qualifiers of a record in one."""
    frame = material.sdtm.get(source.dataset, material.frames.get(source.dataset))
    if frame is None:
        return
    records = [frame.row(place, named=True) for place in source.places]
    if source.dataset.startswith("SUPP"):
        pairs = (f"{clean(str(r['QNAM']))} {clean(str(r['QVAL']))}" for r in records)
        yield f"<- {source.dataset} ({source.why}): {'; '.join(pairs)}"
        return
    sequence = f"{source.dataset}SEQ"
    for record in records:
        names = [name for name in record if name == source.why or name in _WHOLE or name[2:] in _ENDS]
        number = "" if record.get(sequence) is None else f" {int(record[sequence])}"
        yield f"<- {source.dataset}{number} ({source.why}): {_said(record, names)}"


def _file_lines(material: Material, result: Result, places: Sequence[int]) -> Iterator[str]:
    """The files of the SDTM records, with their hashes."""
    if not material.sdtm:
        return
    frame = material.frames[result.dataset]
    records = (frame.row(place, named=True) for place in places)
    asked = {*asked_of(result.where), result.variable}
    found = (s for record in records for s in material.sources.of(result.dataset, record))
    names = sorted({source.dataset for source in found if source.is_behind(asked)})
    if names:
        yield ""
        yield "Files of the cut"
    yield from (f"  {material.files[name].name}  SHA-256 {material.files[name].sha256}" for name in names)
