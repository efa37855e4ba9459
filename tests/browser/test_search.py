"""The search of csr.html."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("axe_playwright_python")

from playwright.sync_api import expect

from tests.browser.chromium import visit
from tests.needs import needs

pytestmark = needs("chromium")


def results(page: Any, words: str) -> list[str]:
    """The names of the places that are found, in their order."""
    page.locator("#query").fill(words)
    return [" ".join(text.split()) for text in page.locator("#results .name").all_text_contents()]


def focus(page: Any) -> str:
    return str(page.evaluate("document.activeElement.textContent"))


@pytest.mark.parametrize("keys", ["/", "Control+k", "Meta+k"])
def test_keys_open_and_close_it_and_the_focus_comes_back(browser: Any, report: Path, keys: str) -> None:
    with visit(browser, report) as seen:
        page = seen.page
        link = page.locator("#s-10 a").first
        link.focus()
        page.keyboard.press(keys)
        assert page.evaluate("document.activeElement.id") == "query"
        page.keyboard.press("/")
        assert page.locator("#query").input_value() == "/"
        page.keyboard.press("Escape")
        expect(page.locator("#search")).to_be_hidden()
        expect(link).to_be_focused()


def test_a_term_in_text_a_table_and_a_title(browser: Any, report: Path) -> None:
    with visit(browser, report) as seen:
        page = seen.page
        page.get_by_role("button", name="Search").click()
        assert results(page, "hypertension") == ["Table 14.3.1.2 Adverse events by class and term"]
        assert page.locator("#results mark").all_text_contents() == ["Hypertension"]
        assert results(page, "paragraph 59") == ["14.1 Plan"]
        assert results(page, "progression-free") == ["Figure 14.2.1.1 Progression-free survival"]
        assert results(page, "14.3.1")[0] == "Table 14.3.1.2 Adverse events by class and term"
        assert results(page, "1-002") == ["Listing 16.2.7.1 Adverse events of each patient"]
        assert results(page, "DECREASED APPETIT") == ["Listing 16.2.7.1 Adverse events of each patient"]
        assert results(page, "hypertnsion") == ["Table 14.3.1.2 Adverse events by class and term"]


def test_how_much_was_found_is_said(browser: Any, report: Path) -> None:
    with visit(browser, report) as seen:
        page, count = seen.page, seen.page.locator("#count")
        page.keyboard.press("/")
        results(page, "headache")
        assert count.text_content() == "28 results in 1 place"
        assert results(page, "zzzz") == []
        assert count.text_content() == "Nothing found"
        assert page.locator("#query").get_attribute("aria-expanded") == "false"
        assert count.get_attribute("aria-live") == "polite"


def test_arrows_choose_and_enter_goes_to_the_very_row(browser: Any, report: Path) -> None:
    with visit(browser, report) as seen:
        page = seen.page
        page.keyboard.press("/")
        names = results(page, "14")
        assert len(names) > 2
        chosen = page.locator("#results [aria-selected=true]")
        for key, number in [("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("ArrowUp", 0), ("ArrowUp", -1)]:
            page.keyboard.press(key)
            assert chosen.get_attribute("id") == page.locator("#results li").nth(number).get_attribute("id")
            assert page.locator("#query").get_attribute("aria-activedescendant") == chosen.get_attribute("id")
        results(page, "headache 28")
        page.keyboard.press("Enter")
        assert not page.locator("#search").is_visible()
        assert focus(page).startswith("Headache 28")
        assert page.evaluate("location.hash") == "#l-16-2-7-1"
        expect(page.locator(".found")).to_be_in_viewport(ratio=1)
        page.wait_for_timeout(200)
        box = page.locator(".found").bounding_box()
        assert box["y"] > 50
        assert box["y"] + box["height"] < 900


def test_the_words_are_marked_in_the_page_until_esc(browser: Any, report: Path) -> None:
    with visit(browser, report) as seen:
        page = seen.page
        page.keyboard.press("/")
        results(page, "headache")
        page.keyboard.press("Enter")
        assert page.evaluate("CSS.highlights.get('found').size") == 28
        assert page.locator(".found").count() == 1
        page.keyboard.press("Escape")
        expect(page.locator(".found")).to_have_count(0)
        assert page.evaluate("CSS.highlights.has('found')") is False


def test_a_result_can_be_clicked(browser: Any, report: Path) -> None:
    with visit(browser, report) as seen:
        page = seen.page
        page.keyboard.press("/")
        results(page, "embolism")
        page.locator("#results li").first.click()
        assert focus(page).startswith("Embolism")
