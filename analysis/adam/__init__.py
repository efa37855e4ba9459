"""Analysis datasets (ADaM) derived from SDTM at a data cut-off, one module per dataset."""

from collections.abc import Iterator

import polars as pl

from analysis.adam import labels
from analysis.adam.adae import derive_adae
from analysis.adam.adcm import derive_adcm
from analysis.adam.addv import derive_addv
from analysis.adam.adecog import derive_adecog
from analysis.adam.adeg import derive_adeg
from analysis.adam.adex import derive_adex
from analysis.adam.adie import derive_adie
from analysis.adam.adlb import derive_adlb
from analysis.adam.admh import derive_admh
from analysis.adam.adnact import derive_adnact
from analysis.adam.adrs import derive_adrs
from analysis.adam.adscan import derive_adscan
from analysis.adam.adsl import derive_adsl
from analysis.adam.adtr import derive_adtr, recomputed_assessments
from analysis.adam.adtte import derive_adtte
from analysis.adam.advs import derive_advs
from analysis.adam.assessments import planned_days
from analysis.adam.depth import add_depth
from analysis.adam.records import Queries, Sdtm
from analysis.cut.dataset import Dataset
from analysis.params import Params

__all__ = ["derive", "queries"]


def derive(sdtm: Sdtm, params: Params) -> dict[str, Dataset]:
    """Derive every analysis dataset from the SDTM frames of a cut: name -> Dataset, labelled and sorted."""
    datasets, _ = _derive(sdtm, params)
    return datasets


def queries(sdtm: Sdtm, params: Params) -> pl.DataFrame:
    """The ambiguities that the derivations met in the patients of ADSL, and what they did with them.

    Columns USUBJID, DATASET, SEQ, VARIABLE, VALUE, RULE (the rule that met it) and TEXT, sorted.
    """
    datasets, found = _derive(sdtm, params)
    return found.frame().filter(pl.col("USUBJID").is_in(datasets["ADSL"].frame["USUBJID"].implode()))


BLOCK = 1_000
"""Patients whose records are derived at once: it bounds the memory of what goes through them one by one."""

PARAMETER_FIRST = ("ADRS", "ADTTE")
"""Datasets sorted by PARAMCD before USUBJID; all others are sorted by USUBJID first."""


def _derive(sdtm: Sdtm, params: Params) -> tuple[dict[str, Dataset], Queries]:
    found = Queries()
    parts = [_of_patients(block, params, found) for block in _blocks(sdtm)]
    # Popped, since a dataset that is put into another order would be held twice.
    frames = {name: _joined(name, [part.pop(name) for part in parts]) for name in list(parts[0])}
    adsl = frames["ADSL"]
    frames |= {  # whose units are those of most results in the study
        "ADECOG": derive_adecog(sdtm, adsl, params, found),
        "ADEG": derive_adeg(sdtm, adsl, params, found),
        "ADLB": derive_adlb(sdtm, adsl, params, found),
        "ADVS": derive_advs(sdtm, adsl, params, found),
    }
    names = labels.variable_labels(params)
    datasets = {
        name: Dataset(name, labels.DATASETS[name], frame, {column: names[column] for column in frame.columns})
        for name, frame in sorted(frames.items())
    }
    return datasets, found


def _blocks(sdtm: Sdtm) -> Iterator[Sdtm]:
    """The study in blocks of patients, in order of USUBJID; one of few patients as it is."""
    patients = sdtm["DM"]["USUBJID"].unique().sort()
    if len(patients) <= BLOCK:
        yield sdtm
        return
    days = planned_days(sdtm)  # of visits, which are the study's even where only patients' records have them
    visits = pl.DataFrame({"VISITNUM": list(days), "VISITDY": list(days.values())})
    for start in range(0, len(patients), BLOCK):
        own = pl.col("USUBJID").is_in(patients[start : start + BLOCK].implode())
        block = {name: frame.filter(own) if "USUBJID" in frame.columns else frame for name, frame in sdtm.items()}
        yield block | {"TV": visits}


def _joined(name: str, parts: list[pl.DataFrame]) -> pl.DataFrame:
    if len(parts) == 1:
        return parts[0]
    frame = pl.concat(parts)
    return frame.sort("PARAMCD", maintain_order=True) if name in PARAMETER_FIRST else frame


def _of_patients(sdtm: Sdtm, params: Params, found: Queries) -> dict[str, pl.DataFrame]:
    """The datasets of which each patient's records depend on that patient's alone."""
    adsl = derive_adsl(sdtm, params, found)
    adrs = derive_adrs(sdtm, adsl, params, found)
    recomputed = recomputed_assessments(sdtm, adsl, params, found) if "TR" in sdtm else None
    return {
        "ADAE": derive_adae(sdtm, adsl, params, found),
        "ADCM": derive_adcm(sdtm, adsl, params, found),
        "ADDV": derive_addv(sdtm, adsl, params, found),
        "ADEX": derive_adex(sdtm, adsl, params, found),
        "ADIE": derive_adie(sdtm, adsl, params, found),
        "ADMH": derive_admh(sdtm, adsl, params, found),
        "ADNACT": derive_adnact(sdtm, adsl, adrs, params, found),
        "ADRS": adrs,
        "ADSCAN": derive_adscan(sdtm, adsl, params, found),
        "ADSL": adsl,
        "ADTR": add_depth(derive_adtr(sdtm, adsl, params, found), adrs, adsl, params),
        "ADTTE": derive_adtte(sdtm, adsl, adrs, recomputed, params, found),
    }
