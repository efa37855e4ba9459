"""build/index.html: every cut in it, what changed between two, and nothing broken by what else lies there."""

import base64
import hashlib
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import polars as pl
import pytest
from filelock import FileLock

from analysis.errors import CsrError
from analysis.paths import INDEX
from analysis.report import cuts
from tests.tiny_builds import ROWS, display, row, write_build

HOSTILE = "</style><script>alert(1)</script>&amp;\"'{{< include x >}}"
VOID = {"meta", "br", "link", "img", "input"}


class Page(HTMLParser):
    """The elements and the text of a page; fails where elements are not closed in their order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += f" {data}"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def made(folder: Path) -> tuple[str, Page]:
    text = cuts.write_index(folder, "ABC-1").read_text(encoding="utf-8")
    page = Page(text)
    page.text = " ".join(page.text.split())
    return text, page


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two cuts: the later has a later median, one event more and one table more."""
    later = [
        *(row(r["name"], r["stat"], r["stat_fmt"]) for r in ROWS if r["name"] not in ("pfs.median", "pfs.events")),
        row("pfs.median", 9.6, "9.6", stat_label="Median, months"),
        row("pfs.events", 30, "30"),
        row("orr.rate", 0.275, "27.5", output="t-14-2-2-1"),
    ]
    shown = {
        "t-14-2-1-1": display("Table 14.2.1.1", "2025-12-31", "one", "two"),
        "t-14-2-2-1": display("Table 14.2.2.1", "2025-12-31"),
    }
    adsl = [pl.DataFrame({"USUBJID": ["A-1", "A-2"], "DTHFL": ["N", flag]}) for flag in "NY"]
    write_build(tmp_path / "2025-12-31", "2025-12-31", results=later, displays=shown, datasets={"ADSL": adsl[1]})
    write_build(tmp_path / "2025-06-30", "2025-06-30", datasets={"ADSL": adsl[0]}, purpose="primary")
    return tmp_path


def test_each_cut_is_in_the_table_in_the_order_of_the_cutoffs(two: Path) -> None:
    write_build(two / "a-later-one", "2026-01-31")
    _, page = made(two)
    first = page.text.index("2025-06-30 Primary analysis")
    second = page.text.index("2025-12-31 Update Changes since 2025-06-30")
    third = page.text.index("a-later-one Update Changes since 2025-12-31")
    assert first < second < third
    assert "40 enrolled 39 treated 9.5 months 95% CI 7.6 to NE 29 events 2025-07-20 abab" in page.text
    assert f"pandoc 3.9 {'cd' * 32}" in page.text


def test_what_changed_is_said_in_numbers(two: Path) -> None:
    _, page = made(two)
    assert "Results 3 changed 4 the same" in page.text
    assert "Progression-free survival: patients with event 29 30 +1" in page.text
    assert "Progression-free survival: median, months 9.5 (7.6 to NE) 9.6 (7.6 to NE) +0.1" in page.text
    assert "Objective response rate, % not in this build 27.5 new" in page.text
    assert "Tables 2" in page.text
    assert "Table 14.2.1.1 A title rows: 0 only before, 1 only after, 1 in both 2025-06-30 and 2025-12-31" in page.text
    assert "Table 14.2.2.1 A title added 2025-12-31" in page.text
    assert "2 patients in both, 0 new, 0 no longer there." in page.text
    assert "Died no yes 1 A-2" in page.text
    assert "ADSL 2 2 1 1 1" in page.text


def test_links_lead_to_files_and_to_anchors_of_the_reports(two: Path) -> None:
    write_build(two / "a # 100% cut", "2026-02-28", cut="another")
    (two / "2025-12-31/csr.pdf").unlink()
    _, page = made(two)
    ids = [a["id"] for _, a in page.elements if a.get("id")]
    assert len(ids) == len(set(ids))
    targets = [a["href"] or "" for a in page.all("a")]
    for target in targets:
        path, _, anchor = target.partition("#")
        assert (two / unquote(path)).exists(), target
        if anchor:
            assert f"id='{anchor}'" in (two / unquote(path)).read_text() if path else anchor in ids, target
    assert {"2025-06-30/csr.pdf", "2025-06-30/csr.html#t-14-2-1-1", "a%20%23%20100%25%20cut/csr.docx"} <= set(targets)
    assert "2025-12-31/csr.pdf" not in targets


