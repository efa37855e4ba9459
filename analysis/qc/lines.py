"""Lines of the comparison of the two routes: one for a value, for a whole table, or for the records of a dataset."""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence

from analysis.results import Number, Result

TOLERANCE = 1e-9
RECORDS = "Records of each patient"
NAMED = 10
"""So many differences of a line are named."""

Line = tuple[str, str | None, str, str, str, bool]
"""Topic, name of the result, label, first route, second route, whether they agree."""


def agree(first: float | None, second: float | None) -> bool:
    """|a - b| <= 1e-9 max(1, |a|); not estimable equals not estimable."""
    a = math.nan if first is None else first
    b = math.nan if second is None else second
    return (math.isnan(a) and math.isnan(b)) or abs(a - b) <= TOLERANCE * max(1.0, abs(a))


def value_line(topic: str, name: str, value: float, first: Result | None, label: str | None = None) -> Line:
    """A value of the second route against the result of its name; None where there is no such result."""
    stat = first.stat if first else None
    ok = first is not None and not isinstance(stat, str) and agree(stat, value)
    second = "not estimable" if math.isnan(value) else f"{value:.10g}"
    return topic, name, label or _label(first, name), "absent" if first is None else _shown(stat), second, ok


def _label(result: Result | None, name: str) -> str:
    """The group and the statistic; without the per cent sign of print, since a share is compared as it is stored."""
    if result is None:
        return name
    statistic = result.stat_label.removesuffix(", %")
    return f"{result.group1_level}: {statistic}" if result.group1_level else statistic


def _shown(stat: Number) -> str:
    return "not estimable" if stat is None else f"{stat:.10g}" if isinstance(stat, int | float) else str(stat)


def many_line(
    topic: str,
    label: str,
    first: Iterable[tuple[Hashable, Sequence[object]]],
    second: Iterable[tuple[Hashable, Sequence[object]]],
    what: str,
) -> Line:
    """What many keys have in the two routes; those that differ are named in the label.

    A key may come more than once: then it has all its values in each route, in any order.
    """
    mine, other = _by_key(first), _by_key(second)
    keys = {*mine, *other}
    differ = sorted((key for key in keys if not _same(mine.get(key, []), other.get(key, []))), key=_name)
    if differ:
        more = f" and {len(differ) - NAMED} more" if len(differ) > NAMED else ""
        label += f" (differ: {', '.join(map(_name, differ[:NAMED]))}{more})"
    number = sum(map(len, mine.values()))
    return topic, None, label, f"{number} {what}", f"{len(keys) - len(differ)} equal", not differ


def _by_key(rows: Iterable[tuple[Hashable, Sequence[object]]]) -> Mapping[Hashable, list[Sequence[object]]]:
    found: dict[Hashable, list[Sequence[object]]] = {}
    for key, values in rows:
        found.setdefault(key, []).append(values)
    return {key: sorted(values, key=repr) for key, values in found.items()}


def _same(first: list[Sequence[object]], second: list[Sequence[object]]) -> bool:
    pairs = zip(first, second, strict=False)
    return len(first) == len(second) and all(len(a) == len(b) and all(map(_equal, a, b)) for a, b in pairs)


def _equal(first: object, second: object) -> bool:
    """Numbers as they agree, a missing one equal to a missing one; anything else as it is."""
    numbers = (int, float, type(None))
    if isinstance(first, numbers) and isinstance(second, numbers):
        return agree(first, second)
    return first == second


def _name(key: Hashable) -> str:
    """A key in print, without what it leaves out."""
    return " ".join(str(part) for part in key if part is not None) if isinstance(key, tuple) else str(key)
