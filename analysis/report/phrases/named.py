"""Named results as sentences read them."""

import re
from collections.abc import Mapping, Sequence

from analysis.errors import RenderError
from analysis.report.grammar import counted, listed, number
from analysis.results import Result

# Around a number of a marked sentence stand these, which no text holds: the name of its result between the first two.
_NAME, _SAID, _END = "\ufdd0", "\ufdd1", "\ufdd2"
_MARKED = re.compile(f"{_NAME}([^{_NAME}{_SAID}{_END}]*){_SAID}([^{_NAME}{_SAID}{_END}]*){_END}")


def pieces(text: str) -> list[tuple[str, str | None]]:
    """A marked sentence in pieces, each with the name of the result that it says, or None."""
    found: list[tuple[str, str | None]] = []
    at = 0
    for mark in _MARKED.finditer(text):
        found += [(text[at : mark.start()], None), (mark[2], mark[1])]
        at = mark.end()
    return [piece for piece in [*found, (text[at:], None)] if piece[0]]


def unmarked(text: str) -> str:
    """A sentence, or a part of one, without its marks: two that read alike are then equal."""
    return "".join(piece for piece, _ in pieces(text))


class _Count(int):
    """A count that a sentence says with its mark."""

    name = ""

    def __str__(self) -> str:
        return f"{_NAME}{self.name}{_SAID}{int(self)}{_END}"

    def __format__(self, _: str) -> str:
        return str(self)


class Named:
    """The named results, read by name; a missing name is an error that says which.

    With `marked`, what a sentence says of a result has its mark around it (see `pieces`).
    """

    def __init__(self, results: Mapping[str, Result], *, marked: bool = False) -> None:
        self._results = results
        self._marked = marked

    def __contains__(self, name: str) -> bool:
        return name in self._results

    def ending(self, start: str, end: str) -> list[str]:
        """The names with this beginning and end, sorted."""
        return sorted(name for name in self._results if name.startswith(start) and name.endswith(end))

    def found(self, start: str, end: str = "") -> list[str]:
        """The names of the counts above 0 with this beginning and end, the highest first, then by label."""
        names = [
            name
            for name in self.ending(start, end)
            if not name.endswith(("_pct", "_events")) and isinstance(self._result(name).stat, int)
        ]
        counts = sorted((-self.count(name), self.label(name), name) for name in names)
        return [name for n, _, name in counts if n]

    def result(self, name: str) -> Result:
        """The whole result."""
        return self._result(name)

    def label(self, name: str) -> str:
        """What a result counts, as its row in the table says: its term, else its label."""
        result = self._result(name)
        return result.group2_level or result.group1_level or "" if result.dataset == "ADAE" else result.stat_label

    def _result(self, name: str) -> Result:
        try:
            return self._results[name]
        except KeyError:
            raise RenderError(f"results: no result is named {name!r}, which the text of the report needs") from None

    def shown(self, name: str) -> str:
        """The value as the tables print it."""
        return self.said(name, self._result(name).stat_fmt)

    def said(self, name: str, text: str) -> str:
        """A text that says the value of a result."""
        return f"{_NAME}{name}{_SAID}{text}{_END}" if self._marked else text

    def value(self, name: str) -> float | None:
        """The unrounded value; None where it is not estimable."""
        stat = self._result(name).stat
        return float(stat) if isinstance(stat, int | float) else None

    def count(self, name: str) -> int:
        """A whole number; None and text are errors of the program that made it."""
        stat = self._result(name).stat
        if not isinstance(stat, int | float) or stat != int(stat):
            raise RenderError(f"results: {name} is {stat!r}, expected a count")
        if not self._marked:
            return int(stat)
        count = _Count(stat)
        count.name = name
        return count

    def share(self, name: str, noun: str = "patient") -> str:
        """A number of patients and its percentage; the percentage is left out for nobody."""
        n = self.count(name)
        return f"{counted(n, noun)} ({self.shown(f'{name}_pct')}%)" if n else f"no {noun}"

    def limits(self, name: str, level: str, unit: str = "") -> str:
        """The confidence interval in brackets."""
        lower, upper = self.value(f"{name}_lower"), self.value(f"{name}_upper")
        if lower is None and upper is None:
            return f"({level} CI: not estimable)"
        ends = [
            "not estimable" if value is None else self.shown(end) + unit
            for end, value in ((f"{name}_lower", lower), (f"{name}_upper", upper))
        ]
        return f"({level} CI: {ends[0]} to {ends[1]})"


def not_reported(what: str) -> str:
    """The sentence of what a study leaves out; `what` ends in its verb."""
    return f"{what} not part of this report."


def was(n: int) -> str:
    """The verb of a number of patients; of nobody it is singular, as in 'no patient was'."""
    return "was" if n <= 1 else "were"


def inside(text: str) -> str:
    """A label inside a sentence: without the capital at its start, but of an abbreviation; none of it all capitals.

    What has a digit is a name, such as COVID-19.
    """
    if text.isupper() and not re.search(r"\d", text) and (" " in text or len(text) > LONGEST_ABBREVIATION):
        return text.lower()
    return text if text[1:2].isupper() or text[1:2].isdigit() else text[:1].lower() + text[1:]


LONGEST_ABBREVIATION = 3
"""Letters; a longer word of capitals is a word that the data hold in capitals."""


def most_frequent(named: Named, names: Sequence[str], at_least: int) -> list[str]:
    """Of names by frequency the first `at_least`, and those as frequent as the last of them.

    Where that makes more than twice as many, those as frequent as the last are left out; none is left where all are.
    """
    if len(names) <= at_least:
        return list(names)
    last = named.count(names[at_least - 1])
    chosen = [name for name in names if named.count(name) >= last]
    return chosen if len(chosen) <= 2 * at_least else [name for name in chosen if named.count(name) > last]


def median(named: Named, name: str, level: str) -> str:
    """The estimate with its interval, as the rest of a sentence about 'the median'."""
    if named.value(name) is None:
        return f"was not reached {named.limits(name, level, ' months')}"
    return f"was {named.shown(name)} months {named.limits(name, level)}"


def landmarks(named: Named, endpoint: str, prefix: str, months: Sequence[float], level: str) -> str:
    """The estimated rates at landmarks; those beyond the follow-up are named together."""
    rates, beyond = [], []
    for landmark in months:
        month, name = number(landmark), f"{prefix}.rate_{number(landmark)}m"
        if named.value(name) is None:
            beyond.append(month)
        else:
            rates.append(f"{named.shown(name)}% {named.limits(name, level, '%')} at {month} months")
    if not rates:
        return f"The {endpoint} rate was not estimable at {listed(beyond)} months."
    text = f"The estimated {endpoint} rate was {listed(rates)}"
    return text + (f"; it was not estimable at {listed(beyond)} months." if beyond else ".")
