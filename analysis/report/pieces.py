"""The pieces of a finished build: its sections, tables, figures and listings, listed and copied out as they are.

Nothing is computed or rendered here. What there is to pull is what lies in sections/ and tlf/ of the build.
"""

import difflib
import filecmp
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from analysis.errors import ParamsError
from analysis.report.word import properties, styles
from analysis.report.word.ooxml import NAMESPACES, Element, Package, paragraph_style, q, text_of
from analysis.tlf.model import ID

FORMATS = ("docx", "html", "rtf", "csv", "json", "png", "svg", "pdf")
_DRAWINGS = ("png", "svg", "pdf")
_SECTION = re.compile(r"(\d+(?:\.\d+)*)-.+\.docx")
# A piece as people name it: 14.2.1.1, 14-2-1-1, t-14-2-1-1, Table 14.2.1.1, Section 11.4.1.
_SPOKEN = re.compile(r"(?:(section|[tfl]|table|figure|listing)[\s-]*)?(\d+(?:[.-]\d+)*)\.?")
# What programs write that a piece never is: such an --out is a mistake, not a folder's name.
_FOREIGN = ("doc", "odt", "txt", "htm", "xls", "xlsx", "jpg", "jpeg", "tif", "tiff", "emf", "zip")
_PLACEHOLDER = "AuthorPlaceholder"  # the character style of what is left for the author


@dataclass(frozen=True)
class Piece:
    """A section (`11.4.1`) or a display (`t-14-2-1-1`), and its file in each format it has."""

    id: str
    files: Mapping[str, Path]

    @property
    def is_section(self) -> bool:
        return self.id[0].isdigit()

    @property
    def number(self) -> str:
        return self.id if self.is_section else self.id[2:].replace("-", ".")

    @property
    def default(self) -> str:
        """The format it is pulled in where none is asked for: png for figures, docx for all else."""
        return "png" if self.id.startswith("f-") else "docx"


def find_pieces(build: Path) -> dict[str, Piece]:
    """The pieces of a build by id: sections, then displays, each in the order of their numbers."""
    found: dict[str, dict[str, Path]] = {}
    for path in (build / "sections").glob("*.docx"):
        if match := _SECTION.fullmatch(path.name):
            found[match[1]] = {"docx": path}
    for kind in FORMATS:
        for path in (build / "tlf").glob(f"*.{kind}"):
            if ID.fullmatch(path.stem):
                found.setdefault(path.stem, {})[kind] = path
    pieces = [Piece(name, files) for name, files in found.items()]
    return {p.id: p for p in sorted(pieces, key=_order)}


def _order(piece: Piece) -> tuple[bool, list[int], int]:
    kind = 0 if piece.is_section else "tfl".index(piece.id[0])
    return not piece.is_section, [int(part) for part in piece.number.split(".")], kind


def choose(pieces: Mapping[str, Piece], name: str, kind: str | None) -> Piece:
    """The piece of an id, of a label such as `Table 14.2.1.1`, or of a bare number.

    A bare number is the section, else the table, else the listing, else the figure; the figure first where `kind` is
    the format of a drawing. Raises ParamsError with near matches, or titles with these words, where there is none.
    """
    wanted = " ".join(name.lower().split())
    for candidate in candidates(wanted, kind):
        if candidate in pieces:
            return pieces[candidate]
    names = dict.fromkeys([p.id for p in pieces.values()] + [p.number for p in pieces.values()])
    titles = [*sections(pieces), *((row[0], row[-1]) for row in displays(pieces))]
    said = [f"{found} ({title})" for found, title in titles if wanted and wanted in title.lower()][:5]
    if near := said or difflib.get_close_matches(wanted, names, n=5):
        hint = f"near it: {', '.join(near)}"
    else:
        hint = "expected one such as 11.4.1 or t-14-2-1-1"
    raise ParamsError(f"{name}: no such piece in this build; {hint}; csr list shows all")


def candidates(wanted: str, kind: str | None = None) -> list[str]:
    """The ids that a name in small letters may mean, the likeliest first."""
    spoken = _SPOKEN.fullmatch(wanted)
    if not spoken:
        return [wanted]
    number = spoken[2].replace("-", ".")
    tails = {letter: f"{letter}-{number.replace('.', '-')}" for letter in "tlf"}
    if spoken[1]:
        return [tails.get(spoken[1][0], number)]
    return [number, *tails.values()] if kind not in _DRAWINGS else [tails["f"], number, tails["t"], tails["l"]]


