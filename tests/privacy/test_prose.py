"""Sentences of a public build."""

from typing import Any

import pytest

from analysis.privacy.prose import INSTEAD, NotShown, PublicNamed, sentences
from analysis.report.grammar import counted
from analysis.report.phrases import PHRASES
from analysis.results import Result
from tests.report.made import make_params


def named(**shown: str) -> PublicNamed:
    """Results by name with what is printed of them: hidden, or a number."""
    found = {}
    for key, fmt in shown.items():
        name = key.replace("__", ".")
        stat: Any = None if fmt in ("<5", "≥5", "–") else int(fmt) if fmt.isdigit() else float(fmt)
        found[name] = Result(
            name=name, output="t-14-1-1-1", variable="V", stat_name="n", stat_label="L", stat=stat, stat_fmt=fmt,
            population="fas", dataset="ADSL", where="TRUE",
        )  # fmt: skip
    return PublicNamed(found, 5)


def test_hidden_counts_are_said_in_words() -> None:
    n = named(few="<5", many="≥5", known="7", few_pct="–", many_pct="–", known_pct="17.5")
    assert [n.share(name) for name in ("few", "many", "known")] == [
        "fewer than 5 patients",
        "5 or more patients",
        "7 patients (17.5%)",
    ]
    assert counted(n.count("few"), "death") == "fewer than 5 deaths"
    assert n.shown("few") == "fewer than 5"
    assert n.found("") == ["known", "many", "few"]


def test_nothing_is_calculated_or_decided_from_a_hidden_number() -> None:
    n = named(few="<5", mean="–", known="7")
    with pytest.raises(NotShown):
        n.count("known") - n.count("few")
    with pytest.raises(NotShown):
        sum([n.count("few"), n.count("few")])
    for name in ("few", "mean"):
        with pytest.raises(NotShown):
            n.value(name)
    with pytest.raises(NotShown):
        n.count("mean")


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        (lambda n, p: f"{n.share('few')} died.", "Fewer than 5 patients died."),
        (
            lambda n, p: f"The median was {n.shown('m')} (range: {n.shown('low')} to {n.shown('low')}).",
            "The median was 5.5.",
        ),
        (lambda n, p: f"The mean was {n.shown('low')}. All lived.", f"{INSTEAD} All lived."),
        (
            lambda n, p: f"It was {n.shown('low')}% (95% CI: {n.shown('low')} to 2) at 1 month.",
            "It was not shown at 1 month.",
        ),
        (lambda n, p: str(n.count("few") + 1), INSTEAD),
    ],
)
def test_what_cannot_be_said_is_left_out(monkeypatch: pytest.MonkeyPatch, phrase: Any, said: str) -> None:
    monkeypatch.setitem(PHRASES, "text.only", phrase)
    for key in list(PHRASES):
        if key != "text.only":
            monkeypatch.delitem(PHRASES, key)
    results = named(few="<5", few_pct="–", m="5.5", low="–")._results
    assert sentences(results, make_params()) == {"text.only": said}
