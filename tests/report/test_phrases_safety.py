"""The sentences on exposure and safety, against sentences written by hand."""

import pytest

from analysis.report.phrases import phrases
from tests.report.made import STUDY, WHOLE, labelled, make_params, make_results, term


def said(key: str, over: dict, **params: object) -> str:
    return phrases(make_results({**WHOLE, **over}), make_params(**params))[f"text.{key}"]


def shares(**counts: int) -> dict:
    """Counts of 40 patients with their percentages; double underscores are dots."""
    found: dict = {}
    for key, n in counts.items():
        name = key.replace("__", ".")
        found |= {name: n, f"{name}_pct": (n / 40, f"{100 * n / 40:.1f}")}
    return found


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
    assert "35.0%), interrupted within a cycle in 1 patient (2.5%) and delayed in no patient." in said(
        "intensity", drug() | shares(exposure__anlotinib__interrupted=1)
    )


def test_adverse_events() -> None:
    counts = shares(
        teae__any=39, teae__grade3=23, teae__related=39, teae__serious=8, teae__fatal=1, teae__grade3_related=1
    )
    assert said("adverse_events", counts) == (
        "Treatment-emergent adverse events were recorded in 39 patients (97.5%); they were of grade 3 or higher in 23 "
        "patients (57.5%), related to a study drug in 39 patients (97.5%), serious in 8 patients (20.0%) and fatal in "
        "1 patient (2.5%)."
    )
    nobody = dict.fromkeys(counts, 0)
    assert said("adverse_events", nobody) == "No patient had a treatment-emergent adverse event."
    changed = shares(teae__reduction=14, teae__interruption=1, teae__discontinuation=0)
    assert said("modifications", changed) == (
        "Treatment-emergent adverse events led to a dose reduction of a study drug in 14 patients (35.0%), to an "
        "interruption in 1 patient (2.5%) and to discontinuation in no patient."
    )


GROUPS = [{"name": n, "title": n.capitalize(), "terms": [n]} for n in ("hypertension", "bleeding", "mucositis")]
INTEREST = {"adverse_events": {"special_interest": GROUPS}}


def test_events_of_special_interest_name_those_that_occurred() -> None:
    over = shares(aesi__hypertension__any=19, aesi__bleeding__any=0, aesi__mucositis__any=1)
    over |= {"aesi.hypertension.grade3": 4, "aesi.bleeding.grade3": 0, "aesi.mucositis.grade3": 0}
    assert said("special_interest", over, **INTEREST) == (
        "Events of special interest were hypertension in 19 patients (47.5%), with grade 3 or higher in 4; mucositis "
        "in 1 patient (2.5%)."
    )
    qt = {"adverse_events": {"special_interest": [{"name": "qt", "title": "QT prolongation", "terms": ["Long QT"]}]}}
    assert said("special_interest", shares(aesi__qt__any=2) | {"aesi.qt.grade3": 0}, **qt) == (
        "Events of special interest were QT prolongation in 2 patients (5.0%)."
    )
    none = dict.fromkeys(over, 0)
    assert said("special_interest", none, **INTEREST) == "No event of special interest occurred."


def test_onset_of_events_of_special_interest() -> None:
    over: dict = {f"aesi.{group['name']}.any": 0 for group in GROUPS}
    nothing = "No event of special interest has a recorded day of onset after the first dose."
    assert said("onset", over, **INTEREST) == nothing
    over |= {"aesi.hypertension.onset.median": (33.5, "33.5"), "aesi.bleeding.onset.median": None}
    assert said("onset", over, **INTEREST) == "The median study day of the first event was 33.5 for hypertension."
    assert said("onset", over | {"aesi.hypertension.onset.median": None}, **INTEREST) == nothing


def terms(start: str, count: str, patients: dict[str, int]) -> dict:
    """Patients with each term, and those with any event, who are not a term."""
    over = labelled(f"{start}.total.{count}", max(patients.values(), default=0), "Any", dataset="ADAE")
    for place, (label, n) in enumerate(patients.items()):
        over |= term(f"{start}.t{place}.{count}", n, label)
    return over


@pytest.mark.parametrize(
    ("patients", "expected"),
    [
        ({}, "No treatment-emergent adverse event was recorded."),
        ({"Nausea": 0}, "No treatment-emergent adverse event was recorded."),
        ({"Nausea": 1}, "The only term among the treatment-emergent adverse events was nausea in 1 patient (2.5%)."),
        (
            {"Nausea": 4, "QT prolonged": 4, "RASH": 20},
            "By term, the treatment-emergent adverse events were rash in 20 patients (50.0%), nausea in 4 patients "
            "(10.0%) and QT prolonged in 4 patients (10.0%).",
        ),
        (  # two are named, and those as frequent as the second
            {"A": 20, "B": 4, "C": 4, "D": 3},
            "The most frequent treatment-emergent adverse events were a in 20 patients (50.0%), b in 4 patients "
            "(10.0%) and c in 4 patients (10.0%).",
        ),
        (  # so many are as frequent as the second that they are left out
            {"A": 20, "B": 4, "C": 4, "D": 4, "E": 4},
            "Most frequent of the treatment-emergent adverse events was a in 20 patients (50.0%).",
        ),
        (  # nobody is more frequent than another
            {"A": 1, "B": 1, "C": 1, "D": 1, "E": 1},
            "Each term among the treatment-emergent adverse events was recorded in 1 patient (2.5%).",
        ),
    ],
)
def test_frequent_events(patients: dict[str, int], expected: str) -> None:
    few = {"report": {"in_text_terms": 5 if len(patients) < 4 else 2}}
    assert said("frequent_events", terms("ae", "any", patients), **few) == expected


