"""Sentences that adapt to results: every `text.*` variable whose wording depends on them (sections 2, 9.7.2, 10 to 12).

Each function takes the named results and the parameters and returns plain text; `variables.py` escapes it.
"""

from collections.abc import Mapping

from analysis.params import Params
from analysis.report.phrases import efficacy, patients, pfs, safety
from analysis.report.phrases.named import Named
from analysis.results import Result

PHRASES = {
    "text.enrolment": patients.enrolment,
    "text.treated": patients.treated,
    "text.analysis_sets": patients.analysis_sets,
    "text.treatment_status": patients.treatment_status,
    "text.study_status": patients.study_status,
    "text.pfs_events": pfs.pfs_events,
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
    "text.duration_of_response": efficacy.duration_of_response,
    "text.os_events": efficacy.os_events,
    "text.os_median": efficacy.os_median,
    "text.os_landmarks": efficacy.os_landmarks,
    "text.follow_up": efficacy.follow_up,
    "text.subsequent_therapy": efficacy.subsequent_therapy,
    "text.scan_adherence": efficacy.scan_adherence,
    "text.demographics": safety.demographics,
    "text.disease": safety.disease,
    "text.deviations": safety.deviations,
    "text.eligibility": safety.eligibility,
    "text.exposure": safety.exposure,
    "text.intensity": safety.intensity,
    "text.adverse_events": safety.adverse_events,
    "text.modifications": safety.modifications,
    "text.special_interest": safety.special_interest,
    "text.deaths": safety.deaths,
    "text.liver": safety.liver,
    "text.sample_size": pfs.sample_size,
}


def phrases(results: Mapping[str, Result], params: Params) -> dict[str, str]:
    """Return every sentence as plain text, keyed by its variable; `results` are keyed by their names."""
    named = Named(results)
    return {key: phrase(named, params) for key, phrase in PHRASES.items()}
