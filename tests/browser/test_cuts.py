"""build/index.html in Chromium: choosing two cuts, by mouse, keyboard and address; its links, widths and contrast."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("axe_playwright_python")

from playwright.sync_api import expect

from analysis.report.cuts import write_index
from tests.browser.chromium import WIDTHS, accessibility, overflow, visit
from tests.needs import needs
from tests.tiny_builds import display, row, write_build

pytestmark = needs("chromium")

HOSTILE = "<script>alert(1)</script>" + "x" * 300
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index over three cuts and a folder that is none."""
    folder = tmp_path_factory.mktemp("cuts")
    for number, cutoff in enumerate(("2025-01-31", "2025-06-30", "2025-12-31")):
        results = [
            row("pfs.median", 9.4 + number, f"{9.4 + number:.1f}", stat_label="Median, months"),
            row("pfs.events", 20 + number, str(20 + number), stat_label=HOSTILE),
        ]
        adsl = pl.DataFrame({"USUBJID": ["A-1"], "DTHFL": ["NNY"[number]]})
        shown = {"t-14-2-1-1": display("Table 14.2.1.1", cutoff, str(number), title=HOSTILE)}
        write_build(folder / cutoff, cutoff, results=results, displays=shown, datasets={"ADSL": adsl})
    (folder / "half").mkdir()
    return write_index(folder, "ABC-1")


def expect_shown(page: Any, *pairs: str) -> None:
    """Wait until these comparisons are in sight: a change of the address is told to a page only after a while."""
    expect(page.locator(".pair:visible")).to_have_count(len(pairs))
    for number, pair in enumerate(pairs):
        expect(page.locator(".pair:visible").nth(number)).to_have_id(pair)


def test_the_last_two_cuts_are_compared_first(browser: Any, index: Path) -> None:
    with visit(browser, index) as seen:
        expect_shown(seen.page, "pair-1-2")
        expect(seen.page.get_by_role("status")).to_have_text("Shown: 2025-06-30 to 2025-12-31.")
        expect(seen.page.get_by_text("There is one cut only")).to_have_count(0)


def test_any_two_cuts_can_be_chosen_in_either_order(browser: Any, index: Path) -> None:
    with visit(browser, index) as seen:
        page, said = seen.page, seen.page.get_by_role("status")
        page.get_by_label("From cut").select_option("2025-12-31")
        expect(said).to_have_text("Choose two different cuts.")
        expect_shown(page)
        page.get_by_label("To cut").select_option("2025-01-31")
        expect(said).to_have_text("Shown: 2025-01-31 to 2025-12-31, the earlier cut first.")
        expect_shown(page, "pair-0-2")
        assert page.url.endswith("#pair-0-2")
        expect(page.locator("#pair-0-2").get_by_role("row", name="median, months")).to_contain_text("+2.0")


def test_the_keyboard_is_enough(browser: Any, index: Path) -> None:
    with visit(browser, index) as seen:
        page = seen.page
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.get_by_label("From cut").focus()
        page.keyboard.press("ArrowUp")
        expect_shown(page, "pair-0-2")
        summary = page.locator("#pair-0-2 details summary").first
        summary.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#pair-0-2 details").first).to_have_attribute("open", "")


def test_an_address_names_a_comparison(browser: Any, index: Path) -> None:
    with visit(browser, index) as seen:
        page = seen.page
        page.get_by_role("link", name="Changes since 2025-01-31").click()
        expect_shown(page, "pair-0-1")
        expect(page.get_by_label("From cut")).to_have_value("0")
        page.reload()
        expect_shown(page, "pair-0-1")
        page.goto(f"{index.as_uri()}#pair-9-9")
        page.reload()
        expect(page.locator(".pair:visible")).to_have_count(1)


def test_all_that_is_folded_opens_and_closes(browser: Any, index: Path) -> None:
    with visit(browser, index) as seen:
        page, folded = seen.page, seen.page.locator(".pair:visible details[open]")
        page.locator(".pair:visible").get_by_role("button", name="Open all").click()
        assert folded.count() > 1
        page.locator(".pair:visible").get_by_role("button", name="Close all").click()
        assert folded.count() == 0


def test_a_link_opens_the_report_at_the_display(browser: Any, index: Path) -> None:
    with visit(browser, index) as seen:
        page = seen.page
        page.locator(".pair:visible").get_by_role("button", name="Open all").click()
        page.locator('.pair:visible a[href="2025-06-30/csr.html#t-14-2-1-1"]').first.click()
        expect(page).to_have_title("CSR")
        assert page.evaluate("document.querySelector(':target').id") == "t-14-2-1-1"


def test_without_scripts_every_comparison_is_there(browser: Any, index: Path) -> None:
    with visit(browser, index, java_script_enabled=False) as seen:
        expect(seen.page.locator("section.pair")).to_have_count(3)
        expect(seen.page.locator(".pair:visible")).to_have_count(3)
        expect(seen.page.get_by_label("From cut")).to_be_hidden()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_widths_contrast_and_roles(browser: Any, index: Path, scheme: str) -> None:
    with visit(browser, index, color_scheme=scheme) as seen:
        page = seen.page
        page.locator(".pair:visible").get_by_role("button", name="Open all").click()
        assert [overflow(page, width) for width in WIDTHS] == [None] * len(WIDTHS)
        assert accessibility(page) == []
        page.set_viewport_size({"width": 390, "height": 900})
        assert accessibility(page) == []
        expect(page.locator("#table").get_by_role("columnheader")).to_have_count(0)  # cards
        expect(page.locator("#table").get_by_role("rowheader")).to_have_count(3)


def test_on_paper_it_is_light_and_without_controls(browser: Any, index: Path) -> None:
    with visit(browser, index, color_scheme="dark") as seen:
        seen.page.emulate_media(media="print", color_scheme="dark")
        expect(seen.page.locator("form")).to_be_hidden()
        assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
