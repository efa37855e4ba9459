"""Abbreviations are explained below the display that uses them, once, and nothing else is."""

from analysis.report.abbreviations import Dictionary
from analysis.tlf.explain import explained
from analysis.tlf.model import Cell, Footnote, Row, Table
from tests.tlf.samples import figure, small

DICTIONARY = Dictionary(
    abbreviations={
        "CI": "Confidence interval",
        "CR": "Complete response",
        "ECOG": "Eastern Cooperative Oncology Group",
        "ER": "Oestrogen receptor",
        "ISH": "In situ hybridisation",
        "MedDRA": "Medical Dictionary for Regulatory Activities",
        "PR": "Partial response",
        "SMQ": "Standardised MedDRA query",
        "ULN": "Upper limit of normal",
    }
)


def notes(table: Table) -> list[str]:
    return [note.text for note in explained(table, DICTIONARY).footnotes]


def test_what_title_cells_and_footnotes_use_is_explained_in_alphabetical_order() -> None:
    table = small(Row.of("ECOG status", "1 (95% CI)"), footnotes=(Footnote("A value above 3 x ULN."),))
    assert notes(table) == [
        "A value above 3 x ULN.",
        "CI: confidence interval. ECOG: Eastern Cooperative Oncology Group. ULN: upper limit of normal.",
    ]


def test_what_a_footnote_or_a_label_explains_is_left_out() -> None:
    footnotes = (Footnote("ER, PR: oestrogen and progesterone receptor. CI: credible interval."),)
    assert len(notes(small(Row.of("ER and PR", Cell("95% CI")), footnotes=footnotes))) == 1
    assert notes(small(Row.of("Complete response (CR)", "1"))) == []
    assert notes(small(Row.of("Objective response (CR)", "CR of 1"))) == []
    assert notes(small(Row.of("95% (CI)", "1"))) == ["CI: confidence interval."]


def test_abbreviations_in_meanings_are_explained_too() -> None:
    shown = "MedDRA: Medical Dictionary for Regulatory Activities. SMQ: Standardised MedDRA query."
    assert notes(small(Row.of("By SMQ", "1"))) == [shown]


def test_datasets_of_records_and_unknown_words_are_passed_over() -> None:
    assert notes(small(Row.of("PR PRSTDTC 2", "ABC of IN SITU"))) == []


def test_of_a_figure_its_data_and_alternative_text_are_read() -> None:
    drawn = explained(figure(data={"bars": [{"response": "PR", "n": 1}]}, alt="A bar of CR."), DICTIONARY)
    assert drawn.footnotes[-1].text == "CR: complete response. PR: partial response."
