"""Parameters of dosing and of the safety analyses."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from analysis.params_base import MOST_DAYS, Days, Model, Positive, Text


class DosePlan(Model):
    """The planned doses as courses (cycles, injections): `interval_days` from each to the next, the last one repeating.

    A course is `dosing_days` consecutive days of one dose each.
    """

    course: Text = "cycle"
    dosing_days: Annotated[int, Field(ge=1, le=MOST_DAYS)]
    interval_days: list[Annotated[int, Field(ge=1, le=MOST_DAYS)]] = Field(min_length=1)

    def interval(self, number: int) -> int:
        """Days from the start of a course (1, 2 ...) to the planned start of the next."""
        return self.interval_days[min(number, len(self.interval_days)) - 1]

    @model_validator(mode="after")
    def course_fits(self) -> Self:
        if self.dosing_days > min(self.interval_days):
            raise ValueError("dosing_days must not exceed the shortest of interval_days")
        return self


class SpecialInterest(Model):
    """A grouping of adverse events of special interest; `terms` are values of AEDECOD in any case."""

    name: Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]*$")]
    title: Text
    terms: list[Text] = Field(min_length=1)


class AdverseEvents(Model):
    window_days: Days = 30
    cut_at_new_therapy: bool = False
    dictionary: Text = "CTCAE v5.0 terms"
    not_related: list[Text] = ["NOT RELATED", "UNLIKELY RELATED", "NONE", "REMOTE", "N"]
    initial_grade_qnam: Text = "AEITOXGR"
    frequent_percent: Annotated[float, Field(ge=0, le=100)] = 10
    in_text_percent: Annotated[float, Field(ge=0, le=100)] = 20
    severity_grades: dict[Text, Annotated[int, Field(ge=1, le=5)]] = {}
    special_interest: list[SpecialInterest] = []

    @model_validator(mode="after")
    def groupings_are_unique(self) -> Self:
        names = [group.name for group in self.special_interest]
        if len(set(names)) < len(names):
            raise ValueError("special_interest names a grouping more than once")
        return self


class Exposure(Model):
    """Dosing: a course at most `window_days` off its plan is on time; `rdi_limits` (%) part the dose intensities."""

    window_days: Days = 3
    rdi_limits: list[Positive] = [70, 90]

    @model_validator(mode="after")
    def limits_rise(self) -> Self:
        if not self.rdi_limits or self.rdi_limits != sorted(set(self.rdi_limits)):
            raise ValueError("rdi_limits must rise from one to the next")
        return self
