"""Sentences of a public build: a hidden number is said in words, and what cannot be said so is left out.

A sentence that asks for the value of a hidden result, or calculates with it, is replaced whole.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import NoReturn

from analysis.params import Params
from analysis.privacy import WITHHELD
from analysis.report.grammar import counted
from analysis.report.phrases import PHRASES
from analysis.report.phrases.named import Named
from analysis.results import Result

INSTEAD = "[Not shown in the public version: data of few patients.]"

_HIDDEN = "\ufdd3"  # in place of a value; no text holds it
_WITH_LIMITS = re.compile(rf"{_HIDDEN}%? \([^()]*{_HIDDEN}[^()]*\)")
_IN_BRACKETS = re.compile(rf" \([^()]*{_HIDDEN}[^()]*\)|, range {_HIDDEN} to {_HIDDEN}")
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z])")
_AT_START = re.compile(r"(?:^|(?<=[.!?] ))fewer than")


class NotShown(Exception):  # noqa: N818 (no error: it ends a sentence)
    """A sentence needs a number that the public version does not show."""


class Unsaid(int):
    """A hidden count: it reads as `fewer than 5`, compares as another small or large count, and cannot be added."""

    text = ""

    def __str__(self) -> str:
        return self.text

    def __format__(self, _: str) -> str:
        return self.text

    def _refuse(self, *_: object) -> NoReturn:
        raise NotShown

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __float__ = _refuse


class PublicNamed(Named):
    """Named results without those that are hidden; `least` is k of `privacy.minimum_cell`."""

    def __init__(self, results: Mapping[str, Result], least: int) -> None:
        few, many = Unsaid(max(2, least - 1)), Unsaid(least)
        few.text, many.text = f"fewer than {least}", f"{least} or more"
        self._words = {f"<{least}": few, f"≥{least}": many}
        super().__init__(results)

    def _result(self, name: str) -> Result:
        found = super()._result(name)
        if found.stat is None and (count := self._words.get(found.stat_fmt)):
            return replace(found, stat=count, stat_fmt=count.text)
        return found

    def shown(self, name: str) -> str:
        return super().shown(name).replace(WITHHELD, _HIDDEN)

    def value(self, name: str) -> float | None:
        found = self._result(name)
        if found.stat_fmt == WITHHELD and ".rate_" in name:
            return math.nan  # a landmark is named with what is said of it
        if found.stat_fmt == WITHHELD or isinstance(found.stat, Unsaid):
            raise NotShown
        return super().value(name)

    def count(self, name: str) -> int:
        found = self._result(name)
        if found.stat_fmt == WITHHELD:
            raise NotShown
        return found.stat if isinstance(found.stat, Unsaid) else super().count(name)

    def share(self, name: str, noun: str = "patient") -> str:
        hidden = self._result(f"{name}_pct").stat_fmt == WITHHELD
        return counted(self.count(name), noun) if hidden else super().share(name, noun)


def sentences(results: Mapping[str, Result], params: Params) -> dict[str, str]:
    """What `analysis.report.phrases.phrases` gives, of the results of a public build."""
    least = params.privacy.minimum_cell
    named = PublicNamed(results, least)
    found = {}
    for key, phrase in PHRASES.items():
        try:
            found[key] = _readable(phrase(named, params))
        except NotShown:
            found[key] = INSTEAD
    return found


def _readable(text: str) -> str:
    """A text without the places of hidden values, where they stand apart; else without the sentences that have them."""
    text = _IN_BRACKETS.sub("", _WITH_LIMITS.sub("not shown", text))
    kept = [sentence if _HIDDEN not in sentence else INSTEAD for sentence in _SENTENCE_END.split(text)]
    return _AT_START.sub("Fewer than", " ".join(dict.fromkeys(kept)))
