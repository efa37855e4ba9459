"""The whole line once: what a build holds, what it refuses, and that it is the same in every byte."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import docx
import lxml.html
import polars as pl
import pytest

from analysis import params
from analysis.audit import manifest
from analysis.cut.dataset import read_dataset, write_xpt
from analysis.report import abbreviations
from analysis.report.book import Book
from analysis.results import read_results
from analysis.tlf.display import read_display
from analysis.tlf.explain import explained
from analysis.tlf.model import Table
from tests import libreoffice, miniature
from tests.conftest import CUT, PROJECT, csr
from tests.miniature import csr_mini
from tests.needs import needs
from tests.recompute import recomputed
from tests.tlf import display_checks


def test_a_build_holds_what_the_design_lists(build: Path) -> None:
    for name in ("csr.html", "csr.docx", "csr.pdf", "results.json", "results.parquet", "manifest.json", "run.log.json"):
        assert (build / name).is_file(), name
    for folder in ("sections", "tlf", "trace", "adam", "notebooks", "book"):
        assert any((build / folder).iterdir()), folder
    for output in params.load_catalogue(PROJECT / "params"):
        kinds = (
            ("png", "svg", "pdf", "docx", "rtf", "json")
            if output.startswith("f-")
            else ("html", "docx", "rtf", "csv", "json")
        )
        for kind in kinds:
            assert (build / "tlf" / f"{output}.{kind}").stat().st_size > 0, (output, kind)
    assert {"all.docx", "all.rtf"} <= {p.name for p in (build / "tlf").iterdir()}


def test_manifest_lists_every_file_and_says_no_path_or_time(build: Path) -> None:
    text = (build / "manifest.json").read_text(encoding="utf-8")
    listed = json.loads(text)["outputs"]
    files = {p.relative_to(build).as_posix(): p for p in build.rglob("*") if p.is_file()}
    assert set(files) - set(listed) == {"manifest.json", "run.log.json"}
    assert all(manifest.sha256(files[name]) == value for name, value in listed.items())
    assert str(build.parent.parent) not in text
    assert not re.search(r"\d\d:\d\d:\d\d", text)


def test_the_crate_names_every_file_of_the_build_with_its_hash_and_no_path_or_time(build: Path) -> None:
    text = (build / "ro-crate-metadata.json").read_text(encoding="utf-8")
    named = {e["@id"]: e.get("sha256") for e in json.loads(text)["@graph"] if "File" in e["@type"]}
    listed = json.loads((build / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    assert listed.pop("ro-crate-metadata.json")
    assert named == listed | {"manifest.json": None}
    assert str(build.parent.parent) not in text
    assert not re.search(r"\d\d:\d\d:\d\d", text)


def test_the_index_over_cuts_lies_beside_the_build_and_is_no_part_of_it(build: Path) -> None:
    text = (build.parent / "index.html").read_text(encoding="utf-8")
    assert f"There is one cut only, {CUT}" in text
    assert str(build.parent.parent) not in text
    assert "index.html" not in json.loads((build / "manifest.json").read_text(encoding="utf-8"))["outputs"]


def test_no_output_names_the_folder_it_was_made_in(build: Path) -> None:
    folder = str(build.parent.parent).encode()
    for path in build.rglob("*"):
        if path.is_file() and path.name != "run.log.json":
            assert folder not in path.read_bytes(), path


def test_headers_and_footnotes_of_displays_use_no_unexplained_abbreviation(build: Path) -> None:
    """Those that a program writes; the lint reads the catalogue's only, since these may hold data, too."""
    dictionary = abbreviations.staged(Book(build / "book"))
    assert dictionary is not None
    for path in sorted((build / "tlf").glob("*.json")):
        display = json.loads(path.read_text(encoding="utf-8"))
        texts = [part["label"] for part in (*display.get("columns", []), *display.get("spans", []))]
        texts += [note["text"] for note in display["footnotes"]]
        assert not [word for text in texts for word in dictionary.unknown(text)], path.name


