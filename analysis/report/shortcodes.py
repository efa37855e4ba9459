"""The shortcodes of the chapters' dialect, and the includes, which are resolved on the text itself."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# `{{{< name >}}}` is an escaped shortcode and shows as `{{< name >}}`.
_SHORTCODE = re.compile(r"(?P<open>\{{2,}<)[ \t]*(?P<body>.*?)[ \t]*(?P<close>>\}{2,})")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")

CITATION = re.compile(r"(?<![\w.\\])@([A-Za-z0-9_][\w:.#$%&+?~/-]*\w|\w)")

KNOWN = ("include", "embed", "var", "meta", "pagebreak")


@dataclass(frozen=True)
class Line:
    """One line of a chapter, and where it was written: the chapter's file or an included one, counted from 1.

    Paths in it start from the chapter's folder wherever it was written, as in Quarto.
    """

    text: str
    file: Path
    number: int
    chapter: Path


@dataclass(frozen=True)
class Shortcode:
    """`{{< name argument >}}`; `alone` when nothing else stands on its line."""

    name: str
    argument: str
    alone: bool


def parse_shortcode(match: re.Match[str]) -> Shortcode | None:
    """The shortcode of one match of `find`; None for an escaped one."""
    if len(match["open"]) > 3 or len(match["close"]) > 3:
        return None
    name, _, argument = match["body"].partition(" ")
    alone = match.string.strip() == match[0]
    return Shortcode(name, argument.strip(), alone)


def find(text: str) -> list[tuple[int, Shortcode]]:
    """The shortcodes of one line with their positions, escaped ones left out."""
    found = ((m.start(), parse_shortcode(m)) for m in _SHORTCODE.finditer(text))
    return [(start, shortcode) for start, shortcode in found if shortcode]


def replace(text: str, value: Callable[[Shortcode], str]) -> str:
    """Replace each shortcode of a line by `value`, in one pass: what `value` returns is not looked at again."""

    def one(match: re.Match[str]) -> str:
        shortcode = parse_shortcode(match)
        return value(shortcode) if shortcode else match[0][1:-1]

    return _SHORTCODE.sub(one, text)


def left_open(text: str) -> bool:
    """Whether a shortcode begins on this line and does not end on it."""
    return "{{<" in _SHORTCODE.sub("", text)


def inside(root: Path, base: Path, target: str) -> Path | None:
    """The file that `target`, written in a file of folder `base`, names; None where it leads out of `root`."""
    path = (root / target.lstrip("/") if target.startswith("/") else base / target).resolve()
    return path if path.is_relative_to(root.resolve()) else None


LARGEST_BYTES, MOST_LINES = 5_000_000, 100_000


def read_lines(path: Path, root: Path, problem: Callable[[Line, str], None]) -> list[Line]:
    """Read a chapter with its includes expanded.

    An include stands alone on its line and stays inside `root`; anything else goes to `problem` with its line, and
    the line is left out, as is a file that is too large or is not UTF-8.
    """
    lines: list[Line] = []
    _read_into(lines, path, root, problem, ())
    return lines


def _read_into(
    lines: list[Line], path: Path, root: Path, problem: Callable[[Line, str], None], parents: tuple[Path, ...]
) -> None:
    start = Line("", path, 1, chapter=parents[0] if parents else path)
    if path.stat().st_size > LARGEST_BYTES:
        problem(start, f"larger than {LARGEST_BYTES:,} bytes, and so no chapter")
        return
    try:
        texts = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        problem(start, f"not UTF-8: {error.reason} at byte {error.start + 1}")
        return
    for number, text in enumerate(texts, start=1):
        line = Line(text, path, number, start.chapter)
        if len(lines) > MOST_LINES:
            return
        include = next((s for _, s in find(text) if s.name == "include"), None)
        if include is None:
            lines.append(line)
            if len(lines) > MOST_LINES:
                problem(line, f"a chapter with its includes of more than {MOST_LINES:,} lines")
            continue
        target = inside(root, path.parent, include.argument)
        if not include.alone:
            problem(line, "an include must stand alone on its line")
        elif target is None:
            problem(line, f"include {include.argument}: leads out of the book")
        elif not target.is_file():
            problem(line, f"include {include.argument}: no such file")
        elif any(target == parent.resolve() for parent in (*parents, path)):
            problem(line, f"include {include.argument}: includes itself")
        else:
            _read_into(lines, target, root, problem, (*parents, path))


def open_code(lines: Sequence[Line]) -> Line | None:
    """The line of the fence of code that is not closed, if any."""
    return _divided(lines)[1]


def outside_code(lines: Sequence[Line]) -> list[Line]:
    """The lines that are not in fenced code blocks, nor a fence."""
    return _divided(lines)[0]


def _divided(lines: Sequence[Line]) -> tuple[list[Line], Line | None]:
    """The lines outside fenced code, and the fence that is not closed."""
    kept: list[Line] = []
    fence, opened = "", None
    for line in lines:
        mark = _FENCE.match(line.text)
        if fence:
            if mark and mark[1].startswith(fence) and not line.text.strip(" `~"):
                fence, opened = "", None
        elif mark:
            fence, opened = mark[1], line
        else:
            kept.append(line)
    return kept, opened
