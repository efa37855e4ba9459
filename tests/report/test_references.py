"""The references: each is whole, cited, and written in one style."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
BIBLIOGRAPHY = (PROJECT / "report/references.bib").read_text(encoding="utf-8")

NEEDED = {
    "article": ("author", "title", "journal", "year"),
    "book": ("author", "title", "edition", "publisher", "year"),
    "techreport": ("title", "institution", "year"),
    "misc": ("title", "publisher", "year"),
}


def entries() -> dict[str, tuple[str, dict[str, str]]]:
    """Key -> kind and fields."""
    found = {}
    for kind, key, body in re.findall(r"(?ms)^@(\w+)\{(\w+),\n(.*?)^\}", BIBLIOGRAPHY):
        found[key] = kind, dict(re.findall(r"(?m)^  (\w+) += \{(.*)\},?$", body))
    return found


def test_every_entry_is_read() -> None:
    assert len(entries()) == BIBLIOGRAPHY.count("\n@") > 35


def test_each_reference_has_what_its_kind_needs() -> None:
    for key, (kind, fields) in entries().items():
        assert all(fields.get(name) for name in NEEDED[kind]), key
        assert re.fullmatch(r"(19|20)\d\d", fields["year"]), key
        if kind == "article":
            assert "doi" in fields or {"volume", "pages"} <= fields.keys(), key
            assert "others" not in fields["author"].split(" and "), key


def test_one_style() -> None:
    for key, (_, fields) in entries().items():
        assert not fields["title"].endswith("."), key
        assert re.fullmatch(r"10\.\d{4,}/\S+", fields.get("doi", "10.1000/1")), key
        assert re.fullmatch(r"\w+(--\w+)?", fields.get("pages", "1")), key
        assert key[-4:] == fields["year"] or fields.get("publisher") or fields.get("institution"), key


def test_every_reference_is_cited() -> None:
    chapters = [PROJECT / "index.qmd", *(PROJECT / "report").glob("*.qmd")]
    cited = {key for path in chapters for key in re.findall(r"@(\w+)", path.read_text(encoding="utf-8"))}
    assert set(entries()) <= cited