def test_every_footnote_of_a_row_has_its_row(build: Path) -> None:
    """A label of the catalogue's marks that no row has would lose its footnote in silence."""
    for name, output in params.load_catalogue(PROJECT / "params").items():
        if output.marks:
            table = read_display(name, build / "tlf")
            assert isinstance(table, Table)
            assert {row.cells[0].text for row in table.rows if row.cells[0].note} == set(output.marks), name


def test_every_display_keeps_to_the_rules_of_displays(build: Path) -> None:
    """Source line, abbreviations, sizes above percentages, precision and widths (tests/tlf/display_checks.py)."""
    note = params.load(CUT, PROJECT / "params").study.data_note
    dictionary = abbreviations.read([PROJECT / abbreviations.DICTIONARY])
    wrong = []
    for path in sorted((build / "tlf").glob("*.json")):
        display = read_display(path.stem, build / "tlf")
        found = display_checks.source_line(display, note)
        if explained(display, dictionary) != display:
            found.append(f"unexplained: {explained(display, dictionary).footnotes[-1].text}")
        if isinstance(display, Table):
            found += [problem for check in display_checks.CHECKS for problem in check(display)]
        wrong += [f"{path.stem}: {problem}" for problem in found]
    assert not wrong, "\n".join(wrong)


def test_every_result_comes_from_exactly_the_records_that_its_clause_selects(build: Path) -> None:
    """Each row of results.json, computed again from those records by a second way (tests/recompute.py)."""
    chosen = params.load(CUT, PROJECT / "params")
    frames = {p.stem.upper(): pl.read_parquet(p) for p in (build / "adam").glob("*.parquet")}
    frames["CUT-LOG"] = pl.read_csv(PROJECT / "data/cuts" / CUT / "cut-log.csv", infer_schema=False)
    selected: dict[tuple[str, str], pl.DataFrame] = {}
    wrong = []
    for number, result in enumerate(found := read_results(build / "results.json")):
        if what := recomputed(result, frames, chosen, selected):
            wrong.append(f"{number} {result.output} {result.name} {result.stat_name} {result.where}: {what}")
    assert not wrong, "\n".join(wrong)
    assert len(found) > 10_000


def of_pages(build: Path) -> dict[str, dict[str, Any]]:
    """The data of each page of trace/, by its file."""
    found = {}
    for path in (build / "trace").glob("*.html"):
        if data := re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text("utf-8")):
            found[f"trace/{path.name}"] = json.loads(data[1])
    return found


def test_every_result_has_its_records_on_a_page_as_its_clause_selects_them(build: Path) -> None:
    pages = of_pages(build)
    shown = [key for page in pages.values() for key in page["results"]]
    results = read_results(build / "results.json")
    assert len(shown) == len(set(shown)) == len(results)
    assert {r.name for r in results if r.name} <= set(shown)
    frames = {p.stem.upper(): pl.read_parquet(p) for p in (build / "adam").glob("*.parquet")}
    for page in pages.values():
        for dataset, where, runs, *_ in page["clauses"]:
            if dataset not in frames:
                continue
            (numbers,) = [c[1:] for c in page["sets"][dataset]["columns"] if c[0] == "USUBJID"] or [([], [])]
            ends = [list(map(int, run.split("-"))) for run in runs.split(",") if run]
            places = [place for run in ends for place in range(run[0], run[-1] + 1)]
            found = [numbers[0][numbers[1][place]] for place in places]
            assert found == frames[dataset].filter(pl.sql_expr(where))["USUBJID"].to_list(), (dataset, where)


def test_each_number_of_a_table_leads_by_a_click_to_the_result_that_it_is(build: Path) -> None:
    """Every number in a column of numbers is a link, and the page it leads to has a result that prints so."""
    page = lxml.html.fromstring((build / "csr.html").read_bytes())
    printed = {
        f"{file}#{quote(key, safe='')}": row[2]
        for file, data in of_pages(build).items()
        for key, row in data["results"].items()
    }
    wrong = []
    links = page.xpath("//a[@class='trace']")
    for link in links:
        where = next((d.get("id") for d in link.iterancestors("div") if d.get("id")), "")
        known = printed.get(link.get("href"))
        if known is None or (known != link.text_content() and where != QUALITY_CONTROL):
            wrong.append(f"{where}: {link.text_content()} leads to {link.get('href')}, which prints {known}")
    for cell in page.xpath("//div[starts-with(@id, 't-')]//tbody//td[@class='decimal']"):
        text = cell.text_content().strip()
        rest = "".join([cell.text or "", *(part.tail or "" for part in cell)])
        if re.search(r"\d", rest) and not re.fullmatch(NO_RESULT, text.replace("\xa0", " ")):
            wrong.append(f"{next(d.get('id') for d in cell.iterancestors('div') if d.get('id'))}: {text}: no link")
    assert not wrong, "\n".join(wrong[:50])
    assert len(links) > 7_000
    assert len([link for link in links if next(link.iterancestors("table"), None) is None]) > 400  # in sentences


