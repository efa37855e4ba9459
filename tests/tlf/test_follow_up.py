"""Depth of response, subsequent therapy, adherence and the listings, of five made-up patients from SDTM to display."""

from functools import cache
from typing import Any

import polars as pl
import pytest

from analysis import params as parameters
from analysis.adam import derive
from analysis.adam.adtr import disagreements
from analysis.results import Result
from analysis.tlf import efficacy_listings, follow_up_therapy, response_figures, scan_schedule, tumour_listing
from analysis.tlf.context import Context
from analysis.tlf.display import write_display
from analysis.tlf.model import Table
from tests.adam.build import at, params, patient, sdtm
from tests.adam.test_recist import records
from tests.conftest import PROJECT

CLASSES = {"chemotherapy": ["PACLITAXEL"]}
HOSTILE = "<b>#pagebreak() {{< embed x >}} \\par"


def medicine(name: str, when: int) -> dict[str, Any]:
    return {"CMCAT": "SUBSEQUENT ANTICANCER THERAPY", "CMTRT": name, "CMDECOD": name, "CMSTDTC": at(when)}


def study() -> list[Any]:
    """A: 100, 60, 65 mm, PR then PD on day 112, paclitaxel on day 120. B: SD, missed day 112 and 168, two lines.

    C: no scan after baseline, died on day 30. D: no baseline scan. E: a hostile therapy before any progression.
    """
    sizes = records({"T1": 100.0, "X1": "PRESENT"}, {"T1": 60.0, "X1": "PRESENT"}, {"T1": 65.0, "NEW": "UNEQUIVOCAL"})
    scans: dict[str, Any] = {"baseline": None, "dosed": (0, 100)}
    one = patient(
        "A", scans=[(56, "PR"), (112, "PD")], more={"TR": sizes, "CM": [medicine("PACLITAXEL", 120)]}, **scans
    )
    lines = [medicine("PACLITAXEL", 210), medicine("Y", 210), medicine("Z", 230)]
    two = patient("B", scans=[(56, "SD")], more={"TR": records({"T1": 50.0}, {"T1": 45.0}), "CM": lines}, **scans)
    three = patient("C", death=30, more={"TR": records({"T1": 50.0})}, **scans)
    four = patient("D", scans=[(56, "SD")], left=("WITHDRAWAL BY SUBJECT", 60), **scans)
    hostile = [medicine(HOSTILE, 70)]
    five = patient("E", scans=[(56, "SD")], more={"TR": records({"T1": 50.0}, {"T1": 50.0}), "CM": hostile}, **scans)
    return [one, two, three, four, five]


@cache
def context() -> Context:
    chosen = params(240, baseline=CLASSES)
    adam = {name: dataset.frame for name, dataset in derive(sdtm(*study()), chosen).items()}
    return Context(chosen, parameters.load_catalogue(PROJECT / "params"), adam)


def named(results: list[Result]) -> dict[str, Any]:
    return {r.name: r.stat for r in results if r.name}


