"""Every benchmark, by name; a new one is a module with CASES, named here."""

from benchmarks import adverse_events, reruns, scaled_study, simulated_trials, survival, whole_runs
from benchmarks.case import Case

CASES: dict[str, Case] = {
    case.name: case
    for module in (survival, adverse_events, simulated_trials, scaled_study, whole_runs, reruns)
    for case in module.CASES
}
