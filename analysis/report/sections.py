"""One Word file for each numbered section of the report, its subsections inside.

The whole report is written once and cut: a section is the blocks from its heading to the next heading of its level
or above. Citations keep the numbers they have in the whole, and a link that leaves the section becomes text; the
references that a section cites stand at its end, as they do in the whole.
"""

import copy
import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import RenderError
from analysis.params import Params
from analysis.report.docx import set_settings
from analysis.report.word import properties, styles
from analysis.report.word.cut import cut
from analysis.report.word.ooxml import Element, Package, fragment, paragraph_style, q, text_of

_NUMBERED = re.compile(r"(\d+(?:\.\d+)*)\s+(.+)")
_SLUG_LENGTH = 60  # characters; some E3 headings are longer than file systems like
_REFERENCE = "Bibliography"  # the style of the reference list
_BOOKMARK = q("w:bookmarkStart")
_CITED = (
    '<w:p><w:pPr><w:pStyle w:val="ReferencesTitle"/></w:pPr>'
    "<w:r><w:t>References cited in this section, numbered as in the whole report</w:t></w:r></w:p>"
)


@dataclass(frozen=True)
class Section:
    """A numbered section: the places of its first block and of the first after it in the body."""

    number: str
    title: str
    first: int
    after: int

    @property
    def filename(self) -> str:
        return f"{self.number}-{slug(self.title)}.docx"


def slug(title: str) -> str:
    """A title as part of a file name: lower-case ASCII letters and digits, words joined by hyphens."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", ascii_only.replace("'", "")) or ["section"]
    kept: str = words[0][:_SLUG_LENGTH]
    for word in words[1:]:
        if len(kept) + 1 + len(word) > _SLUG_LENGTH:
            break
        kept += f"-{word}"
    return kept


def write_sections(package: Package, folder: Path, *, params: Params, date: dt.date) -> list[Path]:
    """Write the sections of a finished report into a folder; return the files in the order of the report.

    `package` and `date` are those of `docx.made`. Raises RenderError where two headings have the same number.
    """
    folder.mkdir(parents=True, exist_ok=True)
    set_settings(package, update_fields=False)
    parts, entries = package.serialised(), references(package)
    paths = []
    for section in find_sections(package):
        part = cut(package, section.first, section.after, parts, cited(package, section, entries))
        properties.set_core(part, params, date, title=f"{section.number} {section.title}")
        part.prune()
        paths.append(folder / section.filename)
        part.write(paths[-1])
    return paths


def find_sections(package: Package) -> list[Section]:
    """The numbered sections of a report. The first includes what stands before it, the report's title."""
    levels = styles.heading_levels(package)
    blocks = list(package.body)
    places = [(n, levels[s], text_of(b)) for n, b in enumerate(blocks) if (s := paragraph_style(b)) in levels]
    sections: list[Section] = []
    for i, (place, level, text) in enumerate(places):
        numbered = _NUMBERED.fullmatch(text)
        if numbered is None:
            continue
        after = next((n for n, other, _ in places[i + 1 :] if other <= level), len(blocks) - 1)
        sections.append(Section(numbered[1], numbered[2], place if sections else 0, after))
    numbers = [s.number for s in sections]
    twice = sorted({n for n in numbers if numbers.count(n) > 1})
    if twice:
        raise RenderError(f"two headings have the section number {', '.join(twice)}; expected one each")
    return sections


def references(package: Package) -> list[tuple[set[str], Element]]:
    """The entries of the reference list, each with the names of its bookmarks."""
    return [
        ({start.get(q("w:name")) for start in block.iter(_BOOKMARK)}, block)
        for block in package.body.iterchildren(q("w:p"))
        if paragraph_style(block) == _REFERENCE
    ]


def cited(package: Package, section: Section, entries: Sequence[tuple[set[str], Element]]) -> list[Element]:
    """What a section without the reference list gets at its end: a line, and those `entries` that it cites, as text."""
    blocks = package.body[section.first : section.after]
    anchors = {a for block in blocks for link in block.iter(q("w:hyperlink")) if (a := link.get(q("w:anchor")))}
    if any(paragraph_style(block) == _REFERENCE for block in blocks):
        return []
    found = []
    for names, block in entries:
        if anchors & names:
            entry = fragment(f'<w:p><w:pPr><w:pStyle w:val="{_REFERENCE}"/></w:pPr></w:p>')
            entry.extend(copy.deepcopy(run) for run in block.iter(q("w:r")))
            for style in list(entry.iter(q("w:rStyle"))):
                style.getparent().remove(style)
            found.append(entry)
    return [fragment(_CITED), *found] if found else []
