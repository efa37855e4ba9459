"""The page of `csr diff` in Chromium: folding, sorting, figures side by side; its links, widths and contrast."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("axe_playwright_python")

from playwright.sync_api import expect

from analysis.audit.diff import diff
from tests.audit.test_diff import make_study
from tests.browser.chromium import WIDTHS, accessibility, broken_links, overflow, visit
from tests.needs import needs

pytestmark = needs("chromium")


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = make_study(tmp_path_factory.mktemp("diff"))
    builds = study.root / "build"
    return diff(builds / "2025-06-30", builds / "2025-12-31", study).files[0]


def test_every_link_leads_somewhere(browser: Any, changes: Path) -> None:
    with visit(browser, changes) as seen:
        assert broken_links(seen.page, changes.parent) == []


def test_a_click_on_a_head_sorts_by_it_and_another_turns_the_order(browser: Any, changes: Path) -> None:
    with visit(browser, changes) as seen:
        table = seen.page.get_by_role("group", name="SDTM datasets")
        first, head = table.locator("tbody tr").first, table.get_by_role("button", name="Changed", exact=True)
        head.click()
        expect(first).to_contain_text("AE")  # none changed
        head.click()
        expect(first).to_contain_text("DM")  # one did
        expect(table.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")


def test_all_that_is_folded_opens_and_closes(browser: Any, changes: Path) -> None:
    with visit(browser, changes) as seen:
        page, folded = seen.page, seen.page.locator("details[open]")
        page.get_by_role("button", name="Open all").click()
        assert folded.count() > 3
        page.get_by_role("button", name="Close all").click()
        assert folded.count() == 0


def test_figures_stand_side_by_side_where_there_is_room(browser: Any, changes: Path) -> None:
    with visit(browser, changes) as seen:
        for width, beside in ((1440, True), (390, False)):
            seen.page.set_viewport_size({"width": width, "height": 900})
            boxes: list[Any] = [figure.bounding_box() for figure in seen.page.locator(".sides figure").all()]
            old, new = boxes
            assert (old["y"] == new["y"], old["x"] < new["x"]) == (beside, beside)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_widths_contrast_and_roles(browser: Any, changes: Path, scheme: str) -> None:
    with visit(browser, changes, color_scheme=scheme) as seen:
        page = seen.page
        page.get_by_role("button", name="Open all").click()
        assert [overflow(page, width) for width in WIDTHS] == [None] * len(WIDTHS)
        assert accessibility(page) == []


def test_without_scripts_and_on_paper_everything_is_there(browser: Any, changes: Path) -> None:
    with visit(browser, changes, java_script_enabled=False) as seen:
        expect(seen.page.get_by_role("button")).to_have_count(0)
        expect(seen.page.get_by_text("COUGH").first).to_be_visible()
        seen.page.emulate_media(media="print", color_scheme="dark")
        assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