def test_severe_events() -> None:
    assert said("severe_events", terms("ae", "grade3", {"Nausea": 0})) == (
        "No treatment-emergent adverse event was of grade 3 or higher."
    )
    assert said("severe_events", terms("ae", "grade3", {"Nausea": 1, "Fatigue": 2})) == (
        "By term, the events of grade 3 or higher were fatigue in 2 patients (5.0%) and nausea in 1 patient (2.5%)."
    )


def test_serious_events() -> None:
    over = terms("sae", "any", {"Lung infection": 5, "Embolism": 1}) | shares(sae__total__related=1)
    assert said("serious_events", over) == (
        "Serious treatment-emergent adverse events were recorded in 5 patients (12.5%), related to a study drug in 1 "
        "patient (2.5%). By term, the serious events were lung infection in 5 patients (12.5%) and embolism in 1 "
        "patient (2.5%)."
    )
    assert said("serious_events", terms("sae", "any", {})) == (
        "No serious treatment-emergent adverse event was recorded."
    )


def test_events_for_which_a_drug_was_stopped() -> None:
    count = "discontinued_anlotinib"
    assert said("stopped_events", terms("ae_action", count, {"Nausea": 1, "Fatigue": 2})) == (
        "By the action recorded with each event, anlotinib was stopped for fatigue in 2 patients (5.0%) and nausea in "
        "1 patient (2.5%)."
    )
    assert said("stopped_events", terms("ae_action", count, {"Nausea": 0})) == (
        "By the action recorded with each event, anlotinib was not stopped for a treatment-emergent adverse event."
    )


def test_related_events_by_drug() -> None:
    two = {
        "study": STUDY | {"treatments": [*STUDY["treatments"], {**STUDY["treatments"][0], "name": "b", "extrt": "B"}]}
    }
    over = shares(teae__related=20, teae__related_anlotinib=20, teae__related_b=1, teae__grade3_related=0)
    over |= {"n.ongoing_b": 0, "n.arm_stopped_b": 0}
    severe = "Events of grade 3 or higher were related to a study drug in no patient."
    assert said("related_events", over) == severe
    assert said("related_events", over, **two) == (
        f"Events were considered related to anlotinib in 20 patients (50.0%) and to b in 1 patient (2.5%). {severe}"
    )


def test_event_rate() -> None:
    over = {"teae.rate": (1823.9, "1823.9"), "teae.rate_lower": (1297, "1297.0"), "teae.rate_upper": (2493.3, "2493.3")}
    assert said("event_rate", over) == (
        "The rate of patients with a treatment-emergent adverse event was 1823.9 per 100 patient-years at risk (95% "
        "CI: 1297.0 to 2493.3)."
    )
    assert said("event_rate", dict.fromkeys(over)) == ("The rate of adverse events by time at risk was not estimable.")


@pytest.mark.parametrize(
    ("died", "within", "fatal", "expected"),
    [
        (0, 0, 0, "No death was recorded in the safety set."),
        (
            10,
            1,
            0,
            "In the safety set, 10 patients (25.0%) died, 1 of them on treatment or within 30 days after the last "
            "dose; none of them had a fatal adverse event.",
        ),
        (
            2,
            2,
            2,
            "In the safety set, 2 patients (5.0%) died, all of them on treatment or within 30 days after the last "
            "dose; all of them had a fatal adverse event.",
        ),
        (
            1,
            0,
            0,
            "In the safety set, 1 patient (2.5%) died, not on treatment or within 30 days after the last dose and "
            "without a fatal adverse event.",
        ),
        (
            1,
            1,
            1,
            "In the safety set, 1 patient (2.5%) died, on treatment or within 30 days after the last dose and with a "
            "fatal adverse event.",
        ),
    ],
)
def test_deaths(died: int, within: int, fatal: int, expected: str) -> None:
    over = shares(deaths__all=died, deaths__related=0) | {"deaths.window": within, "deaths.fatal_event": fatal}
    assert said("deaths", over) == expected


def test_causes_of_death() -> None:
    over = shares(deaths__all=3, deaths__related=1) | {"deaths.window": 0, "deaths.fatal_event": 0}
    over |= labelled("death_cause.a", 2, "DISEASE PROGRESSION") | labelled("death_cause.b", 1, "Unknown")
    causes = "The causes of death were disease progression (2 patients) and unknown (1 patient)."
    assert said("death_causes", over) == causes
    assert said("death_causes", over | {"deaths.fatal_event": 1}) == (
        f"{causes} A fatal adverse event was considered related to a study drug in 1 patient (2.5%)."
    )
    one = over | {"deaths.all": 1, "death_cause.a": 0, "death_cause.b": 1}
    one |= labelled("death_cause.a", 0, "DISEASE PROGRESSION")
    assert said("death_causes", one | labelled("death_cause.b", 1, "Unknown")) == (
        "The cause of death was unknown (1 patient)."
    )
    assert said("death_causes", over | {"deaths.all": 0}) == "There was therefore no cause of death to report."


@pytest.mark.parametrize(
    "key",
    [
        *("demographics", "deviations", "exposure", "intensity", "adverse_events", "modifications", "deaths"),
        *("related_events", "frequent_events", "severe_events", "serious_events", "stopped_events", "event_rate"),
        *("special_interest", "onset", "death_causes", "depth_of_response", "recomputed_response", "response_in_brief"),
        *("laboratory_changes", "laboratory_grades", "thyroid", "urine_protein", "liver", "blood_pressure", "weight"),
        *("qtcf", "worst_performance_status", "treatment_failure"),
    ],
)
def test_what_a_study_leaves_out_is_said(key: str) -> None:
    assert said(key, {}).endswith("not part of this report.")
