"""The second route's estimates against R's survival package (6-mercaptopurine arm of Freireich's leukaemia trial)."""

import math

import pandas as pd
import pytest

from analysis.params import Km
from analysis.qc import estimates

WEEKS = pd.Series([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], dtype=float)
RELAPSED = pd.Series([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])
NAN = math.nan

# survfit(Surv(t, e) ~ 1, conf.type, conf.int): quantile(0.25, 0.5), then summary at weeks 6.5 and 24
R = {
    ("log-log", 0.95): (
        ((13, 6, 22), (23, 13, NAN)),
        ((0.619717955265984, 0.951551747646997), (0.188052005959232, 0.680142628495241)),
    ),
    ("log-log", 0.9): (
        ((13, 6, 22), (23, 13, NAN)),
        ((0.671106780592173, 0.942159405720121), (0.226462088245011, 0.648113584140293)),
    ),
    ("log", 0.95): (((13, 6, NAN), (23, 16, NAN)), ((0.71981708391627, 1), (0.24878822681766, 0.807372045529077))),
    ("plain", 0.95): (((13, 6, 23), (23, 13, NAN)), ((0.7074793118252, 1), (0.184384863840613, 0.711973679576754))),
    ("plain", 0.9): (
        ((13, 6, 22), (23, 16, NAN)),
        ((0.731541250541941, 0.982744463743773), (0.226796025907289, 0.669562517510078)),
    ),
}


def km(conf_type: str, conf_level: float) -> Km:
    return Km.model_validate({"conf_type": conf_type, "conf_level": conf_level})


def curve(time: list[float], event: list[int], settings: Km | None = None) -> pd.DataFrame:
    return estimates.curve(pd.Series(time, dtype=float), pd.Series(event), settings or Km())


@pytest.mark.parametrize(("conf_type", "conf_level"), R)
def test_quantiles_and_landmarks_are_those_of_r(conf_type: str, conf_level: float) -> None:
    settings = km(conf_type, conf_level)
    points = estimates.curve(WEEKS, RELAPSED, settings)
    quantiles, at = R[conf_type, conf_level]
    for share, expected in zip((0.25, 0.5), quantiles, strict=True):
        found = estimates.quantile(points, share, "q")
        assert list(found.values()) == pytest.approx(expected, nan_ok=True)
    found = estimates.rates(points, WEEKS, [6.5, 24], settings, "x")
    for month, survival, limits, n in ((6.5, 6 / 7, at[0], 17), (24, 0.448179271708683, at[1], 5)):
        values = [found[f"x.rate_{month:g}m{suffix}"] for suffix in ("", "_lower", "_upper")]
        assert values == pytest.approx([survival, *limits], rel=1e-12)
        assert found[f"x.at_risk_{month:g}m"] == n


def test_reverse_curve_is_that_of_r() -> None:
    found = estimates.quantile(estimates.curve(WEEKS, 1 - RELAPSED, Km()), 0.5, "q")
    assert found == {"q": 25, "q_lower": 11, "q_upper": 32}


@pytest.mark.parametrize(
    ("time", "event", "expected"),
    [
        # S is 3/4, 1/2, 1/4, 0: flat exactly at each level, so the midpoint to the next drop (R: the same)
        ([1, 2, 3, 4], [1, 1, 1, 1], (1.5, 2.5, 3.5)),
        # S is 1/2 from 2 on and never drops: that time itself, as the plan says (R takes the midpoint to the last time)
        ([1, 2, 3, 4], [1, 1, 0, 0], (1.5, 2, NAN)),
        ([1, 2, 3, 4], [0, 0, 0, 0], (NAN, NAN, NAN)),
        ([1, 2, 2, 2], [1, 1, 1, 1], (1.5, 2, 2)),
    ],
)
def test_quantile_where_the_curve_is_flat_at_the_level(
    time: list[float], event: list[int], expected: tuple[float, float, float]
) -> None:
    points = curve(time, event)
    found = [estimates.quantile(points, share, "q")["q"] for share in (0.25, 0.5, 0.75)]
    assert found == pytest.approx(list(expected), nan_ok=True)


