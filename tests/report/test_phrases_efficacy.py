"""The sentences on response, survival and sensitivity, against sentences written by hand."""

import pytest

from analysis.report.phrases import phrases
from tests.report.made import WHOLE, labelled, make_params, make_results


def said(key: str, over: dict, **params: object) -> str:
    return phrases(make_results({**WHOLE, **over}), make_params(**params))[f"text.{key}"]


BEST = ("cr", "pr", "sd", "non_cr_non_pd", "pd", "ne", "ne_no_assessment")
NO_DURATION = "There was no confirmed response whose duration could be described."


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (
            {"cr": 1, "pr": 9, "sd": 20, "pd": 6, "ne": 4, "ne_no_assessment": 3},
            "The confirmed best overall response was complete response in 1 patient (2.5%), partial response in 9 "
            "patients (22.5%), stable disease in 20 patients (50.0%) and progressive disease in 6 patients (15.0%); it "
            "could not be evaluated in 4 patients (10.0%), 3 of whom had no assessment that counts.",
        ),
        ({"sd": 2}, "The confirmed best overall response was stable disease in 2 patients (5.0%)."),
        (
            {"ne": 1, "ne_no_assessment": 1},
            "The best overall response could not be evaluated in 1 patient (2.5%), who had no assessment that counts.",
        ),
        (
            {"pd": 1, "ne": 2, "ne_no_assessment": 2},
            "The confirmed best overall response was progressive disease in 1 patient (2.5%); it could not be "
            "evaluated in 2 patients (5.0%), none of whom had an assessment that counts.",
        ),
        ({}, "There were no patients whose response could be described."),
    ],
)
def test_best_response(counts: dict[str, int], expected: str) -> None:
    over: dict = {}
    for key in BEST:
        n = counts.get(key, 0)
        over |= {f"bor.confirmed.{key}": n, f"bor.confirmed.{key}_pct": (n / 40, f"{100 * n / 40:.1f}")}
    assert said("best_response", over) == expected


def rates(name: str, n: int, x: int, rate: str = "25.0", lower: str = "12.7", upper: str = "41.2") -> dict:
    return {
        f"{name}.n": n,
        f"{name}.responders": x,
        f"{name}.rate": (0.25, rate),
        f"{name}.rate_lower": (0.127, lower),
        f"{name}.rate_upper": (0.412, upper),
    }


@pytest.mark.parametrize(
    ("n", "x", "waiting", "expected"),
    [
        (
            40,
            10,
            0,
            "Of the 40 patients, 10 had a confirmed objective response, an ORR of 25.0% (95% CI: 12.7% to 41.2%).",
        ),
        (40, 0, 0, "None of the 40 patients had a confirmed objective response, an ORR of"),
        (40, 40, 0, "All 40 patients had a confirmed objective response, an ORR of"),
        (1, 1, 0, "The only patient had a confirmed objective response, an ORR of"),
        (1, 0, 0, "The only patient had no confirmed objective response, an ORR of"),
        (0, 0, 0, "No patients were analysed for the ORR. Without"),
        (40, 10, 1, "41.2%). At the data cut-off, 1 further response awaited confirmation and counts as no response."),
        (40, 10, 2, "41.2%). At the data cut-off, 2 further responses awaited confirmation and count as no response."),
    ],
)
def test_response_rate(n: int, x: int, waiting: int, expected: str) -> None:
    over = rates("orr", n, x) | rates("orr_unconfirmed", n, x, "30.0", "16.6", "46.5") | {"orr.awaiting": waiting}
    text = said("response_rate", over)
    assert expected in text
    assert text.endswith("Without the requirement of confirmation the ORR was 30.0% (95% CI: 16.6% to 46.5%).")


def test_benefit_rate_names_the_other_rule() -> None:
    over = rates("cbr", 40, 27, "67.5", "50.9", "81.4") | rates("cbr_duration", 40, 28, "70.0", "53.5", "83.4")
    assert said("benefit_rate", over | {"cbr.awaiting": 1}) == (
        "Of the 40 patients, 27 had clinical benefit, a CBR of 67.5% (95% CI: 50.9% to 81.4%). At the data cut-off, 1 "
        "patient without progression had not yet reached the assessment that decides and counts as no benefit. By the "
        "rule 'duration' the CBR was 70.0% (95% CI: 53.5% to 83.4%)."
    )
    over = rates("cbr", 40, 28) | rates("cbr_assessment", 40, 27, "67.5", "50.9", "81.4") | {"cbr.awaiting": 0}
    text = said("benefit_rate", over, response={"cbr_rule": "duration"})
    assert text.endswith("By the rule 'assessment' the CBR was 67.5% (95% CI: 50.9% to 81.4%).")


