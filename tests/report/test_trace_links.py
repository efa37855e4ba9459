"""Links from numbers to their records: in tables by the keys of cells, in sentences by the marks around numbers."""

import json
import re
from dataclasses import replace

import pytest

from analysis.report import pandoc
from analysis.report.phrases.named import Named, pieces, unmarked
from analysis.report.trace_links import MARK, Links, without_marks
from analysis.report.variables import marked_variables
from analysis.results import Result
from analysis.tlf.model import Cell, Column, Row, Table
from analysis.tlf.write_html import table_html
from tests.report.made import WHOLE, make_params, make_result, make_results

PRINTED = {
    "pfs.events": "29",
    "pfs.events_pct": "72.5",
    "pfs.events_death": "2",
    "pfs.at_risk_18m": "2",
    "pfs.at_risk_3m": "34",
    "pfs.rate_18m": "10.9",
    "pfs.rate_18m_lower": "2.8",
    "pfs.rate_18m_upper": "25.3",
    "pfs.median": "9.5",
    "pfs.median_lower": "7.6",
    "pfs.median_upper": "NE",
    "pfs.logrank_p": "<0.0001",
    "pfs.logrank_z": "-1.837",
    "pfs.minimum": "0.0+",
    "pfs.maximum": "22.2",
    "teae.related": "39",
    "teae.related_pct": "100.0",
    "teae.related_anlotinib": "39",
    "teae.related_anlotinib_pct": "100.0",
    "lab.alt.grade3": "1",
    "lab.alt.grade3_pct": "2.6",
    "lab.alt.grade34_pct": "2.6",
    "onset.median": "37.0",
    "onset.mean": "37.0",
    "onset.q1": "37.0",
    "onset.q3": "37.0",
    "period.first": "27 November 2022",
    "n.fas": "40",
    "n.safety": "39",
    "odd.a b": "5",
}
RESULTS: dict[str, Result] = {name: make_result(name, None, printed) for name, printed in PRINTED.items()}
LINKS = Links(RESULTS)


def markup(text: str, key: str | None, population: str = "Full analysis set (N = 40)") -> str:
    table = Table(
        id="t-14-2-1-1",
        label="Table 14.2.1.1",
        title="PFS",
        population=population,
        columns=(Column("", 1), Column("All\n(N = 40)", 1, "decimal")),
        rows=(Row.of("Row 7", Cell(text, result=key)),),
    )
    return LINKS.in_display(table_html(table), "fas")


def linked(text: str, key: str | None) -> list[tuple[str, str]]:
    """The linked texts of a cell with the results that they lead to."""
    body = re.search(r"<tbody>.*</tbody>", markup(text, key), re.DOTALL)
    assert body
    found = re.findall(r'<a class="trace" href="trace/adtte\.html#([^"]*)">([^<]*)</a>', body[0])
    return [(said, name) for name, said in found]


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("29 (72.5)", "pfs.events", [("29", "pfs.events"), ("72.5", "pfs.events_pct")]),
        (
            "10.9 (2.8, 25.3) [2]",
            "pfs.rate_18m",
            [
                ("10.9", "pfs.rate_18m"),
                ("2.8", "pfs.rate_18m_lower"),
                ("25.3", "pfs.rate_18m_upper"),
                ("2", "pfs.at_risk_18m"),
            ],
        ),
        (
            "9.5 (7.6, NE)",
            "pfs.median",
            [("9.5", "pfs.median"), ("7.6", "pfs.median_lower"), ("NE", "pfs.median_upper")],
        ),
        ("0.0+ to 22.2", "pfs.minimum", [("0.0+", "pfs.minimum"), ("22.2", "pfs.maximum")]),
        ("&lt;0.0001".replace("&lt;", "<"), "pfs.logrank_p", [("&lt;0.0001", "pfs.logrank_p")]),
        ("-1.837", "pfs.logrank_z", [("-1.837", "pfs.logrank_z")]),
        ("39 (100.0)", "teae.related", [("39", "teae.related"), ("100.0", "teae.related_pct")]),
        ("1 (2.6)", "lab.alt.grade3", [("1", "lab.alt.grade3"), ("2.6", "lab.alt.grade3_pct")]),
        (
            "37.0 (37.0, 37.0)",
            "onset.median",
            [("37.0", "onset.median"), ("37.0", "onset.q1"), ("37.0", "onset.q3")],
        ),
        ("27 November 2022", "period.first", [("27 November 2022", "period.first")]),
        ("9.462012320", "pfs.median", [("9.462012320", "pfs.median")]),  # printed otherwise, but alone in its cell
        ("5", "odd.a b", [("5", "odd.a%20b")]),
        ("29", None, []),
        ("29", "no.such_result", []),
    ],
)
def test_each_number_of_a_cell_leads_to_its_own_result(
    text: str, key: str | None, expected: list[tuple[str, str]]
) -> None:
    assert linked(text, key) == expected


