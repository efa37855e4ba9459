"""Best response by rule and by switch, one hand-made patient each.

Days are elapsed days after enrolment; stable disease counts from day 42 and a response is confirmed 28 days later.
"""

from typing import Any

import polars as pl
import pytest

from analysis import adam
from analysis.adam import response_rules as rules
from analysis.adam.adtte import pfs_histories
from analysis.adam.records import Queries
from analysis.adam.response import course_of
from analysis.params import Params
from tests.adam.build import outcomes, params, patient, sdtm

Scans = list[tuple[int, str]]


def scans(text: str) -> Scans:
    """Scans as "CR56 PR112"."""
    found = []
    for word in text.split():
        response = word.rstrip("0123456789")
        found.append((int(word.removeprefix(response)), response))
    return found


def values(frames: dict[str, pl.DataFrame], settings: Params | None = None) -> dict[str, str]:
    """PARAMCD -> AVALC of the only patient."""
    adrs = outcomes(frames, settings)["ADRS"].filter(pl.col("PARAMCD") != "OVRLRESP")
    return dict(adrs.select("PARAMCD", "AVALC").iter_rows())


def best(text: str, **response: Any) -> tuple[str, str]:
    """Unconfirmed and confirmed best response of a patient with these scans."""
    found = values(sdtm(patient(scans=scans(text))), params(response=response))
    return found["BOR"], found["CBOR"]


@pytest.mark.parametrize(
    ("text", "unconfirmed", "confirmed"),
    [
        # the rows of RECIST 1.1's table 3; where it says 'minimum duration', day 56 meets it and day 30 does not
        ("CR56 CR112", "CR", "CR"),
        ("CR56 PR112", "CR", "SD"),
        ("CR30 PR58", "CR", "PD"),
        ("CR56 SD112", "CR", "SD"),
        ("CR30 SD58", "CR", "PD"),
        ("CR56 PD112", "CR", "SD"),
        ("CR30 PD58", "CR", "PD"),
        ("CR56 NE112", "CR", "SD"),
        ("CR30 NE58", "CR", "NE"),
        ("PR56 CR112", "CR", "PR"),
        ("PR56 PR112", "PR", "PR"),
        ("PR56 SD112", "PR", "SD"),
        ("PR30 SD58", "PR", "SD"),
        ("PR56 PD112", "PR", "SD"),
        ("PR30 PD58", "PR", "PD"),
        ("PR56 NE112", "PR", "SD"),
        ("PR30 NE58", "PR", "NE"),
        ("NE56 NE112", "NE", "NE"),
        # no response at all
        ("SD56 PD112", "SD", "SD"),
        ("SD30 PD58", "PD", "PD"),
        ("SD30 NE58", "NE", "NE"),
        ("NON-CR/NON-PD56 PD112", "NON-CR/NON-PD", "NON-CR/NON-PD"),
        ("NON-CR/NON-PD30 PD58", "PD", "PD"),
        ("NON-CR/NON-PD30", "NE", "NE"),
        ("PD56", "PD", "PD"),
        ("PD30", "PD", "PD"),
        # a response that comes later, and a single one at the end
        ("SD56 PR112 PR168", "PR", "PR"),
        ("NE56 CR112 CR168", "CR", "CR"),
        ("SD56 PR112", "PR", "SD"),
        ("PR56 PR112 CR168", "CR", "PR"),
        ("PR56 CR112 CR168", "CR", "CR"),
        # nothing counts after progression
        ("PD56 PR112 PR168", "PD", "PD"),
        ("PR56 PD112 PR168", "PR", "SD"),
        # several readings of one day are one visit: the worst, not evaluable only where nothing else was read
        ("PR56 PR112 SD112", "PR", "SD"),
        ("PR56 PR112 NE112", "PR", "PR"),
    ],
)
def test_table_of_recist(text: str, unconfirmed: str, confirmed: str) -> None:
    assert best(text) == (unconfirmed, confirmed)