def test_every_two_cuts_can_be_chosen(two: Path) -> None:
    write_build(two / "2026-01-31", "2026-01-31")
    _, page = made(two)
    pairs = [a["id"] for a in page.all("section")]
    assert pairs == ["pair-0-1", "pair-0-2", "pair-1-2"]
    chosen = [a["value"] for a in page.all("option") if "selected" in a]
    assert chosen == ["1", "2"]  # the last against the one before


def test_one_cut_only(tmp_path: Path) -> None:
    write_build(tmp_path / "2025-06-30", "2025-06-30")
    _, page = made(tmp_path)
    assert "There is one cut only, 2025-06-30: nothing to compare it with." in page.text
    assert page.all("select") == page.all("section") == []


def test_no_build_at_all(tmp_path: Path) -> None:
    _, page = made(tmp_path)
    assert "There is no finished build of this study here. Make one with csr run CUT ." in page.text


def test_a_build_compared_with_a_copy_of_itself(tmp_path: Path) -> None:
    for name in ("one", "two"):
        datasets = {"ADSL": pl.DataFrame({"USUBJID": ["A-1"], "DTHFL": ["N"]})}
        write_build(tmp_path / name, "2025-06-30", cut="one", code={}, datasets=datasets)
    _, page = made(tmp_path)
    assert "From one to one (folder two) Nothing changed." in page.text
    assert set(re.findall(r"(\d+) changed", page.text)) == {"0"}
    assert set(re.findall(r"Changed: (\d+)", page.text)) == {"0"}


def test_what_is_no_build_is_passed_over_with_a_word(two: Path) -> None:
    (two / "half").mkdir()
    (two / ".2026.work").mkdir()
    (two / "notes.txt").write_text("mine")
    write_build(two / "other", "2025-01-01", study="XYZ-9")
    write_build(two / "spoilt", "2025-01-01")
    (two / "spoilt/results.json").write_text("[]")
    write_build(two / "older", "2025-01-01")
    made_by = json.loads((two / "older/manifest.json").read_text())
    (two / "older/manifest.json").write_text(json.dumps({k: v for k, v in made_by.items() if k != "parameters"}))
    text, page = made(two)
    said = page.text[page.text.index("Passed over") :]
    assert "4 folders here could not be taken in." in said
    assert "half : not a finished build: it holds no manifest.json" in said
    assert "other : a build of another study, XYZ-9" in said
    assert "spoilt : results.json: is not the file that the manifest names" in said
    assert "older : manifest.json: not as this version writes it: parameters: Field required" in said
    assert [a["id"] for a in page.all("section")] == ["pair-0-1"]
    assert ".work" not in text
    assert "notes.txt" not in text
    assert str(two) not in text


def test_results_that_moved_out_of_reach_or_changed_their_meaning(tmp_path: Path) -> None:
    old = [row("a", None, "NE"), row("b", 1.0, "1.0"), row("c", 0.5, "0.5"), row("d", 1.001, "1.00"), row("e", 1, "1")]
    new = [
        row("a", 3.0, "3.0"),
        row("b", None, "NE"),
        row("c", 0.5, "0.5", where="\"SAFFL\" = 'Y'", method="count"),
        row("d", 1.002, "1.00"),
    ]
    write_build(tmp_path / "1", "2025-06-30", results=old)
    write_build(tmp_path / "2", "2025-12-31", results=new)
    _, page = made(tmp_path)
    for said in (
        "Patients a NE 3.0 now estimable",
        "Patients b 1.0 NE no longer estimable",
        "Patients c Differs in: where, method 0.5 0.5 defined differently",
        "Patients d 1.00 1.00 below the last digit",
        "Patients e 1 not in this build no longer there",
    ):
        assert said in page.text
    assert "Median PFS not in this build" not in page.text  # heads stand in the heads
    assert "not in this build enrolled" in page.text


