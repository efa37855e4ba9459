"""What differs in one file of two builds, in words: bytes in, lines out.

`old` and `new` are the contents of the same file in the first and the second build. Each line says where the two differ
(which result, row, record, cell, section) and what they say, `old -> new`. Nothing is rounded before it is compared.
"""

import csv
import io
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from analysis.audit import differences_texts as texts
from analysis.audit.differences_texts import FIRST, SECOND, pair, quoted, shown
from analysis.cut.dataset import read_dataset

LINES = 10  # at most so many lines are said of a file; the rest is counted

# What identifies a record of an analysis dataset, in the order in which it is asked for; --SEQ comes after PARAMCD.
_IDENTIFIERS = ("USUBJID", "PARAMCD", "..SEQ", "ADT", "AVISITN", "AVISIT", "ASTDT", "TRLNKID", "SRCDOM", "SRCSEQ")

Values = Mapping[str, Any]


def told(name: str, old: bytes, new: bytes) -> list[str]:
    """What differs in the file `name`: at most LINES lines, then how many more there are."""
    try:
        found = list(_reader(name)(old, new))
    except (Exception, pl.exceptions.PanicException) as error:  # a file that was changed by hand may be anything
        said = f"{type(error).__name__}: {quoted(str(error))[1:-1]}"
        found = [f"cannot be read as what it should be ({said})", *texts.sizes(old, new)]
    if not found:
        found = ["the same values in other bytes", *texts.sizes(old, new)]
    more = len(found) - LINES
    return [*found[:LINES], f"and {more} more"] if more > 0 else found


def rank(name: str) -> int:
    """Where a file stands in a report of differences: numbers first, what is made from them after."""
    return next(number for number, (pattern, _) in enumerate(_READERS) if re.fullmatch(pattern, name))


def _reader(name: str) -> Callable[[bytes, bytes], Iterable[str]]:
    return _READERS[rank(name)][1]


def records(old: Mapping[str, Values], new: Mapping[str, Values]) -> Iterator[str]:
    """Compare values by record and column; a record is named by its key."""
    for key in [*new, *(key for key in old if key not in new)]:
        if key not in old or key not in new:
            yield f"{key}: only in {FIRST if key in old else SECOND}"
            continue
        before, after = old[key], new[key]
        for column in dict.fromkeys([*after, *before]):
            if before.get(column) != after.get(column):
                yield f"{key}, {column}: {pair(before.get(column), after.get(column))}"


def numbered(keys: Iterable[str]) -> list[str]:
    """The keys, with a number behind each that comes again."""
    seen: Counter[str] = Counter()
    found = []
    for key in keys:
        seen[key] += 1
        found.append(key if seen[key] == 1 else f"{key} (number {seen[key]})")
    return found