@pytest.mark.parametrize(
    ("text", "switch", "confirmed"),
    [
        ("PR56 PR84", {}, "PR"),
        ("PR56 PR83", {}, "SD"),
        ("PR56 PR83", {"confirmation_days": 27}, "PR"),
        ("CR56 CR84", {}, "CR"),
        ("CR56 CR83", {}, "SD"),
        ("CR56 CR70 CR84", {}, "CR"),
        ("SD42", {}, "SD"),
        ("SD41", {}, "NE"),
        ("SD41", {"minimum_sd_days": 41}, "SD"),
        ("CR41 PD97", {}, "PD"),
        ("CR42 PD97", {}, "SD"),
        ("CR56 NE112 CR168", {}, "CR"),
        ("CR56 NE112 CR168", {"max_ne_between": 0}, "SD"),
        ("CR56 NE112 NE168 CR224", {}, "SD"),
        ("CR56 NE112 NE168 CR224", {"max_ne_between": 2}, "CR"),
        ("PR56 NE112 PR168", {}, "PR"),
        ("PR56 NE112 NE168 PR224", {}, "SD"),
        ("PR56 SD112 PR168", {}, "PR"),
        ("PR56 SD112 PR168", {"sd_between": 0}, "SD"),
        ("PR56 SD112 SD168 PR224", {}, "SD"),
        ("PR56 SD112 SD168 PR224", {"sd_between": 2}, "PR"),
        ("PR56 SD112 CR168", {}, "PR"),
        ("PR56 NE112 SD168 PR224", {}, "PR"),
        ("PR56 NON-CR/NON-PD112 PR168", {}, "SD"),
        # two stable scans break the first response, but not the one after them
        ("PR56 SD112 SD168 PR224 PR280", {}, "PR"),
        ("CR56 SD112 CR168", {}, "SD"),
        ("CR56 SD112 CR168", {"cr_then_worse": "admiralonco"}, "SD"),
        ("CR56 SD112 CR168 CR224", {}, "SD"),
        ("CR56 SD112 CR168 CR224", {"cr_then_worse": "admiralonco"}, "CR"),
        ("CR56 PR112 PR168", {}, "SD"),
        ("CR56 PR112 PR168", {"cr_then_worse": "admiralonco"}, "PR"),
        ("CR56 NE112 PR168 PR224", {}, "SD"),
        ("CR56 NE112 PR168 PR224", {"cr_then_worse": "admiralonco"}, "PR"),
        ("CR30 SD58", {"cr_then_worse": "admiralonco"}, "SD"),
        ("CR56 CR112 PR168", {}, "CR"),
        # no PR after a CR may lie in the window, but the PR that ends it can be confirmed itself
        ("PR56 CR70 PR84", {"cr_then_worse": "admiralonco"}, "SD"),
        ("PR56 CR70 PR84 PR112", {"cr_then_worse": "admiralonco"}, "PR"),
        ("PR56 CR70 PR84 PR112", {}, "SD"),
        # month 24 ends on elapsed day 729 (730 days are 23.98 months), month 12 on day 364
        ("PR673 PR729", {}, "PR"),
        ("PR673 PR730", {}, "SD"),
        ("PR729", {}, "SD"),
        ("PR730", {}, "NE"),
        ("PR308 PR364", {"max_months": 12}, "PR"),
        ("PR308 PR365", {"max_months": 12}, "SD"),
        # 16 months are exactly 487 days
        ("PR430 PR486", {"max_months": 16}, "PR"),
        ("PR430 PR487", {"max_months": 16}, "SD"),
    ],
)
def test_switches(text: str, switch: dict[str, Any], confirmed: str) -> None:
    assert best(text, **switch)[1] == confirmed


@pytest.mark.parametrize(
    ("text", "more", "confirmed"),
    [
        # an assessment on the day of the therapy counts as before it
        ("PR56 PR112", {"therapy": 112}, "PR"),
        ("PR56 PR112", {"therapy": 111}, "SD"),
        ("PR56 PR112", {"baseline": None}, "NE"),
        # enrolled on day 15: the scan of day 56 is 41 days later, and one before enrolment is no post-baseline one
        ("SD56", {"enrolled": 15, "dosed": (15, 300)}, "NE"),
        ("SD57", {"enrolled": 15, "dosed": (15, 300)}, "SD"),
        ("PD10 PR56 PR112", {"enrolled": 15, "dosed": (15, 300)}, "PR"),
    ],
)
def test_therapy_baseline_and_start(text: str, more: dict[str, Any], confirmed: str) -> None:
    assert values(sdtm(patient(scans=scans(text), **more)))["CBOR"] == confirmed


def test_days_count_from_enrolment_whatever_the_start_of_pfs() -> None:
    frames = sdtm(patient(scans=scans("SD42"), dosed=(7, 300)))
    assert values(frames, params(pfs={"start": "first_dose"}))["CBOR"] == "SD"


def test_reader() -> None:
    frames = sdtm(patient(scans=scans("PR56 PR112")))
    independent = frames["RS"].with_columns(
        RSEVAL=pl.lit("INDEPENDENT ASSESSOR"), RSSTRESC=pl.lit("SD"), RSSEQ=pl.col("RSSEQ") + 2
    )
    frames["RS"] = pl.concat([frames["RS"], independent])
    assert values(frames)["CBOR"] == "PR"
    assert values(frames, params(response={"reader": "independent assessor"}))["CBOR"] == "SD"


