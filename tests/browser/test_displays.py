"""Displays of csr.html: tables that sort and are copied, figures that enlarge, files that are saved."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("axe_playwright_python")

from playwright.sync_api import expect

from tests.browser.chromium import visit
from tests.browser.made_page import CURVE
from tests.needs import needs

pytestmark = needs("chromium")

CLIPBOARD = ["clipboard-read", "clipboard-write"]


def column(page: Any, display: str, number: int) -> list[str]:
    """The texts of a column, counted from 1; a row without it has none."""
    rows = page.locator(f"#{display} tbody tr")
    texts = rows.evaluate_all("(rows, at) => rows.map((row) => row.cells[at]?.textContent ?? '')", number - 1)
    return [" ".join(text.split()) for text in texts]


def sort(page: Any, display: str, label: str) -> Any:
    """The header cell, after its button was pressed."""
    page.locator(f"#{display}").scroll_into_view_if_needed()
    button = page.locator(f"#{display}").get_by_role("button", name=label, exact=True)
    button.focus()
    page.keyboard.press("Enter")
    return button.locator("..")


def test_numbers_sort_as_numbers_within_their_groups(browser: Any, report: Path) -> None:
    start = ["Any event", "Infections", "Sepsis", "Lung infection", "Flu", "Vascular", "Hypertension", "Embolism"]
    with visit(browser, report) as seen:
        page = seen.page
        cell = sort(page, "t-14-3-1-2", "n (%)")
        assert cell.get_attribute("aria-sort") == "ascending"
        assert column(page, "t-14-3-1-2", 1) == [
            "Any event", "Infections", "Sepsis", "Flu", "Lung infection", "Vascular", "Embolism", "Hypertension",
        ]  # fmt: skip
        sort(page, "t-14-3-1-2", "n (%)")
        assert cell.get_attribute("aria-sort") == "descending"
        assert column(page, "t-14-3-1-2", 1) == [
            "Any event", "Vascular", "Hypertension", "Embolism", "Infections", "Lung infection", "Flu", "Sepsis",
        ]  # fmt: skip
        sort(page, "t-14-3-1-2", "n (%)")
        assert cell.get_attribute("aria-sort") is None
        assert column(page, "t-14-3-1-2", 1) == start


def test_equal_values_keep_the_order_of_the_report_and_one_column_is_sorted(browser: Any, report: Path) -> None:
    with visit(browser, report) as seen:
        page = seen.page
        sort(page, "t-14-3-1-2", "n (%)")
        sort(page, "t-14-3-1-2", "Events")
        assert page.locator("#t-14-3-1-2 [aria-sort]").count() == 1
        assert column(page, "t-14-3-1-2", 1)[1:5] == ["Infections", "Sepsis", "Flu", "Lung infection"]
        expect(page.locator("#said")).to_have_text("Sorted by Events, ascending, within each group")


def test_dates_sort_as_dates_and_what_is_missing_comes_last(browser: Any, report: Path) -> None:
    with visit(browser, report) as seen:
        page = seen.page
        sort(page, "l-16-2-7-1", "Start")
        assert column(page, "l-16-2-7-1", 1)[:5] == [
            "Patient ABC-1-001", "Décreased appétit", "Rash", "Nausea", "Cough",
        ]  # fmt: skip
        sort(page, "l-16-2-7-1", "Start")
        assert column(page, "l-16-2-7-1", 1)[:5] == [
            "Patient ABC-1-001", "Nausea", "Rash", "Décreased appétit", "Cough",
        ]  # fmt: skip
        sort(page, "l-16-2-7-1", "Day")
        assert column(page, "l-16-2-7-1", 3)[1:5] == ["9", "12", "70", ""]
        assert "Headache 10" in column(page, "l-16-2-7-1", 1)[-19]


def test_a_long_listing_keeps_its_header_and_first_column_in_sight(browser: Any, report: Path) -> None:
    with visit(browser, report, width=390) as seen:
        page = seen.page
        page.locator("#l-16-2-7-1").scroll_into_view_if_needed()
        before, after = page.evaluate(
            """async () => {
              const box = document.getElementById("l-16-2-7-1");
              const head = box.querySelector("thead th");
              const first = box.querySelector("tbody tr.data > *");
              const where = () => [head.getBoundingClientRect().top, first.getBoundingClientRect().left];
              box.scrollTop = 300;
              const before = where();
              box.scrollTo(100, 600);
              await new Promise(requestAnimationFrame);
              return [before, where()];
            }"""
        )
        assert after == before


@pytest.mark.parametrize("by_command", [False, True])
def test_a_table_is_copied_as_text_with_tabs_and_as_html(browser: Any, report: Path, by_command: bool) -> None:
    with visit(browser, report, permissions=CLIPBOARD) as seen:
        page = seen.page
        if by_command:  # where scripts are not given the clipboard
            page.evaluate("() => { navigator.clipboard.write = () => Promise.reject(new Error('no')); }")
        sort(page, "t-14-3-1-2", "Events")  # its button is no part of the table
        sort(page, "t-14-3-1-2", "Events")
        sort(page, "t-14-3-1-2", "Events")
        page.get_by_role("button", name="Copy Table 14.3.1.2").click()
        page.get_by_text("Copied", exact=True).wait_for()
        assert page.evaluate("navigator.clipboard.readText()").split("\n") == [
            "Table 14.3.1.2 Adverse events by class and term",
            "Safety set (N = 39)",
            "\tAny grade\t",
            "Class / term\tn (%)\tEvents",
            "Any event\t39 (100.0)\t75",
            "Infections\t9 (23.1)\t12",
            "Sepsis\t1 (2.6)\t1",
            "Lung infection\t10 (25.6)\t10",
            "Flu\t2 (5.1)\t1",
            "Vascular\t20 (51.3)\t63",
            "Hypertension\t19 (48.7) [a]\t62",
            "Embolism\t1 (2.6)\t1",
            "[a] As measured.",
            "Program: notebooks/10_disposition.ipynb. Data cut-off: 2025-06-30. SYNTHETIC DATA - no real patients.",
        ]
        html = page.evaluate(
            "navigator.clipboard.read().then(async ([item]) => (await item.getType('text/html')).text())"
        )
        assert "<table" in html
        assert "<button" not in html
        assert "data-result" not in html


def test_a_figure_is_copied_as_a_picture(browser: Any, report: Path) -> None:
    with visit(browser, report, permissions=CLIPBOARD) as seen:
        page = seen.page
        page.get_by_role("button", name="Copy Figure 14.2.1.1").click()
        page.get_by_text("Copied", exact=True).wait_for()
        size = page.evaluate(
            """navigator.clipboard.read().then(async ([item]) => {
              const { width, height } = await createImageBitmap(await item.getType("image/png"));
              return [width, height];
            })"""
        )
        assert size == [1800, 1200]


@pytest.mark.parametrize("opened_by", ["button", "img"])
def test_a_figure_enlarges_and_the_focus_comes_back(browser: Any, report: Path, opened_by: str) -> None:
    with visit(browser, report) as seen:
        page = seen.page
        button = page.get_by_role("button", name="Enlarge Figure 14.2.1.1")
        (button if opened_by == "button" else page.locator(".display img")).click()
        dialog = page.get_by_role("dialog", name="Figure 14.2.1.1 Progression-free survival")
        image = dialog.get_by_role("img", name=CURVE.alt)
        assert image.bounding_box()["height"] < 900
        dialog.get_by_role("button", name="Full size").click()
        assert image.bounding_box()["width"] == 1800
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(button).to_be_focused()


@pytest.mark.parametrize(
    ("name", "label", "kind"),
    [
        *(("t-14-3-1-2", "Table 14.3.1.2", kind) for kind in ("Word", "RTF", "CSV")),
        *(("l-16-2-7-1", "Listing 16.2.7.1", kind) for kind in ("Word", "CSV")),
        ("f-14-2-1-1", "Figure 14.2.1.1", "Word"),
    ],
)
def test_files_are_saved(browser: Any, report: Path, name: str, label: str, kind: str, tmp_path: Path) -> None:
    with visit(browser, report, accept_downloads=True) as seen:
        with seen.page.expect_download() as saved:
            seen.page.get_by_role("link", name=f"{kind} file of {label}").click()
        saved.value.save_as(tmp_path / "saved")
    suffix = "docx" if kind == "Word" else kind.lower()
    assert (tmp_path / "saved").read_bytes() == (report.parent / "tlf" / f"{name}.{suffix}").read_bytes()


@pytest.mark.parametrize("kind", ["PNG", "SVG", "PDF"])
def test_drawings_open(browser: Any, report: Path, kind: str) -> None:
    with visit(browser, report) as seen:
        link = seen.page.get_by_role("link", name=f"{kind} file of Figure 14.2.1.1")
        assert link.get_attribute("href") == f"tlf/f-14-2-1-1.{kind.lower()}"
        assert link.get_attribute("download") is None
