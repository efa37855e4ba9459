"""The data cut-off: which records of a transfer stay, and what in them must not tell what happened later.

The rules are those of the analysis plan. A record stays when its date is on or before the cut-off, the whole day
counting; a partial date counts by its earliest possible day; a record without a date stays. In what stays nothing
from after the cut-off survives. Every record removed and every value changed is logged with its reason.
"""

import datetime as dt
import shutil
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from analysis import params as parameters
from analysis.cut import deaths, kept, parents
from analysis.cut.dataset import Dataset, read_folder, write_xpt
from analysis.cut.dates import earliest
from analysis.cut.edit import LOG_SCHEMA, Edit, whole_log
from analysis.cut.lock import LOCK_FILE, Record, folder_sha256, write_cut_file
from analysis.errors import CsrError, DataError, LockError, ParamsError
from analysis.params import Subjects
from analysis.paths import Study, check_cut_name
from analysis.spreadsheet import inert

STARTS = "starts after the cut-off"
DATED = "dated after the cut-off"
DECIDING_DATES = (
    ("finding", (("--STDTC", STARTS), ("--DTC", DATED))),
    ("with a start", (("--STDTC", STARTS),)),
    ("without a start", (("--DTC", DATED),)),
)
"""The date that decides in a kind of dataset, the first that a record has. Of findings (--TESTCD) --DTC is the date of
the finding; beside the start of an event or intervention (EX, CM, PR, AE, MH, DS, DV, SV, SE ...) it only says when the
record was collected, so a record with a missing start stays. A dataset that has neither goes by the start of the visit
in SV. DM goes by consent (CONSENT_DATES); SUPP--, RELREC and comments on records follow their parents; datasets without
patients (the trial design) stay whole."""

CONSENT_DATES = (
    ("DM.RFICDTC", "informed consent"),
    ("DS.INFORMED CONSENT OBTAINED", "the DS record of informed consent"),
    ("DM.DMDTC", "the collection of the demographics"),
    ("DS.ENROLMENT", "the DS record of enrolment"),
    ("DM.RFSTDTC", "the start of the reference period"),
)
"""The date of consent, and what stands in for it in a patient who has none (public data have no RFICDTC)."""


def apply_cutoff(
    datasets: Mapping[str, Dataset], cutoff: dt.date, subjects: Subjects | None = None
) -> tuple[dict[str, Dataset], pl.DataFrame]:
    """Apply the data cut-off to the datasets of a transfer.

    `subjects` names the DS record of enrolment. Returns the datasets as they were known on the cut-off, and the log
    with the columns DATASET USUBJID SEQ VARIABLE OLD NEW ACTION (removed, changed, cleared, noted) REASON. Raises
    DataError where there is no DM with USUBJID.
    """
    if "DM" not in datasets or "USUBJID" not in datasets["DM"].frame.columns:
        raise DataError("DM: no such dataset or no USUBJID in it; expected one record per patient")
    enrolment = (subjects or Subjects()).enrolment_dsdecod
    edits = {name: Edit(dataset) for name, dataset in datasets.items()}
    dm, records = edits["DM"], [e for n, e in edits.items() if n != "DM" and "USUBJID" in e.frame.columns]
    linked = [edit for edit in records if parents.is_linked(edit)]
    own = [edit for edit in records if edit not in linked]

    late, note = _late_patients(datasets, cutoff, enrolment)
    dead = deaths.deaths_after([dm, *records], cutoff)
    visits = _late_visits(datasets, cutoff)
    for edit in [dm, *records]:
        edit.drop("USUBJID", pl.col("USUBJID").is_in(late.implode()), "informed consent after the cut-off")
    for edit in records:
        _drop_late_records(edit, cutoff, visits)
    for edit in own:
        if edit.domain != "AE":  # an adverse event stays, as not fatal yet
            states_death = deaths.states_death(edit.domain, edit.frame.columns)
            undone = pl.col("USUBJID").is_in(dead.implode()) & states_death
            edit.drop("USUBJID", undone, "states a death after the cut-off")
    for edit in linked:
        parents.follow(edit, [*own, dm], dead)
    for edit in edits.values():
        kept.drop_late_values(edit, cutoff)
    for edit in own:
        kept.close_records(edit, cutoff, dead)
    kept.close_patients(dm, edits, cutoff, enrolment, dead)
    for edit in edits.values():
        kept.clear_study_days(edit, datasets["DM"].frame, cutoff)
        kept.clear_late_dates(edit, cutoff)
    log = pl.concat([note, whole_log(list(edits.values()))])
    return {name: edit.dataset.with_frame(edit.frame) for name, edit in edits.items()}, log


