"""csr.html in Chromium: what the page looks like, where its links lead, and for whom it works."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("axe_playwright_python")

from playwright.sync_api import expect

from tests.browser.chromium import WIDTHS, accessibility, broken_links, overflow, visit
from tests.needs import needs
from tests.report.small_book import HOSTILE

pytestmark = needs("chromium")

NOTE = "SYNTHETIC DATA - no real patients"


def expect_paper(page: Any, colour: str) -> None:
    expect(page.locator("body")).to_have_css("background-color", colour)


LIGHT, DARK = "rgb(255, 255, 255)", "rgb(20, 24, 29)"


def test_every_link_leads_to_an_id_or_a_file(browser: Any, report: Path) -> None:
    with visit(browser, report) as seen:
        assert broken_links(seen.page, report.parent) == []


def test_a_broken_link_is_seen(browser: Any, report: Path) -> None:
    (report.parent / "bad.html").write_text('<a href="#a"></a><a href="tlf/b.csv"></a><i id="c"></i><i id="c"></i>')
    with visit(browser, report.parent / "bad.html") as seen:
        assert broken_links(seen.page, report.parent) == ["an id twice", "#a", "tlf/b.csv"]


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(browser: Any, report: Path, width: int) -> None:
    with visit(browser, report) as seen:
        assert overflow(seen.page, width) is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing(browser: Any, report: Path, scheme: str, width: int) -> None:
    with visit(browser, report, width=width, color_scheme=scheme) as seen:
        page = seen.page
        page.locator("#l-16-2-7-1").scroll_into_view_if_needed()  # its buttons are there then
        page.locator("#l-16-2-7-1 .sort").first.wait_for()
        assert accessibility(page) == []
        page.keyboard.press("/")
        page.keyboard.type("headache")
        page.locator("#results li").first.wait_for()
        assert accessibility(page) == []
        page.keyboard.press("Escape")
        page.locator("[data-do=enlarge]").click()
        assert accessibility(page) == []


def test_axe_finds_what_is_wrong(browser: Any, report: Path) -> None:
    with visit(browser, report) as seen:
        seen.page.evaluate("document.querySelector('.display img').removeAttribute('alt')")
        (found,) = accessibility(seen.page)
        assert found.startswith("image-alt: 1")


def test_colours_follow_the_system_until_one_is_chosen(browser: Any, report: Path) -> None:
    with visit(browser, report, color_scheme="dark") as seen:
        page, switch = seen.page, seen.page.get_by_role("button", name="Dark colours")
        expect_paper(page, DARK)
        expect(switch).to_have_attribute("aria-pressed", "true")
        switch.click()
        expect_paper(page, LIGHT)
        expect(switch).to_have_attribute("aria-pressed", "false")
        page.reload()
        expect_paper(page, LIGHT)
        switch.click()  # back to what the system has: it is followed again
        page.emulate_media(color_scheme="light")
        expect_paper(page, LIGHT)
        page.reload()
        expect_paper(page, LIGHT)


def test_colours_can_be_chosen_where_storage_is_refused(browser: Any, report: Path) -> None:
    with visit(browser, report, color_scheme="light") as seen:
        refuse = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no'); } })"
        seen.page.add_init_script(refuse)
        seen.page.reload()
        seen.page.get_by_role("button", name="Dark colours").click()
        expect_paper(seen.page, DARK)


def test_figures_stay_on_white_paper_in_the_dark(browser: Any, report: Path) -> None:
    with visit(browser, report, color_scheme="dark") as seen:
        expect(seen.page.locator(".display img").first).to_have_css("background-color", LIGHT)


def test_the_current_section_and_display_are_marked(browser: Any, report: Path) -> None:
    with visit(browser, report) as seen:
        page = seen.page
        current = page.locator("nav [aria-current]")
        page.get_by_role("button", name="Sections of 14 Tables").click()
        page.locator("nav").get_by_role("link", name="14.1 Plan").click()
        expect(current).to_have_text(["14.1 Plan"])
        page.locator("nav summary", has_text="Tables").click()
        page.locator("nav").get_by_role("link", name="Table 14.3.1.2").click()
        expect(current).to_have_text(["14.3 Safety", "Table 14.3.1.2 Adverse events by class and term"])
        top = page.evaluate("document.getElementById('t-14-3-1-2').getBoundingClientRect().top")
        assert 50 <= top <= 130  # below the bar, with the links to its files in sight


def test_contents_are_a_drawer_on_a_narrow_screen(browser: Any, report: Path) -> None:
    with visit(browser, report, width=390) as seen:
        page = seen.page
        menu, contents = page.get_by_role("button", name="Contents"), page.locator("nav")
        assert not contents.is_visible()
        menu.click()
        assert contents.is_visible()
        assert page.evaluate("document.querySelector('nav').contains(document.activeElement)")
        page.keyboard.press("Escape")
        contents.wait_for(state="hidden")
        expect(menu).to_be_focused()
        menu.click()
        contents.get_by_role("link", name="10 Study patients").click()
        contents.wait_for(state="hidden")
        assert page.evaluate("location.hash") == "#s-10"


def test_the_first_key_leads_past_the_contents(browser: Any, report: Path) -> None:
    with visit(browser, report) as seen:
        seen.page.keyboard.press("Tab")
        expect(seen.page.get_by_role("link", name="Skip to the report", exact=True)).to_be_focused()
        seen.page.keyboard.press("Enter")
        expect(seen.page.locator("#report")).to_be_focused()


def test_without_scripts_there_is_the_report_and_no_dead_control(browser: Any, report: Path) -> None:
    with visit(browser, report, java_script_enabled=False) as seen:
        page = seen.page
        assert [b for b in page.locator("button").all() if b.is_visible()] == []
        assert page.locator("nav").get_by_role("link", name="10.1.1 Deviations").is_visible()
        page.locator("#t-14-3-1-2").scroll_into_view_if_needed()
        assert page.locator("#t-14-3-1-2").is_visible()
        assert page.get_by_role("link", name="Word file of Table 14.3.1.2").is_visible()


def test_data_are_text_wherever_they_are_shown(browser: Any, report: Path) -> None:
    with visit(browser, report) as seen:
        page = seen.page
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        assert " ".join(HOSTILE.split()) in " ".join(page.locator("#s-10 p").first.text_content().split())
        cells = page.locator("#l-16-2-7-1 tbody th").all_text_contents()
        assert {"<script>alert(1)</script>", "{{< include /etc/passwd >}}", "=cmd|' /C calc'!A0"} <= set(cells)
        page.keyboard.press("/")
        page.keyboard.type("alert")
        page.locator("#results mark").first.wait_for()
        assert any("<script>alert(1)</script>" in text for text in page.locator("#results li").all_text_contents())
        assert page.locator("script").count() == 2


@needs("pdftotext")
def test_on_paper_there_is_a_header_on_every_page_and_no_control(browser: Any, report: Path, tmp_path: Path) -> None:
    paper = tmp_path / "page.pdf"
    with visit(browser, report, color_scheme="dark") as seen:
        seen.page.pdf(path=paper, prefer_css_page_size=True)
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    pages = text.split("\f")[:-1]
    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        head, *_, foot = [line for line in page.splitlines() if line.strip()]
        assert head.split(maxsplit=2) == ["Study", "ABC-1", NOTE]
        assert foot.strip() == f"Page {number} of {len(pages)}"
    assert "Clinical study report" in pages[0]
    assert "Search" not in text
    assert "Enlarge" not in text
    listing = [page for page in pages if "Headache" in page]
    assert len(listing) > 1
    assert all("Term" in page and "Start" in page for page in listing)


@needs("pdftotext")
def test_on_paper_title_and_notes_stay_with_figure_and_heading_with_table(
    browser: Any, report: Path, tmp_path: Path
) -> None:
    """A series of figures as high as a page allows; a heading right before a wide table, and one low on a page."""
    paper = tmp_path / "page.pdf"
    with visit(browser, report) as seen:
        seen.page.evaluate(
            """() => {
              const figure = document.querySelector(".display.figure");
              figure.querySelector("img").style.cssText = "height: 250mm; width: 120mm";
              const notes = figure.querySelector(".csr-footnotes");
              for (let i = 0; i < 4; i += 1) notes.prepend(notes.firstElementChild.cloneNode(true));
              for (const number of [3, 2]) {
                const next = figure.cloneNode(true);
                for (const part of next.querySelectorAll("[id]")) part.removeAttribute("id");
                next.querySelector(".csr-title").textContent = `Copy ${number}`;
                figure.after(next);
              }
              const listing = document.querySelector(".display.wide");
              listing.insertAdjacentHTML("beforebegin", "<h3>Heading of the listing</h3>");
              const low = listing.cloneNode(true);
              for (const part of low.querySelectorAll("[id]")) part.removeAttribute("id");
              low.querySelector(".csr-title").textContent = "Low";
              const above = "<div style='page: across; height: 150mm; break-before: page'></div>";
              listing.insertAdjacentHTML("afterend", above);
              listing.nextSibling.after(low);
            }"""
        )
        seen.page.pdf(path=paper, prefer_css_page_size=True)
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    pages = text.split("\f")
    figures = [page for page in pages if "Tick marks" in page]
    assert [page.count("Full analysis set") for page in figures] == [1, 1, 1]
    assert all("Program:" in page for page in figures)
    assert [("Listing 16.2.7.1" in page) for page in pages if "Heading of the listing" in page] == [True]
    assert [("Nausea" in page) for page in pages if "Listing 16.2.7.1 Low" in page] == [True]
