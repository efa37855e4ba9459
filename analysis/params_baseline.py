"""Parameters of what patients bring to the trial, and of the subgroups made of it."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from analysis.params_base import MOST_MONTHS, Model, Text

Months = Annotated[int, Field(gt=0, le=MOST_MONTHS)]
Upper = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True, to_upper=True)]
Covariate = Literal["AGEGR1", "ECOGBL", "CDK46FL", "VISCFL", "LIVERFL", "PRCHEMFL", "RESTYPE"]


class Resistance(Model):
    """The definition of secondary endocrine resistance; lengths are in calendar months."""

    relapse_mhdecod: Text | None = None
    progression_reasons: list[Text] = []
    adjuvant_months: Months = 24
    after_adjuvant_months: Months = 12
    salvage_months: Months = 6


class Baseline(Model):
    """How baseline covariates are recorded; one whose list is empty is missing for everybody.

    Categories are values of CMCAT, settings of CMSCAT; drugs of CMDECOD (else CMTRT) and sites of TULOC, in any case.
    """

    age_groups: list[Annotated[int, Field(gt=0)]] = Field(
        default=[65], description="The youngest age in years of each group but the first"
    )
    ecog_testcd: Text | None = None
    prior_categories: list[Text] = []
    adjuvant_settings: list[Text] = []
    advanced_settings: list[Text] = []
    cdk46_inhibitors: list[Upper] = []
    chemotherapy: list[Upper] = []
    endocrine_therapy: list[Upper] = []
    visceral_sites: list[Upper] = []
    liver_sites: list[Upper] = []
    resistance: Resistance = Resistance()

    @model_validator(mode="after")
    def ages_rise(self) -> Self:
        if self.age_groups != sorted(set(self.age_groups)):
            raise ValueError("age_groups must rise from one to the next")
        return self


class Level(Model):
    """One value of a covariate and its name in print."""

    value: Text | int
    label: Text


class Subgroup(Model):
    """A covariate of ADSL in the order its levels are shown; the first is the reference of the Cox models."""

    variable: Covariate
    label: Text
    levels: list[Level] = Field(min_length=2)

    @model_validator(mode="after")
    def levels_are_unique(self) -> Self:
        if len({level.value for level in self.levels}) < len(self.levels):
            raise ValueError(f"levels of {self.variable} name a value more than once")
        return self