def test_control_rate() -> None:
    assert said("control_rate", rates("dcr", 40, 34, "85.0", "70.2", "94.3")) == (
        "Of the 40 patients, 34 had disease control, a disease control rate of 85.0% (95% CI: 70.2% to 94.3%)."
    )


def duration(n: int, events: int) -> dict:
    return {
        "dor.n": n,
        "dor.events": events,
        "dor.median": None,
        "dor.median_lower": (5.5, "5.5"),
        "dor.median_upper": None,
        "ttr.median": (1.9, "1.9"),
        "ttr.minimum": (1.7, "1.7"),
        "ttr.maximum": (5.6, "5.6"),
    }


@pytest.mark.parametrize(
    ("n", "events", "expected"),
    [
        (0, 0, NO_DURATION),
        (1, 0, "The only confirmed response had not ended by progression or death by the data cut-off."),
        (1, 1, "The only confirmed response had ended by progression or death by the data cut-off."),
        (
            10,
            4,
            "Of the 10 confirmed responses, 4 had ended by progression or death. The median duration of response was "
            "not reached (95% CI: 5.5 months to not estimable); the median time to response was 1.9 months "
            "(range: 1.7 to 5.6).",
        ),
    ],
)
def test_duration_of_response(n: int, events: int, expected: str) -> None:
    assert said("duration_of_response", duration(n, events)) == expected


def test_overall_survival() -> None:
    over = {
        "os.median": (24.5, "24.5"),
        "os.median_lower": (20.1, "20.1"),
        "os.median_upper": None,
        "os.rate_12m": (0.9, "90.0"),
        "os.rate_12m_lower": (0.8, "80.0"),
        "os.rate_12m_upper": (0.95, "95.0"),
        "os.rate_24m": None,
    }
    assert said("os_median", over) == "The median OS was 24.5 months (95% CI: 20.1 to not estimable)."
    assert said("os_landmarks", over) == (
        "The estimated OS rate was 90.0% (95% CI: 80.0% to 95.0%) at 12 months; it was not estimable at 24 months."
    )


def test_the_range_of_the_sensitivity_analyses() -> None:
    over = {
        "pfs_sens.ema.median": (9.24, "9.2"),
        "pfs_sens.uniform.median": (9.9, "9.9"),
        "pfs_sens.never.median": None,
        "pfs_sens.ema.median_lower": (1.0, "1.0"),
    }
    assert said("pfs_sensitivity_range", over) == (
        "Over all sensitivity analyses with an estimable median, the median PFS ranged from 9.2 to 9.9 months."
    )


INTERVAL = "With progression taken to lie between successive assessments, the median lay between 7.5 and 7.6 months."


@pytest.mark.parametrize(("until", "expected"), [((7.62, "7.6"), f" {INTERVAL}"), (None, "")])
def test_the_interval_censored_median_is_not_left_out(until: tuple[float, str] | None, expected: str) -> None:
    over = {
        "pfs_sens.ema.median": (9.24, "9.2"),
        "pfs_sens.uniform.median": (9.9, "9.9"),
        "pfs_sens.interval.median_from": (7.52, "7.5"),
        "pfs_sens.interval.median_to": until,
    }
    assert said("pfs_sensitivity_range", over) == (
        "Over all sensitivity analyses with an estimable median, the median PFS ranged from 9.2 to 9.9 months."
        + expected
    )


@pytest.mark.parametrize(
    ("n", "patients", "expected"),
    [
        (0, 40, "No patient was recorded with another anticancer therapy after enrolment."),
        (24, 40, "Of the 40 patients, 24 received another anticancer therapy after enrolment."),
        (40, 40, "All 40 patients received another anticancer therapy after enrolment."),
        (1, 1, "The only patient received another anticancer therapy after enrolment."),
    ],
)
def test_subsequent_therapy(n: int, patients: int, expected: str) -> None:
    assert said("subsequent_therapy", {"nact.any": n, "nact.patients": patients}) == expected


