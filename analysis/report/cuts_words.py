"""Small pieces of markup of the index over cuts. Every text that comes from a build is escaped here."""

from collections.abc import Iterable, Mapping, Sequence

from analysis.audit.builds import Build
from analysis.report.escape import escape
from analysis.results import Result

MISSING = "not in this build"


def label(build: Build) -> str:
    """The cut, and the folder where that has another name."""
    cut, folder = build.manifest.cut, build.folder.name
    return cut if folder == cut else f"{cut} (folder {folder})"


def count(number: int, thing: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def link(target: str, words: str, spoken: str | None = None) -> str:
    """A link; `spoken` is what a screen reader says where the words alone do not tell links apart."""
    aria = f' aria-label="{escape(spoken)}"' if spoken else ""
    return f'<a href="{escape(target)}"{aria}>{escape(words)}</a>'


def whole(text: str) -> str:
    """A date or an identifier, which is not broken over two lines."""
    return f'<span class="whole">{escape(text)}</span>'


def printed(found: Mapping[str, Result], name: str) -> str:
    """A result as it is printed."""
    return escape(found[name].stat_fmt) if name in found else MISSING


def limits(found: Mapping[str, Result], name: str) -> str:
    """A result with its interval, where it has one."""
    if name not in found:
        return MISSING
    lower, upper = (found.get(f"{name}_{side}") for side in ("lower", "upper"))
    interval = whole(f"({lower.stat_fmt} to {upper.stat_fmt})") if lower and upper else ""
    return f"{printed(found, name)} {interval}".rstrip()


def table(name: str, heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    """A table that scrolls by itself. Cells are markup, the first of a row heads it; columns `numbers` align right."""
    right = dict.fromkeys(numbers, ' class="number"')
    top = "".join(f'<th scope="col"{right.get(n, "")}>{escape(head)}</th>' for n, head in enumerate(heads))
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>'
        + "".join(f"<td{right.get(n, '')}>{cell}</td>" for n, cell in enumerate(row[1:], start=1))
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(name)}">'
        f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