def test_code_parameters_and_packages_are_compared(two: Path) -> None:
    later = json.loads((two / "2025-12-31/manifest.json").read_text())
    later["code"] = {"analysis/a.py": "9" * 64, "analysis/new.py": "1" * 64}
    later["parameters"]["km"]["conf_level"] = 0.9
    later["software"]["packages"] = {"numpy": "2.5.0"}
    later["inputs"] = {"ae.xpt": "1" * 64}
    (two / "2025-12-31/manifest.json").write_text(json.dumps(later))
    _, page = made(two)
    assert "Code and chapters 2 changed 0 the same" in page.text  # the cut's own parameters are not code
    assert "Changed: analysis/a.py Added: analysis/new.py" in page.text
    assert "km.conf_level 0.95 0.9" in page.text
    assert "numpy 2.4.6 2.5.0" in page.text
    assert "Added: ae.xpt Removed: dm.xpt" in page.text


def test_hostile_values_are_text(tmp_path: Path) -> None:
    names = {
        "km": {"conf_level": 0.95},
        HOSTILE: HOSTILE,
        "study": {"data_note": HOSTILE, "treatments": [{"name": HOSTILE}]},
    }
    for number, value in enumerate((HOSTILE, f"{HOSTILE}2")):
        label = row("a", value, value, stat_label=HOSTILE, group1_level=HOSTILE)
        shown = {"t-14-2-1-1": display(HOSTILE, "2025-06-30", value, title=HOSTILE)}
        adsl = pl.DataFrame({"USUBJID": [HOSTILE], "EOTSTT1": [value]})
        write_build(
            tmp_path / f"a&b<i>{number}", value, cut=f"cut{number}",
            results=[label], displays=shown, datasets={"ADSL": adsl},
            purpose=HOSTILE, lock_sha256=HOSTILE, code_version=HOSTILE, engine={"name": HOSTILE, "version": "1"},
            parameters=names, code={f"{HOSTILE}{number}": "1"}, study="ABC-1",
        )  # fmt: skip
    text, page = made(tmp_path)
    assert len(page.all("script")) == 2
    assert "i" not in {tag for tag, _ in page.elements}
    assert page.text.count(HOSTILE) > 20
    assert text.count("<script>alert") == 0


def test_only_what_the_page_holds_may_run_and_nothing_is_fetched(two: Path) -> None:
    text, page = made(two)
    [policy] = [a["content"] or "" for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    for tag in ("script", "style"):
        for content in re.findall(rf"<{tag}>(.*?)</{tag}>", text, flags=re.DOTALL):
            assert f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not any(
        "style" in attributes or any(key.startswith("on") for key in attributes) for _, attributes in page.elements
    )
    assert set(re.findall(r"url\((.{5})", text)) == {"data:"}
    assert not any("src" in attributes for _, attributes in page.elements)


def test_the_note_of_the_data_stands_above_the_page_and_each_printed_page(two: Path) -> None:
    text, page = made(two)
    assert ("p", {"class": "banner", "role": "note"}) in page.elements
    assert page.text.startswith("Data cuts of study ABC-1 Skip to the content Study ABC-1 MADE UP - no patients")
    [right] = re.findall(r'@top-right \{ content: "(.*?)"', text)
    assert "".join(chr(int(code, 16)) for code in right.split("\\")[1:]) == "MADE UP - no patients"


def test_the_same_builds_give_the_same_bytes_wherever_they_lie(
    two: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = cuts.write_index(two, "ABC-1").read_bytes()
    assert cuts.write_index(two, "ABC-1").read_bytes() == first
    other = tmp_path_factory.mktemp("elsewhere") / "a b"
    os.rename(two, other)
    assert cuts.write_index(other, "ABC-1").read_bytes() == first
    os.rename(other, two)


def test_two_runs_at_once_leave_one_whole_page(two: Path) -> None:
    expected = cuts.write_index(two, "ABC-1").read_bytes()
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: cuts.write_index(two, "ABC-1"), range(8))) == {two / INDEX}
    assert (two / INDEX).read_bytes() == expected
    assert not list(two.glob("*.new")) + list(two.glob(".*.new"))


def test_a_page_that_cannot_be_written_is_an_error(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (two / INDEX).mkdir()
    with pytest.raises(CsrError, match=r"index\.html: Is a directory") as error:
        cuts.write_index(two, "ABC-1")
    assert error.value.exit_code == 1
    monkeypatch.setattr(cuts, "_SECONDS_TO_WAIT", 0.01)
    with (
        FileLock(two / f".{INDEX}.lock"),
        pytest.raises(CsrError, match=r"index\.html: another run has been writing it for 0\.01 seconds"),
    ):
        cuts.write_index(two, "ABC-1")