QUALITY_CONTROL = "t-16-1-9-1"
"""Prints its results with more digits, and those of both routes."""

NO_RESULT = r"1 \(reference\)|\d+ (numbers|equal|records)|[<≥]\d+|\d+ to <\d+"
"""The reference of a model, sets of numbers or records of the quality control, and bands of a shift table."""


def test_csr_trace_prints_a_number_and_the_records_behind_it(build: Path) -> None:
    project = build.parent.parent
    done = csr(project, "trace", CUT, "14.2.1.1", "--stat", "median")
    assert done.returncode == 0, done.stderr
    records = read_dataset(project / "data/cuts" / CUT / "rs.xpt")
    lock = json.loads((project / "data/cuts" / CUT / "lock.json").read_text(encoding="utf-8"))
    for words in (
        "pfs.median = ",
        "Kaplan-Meier, log-log 95% limits",
        "notebooks/20_primary_pfs.ipynb, cell ",
        "\"PARAMCD\" = 'PFS' AND \"FASFL\" = 'Y'",
        "Risk set at ",
        "<- RS ",
        lock["files"]["rs.xpt"],
        f"{build / 'trace/adtte.html'}#pfs.median",
    ):
        assert words in done.stdout, words
    first = re.search(r"<- RS (\d+) \(RSDTC\): .*RSDTC (\S+)", done.stdout)
    assert first
    assert records.frame.filter(pl.col("RSSEQ") == int(first[1]), pl.col("RSDTC") == first[2]).height >= 1
    done = csr(project, "trace", CUT, "14.2.1.9")
    assert (done.returncode, "near it" in done.stderr) == (2, True)


def test_synthetic_is_said_in_every_kind_of_output(build: Path) -> None:
    note = params.load(CUT, PROJECT / "params").study.data_note
    for path in [build / "csr.html", *(build / "tlf").glob("*.html"), *(build / "tlf").glob("*.json")]:
        assert note in path.read_text(encoding="utf-8"), path


@pytest.mark.slow
@needs("soffice", "pdftotext")
def test_no_page_is_empty_or_ends_in_a_heading(build: Path, tmp_path: Path) -> None:
    paragraphs = docx.Document(str(build / "csr.docx")).paragraphs
    headings = tuple(p.text for p in paragraphs if str(p.style.name).startswith("Heading") and p.text)
    wrong = []
    for path in (build / "csr.pdf", libreoffice.converted(build / "csr.docx", "pdf", tmp_path)):
        text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
        pages = text.split("\f")[:-1]
        assert len(pages) > 200
        for number, page in enumerate(pages, start=1):
            head, *lines, foot = [" ".join(line.split()) for line in page.splitlines() if line.strip()]
            assert foot.endswith(f"{number} of {len(pages)}") or number == 1, (path, number, foot)
            if not lines or " ".join(lines).endswith(headings):
                wrong.append(f"{path}, page {number}: {[head, *lines][-1]}")
    assert not wrong, "\n".join(wrong)
    assert len(headings) > 100


