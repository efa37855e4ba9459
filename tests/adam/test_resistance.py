"""Secondary endocrine resistance: one patient on each side of each limit, in calendar months."""

import datetime as dt
from typing import Any

import pytest

from analysis.adam.adsl import derive_adsl
from analysis.adam.records import Source
from analysis.adam.resistance import RELAPSE, SALVAGE, Resistance, months_later, resistances
from tests.adam.build import params, patient, sdtm

PARAMS = params(
    baseline={
        "prior_categories": ["PRIOR"],
        "adjuvant_settings": ["ADJUVANT"],
        "advanced_settings": ["METASTATIC"],
        "endocrine_therapy": ["LETROZOLE", "TAMOXIFEN"],
        "resistance": {"relapse_mhdecod": "Metastatic breast cancer", "progression_reasons": ["PROGRESSIVE DISEASE"]},
    }
)


def therapy(setting: str, start: str | None, end: str | None, **more: Any) -> dict[str, Any]:
    given = {"CMCAT": "PRIOR", "CMSCAT": setting, "CMDECOD": "LETROZOLE", "CMSTDTC": start, "CMENDTC": end}
    return given | {"CMRSDISC": "PROGRESSIVE DISEASE" if setting == "METASTATIC" else None, "CMENRTPT": None} | more


def relapse(when: str | None, term: str = "Metastatic breast cancer") -> dict[str, Any]:
    return {"MHDECOD": term, "MHSTDTC": when}


def found(therapies: list[dict[str, Any]], *history: dict[str, Any]) -> Resistance | None:
    data = sdtm(patient(more={"CM": therapies, "MH": list(history)}))
    return resistances(data, PARAMS).get("S-01")


def kind(therapies: list[dict[str, Any]], *history: dict[str, Any]) -> str | None:
    resistance = found(therapies, *history)
    return None if resistance is None else resistance.type


@pytest.mark.parametrize(
    ("start", "months", "day"),
    [
        ("2018-01-01", 24, "2020-01-01"),
        ("2019-12-31", 2, "2020-02-29"),
        ("2018-11-30", 3, "2019-02-28"),
        ("2019-06-15", 6, "2019-12-15"),
        ("2019-06-15", 7, "2020-01-15"),
    ],
)
def test_months_later(start: str, months: int, day: str) -> None:
    assert months_later(dt.date.fromisoformat(start), months) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    ("start", "end", "relapsed", "expected"),
    [
        pytest.param("2018-01-01", "2020-01-01", "2020-06-01", RELAPSE, id="24 months"),
        pytest.param("2018-01-01", "2019-12-31", "2020-06-01", None, id="a day less"),
        pytest.param("2017-01-01", "2020-01-01", "2021-01-01", RELAPSE, id="12 months after the end"),
        pytest.param("2017-01-01", "2020-01-01", "2021-01-02", None, id="a day more"),
        pytest.param("2018-01-01", "2022-01-01", "2020-01-01", RELAPSE, id="on therapy, after 24 months of it"),
        pytest.param("2018-01-01", "2022-01-01", "2019-12-31", None, id="on therapy, a day earlier"),
        pytest.param("2017-12", "2020-01", "2020-12-31", RELAPSE, id="partial dates, on every day they can mean"),
        pytest.param("2018-01", "2020-01", "2020-06-01", None, id="partial dates that could mean less than 24 months"),
        pytest.param(
            "2017-01-01", "2020-01-01", "2021-01", None, id="a month that could be more than 12 after the end"
        ),
        pytest.param("2017-01-01", "2020-01-01", None, None, id="relapse without a date"),
        pytest.param("2017-01-01", None, "2020-01-01", None, id="therapy of which the end is not known"),
        pytest.param(None, "2020-01-01", "2020-01-01", None, id="therapy of which the start is not known"),
    ],
)
def test_relapse_on_or_after_adjuvant_therapy(
    start: str | None, end: str | None, relapsed: str | None, expected: str | None
) -> None:
    assert kind([therapy("ADJUVANT", start, end)], relapse(relapsed)) == expected


