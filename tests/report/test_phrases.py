"""Every sentence that adapts to results, against sentences written by hand."""

import pytest

from analysis.errors import RenderError
from analysis.report.phrases import PHRASES, phrases
from analysis.report.phrases.named import inside
from tests.report.made import DESIGN, STUDY, labelled, make_params


def said(key: str, results, **over: object) -> str:
    return phrases(results, make_params(**over))[f"text.{key}"]


def test_enrolment(whole) -> None:
    assert said("enrolment", whole()) == (
        "In total, 52 patients gave informed consent; 12 screen failures were recorded, and 40 patients were enrolled."
    )


def test_enrolment_of_one_and_none(whole) -> None:
    results = whole(n__consented=2, n__screen_failed=1, n__enrolled=1, n__treated=1, n__not_treated=0)
    assert said("enrolment", results) == (
        "In total, 2 patients gave informed consent; 1 screen failure was recorded, and 1 patient was enrolled."
    )
    results = whole(n__consented=1, n__screen_failed=0, n__enrolled=0, n__undecided=1)
    assert said("enrolment", results) == (
        "In total, 1 patient gave informed consent; no screen failures were recorded, and no patients were enrolled; "
        "1 patient had neither been enrolled nor recorded as a screen failure."
    )


@pytest.mark.parametrize(
    ("enrolled", "treated", "expected"),
    [
        (
            40,
            39,
            "Of the 40 enrolled patients, 39 received at least one dose of study treatment and 1 was never dosed.",
        ),
        (
            40,
            37,
            "Of the 40 enrolled patients, 37 received at least one dose of study treatment and 3 were never dosed.",
        ),
        (40, 40, "All 40 enrolled patients received at least one dose of study treatment."),
        (1, 1, "The only enrolled patient received at least one dose of study treatment."),
        (1, 0, "The only enrolled patient was never dosed."),
        (2, 0, "All 2 enrolled patients were never dosed."),
        (0, 0, "No patient was enrolled, and none was treated."),
    ],
)
def test_treated(whole, enrolled: int, treated: int, expected: str) -> None:
    results = whole(n__enrolled=enrolled, n__treated=treated, n__not_treated=enrolled - treated)
    assert said("treated", results) == expected


def test_analysis_sets(whole) -> None:
    assert said("analysis_sets", whole(n__per_protocol=1, n__response_evaluable=0)) == (
        "The full analysis set comprised 40 patients, the safety set comprised 39 patients, the response-evaluable set "
        "comprised no patients and the per-protocol set comprised 1 patient."
    )


def test_treatment_status_names_each_drug(whole) -> None:
    drugs = [*STUDY["treatments"], {"name": "drug B", "extrt": "Drug-B 5", "dose_mg": 5, "schedule": "daily"}]
    results = whole(**{"n__arm_stopped_drug_b_5": 1, "n__ongoing_drug_b_5": 0})
    assert said("treatment_status", results, study=STUDY | {"treatments": drugs}) == (
        "At the data cut-off, anlotinib was ongoing in 9 patients and had been discontinued in 30 patients. "
        "Drug B was ongoing in no patients and had been discontinued in 1 patient."
    )


def test_treatment_status_counts_every_enrolled_patient(whole) -> None:
    assert said("treatment_status", whole(n__not_treated_anlotinib=1)) == (
        "At the data cut-off, anlotinib was ongoing in 9 patients and had been discontinued in 30 patients; 1 enrolled "
        "patient was never treated with it."
    )
    assert said("treatment_status", whole(n__completed_anlotinib=1, n__not_treated_anlotinib=3)) == (
        "At the data cut-off, anlotinib was ongoing in 9 patients, had been discontinued in 30 patients and had been "
        "completed in 1 patient; 3 enrolled patients were never treated with it."
    )


