"""What chapters may cite with the shortcode `var`: facts of params, named results and adaptive sentences.

| variable | is |
|---|---|
| `study.*`, `design.*`, `pfs.*` ... | the parameter of the same dotted key; items of a list of drugs count from 1 |
| `cut.*`, `report.date` | the data cut-off, and the date of the lock |
| `stated.<key>` | the parameter with its unit and, where its source is an assumption, a mark that says so |
| `pfs.median`, `n.enrolled` ... | the result of that name, as the tables print it |
| `text.*` | sentences and parts of sentences |
| `estimand.*`, `issue.*` | attributes of the estimands; the statistical issues of 11.4.2 |
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence

from pydantic import BaseModel

from analysis.errors import RenderError
from analysis.params import Params
from analysis.report.escape import markdown_text
from analysis.report.estimands import estimand_variables
from analysis.report.grammar import listed, long_date, number
from analysis.report.methods import method_words, with_mark
from analysis.report.phrases import numbers_said, phrases
from analysis.report.plan import plan_words
from analysis.report.trace_links import MARK
from analysis.results import Result
from analysis.tlf.model import clean

CUT_KEYS = ("cut", "cutoff", "purpose", "lock_sha256", "transfer")
Sentences = Callable[[Mapping[str, Result], Params], Mapping[str, str]]
UNITS = {"_days": "day", "_months": "month", "_median": "month", "_mg": "mg"}


def _scalar(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    return long_date(value) if isinstance(value, dt.date) else str(value)


def flatten(key: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield each leaf below a parameter with its dotted key; a list of plain values is one leaf."""
    if isinstance(value, BaseModel):
        for field in type(value).model_fields:
            yield from flatten(f"{key}.{field}", getattr(value, field))
    elif isinstance(value, list) and any(isinstance(item, BaseModel) for item in value):
        for place, item in enumerate(value, start=1):
            yield from flatten(f"{key}.{place}", item)
    else:
        yield key, value


def _with_unit(key: str, value: object) -> str:
    """The value with the unit that the key's name ends in."""
    unit = next((unit for ending, unit in UNITS.items() if key.endswith(ending)), None)
    text = listed([_scalar(item) for item in value]) if isinstance(value, list) else _scalar(value)
    if unit is None or value is None or value == []:
        return text
    if unit == "mg" or value in (1, [1]):
        return f"{text} {unit}"
    return f"{text} {unit}s"


def parameter_variables(params: Params) -> dict[str, str]:
    """Every parameter of the study (not `sources`) as plain text, and `stated.<key>` for each."""
    found: dict[str, str] = {}
    for section in type(params).model_fields:
        if section in (*CUT_KEYS, "sources"):
            continue
        for key, value in flatten(section, getattr(params, section)):
            found[key] = listed([_scalar(v) for v in value]) if isinstance(value, list) else _scalar(value)
            found[f"stated.{key}"] = with_mark(_with_unit(key, value), params.is_assumed(key))
    return found


def cut_variables(params: Params, lock_date: dt.date) -> dict[str, str]:
    """Name, date and purpose of the cut; the report carries the date of its lock."""
    return {
        "cut.name": params.cut,
        "cut.cutoff": long_date(params.cutoff),
        "cut.purpose": params.purpose.replace("_", " "),
        "cut.transfer": _scalar(params.transfer),
        "cut.lock_sha256": _scalar(params.lock_sha256),
        "report.date": long_date(lock_date),
    }


def _joined(parts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Join without loss: a name given twice, or one that is also the beginning of another, cannot be nested."""
    joined: dict[str, str] = {}
    for part in parts:
        for key, text in part.items():
            if key in joined:
                raise RenderError(f"variable {key}: given twice")
            joined[key] = text
    for key in joined:
        above = key
        while "." in above:
            above = above.rpartition(".")[0]
            if above in joined:
                raise RenderError(f"variable {above}: is also the beginning of {key}")
    return joined


def variables(
    results: Sequence[Result], params: Params, lock_date: dt.date, sentences: Sentences = phrases
) -> dict[str, str]:
    """Return every variable of the book, dotted name -> markdown that shows the text and nothing else.

    `sentences` are those that adapt to results, made of the named ones.
    Characters that no file can hold, or that hide or reorder text, become visible as in the tables.
    Raises RenderError for a name given twice and for a named result that a sentence needs and `results` lack.
    """
    named = {result.name: result for result in results if result.name is not None}
    parts = [
        parameter_variables(params),
        cut_variables(params, lock_date),
        method_words(params),
        plan_words(params),
        estimand_variables(params),
        sentences(named, params),
        {name: result.stat_fmt for name, result in named.items()},
    ]
    return {key: markdown_text(clean(text)) for key, text in sorted(_joined(parts).items())}


def marked_variables(results: Sequence[Result], params: Params) -> dict[str, str]:
    """The variables that say results, as markdown in which each number stands in an inline that names its result.

    Only csr.html makes links of these inlines (see trace_links.py); the book's own variables are those of `variables`.
    """
    named = {result.name: result for result in results if result.name is not None}
    said = numbers_said(named, params) | {name: [(result.stat_fmt, name)] for name, result in named.items()}
    return {key: "".join(_marked(text, name) for text, name in parts) for key, parts in said.items()}


def _marked(text: str, name: str | None) -> str:
    shown = markdown_text(clean(text))
    if name is None:
        # Its spaces at both ends are those of the sentence.
        return f"{' ' * text[:1].isspace()}{shown}{' ' * text[-1:].isspace()}"
    return f'[{shown}]{{.{MARK} {MARK}="{name}"}}' if shown else ""