def tree(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Compare JSON values part by part; lists of one length value by value, counted from 1, others as sets."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*new, *old]):
            inside = f"{path}.{key}" if path else str(key)
            if key not in old or key not in new:
                yield f"{inside}: {pair(old.get(key), new.get(key))}"
            else:
                yield from tree(old[key], new[key], inside)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (before, after) in enumerate(zip(old, new, strict=True), start=1):
            yield from tree(before, after, f"{path}[{number}]")
    elif isinstance(old, list) and isinstance(new, list):
        for one, other, where in ((old, new, FIRST), (new, old, SECOND)):
            yield from (f"{path}: {shown(value)}: only in {where}" for value in one if value not in other)
        yield f"{path}: entries: {len(old)} -> {len(new)}"
    elif old != new or type(old) is not type(new):
        yield f"{path or 'content'}: {pair(old, new)}"


def results(old: Sequence[Values], new: Sequence[Values]) -> Iterator[str]:
    """Compare rows of results.json by name, or by output, groups, variable and statistic where they have none."""
    return records(_results(old), _results(new))


def _results(rows: Sequence[Values]) -> dict[str, Values]:
    keys = numbered(_result_key(row) for row in rows)
    values = [{**row, "stat": f"{json.dumps(row['stat'])} (printed {row['stat_fmt']})", "stat_fmt": ""} for row in rows]
    return dict(zip(keys, values, strict=True))


def _result_key(row: Values) -> str:
    if row["name"] is not None:
        return f"{row['name']} of {row['output']}"
    pairs = [(row[name], row[f"{name}_level"]) for name in ("group1", "group2", "group3", "variable")]
    parts = [f"{name} {quoted(level)}" if level is not None else name for name, level in pairs if name is not None]
    return ", ".join([row["output"], *parts, row["stat_name"]])


def displays(old: Values, new: Values) -> Iterator[str]:
    """Compare what two tlf/<id>.json say: rows and columns by their labels, everything else part by part."""
    label = quoted(new.get("label", "display"))[1:-1]
    if "columns" in old and "columns" in new:
        yield from (f"{label}, {line}" for line in records(_rows(old), _rows(new)))
    before, after = ({key: value for key, value in data.items() if key != "rows"} for data in (old, new))
    yield from (f"{label}, {line}" for line in tree(before, after))


def _rows(display: Values) -> dict[str, Values]:
    """The rows of a table by label, below those of the group rows that they stand under; cells by column header."""
    headers = [f"column {quoted(column['label'])}" for column in display["columns"]]
    for span in display.get("spans", []):
        for number in range(span["first"], span["last"] + 1):
            headers[number] = f"column {quoted(span['label'])} / {headers[number].removeprefix('column ')}"
    headers = numbered(headers)
    above: list[tuple[int, bool, str]] = []
    labels, cells = [], []
    for row in display["rows"]:
        text, indent = quoted(row["cells"][0]["text"]), row["indent"]
        across = row["kind"] == "group" and len(row["cells"]) == 1
        # A row across the table heads the rows with its indent too, one with a cell per column only those further in.
        above = [head for head in above if head[0] < indent or (head[0] == indent and head[1] and not across)]
        labels.append("row " + " / ".join([*(head[2] for head in above), text]))
        if row["kind"] == "group":
            above.append((indent, across, text))
        found: dict[str, Any] = {"indent": indent, "kind": row["kind"]}
        for header, cell in zip(headers, row["cells"], strict=False):
            found |= {header: cell["text"], f"{header}, note": cell["note"], f"{header}, result": cell["result"]}
        cells.append(found)
    return dict(zip(numbered(labels), cells, strict=True))


def delimited(old: bytes, new: bytes) -> Iterator[str]:
    """Compare CSV files by row number and column header; where their rows are not as many, by whole rows."""
    before, after = ([*csv.reader(io.StringIO(data.decode(), newline=""))] for data in (old, new))
    if len(before) != len(after):
        missing, added = Counter(map(tuple, before)), Counter(map(tuple, after))
        yield f"rows: {len(before)} -> {len(after)}"
        yield from (f"row {quoted(', '.join(row))}: only in {FIRST}" for row in (missing - added).elements())
        yield from (f"row {quoted(', '.join(row))}: only in {SECOND}" for row in (added - missing).elements())
        return
    for number, (one, other) in enumerate(zip(before, after, strict=True)):
        if len(one) != len(other):
            yield f"row {number}: cells: {len(one)} -> {len(other)}"
        for column, (a, b) in enumerate(zip(one, other, strict=False)):
            if a != b:
                where = f"row {number} ({quoted(other[0])}), column {quoted(after[0][column])}" if number else "header"
                yield f"{where}: {pair(a, b)}"


def datasets(old: pl.DataFrame, new: pl.DataFrame) -> Iterator[str]:
    """Compare datasets by record and variable; a record is named by the variables that identify it."""
    for name in dict.fromkeys([*new.columns, *old.columns]):
        if name not in old.columns or name not in new.columns:
            yield f"variable {name}: only in {FIRST if name in old.columns else SECOND}"
        elif old.schema[name] != new.schema[name]:
            yield f"variable {name}: {old.schema[name]} -> {new.schema[name]}"
    both = [name for name in new.columns if name in old.columns]
    other = [name for name in both if old.schema[name] != new.schema[name]]
    old, new = (frame.select(both).cast(dict.fromkeys(other, pl.String)) for frame in (old, new))
    keys = _identifiers(old, new)
    again = pl.int_range(pl.len()).over(keys) if keys else pl.int_range(pl.len())
    old, new = (frame.with_columns((again + 1).alias(" number")) for frame in (old, new))
    on = [*keys, " number"]
    for one, two, where in ((old, new, FIRST), (new, old, SECOND)):
        for row in one.join(two, on=on, how="anti", nulls_equal=True, maintain_order="left").iter_rows(named=True):
            yield f"{_record(row, keys)}: only in {where}"
    pairs = new.join(old, on=on, how="inner", nulls_equal=True, maintain_order="left", suffix=" old")
    for name in both:
        if name not in keys:
            for row in pairs.filter(pl.col(f"{name} old").ne_missing(pl.col(name))).iter_rows(named=True):
                yield f"{_record(row, keys)}, {name}: {pair(row[f'{name} old'], row[name])}"
    if not old.equals(new) and old.sort(on).equals(new.sort(on)):
        yield "the same records in another order"


def _identifiers(old: pl.DataFrame, new: pl.DataFrame) -> list[str]:
    """The first identifying variables that together tell the records apart in both datasets, or as well as they can."""
    found: list[str] = []
    counts = [min(frame.height, 1) for frame in (old, new)]
    for pattern in _IDENTIFIERS:
        for name in (column for column in new.columns if re.fullmatch(pattern, column)):
            now = [frame.select([*found, name]).n_unique() for frame in (old, new)]
            if now != counts or not found:
                found, counts = [*found, name], now
            if counts == [old.height, new.height]:
                return found
    return found


def _record(row: Values, keys: Sequence[str]) -> str:
    parts = [f"{key} {quoted(str(row[key]))[1:-1]}" for key in keys if row[key] is not None]
    number = row[" number"]
    return ", ".join([*parts, f"number {number}"] if number > 1 or not keys else parts)


def _parquet(old: bytes, new: bytes) -> Iterator[str]:
    return datasets(*(pl.read_parquet(io.BytesIO(data)) for data in (old, new)))


def _results_parquet(old: bytes, new: bytes) -> Iterator[str]:
    return results(*(pl.read_parquet(io.BytesIO(data)).to_dicts() for data in (old, new)))


def _transport(old: bytes, new: bytes) -> Iterator[str]:
    """SAS transport files; pyreadstat reads them from a path only, which must have the name of the dataset."""
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for data in (old, new):
            name = re.search(rb"SAS {5}([A-Z]\w{0,7}) *SASDATA", data)
            path = Path(folder, f"{name[1].decode() if name else 'file'}.xpt")
            path.write_bytes(data)
            found.append(read_dataset(path))
    before, after = found
    yield from tree({"name": before.name, "label": before.label}, {"name": after.name, "label": after.label})
    yield from (f"label of {line}" for line in tree(before.labels, after.labels))
    yield from datasets(before.frame, after.frame)


def manifests(old: Values, new: Values) -> Iterator[str]:
    """Compare two manifest.json: code by file, packages by version, parameters by key.

    Outputs are left to what is said of the files themselves, unless nothing else differs.
    """
    parts = {"code": "code", "inputs": "input", "packages": "package", "outputs": "output"}
    flat = [{**data, "packages": data.get("software", {}).get("packages", {})} for data in (old, new)]
    rest = [{key: value for key, value in data.items() if key not in parts} for data in flat]
    for data in rest:
        data["software"] = {key: value for key, value in data.get("software", {}).items() if key != "packages"}
    found = list(tree(rest[0], rest[1]))
    for part, word in parts.items():
        if part != "outputs" or not found:
            before, after = (data.get(part, {}) for data in flat)
            found += [f"{word} {line}" for line in _files(before, after)]
    return iter(found)


def _files(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """Compare names with their hashes or versions; of a hash the first digits are enough."""
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            said = [(files.get(name) or "missing")[:12] for files in (old, new)]
            yield f"{quoted(name)[1:-1]}: {said[0]} -> {said[1]}"


def _json(compare: Callable[[Any, Any], Iterable[str]]) -> Callable[[bytes, bytes], Iterable[str]]:
    return lambda old, new: compare(json.loads(old), json.loads(new))


def _traced(old: bytes, new: bytes) -> Iterator[str]:
    """Pages of trace/: their data part by part, else their text."""
    first, second = (re.search(rb'<script type="application/json" id="data">(.*?)</script>', p) for p in (old, new))
    if first and second:
        yield from tree(json.loads(first[1]), json.loads(second[1]))
    else:
        yield from texts.html(old, new)


# Which files are compared how: the first pattern that a file's name matches, in the order of the report.
_READERS: tuple[tuple[str, Callable[[bytes, bytes], Iterable[str]]], ...] = (
    (r"manifest\.json", _json(manifests)),
    (r"adam/.*\.parquet", _parquet),
    (r"results\.json", _json(results)),
    (r"tlf/[^/]*\.json", _json(displays)),
    (r"tlf/.*\.csv", delimited),
    (r"adam/.*\.xpt", _transport),
    (r"results\.parquet", _results_parquet),
    (r"notebooks/.*\.ipynb", _json(texts.notebooks)),
    (r"csr\.html", texts.html),
    (r"trace/.*\.html", _traced),
    (r".*\.docx", texts.docx),
    (r".*\.html", texts.html),
    (r".*\.png", texts.png),
    (r".*\.ipynb", _json(texts.notebooks)),
    (r".*\.json", _json(tree)),
    (r".*\.(rtf|svg|qmd|yml|txt|lua|bib|csl)", texts.plain),
    (r"(?s).*", texts.sizes),
)