DRUG_B = {"name": "drug B", "extrt": "DRUG B", "dose_mg": 5, "schedule": "daily"}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({}, {}, "No patient had stopped a study drug."),
        ({"Death": 1}, {}, "The reason for stopping anlotinib was death (1 patient)."),
        (
            {"Death": 2, "Adverse event": 2, "Progressive disease": 20},
            {"Death": 1},
            "The reasons for stopping anlotinib were progressive disease (20 patients), adverse event (2 patients) and "
            "death (2 patients). The reason for stopping drug B was death (1 patient).",
        ),
        ({"Death": 2}, {"Death": 2}, "Anlotinib and drug B were stopped for the same reason: death (2 patients)."),
    ],
)
def test_stop_reasons(whole, first: dict[str, int], second: dict[str, int], expected: str) -> None:
    results = whole(n__ongoing_drug_b=0, n__arm_stopped_drug_b=0)
    for drug, reasons in (("anlotinib", first), ("drug_b", second)):
        for place, (label, n) in enumerate(reasons.items()):
            results |= labelled(f"reason.arm_stopped_{drug}.{place}", n, label)
    study = STUDY | {"treatments": [*STUDY["treatments"], DRUG_B]}
    assert said("stop_reasons", results, study=study) == expected


def test_study_period(whole) -> None:
    days = {
        "period__first_enrolment": ("2022-11-27", "27 November 2022"),
        "period__last_enrolment": ("x", "1 May 2024"),
    }
    assert said("study_period", whole(**days)) == (
        "Patients were enrolled from 27 November 2022 to 1 May 2024; the data cut-off was 30 June 2025."
    )
    one = dict.fromkeys(days, ("2022-11-27", "27 November 2022"))
    assert said("study_period", whole(**one)) == (
        "Patients were enrolled on 27 November 2022; the data cut-off was 30 June 2025."
    )
    nobody = dict.fromkeys(days, (None, "-"))
    assert said("study_period", whole(**nobody)) == "The data cut-off was 30 June 2025."


def test_study_completion(whole) -> None:
    assert said("study_completion", whole(n__ongoing_study=1)) == (
        "The study was ongoing at the data cut-off, with 1 patient in it."
    )
    assert said("study_completion", whole(n__ongoing_study=0)) == (
        "No patient was in the study any more at the data cut-off."
    )
    assert said("study_completion", whole()) == ("Whether patients were still in the study is not part of this report.")


def test_study_status(whole) -> None:
    assert said("study_status", whole(n__deaths=0, n__withdrawn=1, n__lost=2)) == (
        "By the data cut-off, no patients had died, 1 patient had withdrawn from the study and 2 patients had been "
        "lost to follow-up."
    )
    assert said("study_status", whole(n__completed_study=4)) == (
        "By the data cut-off, 11 patients had died, 2 patients had withdrawn from the study, 1 patient had been lost "
        "to follow-up and 4 patients had completed the study."
    )


