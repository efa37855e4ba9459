"""What differs between two builds: pure functions, contents in, frozen dataclasses out.

Throughout, `old` and `new` are the earlier and the later of two builds, and nothing is rounded before it is compared.
"""

import json
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

from analysis.results import Result

_PRINTED = re.compile(r"-?\d+(?:\.(\d+))?\+?")  # a number as results print it; + marks a censored time


@dataclass(frozen=True)
class Entries:
    """How two mappings differ. `changed` holds (key, old value, new value); all in the order of the keys."""

    added: Mapping[str, str]
    removed: Mapping[str, str]
    changed: tuple[tuple[str, str, str], ...]
    same: int

    @property
    def differ(self) -> int:
        return len(self.added) + len(self.removed) + len(self.changed)


@dataclass(frozen=True)
class Counts:
    """How many members of two collections are in both, counting repeats, and how many in one only."""

    old_only: int
    new_only: int
    same: int


@dataclass(frozen=True)
class ResultChange:
    """A named result of two builds: `old` or `new` is None where only the other build has it."""

    old: Result | None
    new: Result | None

    @property
    def either(self) -> Result:
        found = self.new or self.old
        assert found is not None
        return found


@dataclass(frozen=True)
class Results:
    """The named results that differ in value or in what they are of, in the order of the new build, then the old."""

    changed: tuple[ResultChange, ...]
    same: int


@dataclass(frozen=True)
class DisplayChange:
    """A display that differs: the `parts` of it that do, and its table rows counted, where it has rows."""

    id: str
    parts: tuple[str, ...]
    rows: Counts | None


@dataclass(frozen=True)
class Displays:
    """Tables, figures and listings: ids that one build lacks, and those whose content differs."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[DisplayChange, ...]
    same: int

    @property
    def differ(self) -> int:
        return len(self.added) + len(self.removed) + len(self.changed)


@dataclass(frozen=True)
class DatasetChange:
    """A dataset of two builds: its records, compared over the variables that both have, and the other variables.

    A record that changed in any value counts once on each side. A dataset that a build lacks has no records there.
    """

    name: str
    records: Counts
    variables_added: tuple[str, ...]
    variables_removed: tuple[str, ...]


def entries(old: Mapping[str, str], new: Mapping[str, str]) -> Entries:
    """Compare two mappings key by key."""
    both = sorted(old.keys() & new.keys())
    changed = tuple((key, old[key], new[key]) for key in both if old[key] != new[key])
    return Entries(
        added={key: new[key] for key in sorted(new.keys() - old.keys())},
        removed={key: old[key] for key in sorted(old.keys() - new.keys())},
        changed=changed,
        same=len(both) - len(changed),
    )


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """A tree of parameters as dotted key -> value in JSON; a list is one value."""
    found: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return found


def members(old: Iterable[Hashable], new: Iterable[Hashable]) -> Counts:
    """Count the members that two collections share, each as often as both have it, and those of one only."""
    before, after = Counter(old), Counter(new)
    same = (before & after).total()
    return Counts(before.total() - same, after.total() - same, same)


def results(old: Sequence[Result], new: Sequence[Result]) -> Results:
    """Compare the results that have a name, by name: the value, and everything that says what it is of."""
    before = {r.name: r for r in old if r.name is not None}
    after = {r.name: r for r in new if r.name is not None}
    pairs = [ResultChange(before.get(name), result) for name, result in after.items()]
    pairs += [ResultChange(result, None) for name, result in before.items() if name not in after]
    changed = tuple(pair for pair in pairs if pair.old != pair.new)
    return Results(changed, len(pairs) - len(changed))


def step(old: Result, new: Result) -> str | None:
    """The signed difference of two numeric results in the unit and to the decimals they are printed with.

    A share of 0.65 that is printed as 65.0 counts in percentage points. It is the stored values that are subtracted,
    and their difference is rounded once, half away from zero. None where a value is text or not estimable.
    """
    if not all(isinstance(r.stat, int | float) and not isinstance(r.stat, bool) for r in (old, new)):
        return None
    printed = [_PRINTED.fullmatch(r.stat_fmt) for r in (old, new)]
    decimals = max((len(match[1] or "") for match in printed if match), default=4)
    difference = Decimal(str(new.stat)) * _scale(new) - Decimal(str(old.stat)) * _scale(old)
    rounded = difference.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{rounded:+f}" if rounded else f"{abs(rounded):f}"


def _scale(result: Result) -> int:
    """100 where a result is printed as a percentage of the stored share, else 1."""
    match = _PRINTED.fullmatch(result.stat_fmt)
    if not match:
        return 1
    printed = Decimal(result.stat_fmt.rstrip("+"))
    half = Decimal("0.501").scaleb(-len(match[1] or ""))
    stored = Decimal(str(result.stat))
    return 100 if abs(stored - printed) > half and abs(stored * 100 - printed) <= half else 1


def displays(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]], *, cutoffs: tuple[str, str]
) -> Displays:
    """Compare displays by id and content. `cutoffs` are the two data cut-offs, which in source lines count as equal."""
    found = entries(
        {name: _content(data, cutoffs[0]) for name, data in old.items()},
        {name: _content(data, cutoffs[1]) for name, data in new.items()},
    )
    changed = []
    for name, before, after in found.changed:
        one, other = json.loads(before), json.loads(after)
        parts = tuple(part for part in dict.fromkeys([*one, *other]) if one.get(part) != other.get(part))
        rows = members(*(map(_text, data.get("rows", [])) for data in (one, other))) if "rows" in parts else None
        changed.append(DisplayChange(name, parts, rows))
    return Displays(tuple(found.added), tuple(found.removed), tuple(changed), found.same)


def _content(data: Mapping[str, Any], cutoff: str) -> str:
    source = str(data.get("source", "")).replace(f"Data cut-off: {cutoff}", "Data cut-off")
    return _text({**data, "source": source})


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def datasets(old: Mapping[str, pl.DataFrame], new: Mapping[str, pl.DataFrame]) -> tuple[DatasetChange, ...]:
    """Compare datasets by name and record, in the order of their names."""
    found = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, pl.DataFrame()), new.get(name, pl.DataFrame())
        if before.equals(after):
            found.append(DatasetChange(name, Counts(0, 0, after.height), (), ()))
            continue
        both = [c for c in after.columns if c in before.columns] if before.width and after.width else []
        counts = members(*(frame.select(both).fill_nan(None).iter_rows() for frame in (before, after)))
        if not both:
            counts = Counts(before.height, after.height, 0)
        gone = tuple(c for c in before.columns if c not in after.columns)
        found.append(DatasetChange(name, counts, tuple(c for c in after.columns if c not in before.columns), gone))
    return tuple(found)
