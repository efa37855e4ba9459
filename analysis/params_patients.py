"""Parameters of what section 14.1 shows of the patients: disease, prior therapy, medical history and medication."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from analysis.params_base import Model, Text
from analysis.params_baseline import Months, Upper

SiteFlag = Literal["LUNGFL", "PLEURAFL", "BONEFL", "BRAINFL", "NODEFL", "SKINFL"]
ClassFlag = Literal["PRAIFL", "PRSERMFL", "PRFULFL", "PRPIKFL", "PRHDACFL"]
Percent = Annotated[float, Field(ge=0, le=100)]


class Biomarkers(Model):
    """Values of MITESTCD; a test that is left out is missing for everybody."""

    er_testcd: Text | None = None
    pr_testcd: Text | None = None
    her2_testcd: Text | None = None
    ki67_testcd: Text | None = None
    ish_methods: list[Upper] = Field(
        default=["FISH", "CISH", "SISH", "ISH"],
        description="MIMETHOD of in situ hybridisation; any other HER2 result is of immunohistochemistry",
    )
    receptor_positive_percent: Percent = 1
    ki67_high_percent: Percent = 20


class Site(Model):
    """One site of disease: its flag in ADSL, and the values of TULOC that count as it, in any case."""

    variable: SiteFlag
    label: Text
    locations: list[Upper] = Field(min_length=1)


class DrugClass(Model):
    """One class of prior anticancer drugs: its flag in ADSL, and the values of CMDECOD (else CMTRT), in any case."""

    variable: ClassFlag
    label: Text
    drugs: list[Upper] = Field(min_length=1)


class MedicationGroup(Model):
    """A group of medicines in the table of concomitant medication; values of CMDECOD (else CMTRT), in any case."""

    name: Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]*$")]
    title: Text
    drugs: list[Upper] = Field(min_length=1)


class Patients(Model):
    """What is shown of the patients; what is left out is missing for everybody, and then not shown."""

    menopause_testcd: Text | None = Field(default=None, description="RPTESTCD of the menopausal status")
    biomarkers: Biomarkers = Biomarkers()
    diagnosis_mhdecod: Text | None = Field(default=None, description="MHDECOD of the first diagnosis")
    de_novo_months: Months = Field(
        default=3, description="Metastases found within so many calendar months of the diagnosis are de novo"
    )
    sites: list[Site] = []
    line_qnam: Text | None = Field(default=None, description="SUPPCM QNAM of the line of therapy")
    drug_classes: list[DrugClass] = []
    surgery_categories: list[Text] = Field(default=[], description="PRCAT of prior anticancer surgery")
    radiotherapy_categories: list[Text] = Field(default=[], description="PRCAT of prior radiotherapy")
    history_categories: list[Text] = Field(default=[], description="MHCAT of medical history; empty means all")
    medication_groups: list[MedicationGroup] = []

    @model_validator(mode="after")
    def nothing_twice(self) -> Self:
        of: dict[str, list[str]] = {
            "sites": [site.variable for site in self.sites],
            "locations of sites": [location for site in self.sites for location in site.locations],
            "drug_classes": [kind.variable for kind in self.drug_classes],
            "medication_groups": [group.name for group in self.medication_groups],
            "titles of medication_groups": [group.title for group in self.medication_groups],
            "drugs of medication_groups": [drug for group in self.medication_groups for drug in group.drugs],
        }
        for what, names in of.items():
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{what}: {', '.join(twice)} more than once")
        return self
