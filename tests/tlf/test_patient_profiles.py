"""Profiles of patients: what is drawn of hand-made records, in which order, and what is left out. Day 1 is day(0)."""

from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from analysis import params as parameters
from analysis.adam import derive
from analysis.tlf import patient_profiles
from analysis.tlf.context import Context
from analysis.tlf.display import ids_shown, read_display, write_display
from analysis.tlf.patient_file import PatientFile
from analysis.tlf.patient_profiles import MOST_TERMS, events_shown, profile_of
from analysis.tlf.png import size_of
from analysis.tlf.profile_figure import GRADES, PALETTE, Bar, Dose, Measure, Profile, fitted, profile_figure, span_of
from analysis.tlf.style import drawings
from tests.adam.build import at, day, params, patient, sdtm
from tests.conftest import PROJECT

HOSTILE = "$x^2$ <b>{{< var >}}\n\U0001f600 #eval(1) and so on and on until it is too long for any page"
NOT_OVER = "NOT RECOVERED/NOT RESOLVED"


def event(term: str, start: int | None, end: int | None, **values: Any) -> dict[str, Any]:
    found = {"AEDECOD": term, "AETERM": term, "ASTDY": start, "AENDY": end, "AEOUT": "RECOVERED/RESOLVED"}
    return found | {"ATOXGRN": 1, "ASERFL": "N"} | values


def dose(start: int, end: int, mg: float | None) -> dict[str, Any]:
    return {"ASTDT": day(start), "AENDT": day(end), "AVAL": mg}


def lab(code: str, number: int | None, value: float | None, limit: float | None = 40.0) -> dict[str, Any]:
    return {"PARAMCD": code, "ADY": number, "AVAL": value, "AVALU": "U/L", "ANRHI": limit}


def file(*events: dict[str, Any], **records: Any) -> PatientFile:
    adsl = {"USUBJID": "S-A", "TRTSDT": day(0), "DTHDT": None, "DTHFL": "N"}
    parts: dict[str, Any] = {"doses": {1: [], 2: []}, "responses": [], "labs": [], "vitals": [], "given": {}}
    return PatientFile(patient=adsl, died=None, events=list(events), **(parts | records))


@cache
def context() -> Context:
    """A: a serious event on days 6 to 9 and two scans. B: died on day 351. C: neither."""
    events = [{"AETERM": HOSTILE, "AEDECOD": HOSTILE, "AESER": "Y", "AESTDTC": at(5), "AEENDTC": at(8), "AETOXGR": "4"}]
    alive = patient("A", scans=[(56, "PR"), (112, "PD")], more={"AE": events})
    frames = sdtm(alive, patient("B", death=350), patient("C"))
    chosen = params(400)
    adam = {name: dataset.frame for name, dataset in derive(frames, chosen).items()}
    return Context(chosen, parameters.load_catalogue(PROJECT / "params"), adam)


def test_bars_by_hand() -> None:
    bars, left_out = events_shown(
        file(
            event("Nausea", 3, 5),
            event("Nausea", 20, None, ATOXGRN=None, AEOUT=NOT_OVER),
            event("Cough", -2, None, ASERFL="Y"),  # resolved, but when is not known: its first day
            event("Rash", None, 9),  # without a start it has no place
        ),
        100,
    )
    assert bars == [
        ("Cough", (Bar(-2, -2, 1, True, False),)),
        ("Nausea", (Bar(3, 5, 1, False, False), Bar(20, 100, None, False, True))),
    ]
    assert left_out == 1


def test_of_too_many_terms_the_serious_and_the_severe_stay() -> None:
    mild = [event(f"T{n:02}", 10 + n, 50) for n in range(MOST_TERMS)]
    bars, left_out = events_shown(
        file(*mild, event("Late and severe", 90, 91, ATOXGRN=3), event("Last", 99, 99, ASERFL="Y")), 100
    )
    terms = [term for term, _ in bars]
    assert terms[-2:] == ["Late and severe", "Last"]
    assert terms[:-2] == [f"T{n:02}" for n in range(MOST_TERMS - 2)]
    assert left_out == 2


def test_a_profile_in_study_days() -> None:
    own = file(
        doses={1: [dose(0, 13, 12.0), dose(21, 21, None)], 2: []},
        responses=[{"ADT": day(55), "AVALC": "PR"}],
        labs=[
            *(lab("ALT", 8, 50.0), lab("ALT", 1, 20.0), lab("ALT", 9, None), lab("ALT", None, 3.0)),
            lab("CREAT", 1, 60.0, None),
        ],
        vitals=[lab("DIABP", 1, 80.0) | {"AVALU": "mmHg"}],
    )
    profile = profile_of(own, context(), [])
    assert profile.doses == (("Anlotinib", (Dose(1, 14, 12.0), Dose(22, 22, None))), ("Fulvestrant", ()))
    assert profile.scans == ((56, "PR"),)
    assert profile.measures == (
        Measure("Alanine aminotransferase (U/L)", (("", (1, 8), (20.0, 50.0)),), 40.0),
        Measure("Creatinine (U/L)", (("", (1,), (60.0,)),)),
        Measure("Blood pressure (mmHg)", (("Diastolic", (1,), (80.0,)),), 40.0),
    )
    assert span_of(profile) == (1, 56)
    assert span_of(replace(profile, died=400)) == (1, 400)
    old = (("Cough", (Bar(-800, -700, 1, False, False),)),)
    assert span_of(replace(profile, events=old)) == (-60, 56)


