"""Sentences of two reports: prose and text tables, without displays and contents, word by word."""

from analysis.audit import diff_sentences
from analysis.report.word.ooxml import Package
from tests.tiny_docx import p, package, table

HEAD = p("11 Efficacy", style="Heading1")


def display(text: str) -> str:
    """A table as displays are written: it has a caption for those who cannot see it."""
    return table(("Median", text)).replace("</w:tblPr>", '<w:tblCaption w:val="Table 14.2.1.1"/></w:tblPr>')


def said(old: Package, new: Package) -> list[tuple[str, str]]:
    marks = {"": "{}", "ins": "[+{}]", "del": "[-{}]"}
    return [
        (sentence.section, "".join(marks[mark].format(text) for text, mark in sentence.pieces))
        for sentence in diff_sentences.compare(old, new)
    ]


def test_only_sentences_that_differ_are_told_below_their_heading() -> None:
    old = package(HEAD, p("40 patients were enrolled. Of these, 26 had an event. Nothing else."), p("Kept."))
    new = package(HEAD, p("40 patients were enrolled. Of these, 29 had an event. Nothing else."), p("Kept."))
    assert said(old, new) == [("11 Efficacy", "Of these, [-26][+29] had an event.")]


def test_sentences_and_paragraphs_that_came_or_went() -> None:
    old = package(HEAD, p("One stays. A second one goes away."), p("A whole paragraph that goes."))
    new = package(HEAD, p("One stays."), p("Something entirely new was written"))
    assert said(old, new) == [
        ("11 Efficacy", "[-A second one goes away.]"),
        ("11 Efficacy", "[-A whole paragraph that goes.]"),
        ("11 Efficacy", "[+Something entirely new was written]"),
    ]


def test_a_number_or_an_abbreviation_ends_no_sentence() -> None:
    old = package(p("The median (95% CI: 7.6 to 12.9) was 9.4 months, i.e. more."), p("End."))
    new = package(p("The median (95% CI: 7.6 to 12.7) was 9.5 months, i.e. more."), p("End."))
    assert said(old, new) == [
        ("", "The median (95% CI: 7.6 to [-12.9][+12.7]) was [-9.4][+9.5] months, i.e. more."),
    ]


def test_text_tables_are_prose_and_named_by_their_rows() -> None:
    old, new = (
        package(HEAD, table(("Date of the report", day), ("Phase", "II")), p("End."))
        for day in ("20 July 2025", "9 May 2026")
    )
    assert said(old, new) == [("11 Efficacy: Date of the report", "[-20 July 2025][+9 May 2026]")]


def test_displays_and_contents_are_not_prose() -> None:
    old, new = (
        package(
            *(p(text, style=style) for style in ("TOC1", "FigureTitle", "TableSource", "TableFootnote")),
            display(text),
            p("End."),
        )
        for text in ("9.4", "9.5")
    )
    assert said(old, new) == []


def test_a_heading_that_changed_is_told_below_itself() -> None:
    old, new = (package(p(f"11 Efficacy of the {drug}", style="Heading1"), p("End.")) for drug in ("drug", "drugs"))
    assert said(old, new) == [("11 Efficacy of the drugs", "11 Efficacy of the [-drug][+drugs]")]
