"""The groups of outputs whose results the notebooks record, in report order."""

from collections.abc import Callable

from analysis.results import Result
from analysis.tlf import (
    adverse_events_overview,
    adverse_events_rates,
    adverse_events_tables,
    cox_table,
    disposition,
    exposure,
    follow_up_therapy,
    operating,
    overall_survival,
    primary_pfs,
    reconciliation,
    response,
    response_figures,
    response_times,
    sample_size,
    scan_schedule,
    sensitivity,
    sensitivity_changes,
    subgroups,
)
from analysis.tlf.context import Context

PRODUCERS: tuple[Callable[[Context], list[Result]], ...] = (
    sample_size.results,
    disposition.results,
    primary_pfs.results,
    sensitivity.results,
    sensitivity_changes.results,
    response.results,
    response.benefit_results,
    response.other_results,
    reconciliation.results,
    response_times.results,
    response_times.failure_results,
    overall_survival.results,
    overall_survival.follow_up_results,
    subgroups.pfs_results,
    subgroups.orr_results,
    cox_table.results,
    operating.results,
    exposure.results,
    exposure.intensity_results,
    adverse_events_overview.results,
    adverse_events_tables.all_results,
    adverse_events_rates.results,
    response_figures.results,
    follow_up_therapy.results,
    scan_schedule.results,
)
