"""Relatedness of an adverse event to each drug, and what was done with each drug because of it."""

from collections.abc import Mapping

from analysis.adam.records import Row
from analysis.params import Params, Treatment

ACTIONS = {"ARED": "DOSE REDUCED", "AINT": "DRUG INTERRUPTED", "ADIS": "DRUG WITHDRAWN"}
"""Beginning of the flags -> the action (CDISC controlled terminology) that they stand for."""

SEVERAL = "MULTIPLE"


def per_drug(row: Row, supplement: Mapping[str, str], params: Params) -> Row:
    """The variables of each drug (its number in params study.treatments in the name) and of any drug.

    Relatedness is the drug's own qualifier, or AEREL where params name none; one that is missing or not among params
    adverse_events.not_related is related. The action is the drug's own qualifier, else AEACN unless that is MULTIPLE.
    """
    found: Row = {}
    unrelated = {text.upper() for text in params.adverse_events.not_related}
    drugs = list(enumerate(params.study.treatments, start=1))
    for number, drug in drugs:
        related = _relatedness(drug, row, supplement)
        action = _action(drug, row, supplement)
        found |= {f"AREL{number}": related, f"AEACN{number}": action}
        found[f"AREL{number}FL"] = "N" if related is not None and related.upper() in unrelated else "Y"
        found |= {f"{name}{number}FL": "Y" if action == meant else "N" for name, meant in ACTIONS.items()}
    for name in ("AREL", *ACTIONS):
        found[f"{name}FL"] = "Y" if any(found[f"{name}{number}FL"] == "Y" for number, _ in drugs) else "N"
    found["AACTFL"] = "Y" if any(found[f"{name}FL"] == "Y" for name in ACTIONS) else "N"
    return found


def _relatedness(drug: Treatment, row: Row, supplement: Mapping[str, str]) -> str | None:
    if drug.relatedness_qnam is None:
        return row.get("AEREL")
    return supplement.get(drug.relatedness_qnam)


def _action(drug: Treatment, row: Row, supplement: Mapping[str, str]) -> str | None:
    own = supplement.get(drug.action_qnam) if drug.action_qnam else None
    whole: str | None = row.get("AEACN")
    return own or (None if whole == SEVERAL else whole)
