"""Typed models of params/*.yaml, and the only loader and merger of them.

Every key that a protocol or a statistical analysis plan would state is here with its unit in its name. Where a
fact is not in the registry record, `sources` says where it comes from.
"""

import datetime as dt
import json
import math
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from analysis.errors import ParamsError
from analysis.params_base import LARGEST, MOST_DAYS, MOST_MONTHS, Days, Model, Positive, Share, Text
from analysis.params_baseline import Baseline, Subgroup
from analysis.params_eligibility import Eligibility
from analysis.params_findings import Ecg, Laboratory, VitalSigns
from analysis.params_patients import Patients
from analysis.params_safety import AdverseEvents, DosePlan, Exposure
from analysis.params_signers import Signers
from analysis.params_submission import Submission
from analysis.params_yaml import complain, load_alone, read_yaml

PFS_SECTIONS = ("14.2.1.", "14.2.6.1", "14.2.6.3")
"""Beginnings of the numbers of outputs of progression-free survival."""

RuleSet = Literal["fda", "fda_uniform_dates", "fda_investigator", "ema"]


class Treatment(Model):
    """One study drug; `extrt` is its name in EX.EXTRT. The QNAMs are of SUPPAE; without one, AEREL or AEACN counts."""

    name: Text
    extrt: Text
    dose_mg: Positive
    schedule: Text
    plan: DosePlan | None = None
    relatedness_qnam: Text | None = None
    action_qnam: Text | None = None


class StudyInfo(Model):
    """The facts of the title page."""

    id: Text
    title: Text
    short_title: Text
    sponsor: Text
    phase: Text
    indication: Text
    design: Text
    arm_label: Text
    synthetic: bool
    data_note: Text = Field(description="Sentence printed in the header of every page and under every display")
    treatments: list[Treatment] = Field(min_length=1)


class Subjects(Model):
    """Who counts as enrolled, and which arms are analysed."""

    enrolment_dsdecod: Text = "ENROLLED"
    arms: Literal["all"] | list[Text] = "all"
    per_protocol_excludes: list[Text] = []


class Schedule(Model):
    """The planned tumour assessments, in days from the start."""

    scan_interval_days: Annotated[int, Field(gt=0, le=MOST_DAYS)] = 56
    scan_window_days: Days = 7
    missed_assessments: Annotated[int, Field(ge=1, le=100)] = 2

    @property
    def gap_days(self) -> int:
        """An event more than this many elapsed days after the last adequate assessment follows a gap."""
        return self.missed_assessments * (self.scan_interval_days + self.scan_window_days)


class Design(Model):
    """The registered design; medians and periods in months."""

    n: Annotated[int, Field(gt=0, le=LARGEST)]
    null_median: Positive | None
    alternative_median: Positive | None
    alpha: Share = 0.05
    power: Share = 0.8
    sides: Literal[1, 2] = 2
    accrual_months: Positive = 24
    follow_up_months: Annotated[float, Field(ge=0, le=MOST_MONTHS, allow_inf_nan=False)] = 6
    dropout_percent_per_year: Annotated[float, Field(ge=0, lt=100, allow_inf_nan=False)] = 0
    simulation_trials: Annotated[int, Field(gt=0, le=10_000_000)] = 10_000
    simulation_seed: Annotated[int, Field(ge=0, lt=2**63)] = 20_220_101

    @property
    def dropout(self) -> float:
        """The hazard of a loss to follow-up per month."""
        return -math.log1p(-self.dropout_percent_per_year / 100) / 12

    @model_validator(mode="after")
    def alternative_is_longer(self) -> Self:
        if self.null_median and self.alternative_median and self.alternative_median <= self.null_median:
            raise ValueError("the alternative median must be longer than the null median")
        return self


class ClinicalProgression(Model):
    """How a clinical progression without a radiological one is recorded."""

    dsdecod: Text = "PROGRESSIVE DISEASE"
    rstestcd: Text | None = None


class NewTherapy(Model):
    """Where anticancer therapy after the start is recorded (CMCAT and PRCAT values)."""

    cm_categories: list[Text] = ["SUBSEQUENT ANTICANCER THERAPY"]
    surgery_categories: list[Text] = ["SUBSEQUENT ANTICANCER SURGERY"]
    radiotherapy_categories: list[Text] = ["SUBSEQUENT RADIOTHERAPY"]


class Pfs(Model):
    rule_set: RuleSet = "fda"
    sensitivity_sets: list[RuleSet] = ["fda_uniform_dates", "fda_investigator", "ema"]
    start: Literal["enrolment", "first_dose"] = "enrolment"
    max_months: Positive = 60
    landmarks_months: list[Positive] = [3, 6, 9, 12, 18]
    clinical_progression: ClinicalProgression = ClinicalProgression()
    new_therapy: NewTherapy = NewTherapy()

    @property
    def other_sets(self) -> list[RuleSet]:
        """The sensitivity sets; the primary set is none, even where the list names it."""
        return [name for name in self.sensitivity_sets if name != self.rule_set]