def _drop_late_records(edit: Edit, cutoff: dt.date, visits: pl.DataFrame) -> None:
    """Remove the records whose date is after the cut-off (DECIDING_DATES)."""
    is_kind = {
        "finding": edit.variable("--TESTCD") is not None,
        "with a start": edit.variable("--STDTC") is not None,
        "without a start": edit.variable("--DTC") is not None,
    }
    dates = next((dates for kind, dates in DECIDING_DATES if is_kind[kind]), ())
    undated = pl.lit(True)
    for name, reason in dates:
        variable = edit.variable(name)
        if variable:
            day = earliest(pl.col(variable))
            edit.drop(variable, undated & (day > cutoff), reason)
            undated &= day.is_null()
    if not edit.variable("--STDTC") and not edit.variable("--DTC") and "VISITNUM" in edit.frame.columns:
        visit = pl.struct("USUBJID", "VISITNUM").is_in(visits.select(pl.struct(pl.all())).to_series().implode())
        edit.drop("VISITNUM", visit, "its visit starts after the cut-off")


def _late_visits(datasets: Mapping[str, Dataset], cutoff: dt.date) -> pl.DataFrame:
    """Return USUBJID and VISITNUM of the visits that start after the cut-off."""
    if "SV" not in datasets or not {"USUBJID", "VISITNUM", "SVSTDTC"} <= set(datasets["SV"].frame.columns):
        return pl.DataFrame(schema={"USUBJID": pl.String, "VISITNUM": pl.Float64})
    return datasets["SV"].frame.filter(earliest(pl.col("SVSTDTC")) > cutoff).select("USUBJID", "VISITNUM")


def _late_patients(datasets: Mapping[str, Dataset], cutoff: dt.date, enrolment: str) -> tuple[pl.Series, pl.DataFrame]:
    """Return the patients whose consent is after the cut-off, and log which date stood in for a missing consent."""
    patients = datasets["DM"].frame.select("USUBJID").unique(maintain_order=True)
    for source, _ in CONSENT_DATES:
        domain, item = source.split(".")
        frame = datasets[domain].frame if domain in datasets else pl.DataFrame()
        needed = {"USUBJID", "DSDECOD", "DSSTDTC"} if domain == "DS" else {"USUBJID", item}
        if not needed <= set(frame.columns):
            patients = patients.with_columns(pl.lit(None, pl.Date).alias(source))
            continue
        if domain == "DS":
            frame = frame.filter(pl.col("DSDECOD") == (enrolment if item == "ENROLMENT" else item))
        day = earliest(pl.col("DSSTDTC" if domain == "DS" else item)).min()
        patients = patients.join(frame.group_by("USUBJID").agg(day.alias(source)), "USUBJID", "left")
    sources = [source for source, _ in CONSENT_DATES]
    late = patients.filter(pl.coalesce(sources) > cutoff)["USUBJID"].sort()
    notes = []
    for index, (source, meaning) in enumerate(CONSENT_DATES):
        known_before = pl.any_horizontal(pl.lit(False), *(pl.col(s).is_not_null() for s in sources[:index]))
        n = patients.filter(~known_before & pl.col(source).is_not_null()).height
        if index and n:
            notes.append(f"no RFICDTC in {n} patients: {meaning} decides instead")
    n = patients.filter(pl.coalesce(sources).is_null()).height
    if n:
        notes.append(f"no date of consent in {n} patients: they stay")
    log = [{"DATASET": "DM", "VARIABLE": "RFICDTC", "ACTION": "noted", "REASON": text} for text in notes]
    return late, pl.DataFrame(log, schema=LOG_SCHEMA)