def labels(figure: Figure, place: int) -> list[str]:
    return [t.get_text() for t in figure.axes[place].get_yticklabels()]


def test_what_is_drawn() -> None:
    events = (("Nausea", (Bar(3, 5, 2, True, False), Bar(20, 100, None, False, True))),)
    profile = Profile((("A", (Dose(1, 14, 12.0), Dose(22, 30, 10.0))),), ((56, "PR"),), events, (), died=120)
    figure = profile_figure(profile)
    assert (labels(figure, 0), labels(figure, 1)) == (["A", "Response"], ["Nausea"])
    assert [t.get_text() for t in figure.axes[0].texts] == ["12 mg", "10 mg", "PR"]
    assert [t.get_text() for t in figure.axes[1].texts] == ["2", "?"]
    spans = [(bar.get_x(), bar.get_width()) for bar in figure.axes[1].patches]
    assert spans == [(3, 3), (20, 81)]
    legend = [t.get_text() for t in figure.legends[0].get_texts()]
    assert legend == ["Grade 2", "No grade", "Serious", "Ongoing", "Death"]


def test_a_page_holds_the_most_that_can_be_drawn_and_needs_nothing() -> None:
    many = tuple((HOSTILE, (Bar(n + 1, n + 5, 3, False, False),)) for n in range(MOST_TERMS))
    measure = Measure("Blood pressure (mmHg)", (("Systolic", (1, 2), (120.0, 130.0)),), 140.0)
    full = Profile((("A", ()), ("B", ())), (), many, (measure,) * 3, 50)
    assert profile_figure(full).get_size_inches()[1] < 8
    nothing = profile_figure(Profile((("A", ()),), (), (), ()))
    assert [t.get_text() for t in nothing.axes[1].texts] == ["No adverse events"]


def test_the_picture_keeps_the_colours_of_the_grades_to_the_bit() -> None:
    bars = tuple(Bar(1, 50, grade, False, False) for grade in (1, 2, 3, 4, 5, None))
    profile = Profile((("A", ()),), (), tuple((f"T{n}", (bar,)) for n, bar in enumerate(bars)), ())
    png = drawings(profile_figure(profile), palette=PALETTE)["png"]
    assert size_of(png)[0] == pytest.approx(6.2 * 72, abs=0.5)
    picture = Image.open(BytesIO(png))
    assert picture.mode == "P"
    colours = {colour for _, colour in picture.convert("RGB").getcolors()}
    assert {tuple(round(255 * part) for part in to_rgb(colour)) for colour in GRADES.values()} <= colours


def test_a_text_is_cut_where_it_does_not_fit() -> None:
    assert fitted("Nausea", 1.7) == "Nausea"
    assert fitted(HOSTILE, 1.7).startswith("$x^2$ <b>{{< var >}} [U+1F600]")
    assert fitted(HOSTILE, 1.7).endswith("...")


def test_a_figure_for_each_patient(tmp_path: Path) -> None:
    first, second = patient_profiles.figures(context(), {})
    assert (first.id, first.label) == ("f-14-3-3-1", "Figure 14.3.3.1")
    assert (second.id, second.label) == ("f-14-3-3-2", "Figure 14.3.3.2")
    assert first.title == "Profile of patient S-A (1 of 2): serious adverse event"
    assert first.alt == (
        "Profile of patient S-A by study day. 1 adverse event drawn, 1 of grade 3 or higher and 1 serious. Tumour "
        "responses: PR on day 57, PD on day 113."
    )
    assert second.alt.endswith("Tumour responses: none. Death on day 351.")
    for figure in (first, second):
        assert parameters.is_listed(figure.id, context().catalogue)
        write_display(figure, tmp_path)
    catalogue = {name: context().catalogue[name] for name in ("t-14-3-3-1", "f-14-3-3-1")}
    ids = ids_shown(catalogue, tmp_path)
    assert ids == ["t-14-3-3-1", "f-14-3-3-1", "f-14-3-3-2"]
    assert [read_display(name, tmp_path).label for name in ids[1:]] == ["Figure 14.3.3.1", "Figure 14.3.3.2"]


def test_only_a_series_counts_on_from_its_id() -> None:
    assert not parameters.is_listed("f-14-2-1-9", context().catalogue)
    assert not parameters.is_listed("t-14-3-3-2", context().catalogue)


def test_nobody_has_a_profile() -> None:
    empty = context().adam | {"ADSL": context().adam["ADSL"].clear()}
    (figure,) = patient_profiles.figures(Context(context().params, context().catalogue, empty), {})
    assert (figure.id, figure.alt) == ("f-14-3-3-1", "No patient has a narrative.")
