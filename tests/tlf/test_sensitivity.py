"""The sensitivity tables and their figure on hand-made patients.

Days are elapsed days after enrolment, so that a time is one day longer; months are days / 30.4375.
"""

import math
from typing import Any

import pytest

from analysis import adam, params
from analysis.cut.dataset import frames
from analysis.params import Params
from analysis.results import Result, sort_results
from analysis.tlf import sensitivity, sensitivity_changes
from analysis.tlf.context import Context
from analysis.tlf.model import Figure, Table
from tests.adam import build
from tests.adam.build import patient, sdtm
from tests.conftest import PROJECT

# Four patients from enrolment: PD after 57, 113 and 169 days, and one who has new therapy on day 60 and PD on day 280.
FOUR: tuple[dict[str, Any], ...] = (
    {"scans": [(56, "PD")]},
    {"scans": [(56, "SD"), (112, "PD")]},
    {"scans": [(56, "SD"), (112, "SD"), (168, "PD")]},
    {"scans": [(56, "SD"), (112, "SD"), (168, "SD"), (224, "SD"), (280, "PD")], "therapy": 60},
)


def context(*histories: dict[str, Any], given: Params | None = None) -> Context:
    chosen = given or build.params()
    people = [patient(f"0{number}", **history) for number, history in enumerate(histories or FOUR, start=1)]
    return Context(
        chosen,
        params.catalogue_of(chosen, PROJECT / "params"),
        frames(adam.derive(sdtm(*people), chosen)),
    )


def named(results: list[Result]) -> dict[str, Result]:
    return {r.name: r for r in results if r.name}


def lines(table: Table) -> dict[str, list[str]]:
    return {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in table.rows if row.kind == "data"}


def shown(c: Context) -> dict[str, list[str]]:
    return lines(sensitivity.table(c, sensitivity.results(c)))


def drawn(c: Context) -> Figure:
    return sensitivity.figure(c, sensitivity.results(c))


def test_one_row_per_analysis_with_its_numbers_by_hand() -> None:
    found = shown(context())
    assert list(found) == [
        "Documented progression",
        "Uniform dates",
        "Investigator's claim",
        "All events counted",
        "From the first dose",
        "Response-evaluable set",
        "Per-protocol set",
        "Log limits",
        "Plain limits",
        "Interval-censored",
        "Exponential model",
        "Weibull model",
    ]
    # times 57, 57+, 113, 169 days: S = 3/4, 3/8, 0, so the median is 113 / 30.4375
    assert found["Documented progression"][1:4] == ["4", "3", "3.7"]
    # with the event at 281 days S is 1/2 from 113 until the drop at 169: the midpoint is 141 days
    assert found["All events counted"][1:4] == ["4", "4", "4.6"]
    # 3 events in 396 days: ln 2 * 132 days; limits exp(-+1.959964 / sqrt(3)) of it
    assert found["Exponential model"][1:5] == ["4", "3", "3.0", "(1.0, 9.3)"]
    # one event in each of (1, 57], (57, 113], (113, 169], one after 57: half have had it by the second's end
    assert found["Interval-censored"][1:] == ["4", "3", "1.9 to 3.7", "-", "-"]
    assert found["Weibull model"][-1] == "-"


def test_the_test_is_that_of_each_row() -> None:
    of = named(sensitivity.results(context()))
    expected = 396 / 30.4375 * math.log(2) / 5.8
    assert of["pfs_reference.logrank_expected"].stat == pytest.approx(expected, rel=1e-9)
    expected_all = 620 / 30.4375 * math.log(2) / 5.8  # 57 + 113 + 169 + 281 days
    assert of["pfs_sens.ema.logrank_expected"].stat == pytest.approx(expected_all, rel=1e-9)
    assert of["pfs_sens.ema.logrank_observed"].stat == 4
    assert "pfs_sens.weibull.logrank_p" not in of
    assert "pfs_sens.interval.logrank_p" not in of