@pytest.mark.parametrize(
    ("n", "pd", "died", "events", "expected"),
    [
        (40, 25, 2, 27, "Of the 40 patients in the analysis of PFS, "
         "27 had an event (25 disease progressions and 2 deaths), and 13 were censored."),
        (40, 39, 0, 39, "Of the 40 patients in the analysis of PFS, "
         "39 had an event (39 disease progressions), and 1 was censored."),
        (40, 20, 1, 24, "Of the 40 patients in the analysis of PFS, "
         "24 had an event (20 disease progressions, 3 clinical progressions and 1 death), and 16 were censored."),
        (40, 0, 0, 0, "None of the 40 patients in the analysis of PFS had an event; all observations were censored."),
        (1, 1, 0, 1, "The only patient in the analysis of PFS had an event (1 disease progression)."),
        (1, 0, 0, 0, "The only patient in the analysis of PFS had no event; all observations were censored."),
        (0, 0, 0, 0, "The analysis of PFS included no patients."),
    ],
)  # fmt: skip
def test_pfs_events(whole, n: int, pd: int, died: int, events: int, expected: str) -> None:
    results = whole(pfs__n=n, pfs__events=events, pfs__events_pd=pd, pfs__events_death=died, pfs__censored=n - events)
    results |= labelled("pfs.events_clinical", events - pd - died, "Clinical progression")
    assert said("pfs_events", results) == expected


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ({}, "No observation of PFS was censored."),
        ({"Lost to follow-up": 0}, "No observation of PFS was censored."),
        ({"Lost to follow-up": 1}, "The reason for censoring was lost to follow-up (1 patient)."),
        (
            {"Lost to follow-up": 1, "Event-free at last follow-up": 12, "Death": 1},
            "The reasons for censoring were event-free at last follow-up (12 patients), death (1 patient) and lost to "
            "follow-up (1 patient).",
        ),
    ],
)
def test_pfs_censoring(whole, reasons: dict[str, int], expected: str) -> None:
    results = whole()
    for place, (label, n) in enumerate(reasons.items()):
        results |= labelled(f"pfs.censored_{place}", n, label)
    assert said("pfs_censoring", results) == expected


def test_pfs_median(whole) -> None:
    assert said("pfs_median", whole()) == "The median PFS was 9.2 months (95% CI: 7.1 to 11.3)."


def test_pfs_median_without_upper_limit(whole) -> None:
    results = whole(pfs__median_upper=None)
    assert said("pfs_median", results) == "The median PFS was 9.2 months (95% CI: 7.1 to not estimable)."


def test_pfs_median_not_reached(whole) -> None:
    results = whole(pfs__median=None, pfs__median_upper=None)
    assert said("pfs_median", results) == "The median PFS was not reached (95% CI: 7.1 months to not estimable)."
    results = whole(pfs__median=None, pfs__median_lower=None, pfs__median_upper=None)
    assert said("pfs_median", results) == "The median PFS was not reached (95% CI: not estimable)."


def test_the_confidence_level_is_the_parameter(whole) -> None:
    assert said("pfs_median", whole(), km={"conf_level": 0.9}) == "The median PFS was 9.2 months (90% CI: 7.1 to 11.3)."


def test_pfs_landmarks(whole) -> None:
    assert said("pfs_landmarks", whole()) == (
        "The estimated PFS rate was 90.0% (95% CI: 75.0% to 96.0%) at 3 months and 70.0% (95% CI: 53.0% to 82.0%) at "
        "6 months; it was not estimable at 9, 12 and 18 months."
    )
    assert said("pfs_landmarks", whole(pfs__rate_3m=None, pfs__rate_6m=None)) == (
        "The PFS rate was not estimable at 3, 6, 9, 12 and 18 months."
    )


def test_pfs_logrank(whole) -> None:
    assert said("pfs_logrank", whole()) == (
        "Under a median PFS of 5.8 months, 40.13 events were expected and 27 were observed (ratio 0.67; one-sample "
        "log-rank z = -2.072, two-sided p = 0.0383)."
    )


def test_pfs_logrank_of_one_event_with_a_tiny_p(whole) -> None:
    results = whole(pfs__logrank_observed=(1.0, "1"), pfs__logrank_p=(1e-9, "<0.0001"))
    assert said("pfs_logrank", results).endswith(
        "and 1 was observed (ratio 0.67; one-sample log-rank z = -2.072, two-sided p < 0.0001)."
    )


@pytest.mark.parametrize("purpose", ["update", "interim_descriptive"])
def test_p_is_nominal_outside_the_primary_analysis(whole, purpose: str) -> None:
    assert "nominal, unadjusted two-sided p = 0.0383" in said("pfs_logrank", whole(), purpose=purpose)


def test_pfs_logrank_not_estimable(whole) -> None:
    results = whole(pfs__logrank_p=None)
    assert said("pfs_logrank", results) == (
        "The one-sample log-rank test against a median of 5.8 months was not estimable."
    )
    assert said("pfs_conclusion", results) == (
        "The success criterion could not be evaluated, since the one-sample log-rank test was not estimable."
    )


