"""The pages of trace/ in a browser, and the way there from a number of csr.html."""

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("axe_playwright_python")

from playwright.sync_api import expect

from analysis.audit.trace_page import write_pages
from tests.audit import traced
from tests.browser.chromium import WIDTHS, accessibility, broken_links, overflow, visit
from tests.browser.made_page import CATALOGUE, write_report
from tests.needs import needs

pytestmark = needs("chromium")


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """csr.html whose table's numbers lead to trace/."""
    folder = tmp_path_factory.mktemp("traced")
    material = traced.material(folder / "build")
    links = write_pages(material, traced.params(), CATALOGUE | traced.CATALOGUE, folder / "trace")
    write_report(folder, links)
    return folder


def expect_texts(page: Any, selector: str, texts: list[str | re.Pattern[str]]) -> None:
    """Wait until these are the texts: a change of the address, or unfolding, is told to a page only after a while."""
    expect(page.locator(selector)).to_have_text(texts)


def test_a_click_on_a_number_of_the_report_leads_to_its_records(browser: Any, build: Path) -> None:
    with visit(browser, build / "csr.html") as seen:
        seen.page.locator("#t-14-3-1-2 a.trace", has_text="66.7").first.click()
        seen.page.wait_for_url("**/trace/adae.html#ae.nausea.n_pct")
        expect_texts(seen.page, "#title", ["Nausea"])
        expect_texts(seen.page, ".value", ["66.7"])
        expect(seen.page.locator("main p").nth(1)).to_contain_text("where-clause")
        expect(seen.page.locator("code.where").first).to_have_text("\"AEDECOD\" = 'Nausea'")
        rows = [re.compile(re.escape(subject)) for subject in (traced.ONE, traced.TWO)]
        expect_texts(seen.page, "main table >> nth=0 >> tbody tr", [*rows])
        seen.page.locator("summary", has_text="3 records of ADSL").click()
        expect(seen.page.locator(".inner table >> nth=0 >> tbody tr")).to_have_count(3)
        seen.page.go_back()
        expect(seen.page.locator("#t-14-3-1-2")).to_be_visible()


def test_the_risk_set_the_curve_and_the_way_to_an_sdtm_record(browser: Any, build: Path) -> None:
    with visit(browser, build / "trace/adtte.html") as seen:
        page = seen.page
        page.goto((build / "trace/adtte.html").as_uri() + "#pfs.median")
        expect_texts(page, "ul.states li", [
            "2 at risk", "1 of these with the event at this time", "1 event before", "0 censored before",
        ])  # fmt: skip
        states = ("event before", "event at this time", "at risk")
        expect_texts(page, "main > #trace > div table >> nth=0 >> tbody tr", [
            re.compile(rf"All\s*{state}\s*{traced.ONE[:5]}") for state in states
        ])  # fmt: skip
        page.get_by_role("button", name="RS 2").click()
        chosen = page.locator("tr.chosen")
        expect(chosen).to_be_focused()
        assert "2025-03-02" in str(chosen.locator("mark").text_content())
        page.get_by_role("button", name="All variables of this record").first.click()
        assert "EVNTDESC" in str(page.locator("tr.whole").text_content())


def test_all_numbers_of_a_table_and_a_wrong_address(browser: Any, build: Path) -> None:
    with visit(browser, build / "trace/adae.html") as seen:
        page = seen.page
        expect_texts(page, "#trace li", ["Table 14.3.1.2 Adverse events by term"])
        page.locator("#trace li a").click()
        expect_texts(page, "#trace li a", ["2", "66.7", "1"])
        page.goto((build / "trace/adae.html").as_uri() + "#no.such")
        expect(page.locator("#trace").get_by_text("This page has no result no.such.", exact=True)).to_be_visible()


def test_hostile_data_are_text(browser: Any, build: Path) -> None:
    with visit(browser, build / "trace/adae.html") as seen:
        seen.page.goto((build / "trace/adae.html").as_uri() + "#t-14-3-1-2.3")
        expect(seen.page.locator("main td", has_text="<script>alert(1)</script>").nth(1)).to_be_visible()


def test_one_stop_of_the_tab_key_for_a_table_and_arrows_within(browser: Any, build: Path) -> None:
    with visit(browser, build / "csr.html") as seen:
        links = seen.page.locator("#t-14-3-1-2 a.trace")
        assert [link.get_attribute("tabindex") for link in links.all()][1:] == ["-1"] * (links.count() - 1)
        links.first.focus()
        seen.page.keyboard.press("ArrowRight")
        expect(links.nth(1)).to_be_focused()
        seen.page.keyboard.press("ArrowDown")
        expect(links.nth(3)).to_be_focused()
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_url("**/trace/adae.html#*")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_widths_contrast_roles_and_links(browser: Any, build: Path, theme: str) -> None:
    for name in ("adtte.html#pfs.median", "adae.html#ae.nausea.n_pct", "index.html"):
        with visit(browser, build / "trace/index.html", color_scheme=theme) as seen:
            seen.page.goto((build / "trace").as_uri() + "/" + name)
            assert [overflow(seen.page, width) for width in WIDTHS] == [None, None, None]
            assert accessibility(seen.page) == []
            folded = seen.page.locator("details:not([open]) > summary")
            while folded.count():
                folded.first.click()
            expect(seen.page.locator(".inner:empty")).to_have_count(0)
            assert accessibility(seen.page) == []
    with visit(browser, build / "csr.html") as seen:
        assert broken_links(seen.page, build) == []
