"""ADECOG on hand-made patients: first dose on day 0, last dose on day 300, treatment period to day 330."""

from typing import Any

import polars as pl

from analysis import adam
from tests.adam.build import at, params, patient, sdtm

STOPPED = {"DSCAT": "DISPOSITION EVENT", "DSSCAT": "ANLOTINIB", "DSDECOD": "ADVERSE EVENT", "DSSTDTC": at(300)}
SETTINGS = params(baseline={"ecog_testcd": "ECOG101"})


def status(when: int, text: str, number: float | None = None, domain: str = "RS", **more: Any) -> dict[str, Any]:
    return {
        **{f"{domain}TESTCD": "ECOG101", f"{domain}CAT": "ECOG", f"{domain}DTC": at(when)},
        **{f"{domain}STRESC": text, f"{domain}STRESN": number, "VISIT": f"DAY {when}", "VISITNUM": float(when)},
        **more,
    }


def frames(*records: dict[str, Any], domain: str = "RS") -> dict[str, pl.DataFrame]:
    return sdtm(patient(more={domain: list(records), "DS": [STOPPED]}))


def column(frame: pl.DataFrame, name: str) -> list[Any]:
    return frame.sort("SRCSEQ")[name].to_list()


def test_baseline_and_worst_status() -> None:
    """A number stored as text only counts too; what is after day 330 is not on treatment."""
    records = [status(-9, "0", 0.0), status(0, "1"), status(21, "1", 1.0), status(42, "2", 2.0), status(331, "3", 3.0)]
    found = adam.derive(frames(*records), SETTINGS)["ADECOG"].frame
    assert column(found, "AVAL") == [0, 1, 1, 2, 3]
    assert column(found, "AVALCAT1") == ["0", "1", "1", "2", "3"]
    assert column(found, "ABLFL") == [None, "Y", None, None, None]
    assert column(found, "BASECA1N") == [1, 1, 1, 1, 1]
    assert column(found, "WORSTHFL") == [None, None, None, "Y", None]
    assert column(found, "WORSTLFL") == [None, None, "Y", None, None]
    assert column(found, "LVOTFL") == [None, None, None, "Y", None]
    assert set(column(found, "PARAMCD")) == {"ECOG"}
    assert found.select("SRCDOM", "SRCVAR", "SRCSEQ").row(0) == ("RS", "RSSTRESN", 1)


def test_only_the_test_that_params_name_from_either_domain() -> None:
    other = status(21, "2", 2.0, "QS") | {"QSTESTCD": "KPS"}
    found = adam.derive(frames(status(-1, "0", 0.0, "QS"), other, domain="QS"), SETTINGS)["ADECOG"].frame
    assert found.select("SRCDOM", "SRCSEQ", "AVAL").rows() == [("QS", 1, 0.0)]
    assert adam.derive(frames(status(-1, "0", 0.0)), params())["ADECOG"].frame.height == 0  # none is named


def test_what_is_no_status_is_queried() -> None:
    records = frames(status(-1, "9", 9.0), status(21, "unable"), status(42, "5", 5.0))
    assert column(adam.derive(records, SETTINGS)["ADECOG"].frame, "AVAL") == [None, None, 5]
    found = adam.queries(records, SETTINGS).filter(pl.col("RULE") == "result")
    assert found.select("DATASET", "SEQ", "VARIABLE", "VALUE", "TEXT").rows() == [
        ("RS", 1, "RSSTRESN", "9", "an ECOG performance status of 9, expected 0 to 5: not analysed"),
        ("RS", 2, "RSSTRESC", "unable", "an ECOG performance status of unable, expected 0 to 5: not analysed"),
    ]