def rows(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def below(table: Table, heading: str) -> list[list[str]]:
    """The rows of one patient."""
    found = rows(table)
    start = found.index([heading]) + 1
    stop = next((i for i in range(start, len(found)) if len(found[i]) == 1), len(found))
    return found[start:stop]


def test_every_result_selects_the_records_behind_it() -> None:
    for produce in (response_figures.results, follow_up_therapy.results, scan_schedule.results):
        for result in produce(context()):
            if result.stat_name == "n" and result.method == "count":
                assert context().count(result.dataset, result.where) == result.stat, result.name
            if result.method == "proportion" and result.denominator_where and result.denominator_dataset:
                total = context().count(result.denominator_dataset, result.denominator_where)
                assert result.stat == pytest.approx(context().count(result.dataset, result.where) / total)


def test_depth_of_response_by_hand() -> None:
    """-40, -10 and 0 %: A, B and E."""
    of = named(response_figures.results(context()))
    assert [of[f"depth.{name}"] for name in ("n", "decreased_30", "decreased_less", "unchanged", "increased")] == [
        3, 1, 1, 1, 0,
    ]  # fmt: skip
    assert [of[f"depth.{name}"] for name in ("median", "minimum", "maximum")] == [-10.0, -40.0, 0.0]
    assert (of["depth.without_no_sum"], of["depth.without_no_baseline"]) == (1, 1)


def test_the_waterfall_says_who_has_no_bar() -> None:
    figure = response_figures.waterfall(context(), response_figures.results(context()))
    text = " ".join(note.text for note in figure.footnotes)
    assert "Patients with a bar: 3. Without one: no baseline tumour assessment (1); no complete sum" in text
    drawn = {bar["patient"]: (bar["change"], bar["response"], bar["new_therapy"]) for bar in figure.data}
    assert drawn == {"A": (-40.0, "SD", False), "B": (-10.0, "SD", True), "E": (0.0, "SD", True)}


def test_the_swimmer_shows_events_in_months() -> None:
    (first,) = [row for row in response_figures.swimmer(context()).data if row["patient"] == "A"]
    months = {"First response": 56, "Progression": 112, "New anticancer therapy": 120}
    assert first["events"] == {name: pytest.approx(days / 30.4375) for name, days in months.items()}
    assert first["last_dose"] == pytest.approx(100 / 30.4375)


def test_the_spider_marks_the_new_lesion() -> None:
    lines = {line["patient"]: line["points"] for line in response_figures.spider(context()).data}
    assert [(p["change"], p["new_lesion"]) for p in lines["A"]] == [(-40.0, False), (-35.0, True)]
    assert "D" not in lines


def test_subsequent_therapy_by_hand() -> None:
    """Of five patients A, B and E have new therapy, on days 120, 210 and 70: 3.98, 6.93 and 2.33 months."""
    of = named(follow_up_therapy.results(context()))
    assert (of["nact.any"], of["nact.any_pct"]) == (3, 0.6)
    assert [of[f"nact.{name}"] for name in ("chemotherapy", "other_systemic_therapy", "surgery")] == [2, 2, 0]
    assert [of[f"nact.lines_{name}"] for name in ("1", "2", "3_or_more")] == [2, 1, 0]
    assert [of[f"nact.{name}"] for name in ("after_progression", "before_progression", "no_progression")] == [1, 0, 2]
    assert of["nact.from_enrolment_median"] == pytest.approx(121 / 30.4375)
    assert (of["nact.from_last_dose_minimum"], of["nact.from_last_dose_maximum"]) == (-30, 110)


def test_adherence_by_hand() -> None:
    """Due: A weeks 8, 16; B weeks 8, 16, 24 (new therapy on day 210); D and E week 8. B missed weeks 16 and 24."""
    of = named(scan_schedule.results(context()))
    assert [of[f"scans.v{n}.due"] for n in (1, 2, 3)] == [4, 2, 1]
    assert (of["scans.total.due"], of["scans.total.on_time"], of["scans.total.missed"]) == (7, 5, 2)
    assert of["scans.v2.missed_pct"] == 0.5
    assert (of["scans.any_missed"], of["scans.gap"], of["scans.gap_pct"]) == (1, 1, 0.2)
    shown = rows(scan_schedule.table(context(), scan_schedule.results(context())))
    assert ["Week 16", "2", "1 (50.0)", "0", "0", "1 (50.0)"] in shown
    assert ["At least 2 missed in a row", "1 (20.0)", "", "", "", ""] in shown


def test_tumour_listing() -> None:
    found = below(tumour_listing.tumours(context()), "Patient S-A")
    assert found[0] == ["V0 (baseline)", at(-10), "T1: 100", "X1: present", "100", "", "", "", ""]
    assert found[1] == ["V1", at(56), "T1: 60", "X1: present", "60", "-40 (-40.0%)", "100", "-40 (-40.0%)",
                        "PR\nNON-CR/NON-PD\nPR"]  # fmt: skip
    assert found[2][3:5] == ["New, NEW: unequivocal", "65"]
    assert found[2][7] == "+5 (+8.3%)"


def test_tumour_listing_marks_a_sum_that_is_not_complete() -> None:
    lesions = records({"T1": 30.0, "N2": 20.0}, {"T1": "TOO SMALL TO MEASURE", "N2": None})
    data = sdtm(patient(scans=[(56, "NE")], baseline=None, more={"TR": lesions}))
    adam = {name: dataset.frame for name, dataset in derive(data, params()).items()}
    found = below(tumour_listing.tumours(Context(params(), context().catalogue, adam)), "Patient S-01")
    assert found[0][2] == "T1: 30\nN2 (N): 20"
    assert (found[1][2], found[1][4], found[1][5]) == ("T1: 5 (too small to measure)", "5*", "")


def test_response_listing_says_what_counted_and_why() -> None:
    found = below(efficacy_listings.responses(context()), "Patient S-A")
    assert [row[1:4] for row in found[:2]] == [[at(56), "56", "PR"], [at(112), "112", "PD"]]
    assert [row[5] for row in found[:2]] == ["Yes", "Yes"]
    assert [row[3] for row in found[2:]] == ["PR", "SD"]
    assert found[3][5].startswith("Best overall response, confirmed: ")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("Y", "Y", "Y", "Y"), "Yes"),
        (("N", "N", "N", "Y"), "No: after the first progression"),
        (("N", "Y", "N", "Y"), "No: after new anticancer therapy"),
        (("N", "Y", "Y", "N"), "No: after the month limit"),
        (("N", "Y", "Y", "Y"), "No: without baseline scan, or after disease had reappeared"),
    ],
)
def test_why_a_response_does_not_count(flags: tuple[str, ...], said: str) -> None:
    assert efficacy_listings._counts({f"ANL0{i}FL": flag for i, flag in enumerate(flags, start=1)}) == said


