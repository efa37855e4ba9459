"""The sentences on baseline, exposure and safety, against sentences written by hand."""

import pytest

from analysis.report.phrases import phrases
from tests.report.made import STUDY, WHOLE, make_params, make_results


def said(key: str, over: dict, **params: object) -> str:
    return phrases(make_results({**WHOLE, **over}), make_params(**params))[f"text.{key}"]


def shares(**counts: int) -> dict:
    """Counts of 40 patients with their percentages; double underscores are dots."""
    found: dict = {}
    for key, n in counts.items():
        name = key.replace("__", ".")
        found |= {name: n, f"{name}_pct": (n / 40, f"{100 * n / 40:.1f}")}
    return found


@pytest.mark.parametrize(
    ("n", "women", "expected"),
    [
        (0, 0, "No patient's age was recorded."),
        (1, 1, "The only patient whose age was recorded was 56.5 years old."),
        (40, 1, "The median age was 56.5 years (range: 31 to 77); 1 patient (2.5%) was female."),
        (40, 40, "The median age was 56.5 years (range: 31 to 77); 40 patients (100.0%) were female."),
        (40, 0, "The median age was 56.5 years (range: 31 to 77); no patient was female."),
    ],
)
def test_demographics(n: int, women: int, expected: str) -> None:
    over = {"age.n": n, "age.median": (56.5, "56.5"), "age.min": (31, "31"), "age.max": (77, "77")}
    assert said("demographics", over | shares(sex__female=women)) == expected


def test_disease_says_what_the_study_records() -> None:
    assert said("disease", shares(visceral__yes=34, prior__cdk46=1)) == (
        "34 patients (85.0%) had visceral disease and 1 patient (2.5%) had prior therapy with a CDK4/6 inhibitor."
    )
    assert said("disease", shares(denovo__yes=0)) == "No patient had de novo metastatic disease."


def test_deviations() -> None:
    assert said("deviations", shares(deviations__any=0, deviations__per_protocol=0)) == (
        "No important protocol deviation was recorded."
    )
    assert said("deviations", shares(deviations__any=2, deviations__per_protocol=1)) == (
        "Important protocol deviations were recorded in 2 patients (5.0%); 1 patient (2.5%) had one that excludes from "
        "the per-protocol set."
    )


def test_eligibility() -> None:
    assert said("eligibility", shares(eligibility__recorded=1, eligibility__potential=2)) == (
        "By the data, 1 patient (2.5%) failed a criterion as recorded, and 2 patients (5.0%) failed one without a "
        "record."
    )
    assert said("eligibility", {}) == "An audit of eligibility is not part of this report."


def drug() -> dict:
    over: dict = {}
    for part, values in {
        "duration": ("281.5", "4", "870"),
        "cycles": ("14.0", "1", "41"),
        "rdi": ("94.3", "60.0", "100.0"),
    }.items():
        for stat, text in zip(("median", "min", "max"), values, strict=True):
            over[f"exposure.anlotinib.{part}.{stat}"] = (float(text), text)
        over[f"exposure.anlotinib.{part}.n"] = 39
    return over | shares(exposure__anlotinib__reduced=14, exposure__anlotinib__delayed=0)


def test_exposure_and_intensity() -> None:
    plan = {"course": "cycle", "dosing_days": 14, "interval_days": [21]}
    study = {**STUDY, "treatments": [{**STUDY["treatments"][0], "plan": plan}]}
    assert said("exposure", drug(), study=study) == (
        "The median duration of exposure to anlotinib was 281.5 days (range: 4 to 870), and the median number of "
        "cycles was 14.0."
    )
    assert said("exposure", drug()) == (  # a drug without a plan has no courses
        "The median duration of exposure to anlotinib was 281.5 days (range: 4 to 870)."
    )
    assert said("intensity", drug()) == (
        "The median relative dose intensity of anlotinib was 94.3% (range: 60.0% to 100.0%); its dose was reduced in "
        "14 patients (35.0%) and delayed in no patient."
    )


def test_adverse_events() -> None:
    counts = shares(teae__any=39, teae__grade3=23, teae__related=39, teae__serious=8, teae__fatal=1)
    assert said("adverse_events", counts) == (
        "Treatment-emergent adverse events were recorded in 39 patients (97.5%); they were of grade 3 or higher in 23 "
        "patients (57.5%), related to a study drug in 39 patients (97.5%), serious in 8 patients (20.0%) and fatal in "
        "1 patient (2.5%)."
    )
    nobody = shares(teae__any=0, teae__grade3=0, teae__related=0, teae__serious=0, teae__fatal=0)
    assert said("adverse_events", nobody) == "No patient had a treatment-emergent adverse event."
    changed = shares(teae__reduction=14, teae__interruption=1, teae__discontinuation=0)
    assert said("modifications", changed) == (
        "Treatment-emergent adverse events led to a dose reduction of a study drug in 14 patients (35.0%), to an "
        "interruption in 1 patient (2.5%) and to discontinuation in no patient."
    )


def test_events_of_special_interest_name_those_that_occurred() -> None:
    groups = [{"name": n, "title": n.capitalize(), "terms": [n]} for n in ("hypertension", "bleeding", "mucositis")]
    params = {"adverse_events": {"special_interest": groups}}
    over = {"aesi.hypertension.any": 19, "aesi.hypertension.grade3": 4}
    over |= {"aesi.bleeding.any": 0, "aesi.bleeding.grade3": 0, "aesi.mucositis.any": 1, "aesi.mucositis.grade3": 0}
    assert said("special_interest", over, **params) == (
        "Events of special interest were hypertension in 19 patients (4 with grade 3 or higher) and mucositis in 1 "
        "patient."
    )
    qt = {"adverse_events": {"special_interest": [{"name": "qt", "title": "QT prolongation", "terms": ["Long QT"]}]}}
    assert said("special_interest", {"aesi.qt.any": 2, "aesi.qt.grade3": 0}, **qt) == (
        "Events of special interest were QT prolongation in 2 patients."
    )
    none = dict.fromkeys(over, 0)
    assert said("special_interest", none, **params) == "No event of special interest occurred."


@pytest.mark.parametrize(
    ("died", "within", "fatal", "expected"),
    [
        (0, 0, 0, "No death was recorded in the safety set."),
        (
            10,
            1,
            1,
            "Of the patients of the safety set, 10 patients died, 1 of them on treatment or within 30 days after the "
            "last dose; 1 had a fatal adverse event.",
        ),
        (
            1,
            0,
            0,
            "Of the patients of the safety set, 1 patient died, none of them on treatment or within 30 days after the "
            "last dose; none had a fatal adverse event.",
        ),
    ],
)
def test_deaths(died: int, within: int, fatal: int, expected: str) -> None:
    assert said("deaths", {"deaths.all": died, "deaths.window": within, "deaths.fatal_event": fatal}) == expected


def test_liver_tests() -> None:
    assert said("liver", shares(liver__transaminase__above3=6, liver__hys_law__candidate=0)) == (
        "ALT or AST was above 3 x ULN on treatment in 6 patients (15.0%); no patient was a candidate for Hy's law."
    )
    assert said("liver", shares(liver__transaminase__above3=6, liver__hys_law__candidate=2)).endswith(
        "; 2 patients (5.0%) were candidates for Hy's law."
    )


@pytest.mark.parametrize(
    "key",
    ["demographics", "disease", "deviations", "exposure", "intensity", "adverse_events", "modifications", "deaths"],
)
def test_what_a_study_leaves_out_is_said(key: str) -> None:
    assert said(key, {}).endswith("not part of this report.")
