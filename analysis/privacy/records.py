"""The records of patients that a public build has: times to event under pseudonyms, and nothing else.

What is not named here is not written, so that a new dataset or variable is private. Age, sex, disease and whatever else
could be known of a patient from elsewhere stays out: with them the numbers that tables hide could be counted again.
"""

from collections.abc import Mapping

import polars as pl

from analysis.cut.dataset import Dataset

DATASET = "ADTTE"
PARAMETERS = ("PFS", "OS")
"""Values of PARAMCD whose times are released."""

POPULATION = "FASFL"
LABELS = {
    "STUDYID": "Study Identifier",
    "USUBJID": "Pseudonym of the Patient",
    "PARAMCD": "Parameter Code",
    "PARAM": "Parameter",
    "AVAL": "Analysis Value",
    "AVALU": "Analysis Value Unit",
    "ADY": "Analysis Relative Day",
    "CNSR": "Censor",
}
"""The variables that are released. ADY is the day of the event or of censoring, the start being day 1."""


def public_times(adtte: pl.DataFrame, pseudonyms: Mapping[str, str], least: int) -> Dataset:
    """The released times of ADTTE, sorted by parameter and pseudonym.

    Times after the last one at which `least` patients are at risk end there, censored; a parameter of fewer patients,
    or of fewer events but some, has no records.
    """
    adtte = adtte.filter(pl.col(POPULATION) == "Y")
    kept = adtte.filter(pl.col("PARAMCD").is_in(_released(adtte, least))).with_columns(
        ((pl.col("ADT") - pl.col("STARTDT")).dt.total_days() + 1).alias("ADY"),
        pl.col("USUBJID").replace_strict(pseudonyms),
    )
    parts = [cut_times(part, least) for part in kept.partition_by("PARAMCD", maintain_order=True)]
    frame = pl.concat([kept.clear(), *parts]).select(list(LABELS)).sort("PARAMCD", "USUBJID")
    return Dataset(DATASET, "Times to Event, Public Version", frame, dict(LABELS))


def _released(adtte: pl.DataFrame, least: int) -> list[str]:
    """The parameters whose times tell no small number of events, nor do those of OS how many of PFS were deaths."""
    events = adtte.filter(pl.col("CNSR") == 0)
    days = {name: set(events.filter(PARAMCD=name).select("USUBJID", "ADT").rows()) for name in PARAMETERS}
    few = range(1, least)
    found = [name for name in PARAMETERS if len(days[name]) not in few]
    deaths = len(days["PFS"] & days["OS"])
    if "PFS" in found and (deaths in few or len(days["PFS"]) - deaths in few):
        return ["PFS"]
    return found


def cut_times(times: pl.DataFrame, least: int) -> pl.DataFrame:
    """Times (AVAL, ADY, CNSR) of one parameter, those ended at which fewer than `least` patients would be at risk."""
    if times.height < least:
        return times.clear()
    last = times.sort("AVAL", descending=True).row(least - 1, named=True)
    later = pl.col("AVAL") > last["AVAL"]
    return times.with_columns(
        pl.when(later).then(1).otherwise(pl.col("CNSR")).cast(times["CNSR"].dtype).alias("CNSR"),
        pl.when(later).then(last["AVAL"]).otherwise(pl.col("AVAL")).alias("AVAL"),
        pl.when(later).then(last["ADY"]).otherwise(pl.col("ADY")).alias("ADY"),
    )
