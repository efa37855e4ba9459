"""Cox's model against R 4.2, survival 3.5-3: coxph (Efron) and cox.zph (score test), and models without an answer.

l <- subset(lung, !is.na(ph.ecog)); eps <- coxph.control(eps = 1e-13, iter.max = 100)
f <- coxph(Surv(time, status) ~ age + sex + ph.ecog, l, control = eps); cox.zph(f, transform = "km")
g <- coxph(Surv(time, status) ~ factor(sex) + factor(ph.ecog), subset(l, ph.ecog < 3), control = eps)
h <- coxph(Surv(futime, fustat) ~ factor(rx), ovarian, control = eps)
"""

import math

import polars as pl
import pytest

from analysis.stats.cox import CoxModel, cox_model
from tests.stats.reference import R


def lung() -> pl.DataFrame:
    return pl.read_csv(R / "lung.csv", null_values="NA").drop_nulls("ph.ecog")


def fit(frame: pl.DataFrame, **covariates: pl.Series) -> CoxModel:
    values = {name: series.to_list() for name, series in covariates.items()}
    model = cox_model(frame["time"].to_list(), frame["event"].to_list(), values)
    assert model is not None
    return model


def test_coefficients_standard_errors_and_p_values_are_those_of_coxph() -> None:
    data = lung()
    model = fit(data, age=data["age"], sex=data["sex"], ecog=data["ph.ecog"])
    assert (data.height, data["event"].sum()) == (227, 164)
    # coef(f); sqrt(diag(vcov(f))); summary(f)$coefficients[, 5]
    expected = {
        "age": (0.0110667645961186, 0.0092674110143657, 0.232415679511979),
        "sex": (-0.5526123955318371, 0.1677390537834223, 0.000986051375467030),
        "ecog": (0.4637284751157322, 0.1135772661613712, 0.000044470666943553),
    }
    for name, (coef, error, p) in expected.items():
        ratio = model.hazard_ratio(name)
        assert math.log(ratio.value) == pytest.approx(coef, abs=1e-9)
        assert ratio.std_err == pytest.approx(error, abs=1e-9)
        assert model.p_value(name) == pytest.approx(p, rel=1e-7)


def test_the_levels_of_a_factor_are_those_of_coxph() -> None:
    data = lung().filter(pl.col("ph.ecog") < 3)
    ecog = data["ph.ecog"]
    model = fit(data, female=data["sex"] - 1, one=(ecog == 1).cast(int), two=(ecog == 2).cast(int))
    # summary(g)$conf.int
    limits = {
        "female": (0.579991010219865, 0.417159172562928, 0.806381817926142),
        "one": (1.518870552100950, 1.027420244322506, 2.245398381808885),
        "two": (2.576507214231567, 1.658493514332414, 4.002662276107502),
    }
    for name, numbers in limits.items():
        ratio = model.hazard_ratio(name)
        assert (ratio.value, ratio.ci_lower, ratio.ci_upper) == pytest.approx(numbers, rel=1e-9)
    # cox.zph(g): factor(sex), factor(ph.ecog) on 2 degrees of freedom, GLOBAL
    tests = {
        ("female",): (2.59519400098686, 0.107188313909771),
        ("one", "two"): (2.86013082696626, 0.239293268725587),
        ("female", "one", "two"): (5.04722490612644, 0.168371586320804),
    }
    for names, numbers in tests.items():
        found = model.proportional_hazards(names)
        assert (found.statistic, found.p_value) == pytest.approx(numbers, rel=1e-8)
        assert found.df == len(names)


def test_the_test_of_proportional_hazards_is_the_score_test_of_cox_zph() -> None:
    """lifelines' approximation gives other numbers: 2.432 instead of 2.305 for sex."""
    data = lung()
    model = fit(data, age=data["age"], sex=data["sex"], ecog=data["ph.ecog"])
    # cox.zph(f, transform = "km")$table
    assert model.proportional_hazards(["age"]).statistic == pytest.approx(0.187987673560505, rel=1e-8)
    assert model.proportional_hazards(["sex"]).statistic == pytest.approx(2.305437226774801, rel=1e-8)
    assert model.proportional_hazards(["ecog"]).statistic == pytest.approx(2.054248773862775, rel=1e-8)
    whole = model.proportional_hazards(["age", "sex", "ecog"])
    assert (whole.statistic, whole.df) == (pytest.approx(4.463657588161999, rel=1e-8), 3)


