"""Looking at a page in the machine's Chromium, and what is wrong with any page wherever it is looked at."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

expect.set_options(timeout=30_000)  # milliseconds: a busy machine is slow, not wrong

WIDTHS = (390, 768, 1440)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own browser; as root, which containers often are, it has no sandbox."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page in a window of its own, with what it complained of and what it asked for from elsewhere."""

    page: Page
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)


@contextmanager
def visit(browser: Browser, path: Path, *, width: int = 1440, **options: object) -> Iterator[Visit]:
    """Open a file as a reader would; that the page says nothing in the console and asks for nothing is checked."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)  # type: ignore[arg-type]
    page = context.new_page()
    seen = Visit(page, context)
    page.on("console", lambda message: seen.complaints.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: seen.complaints.append(f"error: {error}"))
    page.on("request", lambda request: seen.complaints.extend(_foreign(request.url)))
    page.goto(path.as_uri())
    yield seen
    context.close()
    assert seen.complaints == []


def _foreign(url: str) -> list[str]:
    return [] if url.startswith(("file:", "data:", "blob:")) else [f"request: {url}"]


def broken_links(page: Page, folder: Path) -> list[str]:
    """Links of a page that lead nowhere: to an id that is not there, or to a file that is not in its folder."""
    links, ids = page.evaluate(
        """() => [[...document.querySelectorAll("a")].map((a) => a.getAttribute("href")),
                  [...document.querySelectorAll("[id]")].map((e) => e.id)]"""
    )
    known = set(ids)
    broken = [] if len(known) == len(ids) else ["an id twice"]
    for link in links:
        parts = urlsplit(link or "")
        inside = not (parts.scheme or parts.netloc)
        found = (folder / unquote(parts.path)).is_file() if parts.path else unquote(parts.fragment) in known
        if inside and not found:
            broken.append(str(link))
    return broken


def overflow(page: Page, width: int) -> str | None:
    """What is wider than a window of this width, if the page then scrolls sideways."""
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(100)
    found = page.evaluate("document.scrollingElement.scrollWidth")
    return None if found <= width else f"{found} px in a window of {width} px"


def accessibility(page: Page, *, without: tuple[str, ...] = ()) -> list[str]:
    """What axe-core objects to: rule, how often, and the first place."""
    options = {"resultTypes": ["violations"], "rules": {rule: {"enabled": False} for rule in without}}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{v['id']}: {len(v['nodes'])}, such as {v['nodes'][0]['html'][:200]}" for v in found]
