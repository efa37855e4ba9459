"""The groups of outputs whose results the notebooks record, in report order."""

from collections.abc import Callable

from analysis.results import Result
from analysis.tlf import disposition, operating, overall_survival, primary_pfs, sample_size
from analysis.tlf.context import Context

PRODUCERS: tuple[Callable[[Context], list[Result]], ...] = (
    sample_size.results,
    disposition.results,
    primary_pfs.results,
    overall_survival.results,
    overall_survival.follow_up_results,
    operating.results,
)
