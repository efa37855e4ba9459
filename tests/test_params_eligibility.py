"""Parameters of the eligibility audit: what is refused, and that the study's own name each criterion once."""

from pathlib import Path
from typing import Any, get_args

import pytest

from analysis import params as parameters
from analysis.adam.eligibility_rules import RULES
from analysis.cut.dataset import read_dataset
from analysis.params_eligibility import RuleName
from tests.adam.build import params
from tests.conftest import PROJECT

GIVEN: dict[str, Any] = {"deviation_dvdecod": "D", "rules": {"C1": "haemoglobin"}}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"not_evaluable": {"C1": "Why"}}, "not_evaluable names criteria that rules evaluate: C1"),
        ({"partly": {"C2": "Why"}}, "partly names criteria without a rule: C2"),
        ({"rules": {"C1": "hemoglobin"}}, "Input should be 'age_and_sex'"),
        ({"limits": {"haemoglobin_g_per_l": 0}}, "greater than 0"),
        ({"limits": {"haemoglobin": 90}}, "Extra inputs are not permitted"),
    ],
)
def test_parameters_that_cannot_be(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        params(eligibility=GIVEN | more)


def test_terms_are_read_in_any_case() -> None:
    settings = params(eligibility=GIVEN | {"thrombotic_terms": [" Stroke"]}).eligibility
    assert settings is not None
    assert settings.thrombotic_terms == ["STROKE"]


def test_every_rule_has_its_function() -> None:
    assert set(get_args(RuleName)) == set(RULES)


def test_the_study_names_every_criterion_of_its_record() -> None:
    settings = parameters.load("2025-06-30", PROJECT / "params").eligibility
    assert settings is not None
    criteria = read_dataset(Path(PROJECT / "data/cuts/2025-06-30/ti.xpt")).frame["IETESTCD"].to_list()
    assert sorted([*settings.rules, *settings.not_evaluable]) == sorted(criteria)