class Os(Model):
    max_months: Positive = 96
    landmarks_months: list[Positive] = [12, 24]


class Response(Model):
    rs_category: Text = "RECIST 1.1"
    rs_testcd: Text = "OVRLRESP"
    confirmation_days: Days = 28
    minimum_sd_days: Days = 42
    max_ne_between: Days = 1
    sd_between: Days = 1
    cr_then_worse: Literal["recist", "admiralonco"] = "recist"
    reader: Text = "investigator"
    cbr_rule: Literal["assessment", "duration"] = "assessment"
    cbr_days: Days = 168
    max_months: Positive = 24
    dor_landmarks_months: list[Positive] = [6, 12]


class Km(Model):
    conf_type: Literal["log-log", "log", "plain"] = "log-log"
    conf_level: Share = 0.95


def _inside(name: str) -> str:
    """The name of a file of the study or the project: a file elsewhere would be in no manifest and in no package."""
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        raise ValueError("expected a path within the study or the project")
    return name


class Report(Model):
    """The making of the report; short tables in its text have at most `in_text_rows`, sentences so many terms or more.

    `in_text_terms` are as many, and those as frequent as the last of them.
    """

    engine: Literal["auto", "quarto", "pandoc"] = "auto"
    reference_docx: Annotated[Text, AfterValidator(_inside)] | None = None
    in_text_rows: Annotated[int, Field(ge=1)] = 15
    in_text_terms: Annotated[int, Field(ge=1)] = 5


class Run(Model):
    """How a run works; a cell of a notebook that takes longer is taken to hang and fails the run."""

    cell_timeout_seconds: Annotated[int, Field(ge=1, le=604_800)] = 900


class Privacy(Model):
    """The public version: numbers of patients that are above 0 and below `minimum_cell` are not shown."""

    minimum_cell: Annotated[int, Field(ge=2)] = 5


class Params(Model):
    """study.yaml merged with cuts/<cut>.yaml, checked."""

    study: StudyInfo
    design: Design
    subjects: Subjects = Subjects()
    schedule: Schedule = Schedule()
    pfs: Pfs = Pfs()
    os: Os = Os()
    response: Response = Response()
    baseline: Baseline = Baseline()
    patients: Patients = Patients()
    eligibility: Eligibility | None = None
    subgroups: list[Subgroup] = []
    adverse_events: AdverseEvents = AdverseEvents()
    exposure: Exposure = Exposure()
    laboratory: Laboratory = Laboratory()
    vital_signs: VitalSigns = VitalSigns()
    ecg: Ecg = Ecg()
    km: Km = Km()
    report: Report = Report()
    run: Run = Run()
    privacy: Privacy = Privacy()
    sources: dict[str, Text] = Field(
        default={}, description="Dotted key (or its prefix) to its source: registry, assumption, or a citation"
    )
    cut: Text
    cutoff: dt.date
    purpose: Literal["interim_descriptive", "primary", "update"]
    lock_sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")] | None = None
    transfer: Text | None = None

    @model_validator(mode="after")
    def values_fit_together(self) -> Self:
        first_scan = self.schedule.scan_interval_days - self.schedule.scan_window_days
        if self.response.minimum_sd_days > first_scan:
            raise ValueError(
                f"response.minimum_sd_days {self.response.minimum_sd_days}, expected at most {first_scan}, "
                "the first scan minus its window (schedule)"
            )
        if self.response.cbr_days < self.response.minimum_sd_days:
            raise ValueError(
                f"response.cbr_days {self.response.cbr_days}, expected at least response.minimum_sd_days "
                f"{self.response.minimum_sd_days}"
            )
        for name, months in (("pfs", self.pfs.landmarks_months), ("os", self.os.landmarks_months)):
            if months != sorted(set(months)):
                raise ValueError(f"{name}.landmarks_months must rise from one to the next")
        covariates = [subgroup.variable for subgroup in self.subgroups]
        if len(set(covariates)) < len(covariates):
            raise ValueError("subgroups names a variable more than once")
        if len(set(self.pfs.sensitivity_sets)) < len(self.pfs.sensitivity_sets):
            raise ValueError("pfs.sensitivity_sets names a set more than once")
        return self

    def is_assumed(self, key: str) -> bool:
        """Whether the source of a dotted key, or of its longest listed prefix, is an assumption."""
        parts = key.split(".")
        for end in range(len(parts), 0, -1):
            source = self.sources.get(".".join(parts[:end]))
            if source is not None:
                return source.startswith("assumption")
        return False


