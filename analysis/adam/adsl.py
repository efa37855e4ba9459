"""ADSL: one record per screened patient, with dates, disposition, analysis sets and the reasons for exclusion."""

import datetime as dt
from typing import Any

import polars as pl

from analysis.adam import death, disposition
from analysis.adam.addv import excludes_from_per_protocol
from analysis.adam.ae_rules import period_end
from analysis.adam.alive import last_alive
from analysis.adam.assessments import assessments, baselines
from analysis.adam.baseline import SCHEMA as COVARIATES
from analysis.adam.baseline import covariates
from analysis.adam.characteristics import SCHEMA as CHARACTERISTICS
from analysis.adam.characteristics import characteristics
from analysis.adam.dates import Anchors, Imputed, impute
from analysis.adam.exposure import drugs_taken, exposures
from analysis.adam.populations import population_flags
from analysis.adam.prior_therapy import SCHEMA as PRIOR_THERAPY
from analysis.adam.prior_therapy import prior_treatment
from analysis.adam.progression import clinical_progressions
from analysis.adam.records import Queries, Row, Sdtm, Source, day_of, period_of, rows, source_of
from analysis.adam.therapy import new_therapies
from analysis.errors import ParamsError
from analysis.params import Params

DM_TEXT = (
    "STUDYID",
    "USUBJID",
    "SUBJID",
    "SITEID",
    "AGEU",
    "SEX",
    "RACE",
    "ETHNIC",
    "COUNTRY",
    "ARMCD",
    "ARM",
    "ACTARM",
)


def schema(params: Params) -> dict[str, Any]:
    """Variables of ADSL and their types; those of a drug end in its number in params study.treatments."""
    drugs: dict[str, Any] = {}
    for place in range(1, len(params.study.treatments) + 1):
        drugs |= {f"EOTSTT{place}": pl.String, f"EOTDT{place}": pl.Date, f"DCTREAS{place}": pl.String}
    return {
        **{"STUDYID": pl.String, "USUBJID": pl.String, "SUBJID": pl.String, "SITEID": pl.String},
        **{"AGE": pl.Float64, "AGEU": pl.String, "SEX": pl.String, "RACE": pl.String, "ETHNIC": pl.String},
        **{"COUNTRY": pl.String, "ARMCD": pl.String, "ARM": pl.String, "ACTARM": pl.String},
        **{"TRT01P": pl.String, "TRT01A": pl.String, "RFICDT": pl.Date},
        **{"SCRNFL": pl.String, "SCRFFL": pl.String, "SCRFREAS": pl.String},
        **{"ENRLFL": pl.String, "ENRLDT": pl.Date, "ENRLSEQ": pl.Int64},
        **{"TRTSDT": pl.Date, "TRTSDTF": pl.String, "TRTSSEQ": pl.Int64, "TRTEDT": pl.Date, "TRTEDTF": pl.String},
        **drugs,
        **{"EOSSTT": pl.String, "EOSDT": pl.Date, "DCSREAS": pl.String},
        **{"DTHFL": pl.String, "DTHDT": pl.Date, "DTHDTF": pl.String},
        **death.SCHEMA,
        **{"LSTALVDT": pl.Date, "LALVDOM": pl.String, "LALVVAR": pl.String, "LALVSEQ": pl.Int64},
        **{"NACTDT": pl.Date, "NACTDTF": pl.String, "NACTDOM": pl.String, "NACTSEQ": pl.Int64},
        **{"TEENDT": pl.Date, "TEENWK": pl.Int64},
        **{"BSCANFL": pl.String, "MEASBLFL": pl.String},
        **COVARIATES,
        **CHARACTERISTICS,
        **PRIOR_THERAPY,
        **{"FASFL": pl.String, "FASEXRS": pl.String, "SAFFL": pl.String, "SAFEXRS": pl.String},
        **{"RSPEVFL": pl.String, "RSPEXRS": pl.String, "PPROTFL": pl.String, "PPEXRS": pl.String},
    }


