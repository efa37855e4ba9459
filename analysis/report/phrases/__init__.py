"""Sentences that adapt to results: every `text.*` variable whose wording depends on them (sections 2, 9.7.2, 10 to 12).

Each function takes the named results and the parameters and returns plain text; `variables.py` escapes it.
"""

from collections.abc import Mapping

from analysis.params import Params
from analysis.report.phrases import baseline, efficacy, exposure, measurements, patients, pfs, safety
from analysis.report.phrases.named import Named, pieces
from analysis.results import Result

PHRASES = {
    "text.enrolment": patients.enrolment,
    "text.study_completion": patients.study_completion,
    "text.study_period": patients.study_period,
    "text.treated": patients.treated,
    "text.analysis_sets": patients.analysis_sets,
    "text.treatment_status": patients.treatment_status,
    "text.stop_reasons": patients.stop_reasons,
    "text.study_status": patients.study_status,
    "text.exclusions": baseline.exclusions,
    "text.deviations": baseline.deviations,
    "text.eligibility": baseline.eligibility,
    "text.demographics": baseline.demographics,
    "text.performance_status": baseline.performance_status,
    "text.disease": baseline.disease,
    "text.prior_therapy": baseline.prior_therapy,
    "text.pfs_events": pfs.pfs_events,
    "text.pfs_censoring": pfs.pfs_censoring,
    "text.pfs_median": pfs.pfs_median,
    "text.pfs_landmarks": pfs.pfs_landmarks,
    "text.pfs_logrank": pfs.pfs_logrank,
    "text.pfs_conclusion": pfs.pfs_conclusion,
    "text.pfs_supportive": pfs.pfs_supportive,
    "text.pfs_sensitivity_range": efficacy.sensitivity,
    "text.best_response": efficacy.best_response,
    "text.response_rate": efficacy.response_rate,
    "text.control_rate": efficacy.control_rate,
    "text.benefit_rate": efficacy.benefit_rate,
    "text.depth_of_response": efficacy.depth_of_response,
    "text.recomputed_response": efficacy.recomputed_response,
    "text.response_in_brief": efficacy.response_in_brief,
    "text.duration_of_response": efficacy.duration_of_response,
    "text.treatment_failure": efficacy.treatment_failure,
    "text.os_events": efficacy.os_events,
    "text.os_median": efficacy.os_median,
    "text.os_landmarks": efficacy.os_landmarks,
    "text.follow_up": efficacy.follow_up,
    "text.subsequent_therapy": efficacy.subsequent_therapy,
    "text.scan_adherence": efficacy.scan_adherence,
    "text.exposure": exposure.exposure,
    "text.intensity": exposure.intensity,
    "text.adverse_events": safety.adverse_events,
    "text.related_events": safety.related_events,
    "text.modifications": safety.modifications,
    "text.frequent_events": safety.frequent_events,
    "text.severe_events": safety.severe_events,
    "text.serious_events": safety.serious_events,
    "text.stopped_events": safety.stopped_events,
    "text.event_rate": safety.event_rate,
    "text.special_interest": safety.special_interest,
    "text.onset": safety.onset,
    "text.deaths": safety.deaths,
    "text.death_causes": safety.death_causes,
    "text.laboratory_changes": measurements.laboratory_changes,
    "text.laboratory_grades": measurements.laboratory_grades,
    "text.thyroid": measurements.thyroid,
    "text.urine_protein": measurements.urine_protein,
    "text.liver": measurements.liver,
    "text.blood_pressure": measurements.blood_pressure,
    "text.weight": measurements.weight,
    "text.qtcf": measurements.qtcf,
    "text.worst_performance_status": measurements.worst_performance_status,
    "text.sample_size": pfs.sample_size,
}


def phrases(results: Mapping[str, Result], params: Params) -> dict[str, str]:
    """Return every sentence as plain text, keyed by its variable; `results` are keyed by their names."""
    named = Named(results)
    return {key: phrase(named, params) for key, phrase in PHRASES.items()}


def numbers_said(results: Mapping[str, Result], params: Params) -> dict[str, list[tuple[str, str | None]]]:
    """Every sentence in pieces, each with the name of the result that it says, or None.

    One in which data stand between marks is one piece.
    """
    named = Named(results, marked=True)
    found: dict[str, list[tuple[str, str | None]]] = {}
    for key, text in phrases(results, params).items():
        parts = pieces(PHRASES[key](named, params))
        found[key] = parts if "".join(part for part, _ in parts) == text else [(text, None)]
    return found
