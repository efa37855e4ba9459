"""Every benchmark, by name; a new one is a module with CASES, named here."""

from benchmarks import adverse_events, scaled_study, simulated_trials, survival
from benchmarks.case import Case

CASES: dict[str, Case] = {
    case.name: case for module in (survival, adverse_events, simulated_trials, scaled_study) for case in module.CASES
}
