"""The estimands and the statistical issues follow from the parameters."""

import pytest

from analysis.report.estimands import estimand_variables, estimands, issues
from tests.report.made import DESIGN, make_params


@pytest.mark.parametrize(
    ("rule_set", "strategy"),
    [
        ("fda", "Hypothetical"),
        ("fda_uniform_dates", "Hypothetical"),
        ("fda_investigator", "Hypothetical"),
        ("ema", "Treatment policy"),
    ],
)
def test_new_therapy_is_hypothetical_unless_every_event_counts(rule_set: str, strategy: str) -> None:
    pfs = estimands(make_params(pfs={"rule_set": rule_set}))["pfs"]
    assert pfs.new_therapy.startswith(f"{strategy}: ")
    assert pfs.discontinuation.startswith("Treatment policy: ")
    assert pfs.death == "Composite: an event"


def test_survival_ignores_new_therapy_whatever_the_rule_set() -> None:
    assert estimands(make_params())["os"].new_therapy == "Treatment policy: ignored"


def test_the_start_moves_the_population_of_pfs_alone() -> None:
    found = estimands(make_params(pfs={"start": "first_dose"}))
    assert found["pfs"].population == "All patients of the safety set"
    assert found["pfs"].variable == "Time from the first dose of study treatment to progression or death"
    assert found["cbr"].population == "All patients of the full analysis set"


def test_the_windows_are_those_of_the_parameters() -> None:
    found = estimands(make_params(response={"cbr_days": 112, "max_months": 12}))
    assert found["cbr"].variable == (
        "Confirmed CR or PR, or SD of 112 days less the visit window, within 12 months of enrolment"
    )
    assert found["orr"].variable == "Confirmed CR or PR within 12 months of enrolment"


def test_an_issue_says_first_that_it_does_not_apply() -> None:
    found = issues(make_params())
    assert list(found) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [place for place, text in found.items() if text.startswith("Not applicable. ")] == [4, 7]
    assert found[6].startswith("The primary analysis used all patients of the full analysis set")
    assert "2 missed assessments (126 days)" in found[2]


def test_an_update_says_that_it_decides_nothing() -> None:
    assert "update" in issues(make_params(purpose="update"))[3]
    assert "nothing to adjust" in issues(make_params(design={**DESIGN, "null_median": None}))[5]


def test_names_of_the_variables() -> None:
    found = estimand_variables(make_params())
    assert {"estimand.pfs.population", "estimand.cbr.death", "issue.1", "issue.8"} <= set(found)
    assert len(found) == 4 * 6 + 8
