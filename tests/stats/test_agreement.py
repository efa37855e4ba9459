"""Cohen's kappa against the value worked out by hand."""

import math

import pytest

from analysis.stats.agreement import cohen_kappa


def test_kappa_by_hand() -> None:
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: agreement 35/50, chance (25 x 30 + 25 x 20) / 2500 = 0.5, kappa 0.4
    first = ["y"] * 25 + ["n"] * 25
    second = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert cohen_kappa(first, second) == 0.4
    assert cohen_kappa(second, first) == 0.4


def test_a_category_that_only_one_reader_uses_counts() -> None:
    # agreement 1/2, chance (2 x 1) / 4 = 1/2
    assert cohen_kappa(["PR", "PR"], ["PR", "SD"]) == 0


def test_full_agreement_and_full_disagreement() -> None:
    assert cohen_kappa(["a", "b"], ["a", "b"]) == 1
    assert cohen_kappa(["a", "b"], ["b", "a"]) == -1


@pytest.mark.parametrize("values", [[], ["a"], ["a", "a"]])
def test_without_anything_to_tell_apart_there_is_none(values: list[str]) -> None:
    assert math.isnan(cohen_kappa(values, values))


def test_readers_of_different_subjects_are_refused() -> None:
    with pytest.raises(ValueError, match="first has 1 values, expected as many as second, which has 2"):
        cohen_kappa(["a"], ["a", "b"])