def test_adjuvant_therapy_that_goes_on_at_the_relapse() -> None:
    ongoing = [therapy("ADJUVANT", "2018-01-01", None, CMENRTPT="ONGOING")]
    assert kind(ongoing, relapse("2020-01-01")) == RELAPSE
    assert kind(ongoing, relapse("2019-12-31")) is None


def test_several_adjuvant_therapies_are_one() -> None:
    tamoxifen = therapy("ADJUVANT", "2017-06-01", "2018-06-01", CMDECOD="TAMOXIFEN")
    letrozole = therapy("ADJUVANT", "2018-07-01", "2019-06-01")
    assert kind([letrozole, tamoxifen], relapse("2019-09-01")) == RELAPSE
    assert kind([letrozole], relapse("2019-09-01")) is None


def test_a_relapse_is_the_first_record_of_its_term() -> None:
    adjuvant = [therapy("ADJUVANT", "2017-01-01", "2020-01-01")]
    assert kind(adjuvant, relapse("2022-01-01"), relapse("2020-05-01")) == RELAPSE
    assert kind(adjuvant, relapse("2020-05-01", "Breast cancer")) is None
    assert kind(adjuvant) is None


@pytest.mark.parametrize(
    ("start", "end", "more", "expected"),
    [
        pytest.param("2023-01-01", "2023-07-01", {}, SALVAGE, id="6 months"),
        pytest.param("2023-01-01", "2023-06-30", {}, None, id="a day less"),
        pytest.param("2023-01-01", "2023-09-01", {"CMRSDISC": "TOXICITY"}, None, id="ended for another reason"),
        pytest.param("2023-01-01", "2023-09-01", {"CMDECOD": "DOCETAXEL"}, None, id="not endocrine"),
        pytest.param("2023-01-01", "2023-09-01", {"CMCAT": "CONCOMITANT"}, None, id="not prior therapy"),
        pytest.param("2023-01-01", "2023-09-01", {"CMSCAT": None}, None, id="without a setting"),
        pytest.param("2023-01", "2023-08", {}, SALVAGE, id="partial dates, 6 months at least"),
        pytest.param("2023-01", "2023-07", {}, None, id="partial dates, perhaps less"),
        pytest.param("2023-01-01", None, {}, None, id="no end"),
    ],
)
def test_progression_on_salvage_therapy(
    start: str, end: str | None, more: dict[str, Any], expected: str | None
) -> None:
    assert kind([therapy("METASTATIC", start, end, **more)]) == expected


def test_the_later_therapy_decides_and_the_record_behind_it_is_named() -> None:
    both = [
        therapy("ADJUVANT", "2017-01-01", "2020-01-01"),
        therapy("METASTATIC", "2020-06-01", "2021-01-01"),
        therapy("METASTATIC", "2021-02-01", "2021-12-01", CMDECOD="TAMOXIFEN"),
    ]
    assert found(both, relapse("2020-05-01")) == Resistance(
        SALVAGE, Source("CM", "CMSTDTC", 3), Source("CM", "CMENDTC", 3)
    )
    early = [both[0], therapy("METASTATIC", "2020-06-01", "2020-09-01")]
    expected = Resistance(RELAPSE, Source("CM", "CMENDTC", 1), Source("MH", "MHSTDTC", 1))
    assert found(early, relapse("2020-05-01")) == expected


def test_adsl_holds_type_and_record() -> None:
    data = sdtm(patient(more={"CM": [therapy("METASTATIC", "2023-01-01", "2023-07-01")]}), patient("02"))
    rows = derive_adsl(data, PARAMS).select("RESTYPE", "RESTSEQ").rows()
    assert rows == [(SALVAGE, 1), (None, None)]


def test_an_invalid_date_is_named() -> None:
    with pytest.raises(Exception, match="CM, USUBJID S-01, CMSEQ 1: CMSTDTC '2023-13-01'"):
        found([therapy("METASTATIC", "2023-13-01", "2023-09-01")])