def test_every_count_selects_its_records_and_names_occur_once() -> None:
    c = context()
    results = sensitivity.results(c) + sensitivity_changes.results(c)
    sort_results(results)  # refuses a name that occurs twice
    counts = {"n", "events", "patients", "gained", "lost", "moved", "added", "not_analysed"}
    counted = [r for r in results if r.stat_name.split(".")[-1] in counts]
    assert len(counted) > 24
    for r in counted:
        assert c.count(r.dataset, r.where) == r.stat, r.name


def test_limits_other_than_those_of_params() -> None:
    assert {"Log limits", "Plain limits"} < set(shown(context()))
    plain = shown(context(given=build.params(km={"conf_type": "plain"})))
    assert {"Log-log limits", "Log limits"} < set(plain)
    assert "Plain limits" not in plain


def purposes(purpose: str) -> str:
    chosen = build.params().model_copy(update={"purpose": purpose})
    c = context(given=chosen)
    return " ".join(note.text for note in sensitivity.table(c, sensitivity.results(c)).footnotes)


def test_only_the_primary_row_of_a_primary_cut_is_not_nominal() -> None:
    assert "nominal and unadjusted in every row but that of the primary analysis" in purposes("primary")
    assert "nominal and unadjusted in every row." in purposes("update")


def test_without_a_null_median_there_is_no_p_value() -> None:
    design = {"n": 40, "null_median": None, "alternative_median": None}
    c = context(given=build.params(design=design))
    results = sensitivity.results(c)
    assert not any("logrank" in str(r.name) for r in results)
    table = sensitivity.table(c, results)
    assert "p-value" not in [column.label for column in table.columns]
    assert not any("log-rank" in note.text for note in table.footnotes)
    assert "vertical line" not in drawn(c).alt


@pytest.mark.parametrize(
    ("pfs", "present", "absent"),
    [
        pytest.param({"sensitivity_sets": []}, "Documented progression", "All events counted", id="no other set"),
        pytest.param({"sensitivity_sets": ["ema"]}, "All events counted", "Uniform dates", id="one other set"),
        pytest.param(
            {"rule_set": "ema", "sensitivity_sets": ["fda"]}, "Documented progression", "Uniform dates", id="ema"
        ),
        pytest.param({"start": "first_dose"}, "From enrolment", "From the first dose", id="from the first dose"),
    ],
)
def test_switches(pfs: dict[str, Any], present: str, absent: str) -> None:
    c = context(*FOUR, {"dosed": None}, given=build.params(pfs=pfs))
    found = shown(c)
    assert present in found
    assert absent not in found
    primary = next(iter(found))
    assert primary == ("All events counted" if pfs.get("rule_set") == "ema" else "Documented progression")
    changes = sensitivity_changes.results(c)
    assert sensitivity_changes.table(c, changes).rows
    assert drawn(c).png


def test_the_set_of_each_start() -> None:
    never = {"dosed": None}
    found = shown(context(*FOUR, never))
    assert (found["Documented progression"][1], found["From the first dose"][1]) == ("5", "4")
    turned = shown(context(*FOUR, never, given=build.params(pfs={"start": "first_dose"})))
    assert (turned["Documented progression"][1], turned["From enrolment"][1]) == ("4", "5")


# history of the only patient -> median and limits of a few rows
SMALL: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {
    "everybody censored": (
        {"scans": [(56, "SD")]},
        {
            "Documented progression": ["NE", "(NE, NE)"],
            "Interval-censored": ["NE", "-"],
            "Exponential model": ["NE", "(NE, NE)"],
            "Weibull model": ["NE", "(NE, NE)"],
        },
    ),
    "one event": (
        {"scans": [(56, "PD")]},
        {
            "Documented progression": ["1.9", "(NE, NE)"],
            "Interval-censored": ["0.0 to 1.9", "-"],
            "Exponential model": ["1.3", "(0.2, 9.2)"],  # 57 days * ln 2, times exp(-+1.959964)
            "Weibull model": ["NE", "(NE, NE)"],
        },
    ),
    "never dosed": ({"dosed": None}, {"Response-evaluable set": ["NE", "(NE, NE)"]}),
}