@pytest.mark.parametrize(
    ("due", "missed", "off", "gap", "expected"),
    [
        (0, 0, 0, 0, "No tumour assessment was due."),
        (1, 1, 0, 0, "Of 1 planned assessment that was due, 1 was missed; no patients missed several"),
        (
            207,
            30,
            21,
            5,
            "Of 207 planned assessments that were due, 30 were missed, 21 of them planned after all study "
            "treatment had been stopped; 5 patients missed several in a row.",
        ),
    ],
)
def test_adherence_to_the_schedule(due: int, missed: int, off: int, gap: int, expected: str) -> None:
    over = {"scans.total.due": due, "scans.total.missed": missed, "scans.missed_off_treatment": off, "scans.gap": gap}
    assert said("scan_adherence", over).startswith(expected)


@pytest.mark.parametrize(
    "key", ["best_response", "response_rate", "benefit_rate", "duration_of_response", "scan_adherence"]
)
def test_what_a_study_leaves_out_is_said(key: str) -> None:
    assert said(key, {}).endswith("is not part of this report.")


def test_depth_of_response() -> None:
    over: dict = {"depth.n": 36, "depth.median": (-23.4, "-23.4"), "depth.minimum": (-86.1, "-86.1")}
    over |= {"depth.maximum": (31.9, "31.9")} | labelled("depth.decreased_30", 1, "Decrease of 30% or more")
    assert said("depth_of_response", over) == (
        "In 36 patients with a sum of diameters at baseline and later, its best change had a median of -23.4% (range: "
        "-86.1% to 31.9%); it was a decrease of 30% or more in 1 patient."
    )
    assert said("depth_of_response", over | {"depth.n": 1}) == (
        "The best change of the sum of diameters of the only patient was -23.4%."
    )
    assert said("depth_of_response", over | {"depth.n": 0}) == (
        "The best change of the sum of diameters could not be described in any patient."
    )


@pytest.mark.parametrize(
    ("read", "agreed", "expected"),
    [
        (0, 0, "no assessment was read both ways."),
        (1, 1, "both readings were alike at the only assessment that was read both ways."),
        (1, 0, "both readings were not alike at the only assessment that was read both ways."),
        (188, 0, "both readings were alike at none of the 188 assessments that were read both ways."),
        (188, 188, "both readings were alike at all 188 assessments that were read both ways."),
        (188, 180, "both readings were alike at 180 of the 188 assessments that were read both ways."),
    ],
)
def test_recomputed_response(read: int, agreed: int, expected: str) -> None:
    over = rates("orr_recomputed", 40, 10) | {"agreement.visits.read": read, "agreement.visits.agreed": agreed}
    assert said("recomputed_response", over) == (
        f"By the responses recomputed from the lesions the ORR was 25.0% (95% CI: 12.7% to 41.2%); {expected}"
    )


def test_response_in_brief() -> None:
    over = rates("orr", 40, 10) | rates("orr_unconfirmed", 40, 10) | {"orr.awaiting": 0}
    assert said("response_in_brief", over) == "The confirmed ORR was 25.0% (95% CI: 12.7% to 41.2%)."
    assert said("response_in_brief", over | {"orr.n": 0}) == "The response of the tumours is not part of this report."


def test_treatment_failure() -> None:
    over = {"ttf.median": None, "ttf.median_lower": (7.1, "7.1"), "ttf.median_upper": None}
    assert said("treatment_failure", over) == (
        "The median time to treatment failure, which is exploratory, was not reached (95% CI: 7.1 months to not "
        "estimable)."
    )


def test_subsequent_therapy_by_kind() -> None:
    over = {"nact.any": 2, "nact.patients": 40} | labelled("nact.chemotherapy", 1, "Chemotherapy")
    over |= labelled("nact.surgery", 0, "Anticancer surgery")
    assert said("subsequent_therapy", over) == (
        "Of the 40 patients, 2 received another anticancer therapy after enrolment. By kind, it was chemotherapy in 1 "
        "patient (2.5%)."
    )