@pytest.mark.parametrize(("conf_type", "edge"), [("log-log", NAN), ("log", 1.0), ("plain", 1.0)])
def test_limits_before_the_first_event_and_after_the_last_death(conf_type: str, edge: float) -> None:
    time, settings = pd.Series([2.0, 4.0]), km(conf_type, 0.95)
    points = estimates.curve(time, pd.Series([1, 1]), settings)
    found = estimates.rates(points, time, [1, 4, 5], settings, "x")
    assert [found["x.rate_1m"], found["x.rate_1m_lower"], found["x.rate_1m_upper"]] == pytest.approx(
        [1, edge, edge], nan_ok=True
    )
    assert [found["x.rate_4m"], found["x.rate_4m_lower"], found["x.rate_4m_upper"]] == pytest.approx(
        [0, NAN, NAN], nan_ok=True, abs=1e-12
    )
    assert math.isnan(found["x.rate_5m"])
    assert [found[f"x.at_risk_{month}m"] for month in (1, 4, 5)] == [2, 1, 0]


def test_one_sample_logrank_by_hand() -> None:
    """Twenty months of follow-up under a median of 5 months: 20 ln 2 / 5 = 2.7726 events expected, 1 observed."""
    found = estimates.logrank(pd.Series([8.0, 12.0]), 1, 5.0)
    expected = 2.772588722239781
    assert found["pfs.logrank_expected"] == pytest.approx(expected, rel=1e-14)
    assert found["pfs.logrank_z"] == pytest.approx((1 - expected) / expected**0.5, rel=1e-14)
    assert found["pfs.logrank_p"] == pytest.approx(0.287080513893, rel=1e-11)  # R: 2 * pnorm(-abs(z))
    assert found["pfs.smr"] == pytest.approx(1 / expected, rel=1e-14)


# binom.test(x, 40, conf.level)$conf.int, prop.test(x, 40, conf.level, correct = FALSE)$conf.int
PROPORTIONS = {
    (0, 0.95): ((0, 0.0880973028788024), (0, 0.0876216011972866)),
    (1, 0.95): ((0.000632744932049419, 0.131585858482765716), (0.00442683150268139, 0.12881368963474088)),
    (10, 0.95): ((0.126914798932845, 0.411961980151430), (0.141871186390963, 0.401939614207680)),
    (10, 0.9): ((0.142369882857021, 0.387060240092018), (0.155703783862912, 0.375972940459817)),
    (40, 0.95): ((0.911902697121198, 1), (0.912378398802713, 1)),
}


@pytest.mark.parametrize(("responders", "conf_level"), PROPORTIONS)
def test_limits_of_a_share_are_those_of_r(responders: int, conf_level: float) -> None:
    found = estimates.rate(responders, 40, conf_level, "x")
    assert (found["x.n"], found["x.responders"], found["x.rate"]) == (40, responders, responders / 40)
    limits = [found[f"x.{name}_{end}"] for name in ("rate", "wilson") for end in ("lower", "upper")]
    exact, wilson = PROPORTIONS[responders, conf_level]
    assert limits == pytest.approx([*exact, *wilson], rel=1e-11, abs=1e-15)


def test_a_share_of_nobody_is_not_estimable() -> None:
    found = estimates.rate(0, 0, 0.95, "x")
    assert (found.pop("x.n"), found.pop("x.responders")) == (0, 0)
    assert all(math.isnan(value) for value in found.values())


def test_description_of_times_to_response() -> None:
    """R: quantile(c(2.1, 3.7, 1.9, 5.5), c(.25, .5, .75), type = 2) is 2, 2.9, 4.6."""
    found = estimates.description(pd.Series([2.1, 3.7, 1.9, 5.5]), "ttr")
    expected = {"n": 4, "minimum": 1.9, "maximum": 5.5, "q25": 2.0, "median": 2.9, "q75": 4.6}
    assert found == pytest.approx({f"ttr.{name}": value for name, value in expected.items()}, rel=1e-14)


def test_description_of_nobody_is_not_estimable() -> None:
    found = estimates.description(pd.Series([], dtype=float), "ttr")
    assert found.pop("ttr.n") == 0
    assert all(math.isnan(value) for value in found.values())