class Output(Model):
    """One table (t-), figure (f-) or listing (l-) of the catalogue."""

    id: Annotated[str, StringConstraints(pattern=r"^[tfl](-[0-9]+)+$")]
    title: Text
    population: Literal["screened", "enrolled", "fas", "safety", "response_evaluable", "per_protocol"]
    shows: Text | None = Field(
        default=None, description="Line under the title in place of the population, where no patient's data are shown"
    )
    notebook: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    footnotes: list[Text] = []
    marks: dict[Text, Text] = Field(
        default={},
        description="Footnotes of single rows: the label of the row, and the footnote that its mark leads to",
    )
    series: bool = Field(
        default=False, description="The first of as many figures as the data make; the next ones count on from its id"
    )

    @property
    def number(self) -> str:
        """The number in print, such as 14.2.1.1."""
        return self.id[2:].replace("-", ".")

    @property
    def label(self) -> str:
        return {"t": "Table", "f": "Figure", "l": "Listing"}[self.id[0]] + " " + self.number


class Catalogue(Model):
    outputs: list[Output]

    @model_validator(mode="after")
    def ids_are_unique(self) -> Self:
        ids = [o.id for o in self.outputs]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"outputs ids listed more than once: {', '.join(twice)}")
        return self


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def load(cut: str, params_dir: Path | str = "params") -> Params:
    """Load and check the parameters of one cut.

    Merges study.yaml, then cuts/<cut>.yaml (mappings deep, lists replaced). Raises ParamsError with file, key and
    what was expected for an unknown key, a wrong type, an impossible value or a second `primary` cut.
    """
    folder = Path(params_dir)
    study_path, cut_path = folder / "study.yaml", folder / "cuts" / f"{cut}.yaml"
    study = read_yaml(study_path)
    if not cut_path.is_file():
        known = ", ".join(sorted(p.stem for p in (folder / "cuts").glob("*.yaml"))) or "none"
        raise ParamsError(f"{cut_path}: no such file; known cuts: {known}")
    own = read_yaml(cut_path)
    for path, tree in ((study_path, study), (cut_path, own)):
        if "cut" in tree:
            raise ParamsError(f"{path}: cut: unknown key; the cut's name is the file's name")
    try:
        params = Params.model_validate(_merge(study, own) | {"cut": cut})
    except ValidationError as error:
        raise complain(error, {study_path: study, cut_path: own}) from None
    if params.purpose == "primary":
        for other in sorted((folder / "cuts").glob("*.yaml")):
            if other.stem != cut and read_yaml(other).get("purpose") == "primary":
                raise ParamsError(f"{other}: purpose: primary, and so is {cut_path}; at most one cut may be primary")
    return params


def load_subjects(params_dir: Path | str = "params") -> Subjects:
    """Load who counts as enrolled from study.yaml alone, for a cut that has no parameters yet."""
    return load_alone(Subjects, Path(params_dir) / "study.yaml", "subjects")


def load_catalogue(params_dir: Path | str = "params") -> dict[str, Output]:
    """Load outputs.yaml as id -> Output, in the order of the file."""
    catalogue = load_alone(Catalogue, Path(params_dir) / "outputs.yaml")
    return {output.id: output for output in catalogue.outputs}


def listed_as(name: str, catalogue: Mapping[str, Output]) -> str | None:
    """The id under which a catalogue has an output: its own, or the first of the series that it belongs to."""
    first = f"{name.rpartition('-')[0]}-1"
    if name in catalogue:
        return name
    return first if first in catalogue and catalogue[first].series else None


def is_listed(name: str, catalogue: Mapping[str, Output]) -> bool:
    """Whether a catalogue has an output of this id, or a series that it belongs to."""
    return listed_as(name, catalogue) is not None


def catalogue_of(params: Params, params_dir: Path | str) -> dict[str, Output]:
    """The catalogue as one cut shows it: PFS from the first dose is of the safety set, not of the FAS."""
    catalogue = load_catalogue(params_dir)
    if params.pfs.start == "first_dose":
        for name, output in catalogue.items():
            if output.number.startswith(PFS_SECTIONS) and output.population == "fas":
                catalogue[name] = output.model_copy(update={"population": "safety"})
    return catalogue


def cuts(params_dir: Path | str = "params") -> list[str]:
    """Names of the cuts that have parameters, sorted."""
    return sorted(p.stem for p in (Path(params_dir) / "cuts").glob("*.yaml"))


def json_schemas() -> dict[str, str]:
    """JSON Schema of each params file, for editors: file name -> text."""
    whole = Params.model_json_schema()
    cut_keys = {"cutoff", "purpose", "lock_sha256", "transfer"}
    study = json.loads(json.dumps(whole))
    study["properties"] = {k: v for k, v in whole["properties"].items() if k not in cut_keys | {"cut"}}
    study["required"] = [k for k in whole["required"] if k in study["properties"]]
    cut = json.loads(json.dumps(whole))
    cut["properties"].pop("cut")
    cut["required"] = ["cutoff", "purpose"]
    schemas = {"study": study, "cut": cut, "outputs": Catalogue.model_json_schema()}
    schemas["signers"] = Signers.model_json_schema()
    schemas["submission"] = Submission.model_json_schema()
    return {f"{name}.schema.json": json.dumps(s, indent=2, sort_keys=True) + "\n" for name, s in schemas.items()}
