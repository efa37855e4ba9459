"""Named results as sentences read them."""

from collections.abc import Mapping, Sequence

from analysis.errors import RenderError
from analysis.report.grammar import listed, number
from analysis.results import Result


class Named:
    """The named results, read by name; a missing name is an error that says which."""

    def __init__(self, results: Mapping[str, Result]) -> None:
        self._results = results

    def __contains__(self, name: str) -> bool:
        return name in self._results

    def ending(self, start: str, end: str) -> list[str]:
        """The names with this beginning and end, sorted."""
        return sorted(name for name in self._results if name.startswith(start) and name.endswith(end))

    def _result(self, name: str) -> Result:
        try:
            return self._results[name]
        except KeyError:
            raise RenderError(f"results: no result is named {name!r}, which the text of the report needs") from None

    def shown(self, name: str) -> str:
        """The value as the tables print it."""
        return self._result(name).stat_fmt

    def value(self, name: str) -> float | None:
        """The unrounded value; None where it is not estimable."""
        stat = self._result(name).stat
        return float(stat) if isinstance(stat, int | float) else None

    def count(self, name: str) -> int:
        """A whole number; None and text are errors of the program that made it."""
        stat = self._result(name).stat
        if not isinstance(stat, int | float) or stat != int(stat):
            raise RenderError(f"results: {name} is {stat!r}, expected a count")
        return int(stat)

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
