"""Parameters of baseline covariates and subgroups: what is refused, and what is read alike."""

from typing import Any

import pytest

from analysis import params as parameters
from tests.adam.build import params

YES_NO = [{"value": "N", "label": "No"}, {"value": "Y", "label": "Yes"}]
SUBGROUP = {"variable": "CDK46FL", "label": "Prior inhibitor", "levels": YES_NO}


@pytest.mark.parametrize(
    ("subgroups", "message"),
    [
        ([SUBGROUP, SUBGROUP], "subgroups names a variable more than once"),
        ([SUBGROUP | {"levels": YES_NO[:1]}], "at least 2 items"),
        ([SUBGROUP | {"levels": [*YES_NO, YES_NO[0]]}], "levels of CDK46FL name a value more than once"),
        ([SUBGROUP | {"variable": "RACE"}], "Input should be 'AGEGR1', 'ECOGBL'"),
    ],
)
def test_subgroups_that_cannot_be(subgroups: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        params(subgroups=subgroups)


def test_drugs_and_sites_are_read_in_any_case() -> None:
    chosen = params(baseline={"chemotherapy": [" Capecitabine"], "visceral_sites": ["liver"]}).baseline
    assert (chosen.chemotherapy, chosen.visceral_sites) == (["CAPECITABINE"], ["LIVER"])


@pytest.mark.parametrize("number", ["14.2.1.1", "14.2.6.1", "14.2.6.3"])
def test_pfs_from_the_first_dose_is_of_the_safety_set(tmp_path: Any, number: str) -> None:
    entry = "  - {{id: {}, title: T, population: fas, notebook: n}}\n"
    ids = ("t-" + number.replace(".", "-"), "t-14-2-6-2")
    (tmp_path / "outputs.yaml").write_text("outputs:\n" + "".join(entry.format(name) for name in ids))
    first_dose = parameters.catalogue_of(params(pfs={"start": "first_dose"}), tmp_path)
    assert [output.population for output in first_dose.values()] == ["safety", "fas"]
