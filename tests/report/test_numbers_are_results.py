"""The proof that no sentence of sections 2 and 10 to 13 has a number of its own.

The sentences are made from the results of both studies, and from the same results with every number of results, labels
and parameters replaced by one that occurs nowhere else. Every number in a sentence must then be one that a result or a
parameter shows; a number typed in the program, or computed by it, is not.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, partial
from itertools import count
from pathlib import Path

import pytest

from analysis import params as parameters
from analysis.params import Params
from analysis.report.phrases import PHRASES, numbers_said, phrases
from analysis.report.phrases.named import Named
from analysis.report.typed_numbers import typed_numbers
from analysis.report.variables import flatten, variables
from analysis.results import Result
from analysis.tlf import groups, operating
from analysis.tlf.context import Context
from tests.studies import FIRST, FOLDER, PUBLIC, UPDATE, adam_of, params_of

PROJECT = Path(__file__).parents[2]
STUDIES = {"primary cut": FIRST, "update": UPDATE, "second study": PUBLIC}
FAR = 1000003  # times as far as the landmarks are
DIGITS = re.compile(r"\d+(?:[.,]\d+)*")

# What a sentence may cite of the parameters.
CITED = ("design.", "km.conf_level", "pfs.landmarks", "os.landmarks", "adverse_events.window", "vital_signs.", "ecg.")


@cache
def study(name: str) -> tuple[Params, dict[str, Result]]:
    """The parameters and the named results of a study; those of the simulation stand in for themselves."""
    cut = STUDIES[name]
    params = params_of(cut)
    context = Context(params, parameters.load_catalogue(FOLDER[cut] / "params"), adam_of(cut))
    produced = [r for produce in groups.PRODUCERS if produce is not operating.results for r in produce(context)]
    return params, {r.name: r for r in produced if r.name}


def numbers(texts: Iterable[str]) -> set[str]:
    return {number for text in texts for number in DIGITS.findall(text)}


def said_by_results(results: Mapping[str, Result]) -> set[str]:
    """Every number that a result shows, or that stands in its label."""
    return numbers(
        text or ""
        for r in results.values()
        for text in (r.stat_fmt, r.stat_label, r.variable_level, r.group1_level, r.group2_level)
    )


def said_by_params(params: Params) -> set[str]:
    """Every number of the parameters that sentences may cite; a share also in per cent."""
    found: list[str] = [params.cutoff.strftime("%-d %Y")]
    for section in type(params).model_fields:
        for key, value in flatten(section, getattr(params, section)):
            if key.startswith(CITED):
                for number in value if isinstance(value, list) else [value]:
                    if isinstance(number, int | float):
                        found += [f"{number:g}", f"{100 * number:g}", f"{number:f}".rstrip("0").rstrip(".")]
    return numbers(found)


def unknown(params: Params, results: Mapping[str, Result]) -> dict[str, list[str]]:
    """The sentences with a number that nobody shows, or with one in words."""
    known = said_by_results(results) | said_by_params(params)
    found = {key: [n for n in typed_numbers(text) if n not in known] for key, text in phrases(results, params).items()}
    return {key: numbers for key, numbers in found.items() if numbers}


@pytest.mark.parametrize("name", STUDIES)
def test_every_number_in_a_sentence_is_that_of_a_result_or_a_parameter(name: str) -> None:
    params, results = study(name)
    assert unknown(params, results) == {}


def altered(params: Params, results: Mapping[str, Result], stat: int | None = None) -> tuple[Params, dict[str, Result]]:
    """The same with numbers that occur nowhere else: five digits, or nine behind a month or a limit.

    `stat` takes the place of every whole number, if given.
    """
    fresh = count(20011, 3)

    def relabelled(text: str | None) -> str | None:
        return None if text is None else DIGITS.sub(lambda _: str(next(fresh)), text)

    found = {}
    for name, result in results.items():
        value, shown = result.stat, str(next(fresh))
        if isinstance(value, int):
            value = next(fresh) if stat is None else stat
            shown = str(value)
        elif isinstance(value, float):
            value = float(f"{next(fresh)}.5")
            shown = str(value)
        elif value is None:
            shown = "NE"
        named = re.sub(r"\.rate_(\d+)m", lambda month: f".rate_{int(month[1]) * FAR}m", name)
        labels = {part: relabelled(getattr(result, part))
                  for part in ("stat_label", "variable_level", "group1_level", "group2_level")}  # fmt: skip
        found[named] = replace(result, name=named, stat=value, stat_fmt=shown, **labels)  # type: ignore[arg-type]
    far = params.model_copy(
        update={
            "design": params.design.model_copy(
                update={"n": 900001, "null_median": params.design.null_median and 900007.5, "alpha": 0.900011}
            ),
            "km": params.km.model_copy(update={"conf_level": 0.900019}),
            "pfs": params.pfs.model_copy(update={"landmarks_months": [m * FAR for m in params.pfs.landmarks_months]}),
            "os": params.os.model_copy(update={"landmarks_months": [m * FAR for m in params.os.landmarks_months]}),
            "adverse_events": params.adverse_events.model_copy(update={"window_days": 900037}),
            "cutoff": dt.date(2999, 12, 30),
            **{
                section: getattr(params, section).model_copy(
                    update={k: [900101 + place * 10 + n for n in range(3 if k != "qtcf_change_ms" else 2)]
                            for place, k in enumerate(keys)}
                )
                for section, keys in (
                    ("vital_signs", ("systolic_mmhg", "diastolic_mmhg", "weight_change_percent")),
                    ("ecg", ("qtcf_ms", "qtcf_change_ms")),
                )
            },
        }
    )  # fmt: skip
    return far, found


@pytest.mark.parametrize("name", ["primary cut", "second study"])
def test_no_sentence_has_a_number_of_its_own(name: str) -> None:
    params, results = altered(*study(name))
    assert unknown(params, results) == {}


@pytest.mark.parametrize("stat", [0, 1])
@pytest.mark.parametrize("name", ["update", "second study"])
def test_nor_where_every_count_is_the_same(name: str, stat: int) -> None:
    params, results = altered(*study(name), stat)
    assert unknown(params, results) == {}


@pytest.mark.parametrize("name", STUDIES)
def test_every_number_of_a_sentence_that_is_a_result_is_marked_as_that_result(name: str) -> None:
    """What a click leads to: the marked text of a result prints as it, and no number without a mark is a result's.

    Unmarked are numbers of parameters (a landmark's months) and of labels ('grade 3').
    """
    params, results = study(name)
    labels = numbers(text or "" for r in results.values() for text in (r.stat_label, r.variable_level, r.group2_level))
    known, sentences, marked = labels | said_by_params(params), phrases(results, params), numbers_said(results, params)
    unmarked = {}
    for key, parts in marked.items():
        assert "".join(text for text, _ in parts) == sentences[key]
        for text, of in parts:
            assert of is None or text in (results[of].stat_fmt, results[of].stat_fmt[1:]), (key, text, of)
        rest = [n for text, of in parts if of is None for n in typed_numbers(text)]
        unmarked[key] = [n for n in rest if n not in known]
    assert {key: found for key, found in unmarked.items() if found} == {}
    assert sum(of is not None for parts in marked.values() for _, of in parts) > 60


def _say(text: str, _named: Named, _params: Params) -> str:
    return text


def test_the_proof_sees_a_number_that_no_result_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    for invented in ("In 27 of them.", "In two of them.", "In the difference of 3."):
        monkeypatch.setitem(PHRASES, "text.enrolment", partial(_say, invented))
        assert list(unknown(*altered(*study("primary cut")))) == ["text.enrolment"]


def test_what_else_the_chapters_cite_has_the_numbers_of_the_parameters_alone() -> None:
    """The rules in words (`text.*`, `issue.*`) that the results sections repeat from section 9."""
    params, results = study("primary cut")
    known = {f"{params.schedule.gap_days}"} | numbers(params.cutoff.isoformat().split("-"))
    for section in type(params).model_fields:
        for _, value in flatten(section, getattr(params, section)):
            for one in value if isinstance(value, list) else [value]:
                known |= numbers([str(one), f"{one:g}" if isinstance(one, int | float) else ""])
    every = variables(list(results.values()), params, dt.date(2026, 1, 20))
    chapters = [p for start in ("02", "10", "11", "12", "13", "_") for p in (PROJECT / "report").glob(f"{start}*.qmd")]
    cited = {key for path in chapters for key in re.findall(r"\{\{< var (\S+) >", path.read_text(encoding="utf-8"))}
    others = {key for key in cited if key.startswith(("text.", "issue.")) and key not in PHRASES}
    assert len(others) > 8
    wrong = {key: [n for n in typed_numbers(every[key].replace("\\", "")) if n not in known] for key in sorted(others)}
    assert {key: found for key, found in wrong.items() if found} == {}
