"""The checks of every display find what they look for, and pass over what is right."""

import pytest

from analysis.tlf.model import Column, Row, Span
from tests.tlf import display_checks as checks
from tests.tlf.samples import disposition, small

NOTE = "SYNTHETIC DATA - no real patients"
LINE = (
    f"Program: notebooks/10_disposition.ipynb. Source: ADSL, SDTM of the locked cut. Data cut-off: 2025-06-30. {NOTE}."
)


def test_a_source_line_is_complete() -> None:
    assert checks.source_line(small(source=LINE), NOTE) == []
    for part in ("Program: notebooks/10_disposition.ipynb. ", "Source: ADSL, ", "Data cut-off: 2025-06-30. ", NOTE):
        assert checks.source_line(small(source=LINE.replace(part, "")), NOTE)


def test_percentages_need_the_size_of_their_set() -> None:
    row = Row.of("x", "12 (30.0)")
    assert checks.sizes(small(row)) == ["column 'n (%)' has '12 (30.0)' without the size of the set"]
    assert checks.sizes(small(Row.of("x", "12"))) == []
    assert checks.sizes(small(Row.of("Test (n = 39)", kind="group"), row)) == []
    assert checks.sizes(small(Row.of("Test (g/L)", kind="group"), row))
    assert checks.sizes(small(row, columns=(Column("", 1), Column("A\n(N = 40)\nn (%)", 1, "decimal")))) == []
    assert checks.sizes(small(row, spans=(Span("A (N = 40)", 1, 1),))) == []
    several = (Column("", 1), Column("Patients", 1), Column("n (%)", 1, "decimal"))
    assert checks.sizes(small(Row.of("x", "40", "12 (30.0)"), columns=several)) == []


@pytest.mark.parametrize("text", ["1 (2)", "1 (2.50)", "0 (0.0)", "9.5 (7.6, 12.71)", "(1.0, 2)"])
def test_mixed_precision_is_found(text: str) -> None:
    assert checks.precision(small(Row.of("x", text)))


@pytest.mark.parametrize(
    "text", ["1 (2.5)", "40 (100.0)", "0", "9.5 (7.6, 12.7)", "91.9 (76.9, 97.3) [34]", "(1.0, 2.0)"]
)
def test_precise_values_pass(text: str) -> None:
    assert checks.precision(small(Row.of("x", text))) == []


def test_p_values_have_four_decimals() -> None:
    columns = (Column("Analysis", 1), Column("p-value", 1, "decimal"))
    for text, right in (("0.0663", True), ("<0.0001", True), ("-", True), ("0.066", False), ("<0.001", False)):
        assert (checks.precision(small(Row.of("x", text), columns=columns)) == []) is right
        assert (checks.precision(small(Row.of("p-value (two-sided)", text))) == []) is right


def test_words_and_numbers_fit_their_columns() -> None:
    assert checks.widths(disposition()) == []
    narrow = (Column("Status", 20), Column("n (%)", 1, "decimal"))
    assert checks.widths(small(Row.of("x", "12 (30.8)"), columns=narrow))[-1] == "'(30.8)' does not fit in its column"
    tight = (Column("Status", 10), Column("n (%)", 1, "decimal"))
    assert checks.widths(small(Row.of("x", "123 (30.8)"), columns=tight)) == ["'123 (30.8)' breaks in its column"]
    assert checks.widths(small(Row.of("x", "-"), columns=(Column("Status", 12), Column("Hospitalisation", 1))))
    slash = (Column("Status", 6), Column("NON-CR/NON-PD", 1))
    assert checks.widths(small(Row.of("x", "-"), columns=slash)) == []
