"""The groups of outputs whose results the notebooks record, in report order."""

from collections.abc import Callable

from analysis.results import Result
from analysis.tlf import disposition, sample_size, time_to_event
from analysis.tlf.context import Context

PRODUCERS: tuple[Callable[[Context], list[Result]], ...] = (
    sample_size.results,
    disposition.results,
    time_to_event.pfs_results,
)