def test_times_listing_gives_reason_and_source() -> None:
    found = {row[0]: row[1:] for row in below(efficacy_listings.times(context()), "Patient S-C")}
    assert found["Overall survival"] == [at(0), at(30), "1.02", "Event", "Death", "DM DTHDTC"]
    interval = "Progression-free survival, interval-censored"
    assert found[interval][4] == "Death"
    of_a = {row[0]: row[1:] for row in below(efficacy_listings.times(context()), "Patient S-A")}
    assert of_a[interval][4] == "Disease progression. Between months 1.87 and 3.71"  # 57 and 113 / 30.4375
    of_e = {row[0]: row[1:] for row in below(efficacy_listings.times(context()), "Patient S-E")}
    assert of_e["Progression-free survival"][3:] == [
        "Censored",
        "New anticancer therapy before progression or death. Last adequate tumour assessment",
        "RS RSDTC 1",
    ]


def test_disagreements_are_listed_and_their_absence_is_said() -> None:
    data = sdtm(*study())
    nothing = efficacy_listings.disagreements(context(), disagreements(data, context().adam["ADSL"], params()).clear())
    assert nothing.rows == ()
    assert rows(nothing) == []
    changed = data["RS"].with_columns(pl.lit("CR").alias("RSSTRESC"))
    found = disagreements(data | {"RS": changed}, context().adam["ADSL"], params())
    shown = below(efficacy_listings.disagreements(context(), found), "Patient S-B")
    assert shown[0][1:4] == [at(56), "CR", "SD"]
    assert shown[0][7:10] == ["45", "50", "50"]


def test_therapy_listing() -> None:
    assert below(efficacy_listings.therapies(context()), "Patient S-A") == [
        ["Systemic therapy: chemotherapy", "PACLITAXEL", "1", at(120), "4.0", "20", at(112), "Yes", "CM CMSTDTC 1"]
    ]
    assert below(efficacy_listings.therapies(context()), "Patient S-E")[0][1] == HOSTILE


def test_hostile_text_reaches_every_format(tmp_path: Any) -> None:
    write_display(efficacy_listings.therapies(context()), tmp_path)
    html = (tmp_path / "l-16-2-6-5.html").read_text()
    assert "&lt;b&gt;#pagebreak()" in html
    assert "{{<" not in html


def test_nobody_had_anything() -> None:
    adam = {name: dataset.frame for name, dataset in derive(sdtm(patient(baseline=None)), params(50)).items()}
    empty = Context(params(50), context().catalogue, adam)
    therapy = follow_up_therapy.results(empty)
    assert named(therapy)["nact.from_enrolment_median"] is None
    assert rows(follow_up_therapy.table(empty, therapy))[-1] == ["Range", "NE to NE"]
    schedule = scan_schedule.table(empty, scan_schedule.results(empty))
    assert rows(schedule)[0] == ["All planned visits", "0", "0", "0", "0", "0"]
    depth = response_figures.results(empty)
    assert response_figures.waterfall(empty, depth).data == []
    assert response_figures.spider(empty).data == []
    assert tumour_listing.tumours(empty).rows == ()


def test_a_catalogue_without_the_outputs() -> None:
    bare = Context(context().params, {}, context().adam)
    assert response_figures.results(bare) + follow_up_therapy.results(bare) + scan_schedule.results(bare) == []
