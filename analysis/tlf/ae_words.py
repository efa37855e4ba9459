"""The recorded values of adverse events in words, for listings and narratives: seriousness, action, outcome, grade."""

from collections.abc import Mapping
from typing import Any

from analysis.params import Params

CRITERIA = {
    "AESDTH": "death",
    "AESLIFE": "threat to life",
    "AESHOSP": "hospitalisation",
    "AESDISAB": "disability or incapacity",
    "AESCONG": "congenital anomaly or birth defect",
    "AESMIE": "another medically important condition",
}
"""Variable of a criterion of seriousness -> what it stands for, in the order of print."""

ACTIONS = {
    "DOSE NOT CHANGED": "dose not changed",
    "DOSE REDUCED": "dose reduced",
    "DOSE INCREASED": "dose increased",
    "DRUG INTERRUPTED": "interrupted",
    "DRUG WITHDRAWN": "stopped",
    "NOT APPLICABLE": "not applicable",
    "UNKNOWN": "unknown",
}
"""Action with a drug (CDISC controlled terminology) -> words; another value stands as it is recorded."""

NOT_RECORDED = "not recorded"


def recorded(value: str | None, words: Mapping[str, str]) -> str:
    """The words of a value; one that has none stands as it is, a missing one is 'not recorded'."""
    return NOT_RECORDED if value is None else words.get(value, value)


def begun(words: str) -> str:
    """Words with a capital at their beginning, as a cell begins."""
    return words[:1].upper() + words[1:]


def criteria(event: Mapping[str, Any]) -> list[str]:
    """The criteria of seriousness that are recorded as met."""
    return [words for name, words in CRITERIA.items() if event[name] == "Y"]


def term(event: Mapping[str, Any]) -> str:
    """The decoded term, or the verbatim one where the event is not coded."""
    return str(event["AEDECOD"] or event["AETERM"] or "term not recorded")


def verbatim(event: Mapping[str, Any]) -> str:
    """The decoded term with the verbatim one where it says something else."""
    own, text = term(event), event["AETERM"]
    return own if text is None or text.lower() == own.lower() else f'{own} ("{text}")'


def by_drug(event: Mapping[str, Any], name: str, params: Params, words: Mapping[str, str]) -> str:
    """A variable of each drug in words: 'anlotinib: interrupted; fulvestrant: dose not changed'."""
    return "; ".join(
        f"{drug.name}: {recorded(event[f'{name}{number}'], words)}"
        for number, drug in enumerate(params.study.treatments, start=1)
    )