def derive_adsl(sdtm: Sdtm, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """ADSL of the patients in DM, sorted by USUBJID; enrolled patients of arms that params leave out are left out.

    Flags are "Y" or "N". Queries are added to `queries` where given.
    """
    queries = queries or Queries()
    enrolled = disposition.enrolments(sdtm, params)
    enrolment_days = {usubjid: day for usubjid, (day, _) in enrolled.items()}
    subjects = _of_the_arms(rows(sdtm, "DM"), set(enrolled), params)
    dead = {s["USUBJID"]: day for s in subjects if (day := day_of(s, "DM", "DTHDTC")) is not None}
    exposed = exposures(sdtm, params, enrolled=enrolment_days, death=dead, queries=queries)
    alive = last_alive(sdtm, params, dead)
    consented = disposition.consents(sdtm)
    failed = disposition.screen_failures(sdtm)
    baseline_until = {usubjid: day.isoformat() for usubjid, day in enrolment_days.items()}
    baseline_until |= {usubjid: exposure.first_dtc for usubjid, exposure in exposed.items()}
    scanned = baselines(sdtm, params, baseline_until, queries)
    brought = covariates(sdtm, params, subjects, baseline_until)
    usubjids = [subject["USUBJID"] for subject in subjects]
    described = characteristics(sdtm, params, usubjids, enrolment_days, baseline_until, queries)
    treated_before = prior_treatment(sdtm, params, usubjids)
    assessed = _assessed(sdtm, params, enrolment_days, queries)
    deviations = _deviations(sdtm, params)
    died_of = death.causes(sdtm)
    last_dose = {usubjid: exposure.last for usubjid, exposure in exposed.items()}
    therapies = new_therapies(sdtm, params, enrolment_days, last_dose, queries)
    add_disposition = _Disposition(sdtm, params)

    columns = schema(params)
    records = []
    for subject in subjects:
        usubjid = subject["USUBJID"]
        patient = dict.fromkeys(columns) | {name: subject.get(name) for name in (*DM_TEXT, "AGE")}
        patient |= {"SCRNFL": "Y", "RFICDT": consented.get(usubjid)}
        patient |= {"ENRLFL": _flag(usubjid in enrolled)}
        if usubjid in enrolled:
            patient |= {"TRT01P": subject.get("ARM")}
            patient["ENRLDT"], patient["ENRLSEQ"] = enrolled[usubjid]
        patient |= {"SCRFFL": _flag(usubjid in failed and usubjid not in enrolled)}
        patient |= {"SCRFREAS": failed.get(usubjid) if patient["SCRFFL"] == "Y" else None}
        if (exposure := exposed.get(usubjid)) is not None:
            patient |= {"TRT01A": subject.get("ACTARM") or subject.get("ARM")}
            patient |= {
                "TRTSDT": exposure.first,
                "TRTSDTF": exposure.first_flag or None,
                "TRTSSEQ": exposure.first_source.seq,
            }
            patient |= {"TRTEDT": exposure.last, "TRTEDTF": exposure.last_flag or None}
        if usubjid in alive:
            patient["LSTALVDT"], source = alive[usubjid]
            patient |= {"LALVDOM": source.domain, "LALVVAR": source.variable, "LALVSEQ": source.seq}
        patient |= _death(subject, patient, params, queries)
        patient |= death.timing(subject.get("DTHDTC"), patient, params)
        if patient["DTHFL"] == "Y":
            patient |= died_of.get(usubjid, {})
        patient |= add_disposition(patient)
        if (therapy := therapies.get(usubjid)) is not None:
            patient |= {"NACTDT": therapy.date, "NACTDTF": therapy.flag or None}
            patient |= {"NACTDOM": therapy.source.domain, "NACTSEQ": therapy.source.seq}
        patient["TEENDT"] = end = period_end(patient, params)
        patient["TEENWK"] = (end - patient["TRTSDT"]).days // 7 if end and patient["TRTSDT"] else None
        baseline = scanned.get(usubjid)
        patient["BSCANFL"] = _flag(baseline is not None and baseline.scanned)
        patient["MEASBLFL"] = _flag(baseline is not None and baseline.measurable)
        patient |= brought[usubjid] | described[usubjid] | treated_before[usubjid]
        _query_contradictions(patient, queries)
        in_response = usubjid in assessed or patient["DTHFL"] == "Y"
        patient |= population_flags(patient | {"ASSESSED": in_response, "DEVIATION": deviations.get(usubjid)})
        records.append(patient)
    return pl.DataFrame(records, schema=columns, orient="row").sort("USUBJID")


def _flag(value: bool) -> str:
    return "Y" if value else "N"


def _of_the_arms(subjects: list[Row], enrolled: set[str], params: Params) -> list[Row]:
    """Everyone screened but the enrolled patients of arms that params.subjects.arms does not list."""
    arms = params.subjects.arms
    if arms == "all":
        return subjects
    known = sorted({str(s["ARM"]) for s in subjects if s["USUBJID"] in enrolled})
    for arm in arms:
        if arm not in known:
            raise ParamsError(f"subjects.arms: no enrolled patient has ARM {arm!r}; found: {', '.join(known)}")
    return [s for s in subjects if s["USUBJID"] not in enrolled or s["ARM"] in arms]


def _death(subject: Row, patient: Row, params: Params, queries: Queries) -> Row:
    """DTHFL, DTHDT and DTHDTF from DM. A partial date is imputed by the rule `death`.

    A patient was alive when enrolled, whatever the last known alive date.
    """
    source = source_of(subject, "DM", "DTHDTC")
    died = subject.get("DTHFL") == "Y" or subject.get("DTHDTC") is not None
    if not died:
        return {"DTHFL": "N"}
    period_of(subject, "DM", "DTHDTC")  # an invalid date is named here
    alive = [day for day in (patient["LSTALVDT"], patient["ENRLDT"]) if day is not None]
    anchors = Anchors(params.cutoff, last_alive=max(alive, default=None))
    imputed: Imputed = impute("death", subject.get("DTHDTC"), anchors)
    if imputed.query:
        queries.add(source, subject, "death", imputed.query)
    return {"DTHFL": "Y", "DTHDT": imputed.date, "DTHDTF": imputed.flag or None}


def _assessed(sdtm: Sdtm, params: Params, start: dict[str, dt.date], queries: Queries) -> set[str]:
    """Patients with an adequate assessment after the start, or a clinical progression."""
    read = assessments(sdtm, params, queries)
    adequate = {u for u, found in read.items() if u in start and any(a.adequate and a.date > start[u] for a in found)}
    return adequate | set(clinical_progressions(sdtm, params, read, queries))


def _deviations(sdtm: Sdtm, params: Params) -> dict[str, str]:
    """Per patient the first important deviation of a category (DVDECOD) that excludes from the per-protocol set."""
    found: dict[str, str] = {}
    for row in rows(sdtm, "DV"):
        if excludes_from_per_protocol(row, params):
            found.setdefault(row["USUBJID"], row["DVDECOD"])
    return found


class _Disposition:
    """Adds why and when a patient stopped each drug and the study."""

    def __init__(self, sdtm: Sdtm, params: Params) -> None:
        self.taken = drugs_taken(sdtm, params)
        self.drug_ends = disposition.drug_ends(sdtm, [t.extrt.strip().upper() for t in params.study.treatments])
        self.study_ends = disposition.disposition_events(sdtm, disposition.WHOLE_STUDY)

    def __call__(self, patient: Row) -> Row:
        usubjid, died = patient["USUBJID"], patient["DTHFL"] == "Y"
        found: Row = {}
        for place, (drug, ends) in enumerate(self.drug_ends.items(), start=1):
            if drug in self.taken.get(usubjid, set()):
                says = disposition.status(ends.get(usubjid), died=died)
                found |= self._named(says, f"EOTSTT{place}", f"EOTDT{place}", f"DCTREAS{place}", patient)
            elif patient["ENRLFL"] == "Y":
                found |= {f"EOTSTT{place}": "NOT TREATED"}
        if patient["ENRLFL"] == "Y":
            says = disposition.status(self.study_ends.get(usubjid), died=died)
            found |= self._named(says, "EOSSTT", "EOSDT", "DCSREAS", patient)
        return found

    @staticmethod
    def _named(says: Row, status: str, date: str, reason: str, patient: Row) -> Row:
        day = patient["DTHDT"] if says["reason"] == "DEATH" and says["date"] is None else says["date"]
        return {status: says["status"], date: day, reason: says["reason"]}


def _query_contradictions(patient: Row, queries: Queries) -> None:
    """Ask about facts of one patient that cannot all be true; the derivation goes on as the text says."""
    death, enrolled, first = patient["DTHDT"], patient["ENRLDT"], patient["TRTSDT"]
    row = {"USUBJID": patient["USUBJID"], "DTHDTC": death, "EXSTDTC": first, "DSSTDTC": patient["EOSDT"]}
    if enrolled is not None and death is not None and death < enrolled:
        queries.add(Source("DM", "DTHDTC"), row, "order", f"Death before enrolment ({enrolled}): taken as that day")
    if first is not None and enrolled is None:
        queries.add(Source("EX", "EXSTDTC", patient["TRTSSEQ"]), row, "order", "Study treatment without enrolment")
    if first is not None and enrolled is not None and first < enrolled:
        text = f"First dose before enrolment ({enrolled}): time starts at enrolment"
        queries.add(Source("EX", "EXSTDTC", patient["TRTSSEQ"]), row, "order", text)
    if patient["DCSREAS"] == "DEATH" and patient["DTHFL"] == "N":
        queries.add(Source("DS", "DSSTDTC"), row, "order", "DS records a death that DM does not: not counted")