@needs("chromium")
def test_the_page_of_a_whole_report_in_a_browser(build: Path) -> None:
    pytest.importorskip("playwright.sync_api")
    pytest.importorskip("axe_playwright_python")
    from tests.browser import chromium

    with chromium.chromium() as browser, chromium.visit(browser, build / "csr.html") as seen:
        assert chromium.broken_links(seen.page, build) == []
        assert [chromium.overflow(seen.page, width) for width in chromium.WIDTHS] == [None, None, None]
        seen.page.keyboard.press("/")
        seen.page.keyboard.type("kaplan-meier overall survival")
        first = seen.page.locator("#results li").first
        assert "Figure 14.2.4.1" in str(first.text_content())
        seen.page.keyboard.press("Enter")
        assert seen.page.evaluate("location.hash") == "#f-14-2-4-1"
        # What compares colours or places of the thousands of links is looked at on the small pages of tests/browser:
        # here axe-core would take minutes for it.
        slow = ("color-contrast", "link-in-text-block", "target-size")
        assert chromium.accessibility(seen.page, without=slow) == []


def test_one_flipped_bit_stops_a_run_and_names_the_file(project: Path) -> None:
    path = project / "data/cuts" / CUT / "rs.xpt"
    data = bytearray(path.read_bytes())
    data[-7] ^= 1
    path.write_bytes(data)
    done = csr(project, "run", CUT)
    assert done.returncode == 3
    assert "rs.xpt" in done.stderr
    assert not (project / "build" / CUT).exists()


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda cut: (cut / "new.txt").write_text("x"), "new.txt"),
        (lambda cut: (cut / "ae.xpt").unlink(), "ae.xpt"),
        (lambda cut: (cut / "lock.json").write_text((cut / "lock.json").read_text() + " "), "lock.json"),
        (lambda cut: (cut / "lock.json").unlink(), "lock.json"),
    ],
)
def test_a_changed_list_or_lock_stops_a_run(project: Path, spoil: object, named: str) -> None:
    spoil(project / "data/cuts" / CUT)  # type: ignore[operator]
    done = csr(project, "run", CUT)
    assert (done.returncode, named in done.stderr) == (3, True), done.stderr


def test_parameters_are_checked_before_the_lock(project: Path) -> None:
    (project / "data/cuts" / CUT / "lock.json").unlink()
    with (project / f"params/cuts/{CUT}.yaml").open("a") as f:
        f.write("nonsense: 1\n")
    done = csr(project, "run", CUT)
    assert done.returncode == 2
    assert f"{CUT}.yaml: nonsense: unknown key" in done.stderr


def test_an_unpinned_cut_does_not_run(project: Path) -> None:
    path = project / f"params/cuts/{CUT}.yaml"
    path.write_text("\n".join(line for line in path.read_text().splitlines() if "lock_sha256" not in line) + "\n")
    done = csr(project, "run", CUT)
    assert done.returncode == 3
    assert "pin" in done.stderr