@pytest.mark.parametrize(
    ("text", "assessment", "duration"),
    [
        ("SD112 SD161", "Y", "N"),
        ("SD112 SD160", "N", "N"),
        ("SD112 SD167", "Y", "N"),
        ("SD112 SD168", "Y", "Y"),
        ("NON-CR/NON-PD112 NON-CR/NON-PD168", "Y", "Y"),
        ("SD112 NE168", "N", "N"),
        # SD, then PD after 24 weeks: benefit by duration only
        ("SD112 PD167", "N", "N"),
        ("SD112 PD168", "N", "Y"),
        # a PD counts unless more than 126 days have passed since the last adequate assessment
        ("SD56 PD182", "N", "Y"),
        ("SD56 PD183", "N", "N"),
        ("SD56 NE112 PD183", "N", "N"),
        ("SD56 SD112 PD300", "N", "N"),
        ("PD182", "N", "N"),
        # a confirmed response of any duration is a benefit by assessment; by duration it is not exempt
        ("PR56 PR112", "Y", "N"),
        ("PR56 PR112 PD167", "Y", "N"),
        ("PR56 PR112 PD168", "Y", "Y"),
        # an unconfirmed response counts as stable disease
        ("PR56 SD168", "Y", "Y"),
        ("SD56 PR168", "Y", "Y"),
        ("PR56 PD112", "N", "N"),
        # after a CR, PR or SD are not benefit assessments
        ("CR56 PR168", "N", "Y"),
        ("CR56 PR112 SD168", "N", "N"),
        ("CR56 NON-CR/NON-PD168", "N", "Y"),
        ("CR56 CR168", "Y", "Y"),
    ],
)
def test_clinical_benefit(text: str, assessment: str, duration: str) -> None:
    frames = sdtm(patient(scans=scans(text)))
    found = values(frames)
    assert (found["CCB"], found["CBDUR"]) == (assessment, duration)
    switched = values(frames, params(response={"cbr_rule": "duration"}))
    assert (switched["CCB"], switched["CBASM"]) == (duration, assessment)


@pytest.mark.parametrize(
    ("text", "more", "switch", "expected"),
    [
        ("SD112 SD161", {"therapy": 161}, {}, ("Y", "N")),
        ("SD112 SD168", {"therapy": 160}, {}, ("N", "N")),
        ("SD112 PD168", {"therapy": 160}, {}, ("N", "N")),
        ("SD168", {"baseline": None}, {}, ("N", "N")),
        ("SD49", {}, {"cbr_days": 56}, ("Y", "N")),
        ("SD48", {}, {"cbr_days": 56}, ("N", "N")),
        ("SD56", {}, {"cbr_days": 56}, ("Y", "Y")),
        # only stable disease of the minimum duration can be a benefit
        ("SD41", {}, {"cbr_days": 42}, ("N", "N")),
        ("PD56", {}, {"cbr_days": 56}, ("N", "N")),
    ],
)
def test_clinical_benefit_of(
    text: str, more: dict[str, Any], switch: dict[str, Any], expected: tuple[str, str]
) -> None:
    found = values(sdtm(patient(scans=scans(text), **more)), params(response=switch))
    assert (found["CCB"], found["CBDUR"]) == expected


def test_an_unconfirmed_response_is_a_benefit_only_without_confirmation() -> None:
    found = values(sdtm(patient(scans=scans("PR56 PD112"))))
    assert (found["RSP"], found["CRSP"], found["CB"], found["CCB"]) == ("Y", "N", "Y", "N")


@pytest.mark.parametrize(
    ("text", "unconfirmed", "confirmed"),
    [
        ("CR30 CR58", "Y", "Y"),
        ("PR30 PD58", "Y", "N"),
        ("SD42", "Y", "Y"),
        ("SD41", "N", "N"),
        ("NON-CR/NON-PD56", "Y", "Y"),
        ("PD56", "N", "N"),
    ],
)
def test_disease_control(text: str, unconfirmed: str, confirmed: str) -> None:
    found = values(sdtm(patient(scans=scans(text))))
    assert (found["DC"], found["CDC"]) == (unconfirmed, confirmed)


TABLES = {
    "BOR": rules.BEST_RESPONSE,
    "CBOR": rules.CONFIRMED_BEST_RESPONSE,
    "RSP": rules.RESPONSE,
    "CRSP": rules.CONFIRMED_RESPONSE,
    "CDC": rules.control(confirmed=True),
    "CCB": rules.benefit("assessment", confirmed=True),
    "CBDUR": rules.benefit("duration", confirmed=True),
}


@pytest.mark.parametrize("paramcd", TABLES)
def test_rules_have_a_name_each_and_texts_that_state_the_parameters(paramcd: str) -> None:
    names = [rule.name for rule in TABLES[paramcd]]
    assert len(names) == len(set(names))
    for rule in TABLES[paramcd]:
        assert 0 < len(rule.says(params())) <= 200
        assert "{" not in rule.says(params())


def test_texts_follow_the_parameters() -> None:
    text = rules.CONFIRMED_BEST_RESPONSE[0].says(params(response={"confirmation_days": 35, "max_ne_between": 2}))
    assert text == "CR, and a CR at least 35 days later with only CR and at most 2 NE between"


def test_a_table_that_lets_someone_through_is_an_error() -> None:
    settings = params()
    frames = sdtm(patient())
    adsl = adam.derive(frames, settings)["ADSL"].frame
    row = adsl.row(0, named=True)
    history = pfs_histories(frames, {row["USUBJID"]: row}, settings, "enrolment", Queries())[0]
    with pytest.raises(ValueError, match="the last rule has to fire for everyone"):
        rules.decide(rules.STABLE_OR_WORSE, course_of(history, settings, followed=True))
