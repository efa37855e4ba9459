"""Exponential and Weibull fits against R, and where there is no maximum.

R 4.2.2, survival 3.5-3, for `expected` (value, lower, upper):
    s <- survreg(Surv(time, event) ~ 1, dist = dist, control = survreg.control(rel.tolerance = 1e-14, maxiter = 200))
    p <- predict(s, newdata = data.frame(a = 1), type = "uquantile", p = .5, se.fit = TRUE)   # the median
    exp(p$fit + c(0, -1, 1) * qnorm((1 + level) / 2) * p$se.fit)
    exp(coef(s) + c(0, -1, 1) * z * sqrt(vcov(s)[1, 1]))                                      # the scale
    1 / exp(log(s$scale) + c(0, 1, -1) * z * sqrt(vcov(s)[2, 2]))                             # the shape
"""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.estimate import Estimate
from analysis.stats.parametric import NO_FIT, ParametricFit, exponential, weibull
from tests.stats.reference import REFERENCE

Three = tuple[float, float, float]
SMALL: dict[str, tuple[list[float], list[int], float]] = {
    "four": ([2, 4, 6, 8], [1, 1, 0, 1], 0.9),
    "one event": ([2, 5, 8], [0, 1, 0], 0.95),
    "tied events": ([5, 5, 8], [1, 1, 0], 0.95),
}

# median and scale
EXPONENTIAL: dict[str, tuple[Three, Three]] = {
    "aml": ((26.1085438011, 16.4494931965, 41.4393350160), (37.6666666667, 23.7316022597, 59.7843231254)),
    "lung": ((292.352677192, 250.981161571, 340.543837340), (421.775757576, 362.089277155, 491.300905335)),
    "ovarian": ((900.398187547, 511.344856765, 1585.460155536), (1299.0, 737.714689039, 2287.335503919)),
    "four": ((4.62098120373, 1.78773665282, 11.94441432502), (6.66666666667, 2.57915880343, 17.23214731303)),
    "one event": ((10.39720770840, 1.46458700662, 73.81051971861), (15.0, 2.1129524114, 106.4860707635)),
    "tied events": ((6.23832462504, 1.56019034900, 24.94355522223), (9.0, 2.25087887934, 35.98594342126)),
}

# median, scale and shape
WEIBULL: dict[str, tuple[Three, Three, Three]] = {
    "aml": (
        (27.3376899690, 17.3529364095, 43.0675981980),
        (38.1868109957, 24.9538490059, 58.4371787166),
        (1.096609085803, 0.786658016898, 1.528683953171),
    ),
    "lung": (
        (316.263695049, 280.055209286, 357.153595041),
        (417.758665374, 372.039360113, 469.096340888),
        (1.31684017158, 1.16517804709, 1.48824297009),
    ),
    "ovarian": (
        (880.304676921, 523.470978867, 1480.380681056),
        (1225.418958929, 690.421182605, 2174.979074707),
        (1.108059739573, 0.674053646125, 1.821511378985),
    ),
    "four": (
        (5.31252906673, 3.29053520224, 8.57701357082),
        (6.32875268653, 4.02019806126, 9.96296947487),
        (2.093938805941, 0.945028594077, 4.639626515543),
    ),
    "one event": (
        (7.67608199894, 3.80650133091, 15.47936798970),
        (8.73426290522, 4.06285881862, 18.77676579552),
        (2.838010920603, 0.569699353914, 14.137818360027),
    ),
    "tied events": (
        (6.43190926916, 4.09187961350, 10.11013537891),
        (7.23559764399, 4.61985817757, 11.33235507530),
        (3.112860034110, 0.989810363874, 9.789650569059),
    ),
}


def data(name: str) -> tuple[list[float], list[int], float]:
    if name in SMALL:
        return SMALL[name]
    time, event, _ = REFERENCE[name]
    return time, event, 0.95


def three(estimate: Estimate) -> Three:
    return estimate.value, estimate.ci_lower, estimate.ci_upper


@pytest.mark.parametrize("name", EXPONENTIAL)
def test_exponential_equals_r(name: str) -> None:
    time, event, level = data(name)
    fit = exponential(time, event, conf_level=level)
    median, scale = EXPONENTIAL[name]
    assert three(fit.median) == pytest.approx(median, rel=1e-9)
    assert three(fit.scale) == pytest.approx(scale, rel=1e-9)
    assert fit.shape.value == 1
    assert math.isnan(fit.shape.std_err)


@pytest.mark.parametrize("name", WEIBULL)
def test_weibull_equals_r(name: str) -> None:
    time, event, level = data(name)
    fit = weibull(time, event, conf_level=level)
    median, scale, shape = WEIBULL[name]
    assert three(fit.median) == pytest.approx(median, rel=1e-8)
    assert three(fit.scale) == pytest.approx(scale, rel=1e-8)
    assert three(fit.shape) == pytest.approx(shape, rel=1e-8)


@pytest.mark.parametrize("fit", [exponential, weibull])
def test_no_event_is_not_estimable(fit: Callable[..., ParametricFit]) -> None:
    assert fit([3.0, 5.0], [0, 0]) is NO_FIT


@pytest.mark.parametrize(
    ("time", "event"),
    [
        pytest.param([5.0], [1], id="one patient"),
        pytest.param([5.0, 5.0, 5.0], [1, 1, 1], id="all events at one time"),
        pytest.param([2.0, 5.0, 5.0], [0, 1, 0], id="the only event at the longest time"),
    ],
)
def test_the_likelihood_of_a_weibull_may_have_no_maximum(time: list[float], event: list[int]) -> None:
    assert weibull(time, event) is NO_FIT
    assert exponential(time, event).median.value == pytest.approx(sum(time) / sum(event) * math.log(2), rel=1e-12)


@pytest.mark.parametrize("fit", [exponential, weibull])
def test_a_time_of_nothing_is_refused(fit: Callable[..., ParametricFit]) -> None:
    with pytest.raises(ValueError, match=r"time\[1\] is 0, expected a finite number above 0"):
        fit([3.0, 0.0], [1, 1])
    with pytest.raises(ValueError, match="conf_level is 1, expected a number strictly between 0 and 1"):
        fit([3.0], [1], conf_level=1)


TIMES = st.lists(st.tuples(st.integers(1, 900), st.booleans()), min_size=1, max_size=25)


@given(TIMES, st.sampled_from([0.01, 30.4375, 1000.0]))
def test_another_unit_of_time_scales_the_median_and_leaves_the_shape(
    observed: list[tuple[int, bool]], unit: float
) -> None:
    time, event = [float(t) for t, _ in observed], [e for _, e in observed]
    for fit in (exponential, weibull):
        one, other = fit(time, event), fit([t * unit for t in time], event)
        assert three(other.median) == pytest.approx([v * unit for v in three(one.median)], rel=1e-6, nan_ok=True)
        assert other.shape.value == pytest.approx(one.shape.value, rel=1e-6, nan_ok=True)
