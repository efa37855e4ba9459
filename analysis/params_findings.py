"""Parameters of the findings: laboratory, vital signs and ECG."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from analysis.params_base import Days, Model, Positive, Text


def _rising(limits: list[float]) -> list[float]:
    if limits != sorted(set(limits)):
        raise ValueError("the limits must rise from one to the next")
    return limits


Rising = Annotated[list[Positive], Field(min_length=1), AfterValidator(_rising)]


class HysLaw(Model):
    """A candidate for Hy's law: multiples of the upper limit of normal, and days from transaminase to bilirubin."""

    transaminase_above_uln: Positive = 3
    bilirubin_from_uln: Positive = 2
    phosphatase_below_uln: Positive = 2
    within_days: Days = 30


class OverTime(Model):
    """What is summarised over time: PARAMCD of the tests, and the planned visits (VISIT) in their order."""

    tests: list[Text] = []
    visits: list[Text] = []


class Laboratory(Model):
    """`dipstick` are the results of a urine dipstick (LBSTRESC), the least first.

    The listing of abnormal values shows those from `listed_grade` on.
    """

    ctcae_version: Literal["5.0", "4.03"] = "5.0"
    dipstick: Annotated[list[Text], Field(min_length=1)] = ["NEGATIVE", "TRACE", "1+", "2+", "3+", "4+"]
    tsh_high_miu_per_l: Positive = 10
    hys_law: HysLaw = HysLaw()
    listed_grade: Annotated[int, Field(ge=1, le=4)] = 3
    over_time: OverTime = OverTime()


class VitalSigns(Model):
    """Limits of the categories; a value equal to one belongs to the category above it.

    `figure_visits` are the planned visits (VISIT) that the figure of blood pressure shows, in their order.
    """

    systolic_mmhg: Rising = [130, 140, 160]
    diastolic_mmhg: Rising = [80, 90, 100]
    weight_change_percent: Rising = [5, 10, 20]
    figure_visits: list[Text] = []


class Ecg(Model):
    """Limits of the categories; a value equal to one belongs to the category below it."""

    qtcf_ms: Rising = [450, 480, 500]
    qtcf_change_ms: Rising = [30, 60]
