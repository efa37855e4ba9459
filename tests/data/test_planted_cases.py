"""Every case that data/README.md names is in the transfers, at the subject it names."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from tests.data.transfers import FOLDER, Record, Transfer, date, full, read

GAP = 2 * (56 + 7)
Check = Callable[[Transfer, Transfer, str], bool]
CHECKS: dict[str, Check] = {}


def case(name: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        CHECKS[name] = check
        return check

    return register


def sequence(transfer: Transfer, usubjid: str) -> list[str]:
    return [row["RSSTRESC"] for row in transfer.responses(usubjid)]


def progression(transfer: Transfer, usubjid: str) -> dt.date | None:
    return next((date(row["RSDTC"]) for row in transfer.responses(usubjid) if row["RSSTRESC"] == "PD"), None)


def adequate(transfer: Transfer, usubjid: str, until: str = "9999") -> list[dt.date]:
    found = [row for row in transfer.responses(usubjid) if row["RSSTRESC"] not in ("NE", "PD") and row["RSDTC"] < until]
    return [date(row["RSDTC"]) for row in found]


def new_therapy(transfer: Transfer, usubjid: str) -> list[Record]:
    return transfer.rows("CM", usubjid, CMCAT="SUBSEQUENT ANTICANCER THERAPY")


def no_response_recorded(transfer: Transfer, usubjid: str) -> bool:
    return not transfer.responses(usubjid)


def alive(transfer: Transfer, usubjid: str) -> bool:
    return transfer.one("DM", usubjid)["DTHFL"] is None


def has_baseline(transfer: Transfer, usubjid: str) -> bool:
    return bool(transfer.rows("TR", usubjid, VISIT="SCREENING"))


@case("new-therapy-before-pd")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    (start,) = (row["CMSTDTC"] for row in new_therapy(first, usubjid))
    seen = progression(first, usubjid)
    return seen is not None and date(start) < seen and any(r["RSDTC"] == start for r in first.responses(usubjid))


@case("radiotherapy-to-lesion-before-pd")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    row = first.one("PR", usubjid, PRCAT="SUBSEQUENT RADIOTHERAPY")
    (lesion,) = first.rows("TU", usubjid, TULNKID=row["PRLNKID"])
    seen = progression(first, usubjid)
    return lesion["TULOC"] == row["PRLOC"] and seen is not None and date(row["PRSTDTC"]) < seen


@case("radiotherapy-elsewhere")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    row = first.one("PR", usubjid, PRCAT="SUBSEQUENT RADIOTHERAPY")
    places = {lesion["TULOC"] for lesion in first.rows("TU", usubjid)}
    seen = progression(first, usubjid)
    return row["PRLNKID"] is None and row["PRLOC"] not in places and seen is not None and date(row["PRSTDTC"]) < seen


@case("two-missed-then-pd")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    seen = progression(first, usubjid)
    return seen is not None and (seen - adequate(first, usubjid)[-1]).days > GAP


@case("one-missed-then-pd")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    seen = progression(first, usubjid)
    return seen is not None and 63 < (seen - adequate(first, usubjid)[-1]).days <= GAP


@case("death-early-without-pd")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    death = date(first.one("DM", usubjid)["DTHDTC"])
    return no_response_recorded(first, usubjid) and (death - first.enrolled()[usubjid]).days == 40


@case("death-after-gap")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    death = date(first.one("DM", usubjid)["DTHDTC"])
    return progression(first, usubjid) is None and (death - adequate(first, usubjid)[-1]).days > GAP


@case("no-post-baseline-scan")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    dosed = bool(first.rows("EX", usubjid))
    return dosed and has_baseline(first, usubjid) and no_response_recorded(first, usubjid) and alive(second, usubjid)


@case("no-baseline-scan")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    recorded = first.rows("DV", usubjid, DVDECOD="BASELINE ASSESSMENT MISSING")
    return not has_baseline(first, usubjid) and sequence(first, usubjid) == ["NE", "NE", "PD"] and bool(recorded)


@case("never-dosed")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return usubjid in first.enrolled() and not first.rows("EX", usubjid)


@case("pd-on-cutoff-day")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return progression(first, usubjid) == date("2025-06-30")


@case("pd-day-after-cutoff")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return progression(first, usubjid) == date("2025-07-01")


@case("pr-sd-pr")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return sequence(first, usubjid)[1:4] == ["PR", "SD", "PR"]


@case("unconfirmed-pr")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return sequence(first, usubjid) == ["SD", "PR", "SD", "SD", "PD"]


@case("pr-awaiting-confirmation")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    before = [row["RSSTRESC"] for row in first.responses(usubjid) if row["RSDTC"] <= "2025-06-30"]
    return before.count("PR") == 1 and before[-1] == "PR" and sequence(second, usubjid).count("PR") > 1


@case("cr-confirmed")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return sequence(first, usubjid)[2:] == ["CR"] * 9 + ["PD"]


@case("cr-then-pr")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    sizes = {row["TRTESTCD"] for row in first.rows("TR", usubjid)}
    return sequence(first, usubjid)[:3] == ["SD", "CR", "PR"] and sizes == {"SAXIS"}


@case("ne-between-prs")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    missing = first.rows("TR", usubjid, TRSTAT="NOT DONE")
    return sequence(first, usubjid)[1:4] == ["PR", "NE", "PR"] and len(missing) == 1


@case("sd-113-pd-169")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    start = first.enrolled()[usubjid]
    found = [((date(row["RSDTC"]) - start).days + 1, row["RSSTRESC"]) for row in first.responses(usubjid)]
    return found[-2:] == [(113, "SD"), (169, "PD")]


@case("pd-at-first-scan")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return sequence(first, usubjid) == ["PD"] and first.responses(usubjid)[0]["VISIT"] == "WEEK 8"


@case("pd-unscheduled")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    last = first.responses(usubjid)[-1]
    return last["RSSTRESC"] == "PD" and last["VISITDY"] is None and str(last["VISIT"]).startswith("UNSCHEDULED")


@case("pd-over-two-days")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    last = first.responses(usubjid)[-1]
    days = {row["TRGRPID"]: date(row["TRDTC"]) for row in first.rows("TR", usubjid, VISITNUM=last["VISITNUM"])}
    return last["RSSTRESC"] == "PD" and date(last["RSDTC"]) - days["TARGET"] == dt.timedelta(days=3)


@case("clinical-progression")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    stops = first.rows("DS", usubjid, DSDECOD="PROGRESSIVE DISEASE")
    return len(stops) == 2 and progression(second, usubjid) is None


@case("partial-new-therapy")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    (row,) = new_therapy(first, usubjid)
    seen, last = progression(first, usubjid), first.last_dose(usubjid)
    return row["CMSTDTC"] == "2024-06" == f"{seen:%Y-%m}" and seen is not None and seen < last


@case("partial-death-day")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return first.one("DM", usubjid)["DTHDTC"] == "2024-11"


@case("partial-death-month")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return first.one("DM", usubjid)["DTHDTC"] == "2025"


@case("partial-ae")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    starts = {row["AESTDTC"] for row in first.rows("AE", usubjid)}
    return {"2023-12", "2024-03", "2024"} <= starts and str(first.one("DM", usubjid)["RFSTDTC"]).startswith("2023-12")


@case("partial-cm")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return bool(first.rows("CM", usubjid, CMCAT="CONCOMITANT MEDICATION", CMSTDTC="2024-03", CMENDTC="2024-04"))


@case("ae-on-cutoff-day")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    starts = {row["AESTDTC"] for row in first.rows("AE", usubjid)}
    return {"2025-06-30", "2025-07-01"} <= starts and (date("2025-06-30") - first.last_dose(usubjid)).days <= 30


@case("ae-before-first-dose")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    start = first.one("DM", usubjid)["RFSTDTC"]
    before = [row for row in first.rows("AE", usubjid) if row["AEENDTC"] and row["AEENDTC"] < start]
    return {row["AESTDTC"] for row in before} >= {"2023-11"} and len(before) >= 2


@case("ae-worsening-initial-grade")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    row = first.one("AE", usubjid, AEDECOD="Hypertension")
    start = first.one("DM", usubjid)["RFSTDTC"]
    return row["AESTDTC"] < start and (first.qualifier(row, "AEITOXGR"), row["AETOXGR"]) == ("1", "2")


@case("ae-worsening-new-record")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    mild, worse = first.rows("AE", usubjid, AEDECOD="Fatigue")
    next_day = date(worse["AESTDTC"]) - date(mild["AEENDTC"]) == dt.timedelta(days=1)
    return next_day and (mild["AETOXGR"], worse["AETOXGR"]) == ("1", "2")


def starts_after_last_dose(transfer: Transfer, usubjid: str, days: int) -> bool:
    last = transfer.last_dose(usubjid)
    starts = [full(row["AESTDTC"]) for row in transfer.rows("AE", usubjid)]
    return any(start is not None and (start - last).days == days for start in starts)


@case("ae-30-days-after-last-dose")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return starts_after_last_dose(first, usubjid, 30)


@case("ae-31-days-after-last-dose")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return starts_after_last_dose(first, usubjid, 31)


@case("ae-missing-grade")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return len(first.rows("AE", usubjid, AETOXGR=None)) == 1 == len(first.rows("AE", AETOXGR=None))


@case("ae-missing-end")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return len(first.rows("AE", usubjid, AEENDTC=None, AEOUT="RECOVERED/RESOLVED")) == 1


@case("ae-missing-start")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return len(first.rows("AE", usubjid, AESTDTC=None)) == 1 == len(first.rows("AE", AESTDTC=None))


@case("ae-missing-relatedness")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    found = [row for row in first.rows("AE", usubjid) if first.qualifier(row, "AERELANL") is None]
    return len(found) == 1 and first.qualifier(found[0], "AERELFUL") == "NOT RELATED"


@case("ae-fatal-after-first-cut")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    row = first.one("AE", usubjid, AEOUT="FATAL")
    return row["AESTDTC"] <= "2025-06-30" and first.one("DM", usubjid)["DTHDTC"] == "2025-07-08"


@case("ae-awkward-text")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    text = " ".join(row["AETERM"] for row in first.rows("AE", usubjid))
    return all(mark in text for mark in "<>&\"%{}\\#'\u00e9\u00ef")


def left(transfer: Transfer, usubjid: str, reason: str) -> bool:
    row = transfer.one("DS", usubjid, DSSCAT="STUDY PARTICIPATION")
    return row["DSDECOD"] == reason and progression(transfer, usubjid) is None and alive(transfer, usubjid)


@case("withdrawal-of-consent")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return left(second, usubjid, "WITHDRAWAL BY SUBJECT") and bool(adequate(first, usubjid))


@case("lost-to-follow-up")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return left(second, usubjid, "LOST TO FOLLOW-UP") and bool(adequate(first, usubjid))


@case("ineligible-recorded")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    recorded = first.rows("DV", usubjid, DVDECOD="ELIGIBILITY CRITERIA NOT MET")
    return first.one("IE", usubjid)["IETESTCD"] == "INCL09A" and len(recorded) == 1


@case("ineligible-not-recorded")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    (row,) = first.rows("LB", usubjid, LBTESTCD="ALT", VISIT="SCREENING")
    eligibility = first.rows("DV", usubjid, DVDECOD="ELIGIBILITY CRITERIA NOT MET")
    return row["LBSTRESN"] > 2.5 * row["LBSTNRHI"] and not first.rows("IE", usubjid) and not eligibility


@case("eligible-by-liver-lesion")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    (row,) = first.rows("LB", usubjid, LBTESTCD="ALT", VISIT="SCREENING")
    return 2.5 < row["LBSTRESN"] / row["LBSTNRHI"] <= 5 and bool(first.rows("TU", usubjid, TULOC="LIVER"))


@case("eligible-by-clearance")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    (row,) = first.rows("LB", usubjid, LBTESTCD="CREAT", VISIT="SCREENING")
    return bool(row["LBSTRESN"] > 1.5 * row["LBSTNRHI"])


@case("late-scan")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    visit = {"VISIT": "WEEK 40"}
    return not any(first.rows(name, usubjid, **visit) for name in ("TR", "RS", "SV")) and all(
        row["RSDTC"] < "2025-06-30" for row in second.rows("RS", usubjid, RSCAT="RECIST 1.1", **visit)
    )


@case("late-ae")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return not first.rows("AE", usubjid, AESTDTC="2025-04-18") and bool(
        second.rows("AE", usubjid, AESTDTC="2025-04-18")
    )


@case("corrected-pd-date")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return (progression(first, usubjid), progression(second, usubjid)) == (date("2025-03-03"), date("2025-02-24"))


@case("withdrawn-sae")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    values = {"AEDECOD": "Lung infection", "AESER": "Y"}
    return len(first.rows("AE", usubjid, **values)) == 1 and not second.rows("AE", usubjid, **values)


@case("death-became-known")
def _(first: Transfer, second: Transfer, usubjid: str) -> bool:
    return alive(first, usubjid) and second.one("DM", usubjid)["DTHDTC"] == "2025-06-03"


def test_every_case_of_the_readme_has_a_check(readme: pl.DataFrame) -> None:
    assert sorted(readme["case"]) == sorted(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_the_case_is_where_the_readme_says(name: str, readme: pl.DataFrame) -> None:
    (usubjid,) = readme.filter(case=name)["usubjid"]
    assert CHECKS[name](read(FOLDER / "2025-07-15"), read(FOLDER / "2026-01-15"), usubjid)
