"""What differs in the data of two builds, and which of it is news of days that both had seen.

A later cut has more records, and its ongoing events end. To tell these from corrections, the later cut's data are
cut again at the earlier cut-off, by the rule that made the cuts: what then still differs was revised.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from analysis.audit import diff_records
from analysis.audit.builds import Build
from analysis.audit.diff_records import Change, Dataset
from analysis.cut import cutoff
from analysis.cut.dataset import Dataset as Sdtm
from analysis.cut.dataset import frames, read_folder
from analysis.errors import DataError
from analysis.params import Subjects
from analysis.paths import Study

# What the cut-off itself writes in place of what came later: the end of a patient's participation, and the point in
# time at which something was still going on. These say nothing of days before it.
_WRITTEN_BY_CUTOFF = re.compile(r"RF(X|P)?ENDTC|..ENTPT")


@dataclass(frozen=True)
class Data:
    """Differences of SDTM and of ADaM; without SDTM, `missing` says why. `revised` concern days up to `until`."""

    sdtm: tuple[Dataset, ...]
    missing: tuple[str, ...]
    revised: tuple[Change, ...]
    until: dt.date
    adam: tuple[Dataset, ...]


def compare(old: Build, new: Build, study: Study) -> Data:
    """Compare the data of two builds. SDTM is read from the study's cuts, which must still be what was analysed."""
    until = min(day_of(old), day_of(new))
    adam = diff_records.compare(old.datasets, new.datasets)
    try:
        before, after = (_sdtm(build, study) for build in (old, new))
    except DataError as error:
        return Data((), (str(error),), (), until, adam)
    sdtm = diff_records.compare(frames(before), frames(after))
    if day_of(old) == day_of(new):
        return Data(sdtm, (), tuple(change for found in sdtm for change in found.changes), until, adam)
    known = [_known(build, datasets, until) for build, datasets in ((old, before), (new, after))]
    revised = tuple(
        change
        for found in diff_records.compare(known[0], known[1])
        for change in found.changes
        if not _WRITTEN_BY_CUTOFF.fullmatch(change.variable)
    )
    return Data(sdtm, (), revised, until, adam)


def day_of(build: Build) -> dt.date:
    """The data cut-off of a build."""
    return dt.date.fromisoformat(build.manifest.cutoff)


def _known(build: Build, datasets: Mapping[str, Sdtm], until: dt.date) -> dict[str, pl.DataFrame]:
    """The data as they would have been known at an earlier cut-off."""
    if day_of(build) == until:
        return frames(datasets)
    subjects = Subjects.model_validate(build.parameter("subjects") or {})
    return frames(cutoff.apply_cutoff(datasets, until, subjects)[0])


def _sdtm(build: Build, study: Study) -> dict[str, Sdtm]:
    """The data that a build was made from.

    Raises DataError where they are not, or no longer, there, and where the build names no patient of theirs: a public
    build must not be set beside the true data.
    """
    folder = study.cut_dir(build.manifest.cut)
    for name, expected in build.manifest.inputs.items():
        try:
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError:
            raise DataError(f"{folder / name}: not there, so the SDTM data are not compared, only ADaM") from None
        if found != expected:
            raise DataError(
                f"{folder / name}: is not the file that {build.folder.name} was made from, so the SDTM data are not "
                "compared, only ADaM"
            )
    datasets = read_folder(folder)
    named = set(build.datasets["ADSL"]["USUBJID"]) if "ADSL" in build.datasets else set()
    if not named & set(datasets["DM"].frame["USUBJID"]):
        raise DataError(f"{build.folder.name}: names none of the patients of {folder}, so SDTM is not compared")
    return datasets
