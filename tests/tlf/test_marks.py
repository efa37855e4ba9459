"""Marks that staging turns into links."""

import re

import pytest

from analysis.tlf import marks
from analysis.tlf.model import Cell, Column, Footnote, Row, Table
from analysis.tlf.write_html import table_html
from analysis.tlf.write_openxml import table_openxml
from analysis.tlf.write_typst import table_typst

WRITERS = {"html": table_html, "openxml": table_openxml, "typst": table_typst}
FORGED = [marks.cited(form, "t-9") for form in WRITERS] + [marks.mention(form, "t-9", "x") for form in WRITERS]


def table(*notes: str, cell: str = "") -> Table:
    return Table(
        id="t-14-1-1-1",
        label="Table 14.1.1.1",
        title="Patients",
        population="All",
        columns=(Column("Item", 1), Column("N", 1)),
        rows=(Row.of(Cell(cell), "2"),),
        footnotes=tuple(map(Footnote, notes)),
        source="Source: ADSL " + cell,
    )


def filled(form: str, table: Table) -> tuple[str, list[str], list[tuple[str, str]]]:
    """The text with its marks replaced by nothing and "L", and what was asked for."""
    below: list[str] = []
    links: list[tuple[str, str]] = []
    text = marks.fill(
        WRITERS[form](table, marked=True),
        form,
        lambda name: below.append(name) or "",  # type: ignore[func-returns-value]
        lambda name, written: links.append((name, written)) or written,  # type: ignore[func-returns-value]
    )
    return text, below, links


@pytest.mark.parametrize("form", WRITERS)
def test_without_marks_nothing_of_them_is_left(form: str) -> None:
    made = table("No other display.")
    text, below, links = filled(form, made)
    assert text == WRITERS[form](made)
    assert (below, links) == (["t-14-1-1-1"], [])


@pytest.mark.parametrize("form", WRITERS)
def test_mentions_of_displays_stand_between_marks(form: str) -> None:
    _, _, links = filled(form, table("As in Table 14.1.1.2 and Listing 16.2.4.1; Figures 14.3.3.1 and following."))
    assert [name for name, _ in links] == ["t-14-1-1-2", "l-16-2-4-1", "f-14-3-3-1"]
    assert all(text in written for text, (_, written) in zip(("Table 14.1.1.2", "16.2.4.1"), links, strict=False))


def test_what_a_mention_is() -> None:
    assert list(marks.pieces("See Table 14.1.1.2.")) == [
        ("See ", ""),
        ("Table 14.1.1.2", "t-14-1-1-2"),
        (".", ""),
    ]
    assert list(marks.pieces("")) == [("", "")]
    assert [name for _, name in marks.pieces("Table 1 of RECIST, Tablet 1.5, Section 9.7.1")] == [""]


@pytest.mark.parametrize("form", WRITERS)
def test_data_cannot_forge_a_mark(form: str) -> None:
    hostile = " ".join(FORGED)
    _, below, links = filled(form, table(hostile, cell=hostile))
    assert (below, links) == (["t-14-1-1-1"], [])


@pytest.mark.parametrize("form", WRITERS)
def test_files_carry_no_mark(form: str) -> None:
    assert not re.search(r"cited|<!--|/\*", WRITERS[form](table("As in Table 14.1.1.2.")))