@pytest.mark.parametrize(
    ("p", "observed", "expected"),
    [
        (
            0.0383,
            27,
            "The success criterion was met: the two-sided p-value was below 0.05 and fewer events were observed than "
            "expected, so that a median PFS of 5.8 months was rejected in favour of a longer one.",
        ),
        (
            0.0383,
            54,
            "The success criterion was not met: the two-sided p-value was below 0.05, but more events were observed "
            "than expected, which points to a median PFS shorter than 5.8 months.",
        ),
        (
            0.05,
            27,
            "The success criterion was not met: the two-sided p-value was not below 0.05, and a median PFS of 5.8 "
            "months was not rejected.",
        ),
        (
            0.0500000001,
            54,
            "The success criterion was not met: the two-sided p-value was not below 0.05, and a median PFS of 5.8 "
            "months was not rejected.",
        ),
    ],
)
def test_conclusion_follows_the_success_rule(whole, p: float, observed: int, expected: str) -> None:
    results = whole(pfs__logrank_p=(p, "x"), pfs__logrank_observed=(float(observed), str(observed)))
    assert said("pfs_conclusion", results) == expected


def test_only_the_primary_cut_concludes(whole) -> None:
    assert said("pfs_conclusion", whole(), purpose="update") == (
        "This analysis is an update: its p-value is nominal and unadjusted, and no conclusion on the primary "
        "hypothesis is drawn from it."
    )
    assert said("pfs_conclusion", whole(), purpose="interim_descriptive") == (
        "This analysis is an interim analysis for description only: its p-value is nominal and unadjusted, and no "
        "conclusion on the primary hypothesis is drawn from it."
    )


def test_without_a_null_median_nothing_is_tested(whole) -> None:
    results = {name: result for name, result in whole().items() if not name.startswith(("pfs.logrank", "design."))}
    over = {"design": DESIGN | {"null_median": None, "alternative_median": None}}
    assert said("pfs_logrank", results, **over) == (
        "No hypothesis was tested, since the design names no null value of the median."
    )
    assert said("pfs_conclusion", results, **over) == "No conclusion on efficacy is drawn."
    assert said("pfs_supportive", results, **over) == "The CI of the median stands without a reference value."
    assert said("sample_size", results, **over) == (
        "The planned number of patients was 40. No calculation of it is reproduced here."
    )


@pytest.mark.parametrize(
    ("lower", "expected"),
    [
        ((7.14, "7.1"), "the lower limit of the 95% CI of the median (7.1 months) lay above 5.8 months."),
        ((5.8, "5.8"), "the lower limit of the 95% CI of the median (5.8 months) did not lie above 5.8 months."),
        ((4.2, "4.2"), "the lower limit of the 95% CI of the median (4.2 months) did not lie above 5.8 months."),
        (None, "the lower limit of the 95% CI of the median was not estimable."),
    ],
)
def test_the_confidence_limit_is_supportive(whole, lower, expected: str) -> None:
    results = whole(pfs__median_lower=lower)
    assert said("pfs_supportive", results) == f"As supportive information, {expected}"