def test_the_size_of_the_population_leads_to_it_where_it_is_that() -> None:
    link = '(N = <a class="trace" href="trace/adtte.html#n.fas">40</a>)'
    assert markup("29", "pfs.events").count(link) == 2
    assert link not in markup("29", "pfs.events", "Safety set (N = 39)").partition("<thead>")[0]


def test_the_numbers_of_a_footnote_lead_to_their_results() -> None:
    named = {f"pfs_sens.weibull.shape{end}": make_result("x", None, "1") for end in ("", "_lower", "_upper")}
    text = "<p>Weibull shape 2.14 (95% CI 1.62 to 2.82); above 1 the hazard rises with time.</p>"
    found = Links({**RESULTS, **named}).in_display(text, "fas")
    assert re.findall(r"#([\w.]+)\">([^<]*)", found) == [
        ("pfs_sens.weibull.shape", "2.14"),
        ("pfs_sens.weibull.shape_lower", "1.62"),
        ("pfs_sens.weibull.shape_upper", "2.82"),
    ]
    assert LINKS.in_display(text, "fas") == text  # a study without that analysis


def test_texts_of_data_stay_what_they_are_and_keys_leave_the_page() -> None:
    found = markup("&#49; <b>29</b> {29`", "pfs.events")
    assert "data-result" not in found
    assert "&amp;#" in found
    assert "<b>" not in found
    assert "&#123;" in found


def test_a_table_without_links_keeps_its_keys() -> None:
    assert 'data-result="pfs.events"' in table_html(
        Table("t-1", "T", "T", "P", (Column("a", 1),), (Row.of(Cell("29", result="pfs.events")),))
    )


# Sentences


def test_a_marked_sentence_says_the_same_and_knows_its_results() -> None:
    results = {name: replace(result, stat=29) for name, result in RESULTS.items()}
    plain, marked = (Named(results, marked=m) for m in (False, True))
    for named in (plain, marked):
        assert named.count("pfs.events") == 29
    text = f"{marked.share('pfs.events')}, median {marked.shown('pfs.median')}"
    assert unmarked(text) == f"{plain.share('pfs.events')}, median {plain.shown('pfs.median')}"
    assert pieces(text) == [
        ("29", "pfs.events"),
        (" patients (", None),
        ("72.5", "pfs.events_pct"),
        ("%), median ", None),
        ("9.5", "pfs.median"),
    ]


def test_marks_in_data_make_no_link_of_another_result() -> None:
    """A term that holds the characters of the marks: the sentence is as it was, without links."""
    assert pieces("a \ufdd0b") == [("a \ufdd0b", None)]
    assert unmarked("\ufdd0x\ufdd15\ufdd2 and \ufdd1") == "5 and \ufdd1"


def tree(markdown: str) -> list[object]:
    blocks: list[object] = json.loads(pandoc.run(["--from", "markdown", "--to", "json"], markdown))["blocks"]
    return blocks


TEXT = f'# H [29]{{.{MARK} {MARK}="pfs.events"}} {{#h}}\n\nOf [9.5]{{.{MARK} {MARK}="pfs.median"}} months.\n\n' \
    f'[In [29]{{.{MARK} {MARK}="pfs.events"}}](#h), [x]{{.{MARK} {MARK}="no.such"}}\n'  # fmt: skip


def html_of(blocks: object) -> str:
    return pandoc.convert({"pandoc-api-version": [1, 23, 1], "meta": {}, "blocks": blocks}, ["--to", "html5"])


def test_marked_inlines_become_links_but_not_within_links_and_headings() -> None:
    found = html_of(LINKS.in_text(tree(TEXT)))
    assert found.count("trace/") == 1
    assert '<a href="trace/adtte.html#pfs.median" class="trace">9.5</a>' in found
    assert "H 29</h1>" in found
    assert MARK not in found


def test_without_links_marked_inlines_are_their_words() -> None:
    assert html_of(without_marks(tree(TEXT))) == html_of(tree(re.sub(r"\[([\w.]+)\]\{[^}]*\}", r"\1", TEXT)))


def test_a_word_that_a_mark_had_split_is_one_again() -> None:
    marked = tree(f'Of ([29]{{.{MARK} {MARK}="pfs.events"}}), *x*')
    assert without_marks(marked) == tree("Of (29), *x*")


def test_the_marked_variables_of_the_book_hold_their_results() -> None:
    """Of a named result alone, whatever it prints: markup in it is text."""
    named = {**make_results({**WHOLE}), "x.y": make_result("x.y", 3, "*3*")}
    marked = marked_variables(list(named.values()), make_params())
    assert marked["x.y"] == rf'[\*3\*]{{.{MARK} {MARK}="x.y"}}'
    assert f'{MARK}="pfs.median"' in marked["text.pfs_median"]
