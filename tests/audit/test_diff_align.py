"""Words, what becomes of them, and which members of two sequences belong together."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.audit import diff_align
from analysis.audit.diff_sentences import pieces


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Median 9.5 months", ["Median", " ", "9.5", " ", "months"]),
        ("(95% CI: -2.0 to 12.9).", ["(", "95%", " ", "CI", ":", " ", "-2.0", " ", "to", " ", "12.9", ")", "."]),
        ("NCT05075512-01-039, 2025-12-31", ["NCT05075512-01-039", ",", " ", "2025-12-31"]),
        ("a - b", ["a", " ", "-", " ", "b"]),
        ("z = \N{MINUS SIGN}1.8", ["z", " ", "=", " ", "\N{MINUS SIGN}1.8"]),
        ("", []),
    ],
)
def test_a_number_a_date_and_an_identifier_are_one_word(text: str, words: list[str]) -> None:
    assert diff_align.words(text) == words


@given(st.text(max_size=60))
def test_the_words_together_are_the_text(text: str) -> None:
    assert "".join(diff_align.words(text)) == text


def shown(old: str, new: str) -> str:
    marks = {"": "{}", "ins": "[+{}]", "del": "[-{}]"}
    return "".join(marks[mark].format(text) for text, mark in pieces(diff_align.words(old), diff_align.words(new)))


@pytest.mark.parametrize(
    ("old", "new", "marked"),
    [
        ("Median 9.4 (7.6 to 12.9).", "Median 9.5 (7.6 to 12.7).", "Median [-9.4][+9.5] (7.6 to [-12.9][+12.7])."),
        ("One.", "One more.", "One[+ more]."),
        ("Same", "Same", "Same"),
        ("", "All new", "[+All new]"),
        ("30 June 2025", "31 December 2025", "[-30 June][+31 December] 2025"),  # the blank between belongs to it
        (
            "The success criterion was met and the null was rejected",
            "This analysis is an update; the conclusion is not drawn here",
            "[-The success criterion was met and the null was rejected]"
            "[+This analysis is an update; the conclusion is not drawn here]",
        ),
    ],
)
def test_what_becomes_of_a_sentence(old: str, new: str, marked: str) -> None:
    assert shown(old, new) == marked


WORDS = st.lists(st.sampled_from(["a", " ", "b", ".", "12.5", "word"]), max_size=12).map("".join)


@given(WORDS, WORDS)
def test_without_the_new_words_it_is_the_old_text_and_the_other_way_round(old: str, new: str) -> None:
    found = list(pieces(diff_align.words(old), diff_align.words(new)))
    assert "".join(text for text, mark in found if mark != "ins") == old
    assert "".join(text for text, mark in found if mark != "del") == new


def test_longer_words_say_more() -> None:
    one, other, third = (Counter(text.split()) for text in ("6 of NCT-039", "7 of NCT-039", "6 of NCT-012"))
    assert diff_align.likeness(one, other) > diff_align.likeness(one, third)
    assert diff_align.likeness(one, one) == 1
    assert diff_align.likeness(Counter(), Counter()) == 1


def aligned(old: str, new: str) -> list[tuple[str, str]]:
    """Letters are alike whatever their case."""
    pairs = diff_align.align(old, new, lambda c: c, lambda a, b: (a.lower() == b.lower()) * 1.0)
    return [("" if i is None else old[i], "" if j is None else new[j]) for i, j in pairs]


def test_members_are_paired_in_their_order() -> None:
    assert aligned("abc", "aBXc") == [("a", "a"), ("b", "B"), ("", "X"), ("c", "c")]
    assert aligned("ab", "") == [("a", ""), ("b", "")]
    assert aligned("", "") == []


def test_members_that_come_often_do_not_draw_the_others_apart() -> None:
    """Between tables there are paragraphs without words, one like the other; a table more must not move the rest."""
    assert aligned("t.u.", "T.x.U.") == [("t", "T"), (".", "."), ("", "x"), ("", "."), ("u", "U"), (".", ".")]


def test_a_gap_too_large_to_look_at_is_all_old_then_all_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff_align, "_LARGEST", 3)
    assert aligned("ab", "AB") == [("a", ""), ("b", ""), ("", "A"), ("", "B")]
