"""Results of two builds: matched by name or by what they are of, their change, and the limits they cross."""

from pathlib import Path
from typing import Any

import pytest

from analysis.audit import diff_results
from analysis.audit.builds import Build
from analysis.audit.diff_results import Conclusion, Results
from analysis.audit.recorded import Manifest
from analysis.results import Result
from tests.tiny_builds import row

DESIGN = {"alpha": 0.05, "null_median": 5.8}


def build(*rows: dict[str, Any], purpose: str = "primary", design: dict[str, Any] = DESIGN) -> Build:
    made = Manifest.model_construct(study="ABC-1", cut="c", purpose=purpose, parameters={"design": design})
    return Build(Path("build/c"), made, tuple(Result(**r) for r in rows), {}, {})


def logrank(p: float | None, observed: int = 20, expected: float = 30.0) -> tuple[dict[str, Any], ...]:
    printed = "NE" if p is None else f"{p:.4f}"
    return (
        row("pfs.logrank_p", p, printed, stat_name="logrank_p"),
        row("pfs.logrank_observed", observed, str(observed)),
        row("pfs.logrank_expected", expected, f"{expected:.2f}"),
    )


def results(old: tuple[dict[str, Any], ...], new: tuple[dict[str, Any], ...]) -> Results:
    return diff_results.results(build(*old), build(*new))


def test_results_are_matched_by_name_whatever_their_place() -> None:
    found = results((row("a", 1, "1"), row("b", 2, "2")), (row("b", 3, "3"), row("a", 1, "1")))
    assert [(c.either.name, c.difference) for c in found.changes] == [("b", "+1")]
    assert found.same == 1


def test_results_without_a_name_are_matched_by_what_they_are_of() -> None:
    week = {"group1": "AVISIT", "group2": "PARAMCD", "group2_level": "ALT"}
    old = (row(None, 1, "1", **week, group1_level="WEEK 8"), row(None, 5, "5", **week, group1_level="WEEK 16"))
    new = (row(None, 5, "5", **week, group1_level="WEEK 16"), row(None, 2, "2", **week, group1_level="WEEK 8"))
    found = results(old, new)
    assert [(c.either.group1_level, c.difference) for c in found.changes] == [("WEEK 8", "+1")]


def test_results_that_are_of_the_same_are_matched_in_their_order() -> None:
    found = results((row(None, 1, "1"), row(None, 2, "2")), (row(None, 1, "1"), row(None, 4, "4"), row(None, 9, "9")))
    assert [(c.old and c.old.stat, c.new and c.new.stat) for c in found.changes] == [(2, 4), (None, 9)]


def test_what_changed_is_said_in_words_or_as_a_number() -> None:
    old = (row("gone", 1, "1"), row("ne", None, "NE"), row("text", "a", "a"), row("rate", 0.25, "25.0"))
    new = (row("new", 1, "1"), row("ne", 2, "2"), row("text", "b", "b"), row("rate", 0.275, "27.5"))
    words = {c.either.name: c.difference for c in results(old, new).changes}
    assert words == {
        "gone": "no longer there",
        "new": "new",
        "ne": "now estimable",
        "text": "changed",
        "rate": "+2.5",
    }
    back = {c.either.name: c.difference for c in results(new, old).changes}
    assert (back["ne"], back["rate"]) == ("no longer estimable", "\N{MINUS SIGN}2.5")


def test_changes_stand_in_the_order_of_the_displays() -> None:
    outputs = ("l-16-2-7-1", "t-14-2-10-1", "f-14-2-2-1", "t-14-2-2-1")
    found = results((), tuple(row(name, 1, "1", output=name) for name in outputs))
    assert [c.either.output for c in found.changes] == ["t-14-2-2-1", "f-14-2-2-1", "t-14-2-10-1", "l-16-2-7-1"]


