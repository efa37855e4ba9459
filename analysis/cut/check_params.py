"""The rules of the data check about values of params: a misspelt one selects nothing and changes results silently.

How values are compared is what analysis/adam does: drugs and the reader in upper case, terms as they are written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from analysis.cut.check_rule import NO_RECORD, Data, Found, found_values, says
from analysis.params import Params
from analysis.params_patients import Patients


@dataclass(frozen=True)
class Selection:
    """Values that params give under `key` to select records by a variable.

    Of these records only those count in which each variable of `among` has the value there, or says nothing.
    """

    key: str
    values: tuple[str, ...]
    dataset: str
    variable: str
    among: Mapping[str, str] = field(default_factory=dict)


def selections(params: Params) -> tuple[Selection, ...]:
    """Return the values of params that may select no record yet, but are expected to in a whole study."""
    therapy, progression = params.pfs.new_therapy, params.pfs.clinical_progression
    tests = (progression.rstestcd,) if progression.rstestcd is not None else ()
    per_drug = [name for drug in params.study.treatments for name in (drug.relatedness_qnam, drug.action_qnam)]
    excludes, important = tuple(params.subjects.per_protocol_excludes), {"DVCAT": "IMPORTANT DEVIATION"}
    return (
        Selection("pfs.new_therapy.cm_categories", tuple(therapy.cm_categories), "CM", "CMCAT"),
        Selection("pfs.new_therapy.surgery_categories", tuple(therapy.surgery_categories), "PR", "PRCAT"),
        Selection("pfs.new_therapy.radiotherapy_categories", tuple(therapy.radiotherapy_categories), "PR", "PRCAT"),
        Selection("pfs.clinical_progression.dsdecod", (progression.dsdecod,), "DS", "DSDECOD"),
        Selection("pfs.clinical_progression.rstestcd", tests, "RS", "RSTESTCD"),
        Selection("study.treatments", tuple(name for name in per_drug if name is not None), "SUPPAE", "QNAM"),
        Selection("subjects.per_protocol_excludes", excludes, "DV", "DVDECOD", important),
        *_of_patients(params.patients),
    )


def _of_patients(patients: Patients) -> Iterator[Selection]:
    """What section 14.1 shows of the patients."""
    tests = patients.biomarkers
    markers = (tests.er_testcd, tests.pr_testcd, tests.her2_testcd, tests.ki67_testcd)
    for key, dataset, variable, values in (
        ("menopause_testcd", "RP", "RPTESTCD", (patients.menopause_testcd,)),
        ("biomarkers", "MI", "MITESTCD", markers),
        ("history_categories", "MH", "MHCAT", tuple(patients.history_categories)),
        ("surgery_categories", "PR", "PRCAT", tuple(patients.surgery_categories)),
        ("radiotherapy_categories", "PR", "PRCAT", tuple(patients.radiotherapy_categories)),
        ("line_qnam", "SUPPCM", "QNAM", (patients.line_qnam,)),
    ):
        yield Selection(f"patients.{key}", tuple(v for v in values if v is not None), dataset, variable)


def values_occur(data: Data) -> Iterator[Found]:
    """A record for each of these values of params, where the variable has values; at an early cut none may be right."""
    for line in selections(data.params):
        frame = data.frame(line.dataset, line.variable)
        if frame is None or frame[line.variable].is_null().all():
            continue
        values = _among(frame, line.among)[line.variable]
        unknown = ", ".join(repr(term) for term in line.values if term not in values)
        where = "".join(f" where {variable} is {term!r}" for variable, term in line.among.items())
        if unknown:
            text = f"params {line.key}: no record has {unknown}; found{where}: {found_values(values)}"
            yield Found(line.dataset, line.variable, NO_RECORD, says(text))


def study_drugs_given(data: Data) -> Iterator[Found]:
    """A record of every study drug of params."""
    exposure = data.frame("EX", "EXTRT")
    if exposure is None or exposure["EXTRT"].is_null().all():
        return
    given = exposure["EXTRT"].str.strip_chars().str.to_uppercase()
    for treatment in data.params.study.treatments:
        if treatment.extrt.strip().upper() not in given:
            text = f"params study.treatments: no record has extrt {treatment.extrt!r}; found: "
            yield Found("EX", "EXTRT", NO_RECORD, says(text + found_values(exposure["EXTRT"])))


def reader_occurs(data: Data) -> Iterator[Found]:
    """An overall response of the reader of params, unless no reader is named at all."""
    responses, wanted = data.frame("RS", "RSTESTCD", "RSEVAL"), data.params.response
    if responses is None:
        return
    overall = _among(responses, {"RSCAT": wanted.rs_category, "RSTESTCD": wanted.rs_testcd})["RSEVAL"].drop_nulls()
    if not overall.is_empty() and wanted.reader.upper() not in overall:
        text = f"params response.reader: no {wanted.rs_testcd} has {wanted.reader.upper()!r}; found: "
        yield Found("RS", "RSEVAL", NO_RECORD, says(text + found_values(overall)))


def _among(frame: pl.DataFrame, among: Mapping[str, str]) -> pl.DataFrame:
    """Return the records in which each variable, where it is there and says something, has the given value."""
    stated = [pl.col(name).fill_null(term) == term for name, term in among.items() if name in frame.columns]
    return frame.filter(stated) if stated else frame
