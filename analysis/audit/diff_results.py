"""Which results of two builds differ, by how much, and which of them cross a limit that a reader looks at."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from analysis.audit import compare
from analysis.audit.builds import Build
from analysis.privacy import is_hidden
from analysis.results import Number, Result

Verdict = Literal["met", "not met", "not evaluable", "not shown", "no test"]


@dataclass(frozen=True)
class Change:
    """A result that differs: `old` or `new` is None where only the other build has it. `crosses` says which limit."""

    old: Result | None
    new: Result | None
    crosses: str

    @property
    def either(self) -> Result:
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def what(self) -> str:
        """What the result is of, in words."""
        return words_of(self.either)

    @property
    def difference(self) -> str:
        """The change in a few words or as a signed number."""
        return difference(self.old, self.new)


@dataclass(frozen=True)
class Results:
    """The results that differ, by display, and how many are the same."""

    changes: tuple[Change, ...]
    same: int

    @property
    def crossing(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.crosses)


@dataclass(frozen=True)
class Conclusion:
    """The success rule in two builds. Only a primary analysis draws a conclusion from it; elsewhere it is nominal."""

    old: Verdict
    new: Verdict
    purposes: tuple[str, str]
    shown: tuple[str, str]

    @property
    def flips(self) -> bool:
        return self.old != self.new and not self._unknown

    @property
    def _unknown(self) -> bool:
        return "not shown" in (self.old, self.new)

    @property
    def says(self) -> str:
        """The verdicts in one or two sentences; empty where neither build has the test."""
        if self.old == self.new == "no test":
            return ""
        said = [
            f"{verdict} ({shown}; {'primary analysis' if purpose == 'primary' else 'nominal, no conclusion is drawn'})"
            for verdict, shown, purpose in zip((self.old, self.new), self.shown, self.purposes, strict=True)
        ]
        flip = "It flips" if self.flips else "It does not flip"
        if self.purposes != ("primary", "primary"):
            flip = "Its outcome flips" if self.flips else "Its outcome does not flip"
        if self._unknown:
            flip = "Whether it flips is not shown"
        rule = "one-sample log-rank, two-sided p below alpha and fewer events than expected"
        return f"The success rule ({rule}): {said[0]}, then {said[1]}. {flip}."


def results(old: Build, new: Build) -> Results:
    """Compare the results of two builds: by name, else by display, groups, variable and statistic."""
    before, after = (dict(_keyed(build.results)) for build in (old, new))
    pairs: list[tuple[Result | None, Result | None]] = [(before.get(key), result) for key, result in after.items()]
    pairs += [(result, None) for key, result in before.items() if key not in after]
    changes = [Change(a, b, _crossed(a, b, old, new)) for a, b in pairs if a != b]
    changes.sort(key=lambda change: order(change.either.output))
    return Results(tuple(changes), len(pairs) - len(changes))


def conclusion(old: Build, new: Build) -> Conclusion:
    """The success rule in both: two-sided p of the one-sample log-rank test below alpha, fewer events than expected."""
    found = [_verdict(build) for build in (old, new)]
    return Conclusion(
        found[0][0], found[1][0], (old.manifest.purpose, new.manifest.purpose), (found[0][1], found[1][1])
    )


def words_of(result: Result) -> str:
    """What a result is of, in words: its groups, its level, and the statistic."""
    said = [result.stat_label]
    for part in (result.variable_level, result.group3_level, result.group2_level, result.group1_level):
        if part and not any(part in known for known in said):
            said.insert(0, part)
    return ", ".join(said)


def difference(old: Result | None, new: Result | None) -> str:
    """The change of a result in a few words or as a signed number."""
    if old is None or new is None:
        return "new" if old is None else "no longer there"
    if is_hidden(old) or is_hidden(new):
        return "none" if old == new else "changed"
    if old.stat == new.stat:
        return "none" if old == new else "defined differently"
    if old.stat is None or new.stat is None:
        return "now estimable" if old.stat is None else "no longer estimable"
    found = compare.step(old, new)
    if found is None:
        return "changed"
    return found.replace("-", "\N{MINUS SIGN}") if found.strip("+-0.") else "below the last digit"


def order(output: str) -> tuple[list[int], int]:
    """Displays by number, then tables before figures before listings, as in the report."""
    kind, _, number = output.partition("-")
    return [int(n) if n.isdigit() else 0 for n in number.split("-")], "tfl".find(kind)


def _keyed(rows: Sequence[Result]) -> Iterator[tuple[tuple[str | None, ...], Result]]:
    """Results by what they are of; one that comes again is the second of its kind, and so on."""
    seen: Counter[tuple[str | None, ...]] = Counter()
    for row in rows:
        key: tuple[str | None, ...] = (row.name,)
        if row.name is None:
            groups = (row.group1, row.group1_level, row.group2, row.group2_level, row.group3, row.group3_level)
            key = (row.output, *groups, row.variable, row.variable_level, row.stat_name, row.population)
        seen[key] += 1
        yield (*key, str(seen[key])), row


# The limits of statistics: the statistic's name, the value it is held against (None: none in this study), in words.
_LIMITS: tuple[tuple[str, Callable[[Build, Result], Number], str], ...] = (
    (r"(.*_)?p_value|.*_p", lambda build, _: _number(build, "design.alpha"), "alpha {} (nominal)"),
    (r"hr_(lower|upper)", lambda *_: 1, "a hazard ratio of {}"),
    (r"median_lower", lambda build, of: _null(build, of), "the null median of {} months (supportive)"),
)


def _null(build: Build, result: Result) -> Number:
    """The median under the null hypothesis, which is one of progression-free survival."""
    return _number(build, "design.null_median") if str(result.group1_level).startswith("PFS") else None


def _number(build: Build, key: str) -> Number:
    value = build.parameter(key)
    return value if isinstance(value, int | float) else None


def _crossed(old: Result | None, new: Result | None, old_build: Build, new_build: Build) -> str:
    """The limit that a result was on the other side of before; empty where it is on the same, or has none."""
    if old is None or new is None or old.stat_name != new.stat_name:
        return ""
    for pattern, limit, words in _LIMITS:
        if not re.fullmatch(pattern, old.stat_name):
            continue
        sides = []
        for build, result in ((old_build, old), (new_build, new)):
            bound, value = limit(build, result), result.stat
            if not isinstance(bound, int | float) or not isinstance(value, int | float):
                return ""
            sides.append(value < bound)
        if sides[0] != sides[1]:
            bound = limit(new_build, new)
            return f"{'below' if sides[1] else 'no longer below'} {words.format(f'{bound:g}')}"
    return ""


def _verdict(build: Build) -> tuple[Verdict, str]:
    found = {r.name: r for r in build.results if r.name}
    p, observed, expected = (found.get(f"pfs.logrank_{name}") for name in ("p", "observed", "expected"))
    alpha = _number(build, "design.alpha")
    if p is None or observed is None or expected is None or not isinstance(alpha, int | float):
        return "no test", "no test"
    shown = f"p {p.stat_fmt}, {observed.stat_fmt} events of {expected.stat_fmt} expected"
    if isinstance(p.stat, int | float) and p.stat >= alpha:
        return "not met", shown
    if any(is_hidden(result) for result in (p, observed, expected)):
        return "not shown", shown
    values = (p.stat, observed.stat, expected.stat)
    if not all(isinstance(value, int | float) for value in values):
        return "not evaluable", shown
    return "met" if values[1] < values[2] else "not met", shown  # type: ignore[operator]
