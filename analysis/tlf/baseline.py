"""What patients brought to the trial: demographics, disease and prior therapy, as tables of characteristics.

A characteristic of which no patient of the population has a value is not recorded in the study, and left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.adam.baseline import age_groups
from analysis.adam.resistance import RELAPSE, SALVAGE
from analysis.params import Params
from analysis.results import Result
from analysis.tlf.context import Context
from analysis.tlf.disposition import sentence
from analysis.tlf.model import Column, Table
from analysis.tlf.rows import name_parts
from analysis.tlf.summaries import MISSING, Summary, characteristic_rows

DEMOGRAPHICS = "t-14-1-4-1"
DISEASE = "t-14-1-5-1"
PRIOR_THERAPY = "t-14-1-6-1"

NAMES_OF_PEOPLES = {
    name.upper(): name
    for name in (
        "American Indian or Alaska Native",
        "Black or African American",
        "Hispanic or Latino",
        "Native Hawaiian or Other Pacific Islander",
        "Not Hispanic or Latino",
    )
}
"""Controlled terms (CDISC) that have capital letters inside."""

YES_NO = {"Y": "Yes", "N": "No"}


@dataclass(frozen=True)
class Statistics:
    """A number that a patient has once, in ADSL or in the records `only` of another dataset."""

    variable: str
    label: str
    name: str
    digits: int = 0
    dataset: str = "ADSL"
    only: Mapping[str, object] = field(default_factory=dict)

    def results(self, context: Context, output: str) -> list[Result]:
        summary = Summary.of(context, output, self.dataset, self.only)
        if set(summary.values(self.variable)) <= {None}:
            return []
        return summary.statistics(self.variable, self.label, self.digits, name=self.name)


@dataclass(frozen=True)
class Categories:
    """A variable of ADSL by its values.

    `levels` are shown in their order, whether they occur or not, and their results are named by the value in `names`.
    Any other value that occurs is shown as `texts` say or as it is: numbers from the least, texts by
    frequency.
    """

    variable: str
    label: str
    levels: Mapping[Any, str] = field(default_factory=dict)
    names: Mapping[Any, str] = field(default_factory=dict)
    texts: Mapping[Any, str] = field(default_factory=dict)

    def results(self, context: Context, output: str) -> list[Result]:
        summary = Summary.of(context, output)
        found = [value for value in summary.values(self.variable) if value is not None]
        if not found:
            return []
        if context.adam["ADSL"][self.variable].dtype.is_numeric():
            found = sorted(found)
        shown = {**self.levels} | {v: self.texts.get(v) or _text(v) for v in found if v not in self.levels}
        return summary.categories(self.variable, self.label, shown, self.all_names([*shown, None]))

    def all_names(self, values: Sequence[Any]) -> dict[Any, str]:
        """The names given, and for every other value one made of its text behind the same beginning."""
        start = next(iter(self.names.values()), self.variable.lower()).partition(".")[0]
        others = [value for value in values if value not in self.names]
        taken = [name.partition(".")[2] for name in self.names.values()]
        parts = name_parts((None if value is None else _text(value) for value in others), taken)
        return {**self.names} | {value: f"{start}.{part}" for value, part in zip(others, parts, strict=True)}


@dataclass(frozen=True)
class Flags:
    """Several flags of ADSL under one heading, each (variable, label, name of the result); a patient may have many."""

    label: str
    flags: tuple[tuple[str, str, str], ...]

    def results(self, context: Context, output: str) -> list[Result]:
        summary = Summary.of(context, output)
        about = {"group1": "characteristic", "group1_level": self.label}
        found = [flag for flag in self.flags if set(summary.values(flag[0])) - {None}]
        shown: list[tuple[str, str, str, str | None]] = [(v, text, name, "Y") for v, text, name in found]
        if found and None in summary.values(found[0][0]):
            shown.append((found[0][0], MISSING, f"{found[0][2]}_missing", None))
        return [
            result
            for variable, text, name, value in shown
            for result in summary.patients(
                text, {variable: value}, name=name, variable=variable, variable_level=text, **about
            )
        ]


Characteristic = Statistics | Categories | Flags


def _text(value: object) -> str:
    """A value in print: a whole number without decimals, a controlled term in lower case but its first letter."""
    return f"{value:g}" if isinstance(value, int | float) else sentence(str(value))


def demographics(params: Params) -> Sequence[Characteristic]:
    ages = age_groups(params)
    return (
        Statistics("AGE", "Age, years", "age"),
        Categories(
            "AGEGR1",
            "Age group, years",
            {group: group.replace(">=", "\u2265") for group in ages},
            {group: f"age.group_{place}" for place, group in enumerate(ages, start=1)},
        ),
        Categories("SEX", "Sex", {"F": "Female", "M": "Male"}, {"F": "sex.female", "M": "sex.male"}),
        Categories("RACE", "Race", texts=NAMES_OF_PEOPLES),
        Categories("ETHNIC", "Ethnicity", texts=NAMES_OF_PEOPLES),
        Statistics("WEIGHTBL", "Weight, kg", "weight", 1),
        Statistics("HEIGHTBL", "Height, cm", "height"),
        Statistics("BMIBL", "Body mass index, kg/m\u00b2", "bmi", 1),
        Categories("ECOGBL", "ECOG performance status", {0.0: "0", 1.0: "1"}, {0.0: "ecog.0", 1.0: "ecog.1"}),
        Categories(
            "MENOSTAT",
            "Menopausal status",
            {"PREMENOPAUSAL": "Premenopausal", "POSTMENOPAUSAL": "Postmenopausal"},
            {"PREMENOPAUSAL": "menopause.pre", "POSTMENOPAUSAL": "menopause.post"},
        ),
    )


def disease(params: Params) -> Sequence[Characteristic]:
    high = params.patients.biomarkers.ki67_high_percent
    status = {"POSITIVE": "Positive", "NEGATIVE": "Negative"}
    sum_at_baseline = {"PARAMCD": "SUMDIAM", "ABLFL": "Y", "COMPLFL": "Y"}
    return (
        Categories("ERSTAT", "Oestrogen receptor", status, _names("er", status)),
        Statistics("ERBL", "Oestrogen receptor, % of cells", "er_percent"),
        Categories("PRSTAT", "Progesterone receptor", status, _names("pr", status)),
        Statistics("PRBL", "Progesterone receptor, % of cells", "pr_percent"),
        Categories(
            "HER2STAT",
            "HER2",
            {"ZERO": "Zero (IHC 0)", "LOW": "Low (IHC 1+, or IHC 2+ and ISH negative)"},
            {"ZERO": "her2.zero", "LOW": "her2.low"},
        ),
        Statistics("KI67BL", "Ki-67, % of cells", "ki67"),
        Categories(
            "KI67GR1",
            "Ki-67 group",
            {"LOW": f"<{high:g}%", "HIGH": f"\u2265{high:g}%"},
            {"LOW": "ki67.low", "HIGH": "ki67.high"},
        ),
        Statistics("DIAGMON", "Time since first diagnosis, months", "diagnosis"),
        Statistics("METMON", "Time since metastatic disease, months", "metastasis"),
        Categories("DENOVOFL", "De novo metastatic disease", YES_NO, {"Y": "denovo.yes", "N": "denovo.no"}),
        Statistics("DFIMON", "Disease-free interval of recurrent disease, months", "dfi"),
        Categories("VISCFL", "Visceral disease", YES_NO, {"Y": "visceral.yes", "N": "visceral.no"}),
        Flags(
            "Sites of disease",
            (
                ("LIVERFL", "Liver", "site.liver"),
                *(
                    (s.variable, s.label, f"site.{s.variable.removesuffix('FL').lower()}")
                    for s in params.patients.sites
                ),
            ),
        ),
        Categories("NSITES", "Number of sites"),
        Statistics(
            "AVAL", "Sum of diameters of the target lesions, mm", "sum_of_diameters", 0, "ADTR", sum_at_baseline
        ),
    )


def prior_therapy(params: Params) -> Sequence[Characteristic]:
    resistance = {RELAPSE: sentence(RELAPSE), SALVAGE: sentence(SALVAGE)}
    classes = params.patients.drug_classes
    return (
        Flags(
            "Treatment of early disease",
            (
                ("PRSURGFL", "Surgery", "prior.surgery"),
                ("PRRADFL", "Radiotherapy", "prior.radiotherapy"),
                ("ADJCTFL", "(Neo)adjuvant chemotherapy", "prior.adjuvant_chemotherapy"),
                ("ADJETFL", "(Neo)adjuvant endocrine therapy", "prior.adjuvant_endocrine"),
            ),
        ),
        Statistics("ADJETMON", "Duration of (neo)adjuvant endocrine therapy, months", "adjuvant_endocrine"),
        Categories("NADVLINE", "Lines of systemic therapy for advanced disease"),
        Categories("NETLINE", "Lines of endocrine therapy for advanced disease"),
        Categories(
            "NCTLINE",
            "Lines of chemotherapy for advanced disease",
            {0: "0", 1: "1"},
            {0: "chemotherapy_lines.0", 1: "chemotherapy_lines.1"},
        ),
        Flags(
            "Prior drugs, in any setting",
            (
                *((c.variable, c.label, f"prior.{c.variable[2:-2].lower()}") for c in classes),
                ("CDK46FL", "CDK4/6 inhibitor", "prior.cdk46"),
            ),
        ),
        Categories(
            "RESTYPE",
            "Type of secondary endocrine resistance",
            resistance,
            {RELAPSE: "resistance.adjuvant", SALVAGE: "resistance.salvage"},
        ),
    )


def _names(prefix: str, levels: Mapping[str, str]) -> dict[str, str]:
    return {value: f"{prefix}.{value.lower()}" for value in levels}


CHARACTERISTICS: Mapping[str, Callable[[Params], Sequence[Characteristic]]] = {
    DEMOGRAPHICS: demographics,
    DISEASE: disease,
    PRIOR_THERAPY: prior_therapy,
}


def results(context: Context, output: str) -> list[Result]:
    """The numbers of one of the three tables; none where the catalogue leaves it out."""
    if output not in context.catalogue:
        return []
    shown = CHARACTERISTICS[output](context.params)
    return [result for characteristic in shown for result in characteristic.results(context, output)]


def table(context: Context, output: str, found: list[Result]) -> Table:
    """One of the three tables from its results."""
    return context.table(
        output,
        (Column("", 0.62), Column(context.arm(output), 0.38, "decimal")),
        characteristic_rows(found),
        datasets=sorted({"ADSL"} | {result.dataset for result in found}),
        methods=[*METHODS[output](context.params), SHARES],
    )


SHARES = (
    "n (%): percentages are of all patients of the set, those with a missing value included. SD: standard deviation."
)


def _demographics_methods(params: Params) -> list[str]:
    return ["Baseline: the last value before the first dose, or before enrolment where no dose was given."]


def _disease_methods(params: Params) -> list[str]:
    wanted = params.patients
    return [
        f"A receptor is positive from {wanted.biomarkers.receptor_positive_percent:g}% of cells. IHC: "
        "immunohistochemistry; ISH: in situ hybridisation.",
        "Times are to enrolment, in months of 30.4375 days; a partial date is its earliest possible day. De novo: "
        f"metastatic disease within {wanted.de_novo_months} calendar months of the first diagnosis; the disease-free "
        "interval of the others is from first diagnosis to metastatic disease.",
        "Sites are those of all lesions at baseline, target or not; locations of one site count once.",
    ]


def _prior_methods(params: Params) -> list[str]:
    wanted = params.baseline.resistance
    return [
        "Adjuvant endocrine therapy counts from the first start to the last end, in months of 30.4375 days; a partial "
        "start is its earliest, a partial end its latest possible day.",
        f"Secondary endocrine resistance: relapse after at least {wanted.adjuvant_months} months of adjuvant endocrine "
        f"therapy, on it or within {wanted.after_adjuvant_months} months of its end, or progression after at least "
        f"{wanted.salvage_months} months of endocrine therapy for advanced disease; where both apply, the latter. "
        "Missing: neither can be shown from the data.",
    ]


METHODS: Mapping[str, Callable[[Params], list[str]]] = {
    DEMOGRAPHICS: _demographics_methods,
    DISEASE: _disease_methods,
    PRIOR_THERAPY: _prior_methods,
}