@pytest.mark.parametrize("name", SMALL)
def test_one_patient_gives_no_number_that_she_cannot(name: str) -> None:
    history, expected = SMALL[name]
    c = context(history)
    found = shown(c)
    assert {label: found[label][3:5] for label in expected} == expected
    assert drawn(c).png


def test_a_catalogue_without_the_tables_has_no_results() -> None:
    c = context()
    kept = {name: output for name, output in c.catalogue.items() if name == "t-14-2-1-1"}
    bare = Context(c.params, kept, c.adam)
    assert sensitivity.results(bare) == []
    assert sensitivity_changes.results(bare) == []


def test_the_figure_says_the_medians_in_words() -> None:
    figure = drawn(context())
    assert "All events counted: 4.6 (1.9, NE) (events/patients 4/4)" in figure.alt
    assert "A vertical line marks 5.8." in figure.alt
    interval = next(row for row in figure.data if row["label"] == "Interval-censored")  # type: ignore[attr-defined]
    assert interval["estimate"]["value"] is None
    assert interval["estimate"]["ci_upper"] == pytest.approx(113 / 30.4375)


def test_who_is_counted_differently_and_why() -> None:
    c = context(
        *FOUR,
        {"scans": [(56, "SD")], "clinical": 70},
        {"scans": [(56, "SD")], "death": 183},
        {"scans": [(56, "SD"), (118, "PD", 113)]},
        {"dosed": None},
    )
    table = sensitivity_changes.table(c, sensitivity_changes.results(c))
    said = [(row.indent, [cell.text for cell in row.cells if cell.text]) for row in table.rows]
    start = said.index((0, ["All events counted"]))
    assert said[start + 1 : start + 5] == [
        (1, ["New anticancer therapy", "1", "1", "0", "0"]),
        (2, ["S-04", "1.9+ New anticancer therapy before progression or death", "9.2 Disease progression"]),
        (1, ["Missed assessments before the event", "1", "1", "0", "0"]),
        (2, ["S-06", "1.9+ Progression or death after missed assessments", "6.0 Death"]),
    ]
    start = said.index((0, ["Investigator's claim"]))
    assert said[start + 1 : start + 4] == [
        (1, ["Clinical progression", "1", "1", "0", "0"]),
        (2, ["S-05", "1.9+ Clinical progression only", "3.7 Clinical progression"]),
        (1, ["Dates of the assessments", "1", "0", "0", "1"]),  # S-07, counted and not listed
    ]
    start = said.index((0, ["From the first dose"]))
    assert said[start + 1] == (1, ["Not in the safety set", "1"])
    start = said.index((0, ["Uniform dates"]))
    assert said[start + 1] == (1, ["Dates of the assessments", "1", "0", "0", "1"])


def test_an_analysis_that_counts_everybody_alike_says_so() -> None:
    c = context({"scans": [(56, "PD")]})
    table = sensitivity_changes.table(c, sensitivity_changes.results(c))
    said = [[cell.text for cell in row.cells if cell.text] for row in table.rows]
    assert said[said.index(["All events counted"]) + 1] == ["No patient counted differently"]


def test_a_patient_who_is_only_in_the_analysis_from_enrolment() -> None:
    c = context(*FOUR, {"dosed": None}, given=build.params(pfs={"start": "first_dose"}))
    table = sensitivity_changes.table(c, sensitivity_changes.results(c))
    said = [[cell.text for cell in row.cells if cell.text] for row in table.rows]
    assert ["Analysed here only", "1"] in said[said.index(["From enrolment"]) :]