@pytest.mark.parametrize(
    ("stat_name", "old", "new", "crosses"),
    [
        ("logrank_p", 0.0383, 0.0663, "no longer below alpha 0.05 (nominal)"),
        ("logrank_p", 0.0663, 0.0383, "below alpha 0.05 (nominal)"),
        ("p_value", 0.0500, 0.0499, "below alpha 0.05 (nominal)"),
        ("logrank_p", 0.01, 0.04, ""),
        ("logrank_p", 0.01, None, ""),
        ("p", 0.01, 0.9, ""),  # a proportion
        ("hr_upper", 0.98, 1.02, "no longer below a hazard ratio of 1"),
        ("hr_lower", 1.1, 0.9, "below a hazard ratio of 1"),
        ("median_lower", 5.9, 5.7, "below the null median of 5.8 months (supportive)"),
        ("median_lower", 5.7, 5.8, "no longer below the null median of 5.8 months (supportive)"),
    ],
)
def test_limits_that_results_cross(stat_name: str, old: float, new: float | None, crosses: str) -> None:
    of = {"stat_name": stat_name, "group1": "PARAMCD", "group1_level": "PFS"}
    found = results((row("x", old, str(old), **of),), (row("x", new, str(new), **of),))
    assert [change.crosses for change in found.changes] == [crosses]
    assert len(found.crossing) == bool(crosses)


def test_the_null_median_is_one_of_progression_free_survival_and_of_its_study() -> None:
    of = {"stat_name": "median_lower", "group1": "PARAMCD"}
    survival = [(row("x", value, "x", **of, group1_level="OS"),) for value in (5.9, 5.7)]
    assert not results(*survival).crossing
    untested = [
        build(row("x", value, "x", **of, group1_level="PFS"), design={"alpha": 0.05, "null_median": None})
        for value in (5.9, 5.7)
    ]
    assert not diff_results.results(*untested).crossing


def verdicts(old: tuple[Any, ...], new: tuple[Any, ...], *purposes: str) -> Conclusion:
    builds = [build(*rows, purpose=purpose) for rows, purpose in zip((old, new), purposes, strict=True)]
    return diff_results.conclusion(*builds)


def test_the_rule_is_met_below_alpha_with_fewer_events_than_expected_only() -> None:
    found = [
        verdicts(logrank(0.04, *counts), logrank(p), "primary", "primary")
        for p, counts in (
            (0.05, (20, 30.0)),
            (None, (30, 30.0)),
        )
    ]
    assert [(c.old, c.new, c.flips) for c in found] == [
        ("met", "not met", True),
        ("not met", "not evaluable", True),
    ]


def test_two_primary_analyses_whose_conclusions_differ() -> None:
    said = verdicts(logrank(0.04), logrank(0.06), "primary", "primary").says
    assert said == (
        "The success rule (one-sample log-rank, two-sided p below alpha and fewer events than expected): "
        "met (p 0.0400, 20 events of 30.00 expected; primary analysis), then "
        "not met (p 0.0600, 20 events of 30.00 expected; primary analysis). It flips."
    )
    assert verdicts(logrank(0.04), logrank(0.03), "primary", "primary").says.endswith(". It does not flip.")


def test_a_public_version_tells_what_its_numbers_tell() -> None:
    """With p above alpha the rule is not met, whatever is hidden; else it asks for events, which may be hidden."""
    rows = [
        (
            row("pfs.logrank_p", p, f"{p:.4f}", stat_name="logrank_p"),
            row("pfs.logrank_observed", None, "≥5"),
            row("pfs.logrank_expected", None, "–"),
        )
        for p in (0.04, 0.06)
    ]
    said = verdicts(rows[0], rows[1], "primary", "primary")
    assert (said.old, said.new, said.flips) == ("not shown", "not met", False)
    assert said.says.endswith(
        "not shown (p 0.0400, ≥5 events of – expected; primary analysis), then "
        "not met (p 0.0600, ≥5 events of – expected; primary analysis). Whether it flips is not shown."
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [((0, "0"), (None, "<5"), "changed"), ((None, "<5"), (None, "≥5"), "changed"), ((None, "–"), (2, "2"), "changed")],
)
def test_a_number_that_a_public_version_hides_has_only_changed(
    old: tuple[int | None, str], new: tuple[int | None, str], expected: str
) -> None:
    [found] = results((row("n", *old),), (row("n", *new),)).changes
    assert found.difference == expected


def test_only_a_primary_analysis_concludes() -> None:
    said = verdicts(logrank(0.04), logrank(0.06), "primary", "update").says
    assert "then not met (p 0.0600, 20 events of 30.00 expected; nominal, no conclusion is drawn)" in said
    assert said.endswith(". Its outcome flips.")


def test_a_study_without_a_test_has_no_conclusion() -> None:
    found = verdicts((), (), "update", "update")
    assert (found.says, found.flips) == ("", False)


def test_what_a_result_is_of() -> None:
    result = Result(**row("x", 1, "1", variable_level="PR", group1="PARAMCD", group1_level="CBOR"))
    assert diff_results.words_of(result) == "CBOR, PR, Patients"
