"""How a sensitivity analysis of PFS counts a patient against the primary one, and which rule makes the difference."""

from dataclasses import dataclass

from analysis.adam import pfs_rules, tte
from analysis.adam.records import Row

GAINED, LOST, MOVED, ADDED = "EVENT GAINED", "EVENT LOST", "TIME CHANGED", "ADDED"
"""CHGPRIM: censored in the primary analysis and an event here, the reverse, the same with another start or date, and a
patient who has no record in the primary analysis. Missing where nothing differs."""

START, READER, DATES = "START", "READER", "DATES"


@dataclass(frozen=True)
class ChangeRule:
    """A rule on which two analyses differ.

    It made the difference where exactly one of a patient's two records is of an event or reason in `seen`, or where the
    sensitivity analysis is one of `paramcds`, which differ from the primary one in nothing else.
    """

    code: str
    text: str
    seen: frozenset[str] = frozenset()
    paramcds: frozenset[str] = frozenset()


CHANGE_RULES: tuple[ChangeRule, ...] = (
    ChangeRule(START, "Start of time", paramcds=frozenset(paramcd for _, paramcd in pfs_rules.OTHER_START.values())),
    ChangeRule(READER, "Response recomputed from the lesions", paramcds=frozenset({pfs_rules.RECOMPUTED})),
    ChangeRule("CLINICAL", "Clinical progression", seen=frozenset({tte.CLINICAL})),
    ChangeRule("NEW_THERAPY", "New anticancer therapy", seen=frozenset({"NEW_THERAPY"})),
    ChangeRule("GAP", "Missed assessments before the event", seen=frozenset({"GAP"})),
    ChangeRule(DATES, "Dates of the assessments"),
)
"""In the order in which they are asked; the last one applies where no other does. Keys of CHGRULE."""


def change(primary: Row | None, other: Row) -> Row:
    """CHGPRIM and CHGRULE of a record of ADTTE against the patient's primary one; missing where they agree."""
    kind = _kind(primary, other)
    return {"CHGPRIM": kind, "CHGRULE": None if kind is None else _rule(primary or {}, other)}


def _kind(primary: Row | None, other: Row) -> str | None:
    if primary is None:
        return ADDED
    if primary["CNSR"] != other["CNSR"]:
        return GAINED if other["CNSR"] == 0 else LOST
    same = all(primary[name] == other[name] for name in ("STARTDT", "ADT"))
    return None if same else MOVED


def _rule(primary: Row, other: Row) -> str:
    found = [{row.get("EVNTDESC"), row.get("CNSREAS")} for row in (primary, other)]
    for rule in CHANGE_RULES[:-1]:
        involved = [bool(rule.seen & what) for what in found]
        if other["PARAMCD"] in rule.paramcds or involved[0] != involved[1]:
            return rule.code
    return CHANGE_RULES[-1].code