@pytest.mark.parametrize(
    ("n", "events", "deaths", "expected"),
    [
        (40, 11, 11, "In the analysis of OS, 11 of the 40 patients had an event (death)."),
        (40, 1, 1, "In the analysis of OS, 1 of the 40 patients had an event (death)."),
        (40, 0, 0, "In the analysis of OS, none of the 40 patients had an event (death)."),
        (40, 40, 40, "In the analysis of OS, all 40 patients had an event (death)."),
        (1, 1, 1, "In the analysis of OS, the only patient had an event (death)."),
        (1, 0, 0, "In the analysis of OS, the only patient had no event."),
        (0, 0, 0, "The analysis of OS included no patients."),
        (
            40,
            9,
            10,
            "In the analysis of OS, 9 of the 40 patients had an event (death). In all, 10 patients had died; a death "
            "whose date is not known well enough, or lies beyond the administrative limit, does not count as an event.",
        ),
        # a set without the patient who died undosed: her death is no riddle
        (39, 9, 10, "In the analysis of OS, 9 of the 39 patients had an event (death)."),
    ],
)
def test_os_events_and_the_deaths_that_are_none(whole, n: int, events: int, deaths: int, expected: str) -> None:
    results = whole(os__n=n, os__events=events, n__deaths=deaths, n__enrolled=max(n, 40) if n > 1 else n)
    assert said("os_events", results) == expected


def test_follow_up(whole) -> None:
    assert said("follow_up", whole()) == (
        "The median follow-up by the reverse Kaplan-Meier method was 14.3 months (95% CI: 12.0 to 16.1) for OS and 9.8 "
        "months for PFS."
    )
    assert said("follow_up", whole(followup__pfs_median=None)).endswith("for OS and was not reached for PFS.")


def test_sample_size_marks_its_assumptions(whole) -> None:
    sources = {"design": "registry", "design.accrual_months": "assumption"}
    assert said("sample_size", whole(), sources=sources) == (
        "With 40 patients the study was planned to have a power of 80% to detect an increase of the median PFS from "
        "5.8 to 10 months at a two-sided significance level of 0.05. The log-hazard formula gives 27 events. With "
        "exponentially distributed times, uniform accrual over 24 months (assumed for this demonstration) and a "
        "further follow-up of 6 months, a patient has an event with probability 0.6785 under the alternative, so that "
        "40 patients are needed. In a simulation of the planned analysis with 40 patients the power was 83.48%; under "
        "the null, 1.81% of the trials rejected in favour of benefit and 3.81% in favour of harm. Where progression "
        "was seen only at the planned scans, 5.42% of the trials rejected in favour of benefit under the null."
    )


def test_sample_size_without_a_simulation(whole) -> None:
    results = {name: result for name, result in whole().items() if not name.startswith(("design.null", "design.alt"))}
    assert said("sample_size", results).endswith("so that 40 patients are needed.")


def test_sample_size_where_the_report_does_not_show_it(whole) -> None:
    results = {name: result for name, result in whole().items() if not name.startswith("design.")}
    assert said("sample_size", results, design=DESIGN | {"sides": 1}) == (
        "With 40 patients the study was planned to have a power of 80% to detect an increase of the median PFS from "
        "5.8 to 10 months at a one-sided significance level of 0.05. The calculation is not reproduced in this report."
    )
    assert said("sample_size", results, design=DESIGN | {"alternative_median": None}) == (
        "The planned number of patients was 40. No calculation of it is reproduced here."
    )


def test_a_missing_result_is_named(whole) -> None:
    results = whole()
    del results["pfs.median"]
    with pytest.raises(RenderError, match=r"no result is named 'pfs\.median'"):
        phrases(results, make_params())


def test_a_count_that_is_none_is_named(whole) -> None:
    with pytest.raises(RenderError, match=r"n\.deaths is 1\.5, expected a count"):
        phrases(whole(n__deaths=1.5), make_params())


def test_no_sentence_is_empty(whole) -> None:
    assert all(phrases(whole(), make_params())[key] for key in PHRASES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lung infection", "lung infection"),
        ("LUNG INFECTION", "lung infection"),
        ("PRURITUS", "pruritus"),
        ("QT prolongation", "QT prolongation"),
        ("GGT increased", "GGT increased"),
        ("COVID-19", "COVID-19"),
        ("T4 low", "T4 low"),
        ("DVT", "DVT"),
        ("", ""),
    ],
)
def test_labels_inside_a_sentence(text: str, expected: str) -> None:
    assert inside(text) == expected