def pull(build: Path, name: str, kind: str | None, out: Path | None) -> list[Path]:
    """Copy a piece of a build, or with the name `all` every piece, and return the files in their new place.

    `kind` is the format (default: that of `out` where it names a file, else each piece's own). `out` is a file where
    it ends in a format's name, such as curve.png, and otherwise a folder; the default is the current folder. `all`
    needs a folder, leaves out pieces that do not have the format, and brings with docx and rtf the one file of all
    displays. A file that is there already is never replaced: raises ParamsError, before anything is written, unless
    it is the same.
    """
    kind = kind and kind.lower()
    if kind is not None and kind not in FORMATS:
        raise ParamsError(f"--format {kind}: expected one of {', '.join(FORMATS)}")
    suffix = out.suffix[1:].lower() if out and not out.is_dir() else ""
    file = out if suffix in FORMATS else None
    _check_out(name, kind, out, file)
    kind = suffix if file else kind
    pieces = find_pieces(build)
    if name == "all":
        sources = [p.files[kind or p.default] for p in pieces.values() if (kind or p.default) in p.files]
        combined = build / "tlf" / f"all.{kind}"
        sources += [combined] if combined.is_file() else []
        if not sources:
            raise ParamsError(f"all: no piece of this build has the format {kind}")
    else:
        sources = [_file(choose(pieces, name, kind), kind)]
    folder = (file.parent if file else out) or Path()
    copies = {source: file or folder / source.name for source in sources}
    _check_targets(copies, build)
    folder.mkdir(parents=True, exist_ok=True)
    for source, target in copies.items():
        if not target.exists():
            shutil.copyfile(source, target)
    return list(copies.values())


def _check_out(name: str, kind: str | None, out: Path | None, file: Path | None) -> None:
    """Refuse an --out that does not fit; `file` is it where it names a file."""
    if name == "all" and out is None:
        raise ParamsError("all: name the folder for the files with --out")
    if file and name == "all":
        raise ParamsError(f"--out {file}: all pieces go into a folder, not a file")
    if file and kind and not file.name.lower().endswith(f".{kind}"):
        raise ParamsError(f"--out {file}: does not end in .{kind}, which --format asks for")
    if out and not file and not out.exists() and out.suffix[1:].lower() in _FOREIGN:
        raise ParamsError(f"--out {out}: no piece is {out.suffix}; expected a folder, or one of {', '.join(FORMATS)}")
    if out and not file and out.exists() and not out.is_dir():
        raise ParamsError(f"--out {out}: a file; expected a folder, or a file that ends in .{kind or 'docx'}")


def _file(piece: Piece, kind: str | None) -> Path:
    wanted = kind or piece.default
    if wanted not in piece.files:
        what = f"section {piece.id}" if piece.is_section else piece.id
        raise ParamsError(f"{what}: there is no {wanted} of it, only {', '.join(piece.files)}")
    return piece.files[wanted]


def _check_targets(copies: Mapping[Path, Path], build: Path) -> None:
    """Refuse to write into the build, and over any file that is not the same already."""
    for target in copies.values():
        if target.resolve().is_relative_to(build.resolve()):
            raise ParamsError(f"{target}: lies in the build, which stays as it was made")
    other = [t for s, t in copies.items() if t.exists() and not (t.is_file() and filecmp.cmp(s, t, shallow=False))]
    if other:
        more = f" (and {len(other) - 1} more)" if len(other) > 1 else ""
        raise ParamsError(
            f"{other[0]}{more}: is there already and differs from the build's; nothing was written. "
            "Move it away, or name another place with --out"
        )


def sections(pieces: Mapping[str, Piece]) -> list[tuple[str, str]]:
    """Number and title of each section; all are DOCX."""
    return [(p.id, _title(p)) for p in pieces.values() if p.is_section]


def displays(pieces: Mapping[str, Piece]) -> list[tuple[str, str, str, str, str]]:
    """Id, label, formats, population and title of each table, figure and listing."""
    rows = []
    for piece in pieces.values():
        if not piece.is_section:
            data = json.loads(piece.files["json"].read_text(encoding="utf-8"))
            label, title, population = (" ".join(data[key].split()) for key in ("label", "title", "population"))
            rows.append((piece.id, label, " ".join(piece.files), population, title))
    return rows


def placeholders(pieces: Mapping[str, Piece]) -> list[tuple[str, str, str]]:
    """What is left for the author, in the order of the report: section number, its title, the text of the mark.

    Before a mark in a table stands the first cell of its row.
    """
    found = []
    chapters = [p for p in pieces.values() if p.is_section and "." not in p.id]
    for chapter in chapters:
        package = Package.read(chapter.files["docx"])
        levels = styles.heading_levels(package)
        number, title = chapter.id, _title(chapter)
        for paragraph in package.body.iter(q("w:p")):
            if paragraph_style(paragraph) in levels:
                first, _, rest = text_of(paragraph).partition(" ")
                number, title = (first, rest) if first in pieces else (number, title)
            runs = groupby(paragraph.iter(q("w:r")), key=_is_placeholder)
            texts = ["".join(t.text or "" for r in group for t in r.iter(q("w:t"))) for marked, group in runs if marked]
            found += [(number, title, _row_label(paragraph) + text) for text in texts]
    return found


def _is_placeholder(run: Element) -> bool:
    style = run.find("w:rPr/w:rStyle", NAMESPACES)
    return style is not None and style.get(q("w:val")) == _PLACEHOLDER


def _row_label(paragraph: Element) -> str:
    row = next(paragraph.iterancestors(q("w:tr")), None)
    return "" if row is None else f"{text_of(row.find('w:tc', NAMESPACES))}: "


def _title(section: Piece) -> str:
    """The title of a section without its number, which its file has among its properties."""
    whole: str = Package.read(section.files["docx"]).tree(properties.CORE).findtext("dc:title", "", NAMESPACES)
    return whole.partition(" ")[2]
