"""Where lifelines and statsmodels differ from the analysis plan's rules, each shown on the smallest case.

The second route takes curves from those libraries and applies the rules anew; these tests say why. One that fails
after an upgrade means that a library has changed, not that our estimate is wrong.

- Flat at the level: the plan and R take the midpoint; lifelines takes the left end, statsmodels the right.
- Near-ties such as 0.1 + 0.2 and 0.3: R and we merge them, both libraries do not.
- Limits where S = 1: nan here and in R (log-log); lifelines says [1, 1].
- Limits where the last event takes S to 0: nan here and in R, so the median may have no upper limit; both libraries
  report the last event.
- RMST: lifelines' `return_variance` is the variance of the restricted time, not of its estimated mean.
- Missing times: refused here; statsmodels keeps nan as a time.
"""

import math
import warnings

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times, restricted_mean_survival_time
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

from analysis.stats.proportions import proportion_ci
from analysis.stats.survival import kaplan_meier

from .reference import REFERENCE


def lifelines_curve(time, event):
    return KaplanMeierFitter().fit(time, event)


@pytest.mark.parametrize("name", ["aml", "lung", "ovarian"])
def test_curves_agree(name):
    time, event, _ = REFERENCE[name]
    ours = kaplan_meier(time, event)
    np.testing.assert_allclose(lifelines_curve(time, event).predict(ours.time), ours.survival, rtol=1e-12)
    theirs = SurvfuncRight(time, event)
    events = ours.n_event > 0
    np.testing.assert_allclose(theirs.surv_prob, ours.survival[events], rtol=1e-12)
    np.testing.assert_allclose(theirs.surv_prob_se, ours.std_err[events], rtol=1e-12)


def test_flat_at_the_level():
    time, event = [1, 2, 3, 4], [1, 1, 1, 1]
    assert kaplan_meier(time, event).median.value == 2.5
    assert lifelines_curve(time, event).median_survival_time_ == 2
    assert SurvfuncRight(time, event).quantile(0.5) == 3


def test_near_ties():
    time, event = [0.1 + 0.2, 0.3, 0.7], [1, 1, 0]
    assert kaplan_meier(time, event).time.tolist() == [0.3, 0.7]
    assert kaplan_meier(time, event).n_event.tolist() == [2, 0]
    assert len(SurvfuncRight(time, event).surv_times) == 2
    assert len(lifelines_curve(time, event).event_table.query("observed > 0")) == 2


def test_limits_where_nobody_has_had_the_event():
    ours = kaplan_meier([1, 2], [0, 1])
    assert math.isnan(ours.ci_lower[0])
    assert math.isnan(ours.ci_upper[0])
    assert lifelines_curve([1, 2], [0, 1]).confidence_interval_.loc[1.0].tolist() == [1, 1]


def test_upper_limit_of_the_median_where_the_curve_ends_at_zero():
    time, event = [1, 2, 3, 4, 5], [1, 1, 1, 1, 1]
    assert math.isnan(kaplan_meier(time, event).median.ci_upper)
    limits = median_survival_times(lifelines_curve(time, event).confidence_interval_)
    assert limits.iloc[0, 1] == 5
    assert SurvfuncRight(time, event).quantile_ci(0.5)[1] == 5


@pytest.mark.filterwarnings("ignore:The maximum number of subdivisions")
def test_variance_of_the_restricted_mean():
    time, event, expected = REFERENCE["aml"]
    tau = expected["rmst"]["tau"]
    mean, variance = restricted_mean_survival_time(lifelines_curve(time, event), t=tau, return_variance=True)
    ours = kaplan_meier(time, event).rmst(tau)
    assert ours.value == pytest.approx(mean)
    assert ours.std_err == pytest.approx(expected["rmst"]["se"])
    assert math.sqrt(variance) > 4 * ours.std_err


def test_missing_times():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert any(np.isnan(SurvfuncRight([1.0, math.nan], [1, 1]).surv_times))
    with pytest.raises(ValueError, match=r"time\[1\] is nan"):
        kaplan_meier([1.0, math.nan], [1, 1])


@pytest.mark.parametrize(
    ("ours", "theirs"), [("clopper-pearson", "beta"), ("wilson", "wilson"), ("jeffreys", "jeffreys")]
)
def test_intervals_of_proportions_agree_between_the_ends(ours, theirs):
    for x in range(1, 40):
        found = proportion_ci(x, 40, method=ours)
        np.testing.assert_allclose(
            [found.ci_lower, found.ci_upper], proportion_confint(x, 40, method=theirs), rtol=1e-9
        )


def test_jeffreys_limits_at_the_ends():
    """Jeffreys' lower limit at x = 0 is set to 0, without which its coverage falls to nothing near 0."""
    assert proportion_ci(0, 40, method="jeffreys").ci_lower == 0
    assert proportion_ci(40, 40, method="jeffreys").ci_upper == 1
    assert proportion_confint(0, 40, method="jeffreys")[0] > 0
