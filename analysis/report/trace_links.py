"""Links from the numbers of csr.html to the pages of trace/, where the records behind them stand."""

import html
import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from analysis.report.pandoc import Node
from analysis.results import Result

FOLDER, INDEX = "trace", "index.html"
MARK = "csr-result"
"""Class of the inline that stands for a result in the report's tree; its key is its attribute of the same name."""

_CELL = re.compile(r'(<t[hd] [^>]*?) data-result="([^"]*)"([^>]*>)(.*?)(</t[hd]>)', re.DOTALL)
# A footnote that prints results, and the keys of its numbers (see analysis.tlf.sensitivity).
_SHAPE = re.compile(r"(?<=Weibull shape )([\d.]+)( \([\d.]+% CI )([\d.]+)( to )([\d.]+)(?=\))")
_SHAPE_KEYS = tuple(f"pfs_sens.weibull.shape{end}" for end in ("", "_lower", "_upper"))
_SIZE = re.compile(r"(\(N = )(\d+)(?=\))")
# A number as tables print it, or a value that is none; characters of markup and their numbers are passed over.
_TOKEN = re.compile(
    r"<[^>]*>|&(?![lg]t;\d)#?\w+;|(?P<number>(?:&lt;|&gt;)?(?:(?<![\w.)])[-\u2212])?\d+(?:[.,]\d+)*(?:-\d\d-\d\d)?\+?|\bNE\b)"
)


@dataclass(frozen=True)
class Traced:
    """What makes links of numbers: the pages, and the variables of the book with their results marked."""

    links: "Links"
    variables: Mapping[str, str]


def page_of(dataset: str) -> str:
    """The page of a dataset's results."""
    return f"{dataset.lower()}.html"


class Links:
    """The results that have a page, by key, and the addresses of their records."""

    def __init__(self, results: Mapping[str, Result]) -> None:
        self.results = results

    def href(self, key: str) -> str | None:
        """Where the records behind a result are, from csr.html; None where there is no page of it."""
        result = self.results.get(key)
        return None if result is None else f"{FOLDER}/{page_of(result.dataset)}#{quote(key, safe='')}"

    def has(self, output: str) -> bool:
        """Whether a display has results of its own."""
        return output in self._printed

    @cached_property
    def _printed(self) -> dict[str, dict[str, list[str]]]:
        """The keys of each output's results by what is printed of them."""
        found: dict[str, dict[str, list[str]]] = {}
        for key, result in self.results.items():
            found.setdefault(result.output, {}).setdefault(html.escape(result.stat_fmt), []).append(key)
        return found

    def nearest(self, key: str, printed: str, taken: Set[str] = frozenset()) -> str:
        """The key of the result of the same output that prints so; of several, that with the most like name.

        A cell names the first of its results; its other numbers are results whose names begin alike, such as
        `pfs.median_lower` beside `pfs.median`. Those that are `taken` by a number before come last.
        """
        own = self.results[key]
        if printed == html.escape(own.stat_fmt) and key not in taken:
            return key
        same = self._printed[own.output].get(printed, [])
        beside = [f"{key}{end}" for end in ("_pct", "_lower", "_upper")]
        return max(same, key=lambda o: (o not in taken, o in beside, *_alike(key, o)), default=key)

    def in_display(self, markup: str, population: str) -> str:
        """The markup of a display with each number of a cell that shows a result as a link, and the population's N."""
        size = self.results.get(f"n.{population}")

        def link(found: re.Match[str]) -> str:
            known = size is not None and found[2] == size.stat_fmt
            return found[1] + (self._link(f"n.{population}", found[2]) if known else found[2])

        def shape(found: re.Match[str]) -> str:
            linked = [self._link(key, text) for key, text in zip(_SHAPE_KEYS, found.group(1, 3, 5), strict=True)]
            return f"{linked[0]}{found[2]}{linked[1]}{found[4]}{linked[2]}"

        if all(key in self.results for key in _SHAPE_KEYS):
            markup = _SHAPE.sub(shape, markup)
        return _SIZE.sub(link, _CELL.sub(self._cell, markup))

    def _cell(self, found: re.Match[str]) -> str:
        start, key, rest, content, end = found.groups()
        key = html.unescape(key)
        if key not in self.results:
            return f"{start}{rest}{content}{end}"
        whole = html.escape(self.results[key].stat_fmt)
        if content.strip() == whole:
            return f"{start}{rest}{content.replace(whole, self._link(key, whole))}{end}"
        alone = sum(token["number"] is not None for token in _TOKEN.finditer(content)) == 1
        taken: set[str] = set()

        def link(token: re.Match[str]) -> str:
            if token["number"] is None:
                return token[0]
            of = key if alone else self.nearest(key, token[0], taken)
            taken.add(of)
            return self._link(of, token[0])

        return f"{start}{rest}{_TOKEN.sub(link, content)}{end}"

    def _link(self, key: str, text: str) -> str:
        return f'<a class="trace" href="{self.href(key)}">{text}</a>'

    def in_text(self, node: Node) -> Node:
        """A copy of a tree in which the inlines that stand for results are links; not within links and headings."""

        def link(key: str, words: list[Node]) -> list[Node]:
            href = self.href(key)
            return [{"t": "Link", "c": [["", ["trace"], []], words, [href, ""]]}] if href else words

        return _with_marks(node, link, _words)


def _alike(one: str, other: str) -> tuple[int, int, int]:
    """How many parts two names have in common at their beginning and at their end; then the shorter the better."""
    parts, others = (re.split(r"[._]", name) for name in (one, other))
    return _together(parts, others), _together(parts[::-1], others[::-1]), -len(other)


def _together(parts: Sequence[str], others: Sequence[str]) -> int:
    pairs = zip(parts, others, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(parts), len(others)))


Replace = Callable[[str, list[Node]], list[Node]]


def without_marks(node: Node) -> Node:
    """A copy of a tree in which the inlines that stand for results are their words."""
    return _with_marks(node, _words, _words)


def _words(_: str, words: list[Node]) -> list[Node]:
    return words


def _joined(inlines: list[Node]) -> list[Node]:
    """Inlines in which a word that a mark had split is one again."""
    out: list[Node] = []
    for item in inlines:
        match out[-1:], item:
            case [{"t": "Str", "c": str() as before}], {"t": "Str", "c": str() as after}:
                out[-1] = {"t": "Str", "c": before + after}
            case _:
                out.append(item)
    return out


def _with_marks(node: Node, replace: Replace, inside: Replace) -> Node:
    """A copy of a tree with the marked inlines replaced, from key and words; `inside` links and headings otherwise."""
    if isinstance(node, list):
        out: list[Node] = []
        for item in node:
            match item:
                case {"t": "Span", "c": [[_, [*classes], attributes], words]} if MARK in classes:
                    out += replace(dict(attributes)[MARK], words)
                case _:
                    out.append(_with_marks(item, replace, inside))
        return _joined(out)
    if not isinstance(node, dict) or node.get("t") in ("RawBlock", "RawInline", "Str"):
        return node
    if node.get("t") in ("Link", "Header"):
        replace = inside
    return {key: value if key == "t" else _with_marks(value, replace, inside) for key, value in node.items()}
