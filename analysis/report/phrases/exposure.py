"""Sentences on exposure and dose intensity: sections 2, 11.3 and 12.1."""

from analysis.params import Params
from analysis.report.grammar import listed
from analysis.report.phrases.named import Named, not_reported
from analysis.tlf.disposition import drug_key

CHANGES = (("reduced", "reduced"), ("interrupted", "interrupted within a cycle"), ("delayed", "delayed"))
"""Last part of a result's name -> what was done with the dose."""


def exposure(named: Named, params: Params) -> str:
    """One sentence per drug on how long it was given and, where it has a plan, in how many courses."""
    said = []
    for treatment in params.study.treatments:
        name = f"exposure.{drug_key(treatment)}"
        if f"{name}.duration.n" not in named or named.value(f"{name}.duration.median") is None:
            continue
        text = (
            f"The median duration of exposure to {treatment.name} was {named.shown(f'{name}.duration.median')} days "
            f"(range: {named.shown(f'{name}.duration.min')} to {named.shown(f'{name}.duration.max')})"
        )
        if treatment.plan is not None:
            courses = f"{treatment.plan.course}s"
            text += f", and the median number of {courses} was {named.shown(f'{name}.cycles.median')}"
        said.append(f"{text}.")
    return " ".join(said) or not_reported("The extent of exposure is")


def intensity(named: Named, params: Params) -> str:
    """The relative dose intensity of each drug, and its modifications."""
    said = []
    for treatment in params.study.treatments:
        name = f"exposure.{drug_key(treatment)}"
        if f"{name}.rdi.n" not in named or named.value(f"{name}.rdi.median") is None:
            continue
        changes = [f"{done} in {named.share(f'{name}.{part}')}" for part, done in CHANGES if f"{name}.{part}" in named]
        said.append(
            f"The median relative dose intensity of {treatment.name} was {named.shown(f'{name}.rdi.median')}% (range: "
            f"{named.shown(f'{name}.rdi.min')}% to {named.shown(f'{name}.rdi.max')}%); its dose was {listed(changes)}."
        )
    return " ".join(said) or not_reported("The dose intensity is")