def write_cut(
    study: Study, transfer: str | Path, cutoff: dt.date, name: str | None = None, record: Record | None = None
) -> Path:
    """Apply the cut-off to a transfer and write data/cuts/<name>/ of the study: XPT files, cut-log.csv and cut.json.

    `transfer` is a path, or a name in data/transfers; `name` defaults to the date. The folder appears whole or not at
    all; `record` logs it just before it appears.

    Raises ParamsError for a bad name, an unknown transfer, a cut-off that differs from the cut's params
    or is later than the transfer, LockError where the cut is locked.
    """
    name = name or cutoff.isoformat()
    check_cut_name(name)
    subjects = _subjects(study, name, cutoff)
    source = _transfer(study, transfer)
    _check_reach(source.resolve(), cutoff)
    target = study.root / "data" / "cuts" / name
    if (target / LOCK_FILE).exists():
        raise LockError(f"{target}: locked, so it is not overwritten; choose another --name or delete the folder first")
    datasets, log = apply_cutoff(read_folder(source), cutoff, subjects)
    fresh, old = target.with_name(f".{name}.new"), target.with_name(f".{name}.old")
    try:
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)
        fresh.mkdir(parents=True)
        for dataset in datasets.values():
            write_xpt(dataset, fresh / f"{dataset.name.lower()}.xpt")
        write_log(log, fresh / "cut-log.csv")
        write_cut_file(fresh, cutoff, source.resolve().name)
        if record:
            record(
                {"kind": "cut", "cut": name, "cutoff": cutoff.isoformat(), "transfer": source.resolve().name}
                | {"transfer_sha256": folder_sha256(source), "cut_sha256": folder_sha256(fresh)}
            )
        if target.exists():
            target.rename(old)
        fresh.rename(target)
    except OSError as error:
        raise CsrError(f"{target}: cannot be written: {error}") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return target


def write_log(log: pl.DataFrame, path: Path) -> None:
    """Write the log of a cut as CSV; a value that a spreadsheet would run as a formula is behind an apostrophe."""
    texts = [pl.col(name).map_elements(inert, return_dtype=pl.String) for name in ("USUBJID", "OLD", "NEW")]
    log.with_columns(texts).write_csv(path)


def _subjects(study: Study, name: str, cutoff: dt.date) -> Subjects:
    """Return who counts as enrolled: from the cut's params, or where it has none yet, from the study's."""
    if name in parameters.cuts(study.params_dir):
        chosen = parameters.load(name, study.params_dir)
        if chosen.cutoff != cutoff:
            path = study.params_dir / "cuts" / f"{name}.yaml"
            raise ParamsError(f"{path}: cutoff: {chosen.cutoff}, but the cut-off asked for is {cutoff}")
        return chosen.subjects
    return parameters.load_subjects(study.params_dir)


def _check_reach(source: Path, cutoff: dt.date) -> None:
    """Refuse a cut-off later than the date of the transfer, where its folder is named by one: data would be missing."""
    try:
        date = dt.date.fromisoformat(source.name)
    except ValueError:
        return
    if cutoff > date:
        raise ParamsError(f"{source}: the data cut-off {cutoff} is later than the transfer of {date}")


def _transfer(study: Study, transfer: str | Path) -> Path:
    """Return the folder of a transfer: a path, or a name in data/transfers."""
    named = study.find(f"data/transfers/{transfer}")
    for folder in (Path(transfer), named):
        if folder.is_dir():
            return folder
    raise ParamsError(f"{transfer}: no such transfer, neither as a path nor as {named}")