def test_ovarian_cancer_by_treatment() -> None:
    data = pl.read_csv(R / "ovarian.csv")
    expected = (0.550801907278, 0.174320733535, 1.74037095249)  # summary(h)$conf.int
    model = fit(data, rx=data["rx"])
    ratio = model.hazard_ratio("rx")
    assert (ratio.value, ratio.ci_lower, ratio.ci_upper) == pytest.approx(expected, rel=1e-9)
    assert model.p_value("rx") == pytest.approx(0.30963045, abs=1e-8)
    assert model.proportional_hazards(["rx"]).statistic == pytest.approx(2.68184939282299, rel=1e-8)


ALL = [1] * 6


@pytest.mark.parametrize(
    ("time", "event", "covariates"),
    [
        pytest.param([], [], {"x": []}, id="no patients"),
        pytest.param([1], [1], {"x": [1]}, id="one patient"),
        pytest.param([1, 2, 3], [0, 0, 0], {"x": [0, 1, 0]}, id="no events"),
        pytest.param([1, 2, 3], [1, 1, 1], {"x": [1, 1, 1]}, id="a covariate that does not vary"),
        pytest.param([1, 2, 3, 4], [1, 0, 1, 0], {"x": [0, 1, 0, 1]}, id="a level without events"),
        # R: "Loglik converged before variable 1; coefficient may be infinite" for the next one
        pytest.param([1, 2, 3, 4, 5, 6], ALL, {"x": [1, 1, 1, 0, 0, 0]}, id="all events of one level come first"),
        pytest.param([1, 2, 3, 4], [1] * 4, {"x": [1, 0, 1, 0], "y": [0, 1, 0, 1]}, id="two that say the same"),
    ],
)  # fmt: skip
def test_without_a_finite_maximum_there_is_no_model(
    time: list[int], event: list[int], covariates: dict[str, list[int]], recwarn: pytest.WarningsRecorder
) -> None:
    assert cox_model(time, event, covariates) is None
    assert not recwarn.list


def test_one_event_out_of_turn_makes_the_hazard_ratio_finite() -> None:
    model = cox_model([1, 2, 3, 4, 5, 6, 7], [1] * 7, {"x": [1, 1, 1, 0, 0, 0, 1]})
    assert model is not None
    # coef(coxph(Surv(1:7, rep(1, 7)) ~ c(1, 1, 1, 0, 0, 0, 1)))
    assert model.coef[0] == pytest.approx(0.315003506416039, abs=1e-9)


def test_a_first_step_too_far_does_not_lose_the_answer() -> None:
    """With its own steps the library gives up on these patients, of whom three at most are at risk with x = 0."""
    time = [
        278,
        255,
        298,
        228,
        192,
        25,
        232,
        291,
        267,
        352,
        319,
        393,
        322,
        75,
        133,
        43,
        269,
        122,
        219,
        13,
        204,
        234,
        379,
    ]
    event = [1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1]
    x = [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1]
    y = [1, 0, 1, 1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1]
    model = cox_model(time, event, {"x": x, "y": y})
    assert model is not None
    # coef(coxph(Surv(time, event) ~ x + y))
    assert model.coef.tolist() == pytest.approx([-4.01454, 0.5814185], abs=1e-5)


def test_events_at_one_time_say_nothing_of_proportional_hazards() -> None:
    model = cox_model([1, 1, 2, 2], [1, 1, 0, 0], {"x": [0, 1, 0, 1]})
    assert model is not None
    assert model.hazard_ratio("x").value == pytest.approx(1, abs=1e-9)
    test = model.proportional_hazards(["x"])
    assert (math.isnan(test.statistic), math.isnan(test.p_value), test.df) == (True, True, 1)


@pytest.mark.parametrize(
    ("covariates", "message"),
    [
        ({}, "covariates is empty, expected at least one"),
        ({"x": [1]}, "covariates: x must be 2 finite numbers, one for each time"),
        ({"x": [1, math.nan]}, "covariates: x must be 2 finite numbers, one for each time"),
    ],
)
def test_covariates_that_do_not_fit_are_refused(covariates: dict[str, list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cox_model([1, 2], [1, 0], covariates)
