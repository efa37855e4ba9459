"""Parameters of the eligibility audit: which rule evaluates which criterion, its limits, drugs and terms."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from analysis.params_base import Model, Positive, Text
from analysis.params_baseline import Months, Upper

RuleName = Literal[
    "age_and_sex",
    "performance_status",
    "receptors",
    "ovarian_suppression",
    "measurable_lesion",
    "chemotherapy_lines",
    "endocrine_resistance",
    "haemoglobin",
    "neutrophils",
    "platelets",
    "bilirubin",
    "transaminases",
    "creatinine_or_clearance",
    "consent",
    "prior_drug",
    "hypertension",
    "cardiac_event",
    "immunodeficiency",
    "urine_protein",
    "thrombotic_event",
]
"""Names of the rules of analysis.adam.eligibility_rules."""


class Limits(Model):
    """The registered limits; a value equal to one is eligible, but for urine protein, which excludes from it on."""

    youngest_age_years: Annotated[int, Field(gt=0)] = 18
    highest_ecog: Annotated[int, Field(ge=0)] = 1
    haemoglobin_g_per_l: Positive = 90
    neutrophils_1e9_per_l: Positive = 1.5
    platelets_1e9_per_l: Positive = 80
    bilirubin_uln: Positive = 1.5
    transaminases_uln: Positive = 2.5
    transaminases_with_liver_lesion_uln: Positive = 5
    creatinine_uln: Positive = 1.5
    clearance_ml_per_min: Positive = 60
    urine_protein_g_per_day: Positive = 1
    chemotherapy_lines: Annotated[int, Field(ge=0)] = 1
    event_months: Months = Field(default=6, description="Calendar months before enrolment in which an event excludes")


class Eligibility(Model):
    """The audit of the criteria in TI, by IETESTCD. Drugs are values of CMDECOD (else CMTRT), terms of --DECOD."""

    deviation_dvdecod: Text = Field(description="DVDECOD of an eligibility deviation")
    rules: dict[Text, RuleName] = Field(description="IETESTCD to the rule that evaluates it")
    not_evaluable: dict[Text, Text] = Field(default={}, description="IETESTCD to why data cannot say")
    partly: dict[Text, Text] = Field(default={}, description="IETESTCD to the part that its rule leaves out")
    limits: Limits = Limits()
    female: list[Upper] = ["F"]
    premenopausal: list[Upper] = ["PREMENOPAUSAL"]
    postmenopausal: list[Upper] = ["POSTMENOPAUSAL"]
    ovarian_suppression_drugs: list[Upper] = []
    ovarian_procedures: list[Upper] = []
    excluded_drugs: list[Upper] = []
    antihypertensives: list[Upper] = []
    hypertension_terms: list[Upper] = []
    cardiac_terms: list[Upper] = []
    immunodeficiency_terms: list[Upper] = []
    thrombotic_terms: list[Upper] = []
    normal_urine_protein: list[Upper] = Field(default=["NEGATIVE"], description="Results of a dipstick")

    @model_validator(mode="after")
    def each_criterion_once(self) -> Self:
        if twice := sorted(set(self.rules) & set(self.not_evaluable)):
            raise ValueError(f"not_evaluable names criteria that rules evaluate: {', '.join(twice)}")
        if strange := sorted(set(self.partly) - set(self.rules)):
            raise ValueError(f"partly names criteria without a rule: {', '.join(strange)}")
        return self
