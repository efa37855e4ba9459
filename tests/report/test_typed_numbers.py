"""Which numbers may be typed by hand."""

import pytest

from analysis.report.typed_numbers import typed_numbers


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("The median was 7.4 months in 39 patients.", ["7.4", "39"]),
        ("12,345 of 1.5 %", ["12,345", "1.5"]),
        ("A 24-month follow-up and n=40", ["24", "40"]),
        ("The lower limit of the 90 % CI", ["90"]),
        ("See section 11.4.1 and 27 events.", ["27"]),
        ("| Events | 27 |", ["27"]),
        (
            "Two of the patients, a dozen, seventeen, half of them, twice",
            ["Two", "dozen", "seventeen", "half", "twice"],
        ),
        ("One patient had one of the events, and one further death", ["One", "one", "one"]),
        ("[7.4 months](14-tables.qmd#t-14-2-1-1)", ["7.4"]),  # the text of a link
        ("### 11.4.1 Response in 27 patients {#s-11-4-1}", ["27"]),
        ("A set {27}", ["27"]),  # no attribute
        ("½ of them", ["½"]),
        ("[^2]: A footnote on 27 patients", ["27"]),
        ("grade 3 in 27", ["3", "27"]),
    ],
)
def test_typed(line: str, numbers: list[str]) -> None:
    assert typed_numbers(line) == numbers


@pytest.mark.parametrize(
    "line",
    [
        "## 11.4.1 Analysis of efficacy {#s-11-4-1}",
        "{{< var pfs.rate_3m >}} of {{< var n.fas >}} patients",
        "[Table 14.2.1.1](14-tables.qmd#t-14-2-1-1) shows it[^1] [@kaplan1958].",
        "Sections 9.7.1, 10 and 11.4, Table 14.2.1.1, Figures 14.2.1.1 to 14.2.1.3, appendices 16.1.9 and 16.2",
        "the 95 % CI, the 95% confidence interval, RECIST 1.1, RECIST version 1.1, CTCAE v5.0, ICH E9(R1), E3",
        "HER2-negative, Ki-67, NCT05075512, phase 2, a CDK4/6 inhibitor",
        "grade 3 or higher, worst grades of 1 to 4, the worst grade was 3 or 4, no grade above 0",
        "a rate per 100 patient-years, a one-sample and two-sided test, one after the other, one or more",
        '[x]{custom-style="Author Placeholder 2"} {.class2} {#id-3}',
        "1. a list",
        "[^2]: A footnote",
        "text <!-- 12 --> text",
    ],
)
def test_allowed(line: str) -> None:
    assert typed_numbers(line) == []