@pytest.mark.parametrize(
    "arguments", [("run",), ("run", "no-such-cut"), ("frob",), ("cut", "t"), ("run", "a", "--all")]
)
def test_bad_arguments_exit_2(project: Path, arguments: tuple[str, ...]) -> None:
    done = csr(project, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_outside_a_project_the_command_says_so(tmp_path: Path) -> None:
    done = csr(tmp_path, "run", CUT, PYTHONPATH=str(PROJECT))
    assert done.returncode == 2
    assert "_quarto.yml" in done.stderr


@pytest.mark.slow
def test_a_stranger_verifies_the_unpacked_package_with_make(build: Path, tmp_path: Path) -> None:
    """The packages are those that run this test: a stub of .venv, made before, keeps make from installing them."""
    done = csr(build.parent.parent, "package", CUT, "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    (packed,) = tmp_path.glob("*.zip")
    elsewhere = tmp_path / "a stranger's folder"
    with zipfile.ZipFile(packed) as members:
        members.extractall(elsewhere)
    environment = elsewhere / packed.stem / "project/.venv"
    (environment / "bin").mkdir(parents=True)
    python = environment / "bin/python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    (environment / "run").touch()
    done = subprocess.run(["make", "verify"], cwd=elsewhere / packed.stem, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "the same in every byte" in done.stdout
    assert f"{elsewhere / packed.stem / 'project/build' / CUT}: verified" in done.stdout


def test_verify_names_changed_files_and_packages_before_it_makes_anything(build: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(build, tmp_path / "build"))
    with (copy / "tlf/t-14-2-1-1.csv").open("a") as f:
        f.write("x")
    made = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    made["software"]["packages"]["numpy"] = "0.1"
    (copy / "manifest.json").write_text(json.dumps(made), encoding="utf-8")
    done = csr(build.parent.parent, "verify", str(copy))
    assert done.returncode == 7
    assert "tlf/t-14-2-1-1.csv: differs" in done.stderr
    assert "numpy: recorded 0.1, here " in done.stderr


def test_an_edited_notebook_is_not_rendered_over(build: Path, tmp_path: Path) -> None:
    whole = Path(shutil.copytree(build.parent.parent, tmp_path / "a project"))
    with (whole / "analysis/results.py").open("a") as f:
        f.write("# changed\n")
    done = csr(whole, "render", CUT)
    assert done.returncode == 2
    assert "analysis/results.py changed" in done.stderr


def test_a_chapter_edit_is_rendered_without_the_analysis(mini: Path, tmp_path: Path) -> None:
    study = Path(shutil.copytree(mini, tmp_path / "a study"))
    chapter = study / "report/12-safety.qmd"
    chapter.write_text(chapter.read_text(encoding="utf-8") + "\nA sentence of the author.\n", encoding="utf-8")
    done = csr_mini(study, "render", miniature.CUT, project=mini.parent / "project")
    assert done.returncode == 0, done.stderr
    place, before = study / "build" / miniature.CUT, mini / "build" / miniature.CUT
    assert "A sentence of the author." in (place / "csr.html").read_text(encoding="utf-8")
    assert (place / "results.json").read_bytes() == (before / "results.json").read_bytes()


def test_a_fault_in_one_route_fails_the_run_and_names_the_patients(project: Path, tmp_path: Path) -> None:
    """All whose times of progression-free survival are censored: 2, 5 and 7, by hand in tests/miniature."""
    rules = project / "analysis/adam/adtte.py"
    text = rules.read_text(encoding="utf-8")
    fault = text.replace('"CNSR": 0 if outcome.reason is None else 1,', '"CNSR": 0,')
    assert fault != text
    rules.write_text(fault, encoding="utf-8")
    study = miniature.copy_miniature(tmp_path)
    done = csr_mini(study, "run", miniature.CUT, project=project)
    assert done.returncode == 5
    assert "notebooks/90_quality_control.ipynb" in done.stderr
    assert "the second route disagrees" in done.stderr
    assert re.search(r"PFS: .*differ: MINI-1-02, MINI-1-05, MINI-1-07", done.stderr)
    assert not (study / "build" / miniature.CUT).exists()


@pytest.mark.slow
def test_the_public_study_runs_through_the_same_commands(project: Path) -> None:
    done = csr(project, "run", "2014-12-31", "--params", "examples/cdisc-oncology/params")
    assert done.returncode == 0, done.stderr
    build = project / "examples/cdisc-oncology/build/2014-12-31"
    page = (build / "csr.html").read_text(encoding="utf-8")
    assert "PUBLIC CDISC TEST DATA" in page
    assert "SYNTHETIC DATA" not in page
    named = {r.name: r for r in read_results(build / "results.json")}
    assert named["pfs.n"].stat == 254
    assert "pfs.logrank_p" not in named  # null_median: null


def test_an_error_in_the_data_stops_a_run_with_its_record(project: Path) -> None:
    folder = project / "data/cuts" / CUT
    dataset = read_dataset(folder / "ae.xpt")
    frame = dataset.frame.with_columns(
        AESTDTC=pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("2025-02-30")).otherwise("AESTDTC")
    )
    write_xpt(dataset.with_frame(frame), folder / "ae.xpt")
    (folder / "lock.json").unlink()
    pin = csr(project, "lock", CUT, "--date", "2026-01-20").stdout
    path = project / f"params/cuts/{CUT}.yaml"
    kept = [line for line in path.read_text().splitlines() if "lock_sha256" not in line]
    path.write_text("\n".join(kept) + "\n" + pin)
    done = csr(project, "run", CUT)
    assert done.returncode == 4
    record = frame.row(3, named=True)
    for part in ("AE.AESTDTC", record["USUBJID"], "2025-02-30"):
        assert part in done.stderr
    assert not (project / "build" / CUT).exists()
