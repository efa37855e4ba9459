"""csr.html, the one-file page."""

import base64
import datetime as dt
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analysis.errors import RenderError
from analysis.report.parse import book_ast
from analysis.report.web import contents, write_page
from tests.report.made import make_params
from tests.report.small_book import CATALOGUE, HOSTILE, PATIENTS, write_book

DATE = dt.date(2025, 7, 10)


class Page(HTMLParser):
    """The elements of a page with their attributes, its ids and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def make(book: Path, target: Path, **params: object) -> str:
    write_page(book_ast(book), book, target, params=make_params(**params), date=DATE, catalogue=CATALOGUE)
    return target.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("web")
    return make(write_book(folder / "book"), folder / "csr.html")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_nothing_is_asked_of_the_network(text: str, page: Page) -> None:
    targets = [a.get(key) for _, a in page.elements for key in ("href", "src") if a.get(key)]
    assert targets
    assert all(target.startswith(("#", "tlf/", "data:")) for target in targets)
    assert set(re.findall(r"url\((.{5})", text)) == {"data:"}
    (policy,) = [a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; script-src 'sha"
    )


def test_only_its_own_scripts_are_in_the_page(text: str, page: Page) -> None:
    (policy,) = [a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert len(page.all("script")) == len(scripts) == 2
    assert re.findall(r"'sha256-(.*?)'", policy) == hashes
    assert HOSTILE in " ".join(page.text.split())


def test_every_link_leads_somewhere(page: Page) -> None:
    ids = [a["id"] for _, a in page.elements if a.get("id")]
    assert len(ids) == len(set(ids))
    inside = {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")}
    assert inside <= set(ids)
    assert {"s-10", "s-10-1", "t-14-2-1-1", "f-14-2-1-1"} <= inside


def test_the_files_of_a_display_stand_beside_it(page: Page) -> None:
    files = [a["href"] for a in page.all("a") if a["href"].startswith("tlf/")]
    assert files == [
        *(f"tlf/t-14-2-1-1.{kind}" for kind in ("docx", "rtf", "csv", "html", "json")),
        *(f"tlf/f-14-2-1-1.{kind}" for kind in ("docx", "rtf", "png", "svg", "pdf", "json")),
    ]


def test_landmarks_language_and_title(page: Page) -> None:
    assert page.all("html") == [{"lang": "en"}]
    for tag in ("header", "nav", "main"):
        assert len(page.all(tag)) == 1
    assert page.all("a")[0] == {"class": "skip", "href": "#report"}
    assert page.all("main")[0]["id"] == "report"
    assert "Clinical study report ABC-1: A study" in page.text


def test_what_kind_of_data_these_are_is_said_of_every_study(tmp_path: Path, page: Page) -> None:
    assert ("p", {"class": "banner", "role": "note"}) in page.elements
    study = make_params().study.model_dump() | {"synthetic": False, "data_note": "PUBLIC TEST DATA"}
    text = make(write_book(tmp_path / "book"), tmp_path / "a.html", study=study)
    assert ("p", {"class": "banner", "role": "note"}) in Page(text).elements
    assert "PUBLIC TEST DATA" in text


def test_printed_pages_carry_the_note_whatever_is_in_it(tmp_path: Path) -> None:
    study = make_params().study.model_dump() | {"data_note": '"}</style><script>'}
    text = make(write_book(tmp_path / "book"), tmp_path / "a.html", study=study)
    ((left, right),) = re.findall(r'@top-left \{ content: "(.*?)" \} @top-right \{ content: "(.*?)";', text)
    assert "".join(chr(int(code, 16)) for code in re.findall(r"\\([0-9a-f]+) ", left)) == "Study ABC-1"
    assert "".join(chr(int(code, 16)) for code in re.findall(r"\\([0-9a-f]+) ", right)) == '"}</style><script>'
    assert len(Page(text).all("script")) == 2


def test_images_have_texts_and_tables_scroll(page: Page) -> None:
    assert [image["alt"] for image in page.all("img")] == ['Kaplan-Meier "curve" with \\ backslash']
    assert [a["role"] for a in page.all("div") if a.get("class") == "scroll"] == ["group"]


def test_contents_are_nested_lists() -> None:
    def heading(level: int, name: str) -> list[object]:
        return [level, [name, [], []], [{"t": "Str", "c": f"<{name}>"}]]

    made = contents(
        [heading(1, "a"), heading(2, "b"), heading(3, "c"), heading(4, "d"), heading(2, "e"), heading(1, "f")]
    )
    assert made == (
        '<ol><li><a href="#a">&lt;a&gt;</a><ol><li><a href="#b">&lt;b&gt;</a>'
        '<ol><li><a href="#c">&lt;c&gt;</a></li></ol></li>'
        '<li><a href="#e">&lt;e&gt;</a></li></ol></li><li><a href="#f">&lt;f&gt;</a></li></ol>'
    )


def test_the_same_bytes_from_another_folder(text: str, tmp_path: Path) -> None:
    assert make(write_book(tmp_path / "an other book"), tmp_path / "csr.html") == text


def test_an_image_that_is_not_there(tmp_path: Path) -> None:
    book = write_book(tmp_path / "book", report__10_patients=PATIENTS + "\n![A text](none.png)\n")
    with pytest.raises(RenderError, match=r"image none\.png"):
        make(book, tmp_path / "a.html")
