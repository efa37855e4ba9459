"""Which members of two sequences belong together: words of a text, paragraphs of a report, rows of a table."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from difflib import SequenceMatcher
from typing import Literal, TypeVar

T = TypeVar("T")
Pair = tuple[int | None, int | None]
Step = tuple[Literal["same", "changed"], slice, slice]

# A number, a date or an identifier is one word: -9.5, 2025-12-31, 12.3%.
_WORD = re.compile(r"(?:[-\N{MINUS SIGN}](?=\d))?\w+(?:[-.,:/]\w+)*%?|\s+|.", re.DOTALL)
_FEW = 3  # words
_LARGEST = 250_000  # comparisons of one gap; beyond that its members are not looked at one by one


def words(text: str) -> list[str]:
    """A text as words, runs of blanks and single other characters, which together are the text."""
    return _WORD.findall(text)


def steps(old: Sequence[str], new: Sequence[str]) -> list[Step]:
    """How one list of words becomes the other: stretches that are the same, or changed (of which one may be empty).

    A few words that happen to be the same amid longer changes belong to the change, blanks and points always.
    """
    found: list[Step] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        amid = (a, c) != (0, 0) and (b, d) != (len(old), len(new))
        same = kind == "equal" and not (amid and not _said(old[a:b]))
        _extend(found, ("same" if same else "changed", slice(a, b), slice(c, d)))
    whole: list[Step] = []
    for number, (said, one, other) in enumerate(found):
        beside = (*found[:number][-1:], *found[number + 1 :][:1])
        fewest = min((min(_said(old[i]), _said(new[j])) for _, i, j in beside), default=0)
        few = said == "same" and len(beside) == 2 and _said(old[one]) <= min(_FEW, fewest // 2)
        _extend(whole, ("changed" if few else said, one, other))
    return whole


def _extend(found: list[Step], step: Step) -> None:
    """Add a stretch; one that is changed joins a changed one before it."""
    kind, a, b = step
    if found and kind == found[-1][0] == "changed":
        found[-1] = (kind, slice(found[-1][1].start, a.stop), slice(found[-1][2].start, b.stop))
    else:
        found.append(step)


def _said(found: Sequence[str]) -> int:
    """How many of these are words, or something else that is neither a blank nor a point."""
    return sum(word[0].isalnum() or (len(word) > 1 and not word.isspace()) for word in found)


def likeness(old: Counter[str], new: Counter[str]) -> float:
    """The share of words that two texts have in common: 0 to 1; of two empty texts 1. Longer words say more."""
    both = sum(len(word) * many for word, many in (old & new).items())
    total = sum(len(word) * many for words in (old, new) for word, many in words.items())
    return 2 * both / total if total else 1.0


def align(
    old: Sequence[T], new: Sequence[T], key: Callable[[T], Hashable], like: Callable[[T, T], float]
) -> list[Pair]:
    """Pair the members of two sequences, in their order; a member without a partner stands alone.

    Members whose `key` comes once on both sides are paired first. Between them the pairing with the greatest sum of
    likeness counts; `like` is 0 for members that must not be paired.
    """
    keys = [[key(member) for member in side] for side in (old, new)]
    many = [Counter(side) for side in keys]
    at = [[n for n, k in enumerate(side) if many[0][k] == 1 == many[1][k]] for side in keys]
    anchors = [
        (at[0][a + n], at[1][b + n])
        for a, b, size in SequenceMatcher(
            None, [keys[0][n] for n in at[0]], [keys[1][n] for n in at[1]], autojunk=False
        ).get_matching_blocks()
        for n in range(size)
    ]
    found: list[Pair] = []
    i = j = 0
    for a, b in [*anchors, (len(old), len(new))]:
        found += _gap(old, new, range(i, a), range(j, b), like)
        if a < len(old):
            found.append((a, b))
        i, j = a + 1, b + 1
    return found


def _gap(old: Sequence[T], new: Sequence[T], left: range, right: range, like: Callable[[T, T], float]) -> list[Pair]:
    """The best pairing of two stretches, by the usual table of best sums, filled from the end."""
    if not left or not right or len(left) * len(right) > _LARGEST:
        return [*((i, None) for i in left), *((None, j) for j in right)]
    scores = [[like(old[i], new[j]) for j in right] for i in left]
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for x in reversed(range(len(left))):
        for y in reversed(range(len(right))):
            paired = best[x + 1][y + 1] + scores[x][y] if scores[x][y] else 0.0
            best[x][y] = max(paired, best[x + 1][y], best[x][y + 1])
    found: list[Pair] = []
    x = y = 0
    while x < len(left) or y < len(right):
        here = best[x][y]
        if x < len(left) and y < len(right) and scores[x][y] and here == best[x + 1][y + 1] + scores[x][y]:
            found.append((left[x], right[y]))
            x, y = x + 1, y + 1
        elif x < len(left) and here == best[x + 1][y]:
            found.append((left[x], None))
            x += 1
        else:
            found.append((None, right[y]))
            y += 1
    return found
