"""What lies in a build is listed and copied as it is; what is not there, or would be overwritten, is said."""

import datetime as dt
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.audit.manifest import sums_of
from analysis.errors import ParamsError
from analysis.report import docx, pieces
from analysis.report.sections import write_sections
from tests.conftest import PROJECT, csr
from tests.report.made import make_params
from tests.report.made_book import book_ast
from tests.tiny_builds import write_build

REPORT = """\
---
lang: en-GB
bibliography: unused.bib
---

# 1 Title page {#s-1}

| Item | Statement |
|:-----|:----------|
| Signatory | [\\[To be completed by the author: *name*, position\\]]{custom-style="Author Placeholder"} |

# 11 Efficacy {#s-11}

## 11.4 Results {#s-11-4}

### 11.4.1 Analysis [of] efficacy {#s-11-4-1}

Text.

#### Without a number

Before it, [\\[To be completed by the author: one\\]]{custom-style="Author Placeholder"} and
[\\[To be completed by the author: two\\]]{custom-style="Author Placeholder"}.

### 11.4.10 Another {#s-11-4-10}

No mark.
"""
DISPLAYS = {
    "t-14-2-1-1": ("Table 14.2.1.1", "A [bold]table[/bold] of <b>survival</b>\nin two lines"),
    "f-14-2-1-1": ("Figure 14.2.1.1", "A curve"),
    "f-14-3-3-1": ("Figure 14.3.3.1", "First of a series"),
    "f-14-3-3-2": ("Figure 14.3.3.2", "Second of a series"),
    "f-14-3-3-10": ("Figure 14.3.3.10", "Tenth of a series"),
    "l-16-2-7-1": ("Listing 16.2.7.1", "A listing"),
}
TABLE_FORMATS, FIGURE_FORMATS = ("html", "docx", "rtf", "csv", "json"), ("png", "svg", "pdf", "json")


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of a small project. Not to be changed."""
    root = tmp_path_factory.mktemp("pieces") / "a project"
    folder = root / "build/first"
    write_build(folder, "2025-06-30", displays={})
    (folder / "tlf").mkdir()
    (root / "params").mkdir()
    (root / "_quarto.yml").write_text("")
    reference = PROJECT / "report/reference.docx"
    date = dt.date(2025, 8, 1)
    whole = docx.made(book_ast(REPORT), reference=reference, params=make_params(), date=date, resources=folder)
    write_sections(whole, folder / "sections", params=make_params(), date=date)
    for name, (label, title) in DISPLAYS.items():
        for kind in FIGURE_FORMATS if name.startswith("f-") else TABLE_FORMATS:
            (folder / f"tlf/{name}.{kind}").write_text(f"{name} as {kind}")
        about = {"id": name, "label": label, "title": title, "population": "Full analysis set (N = 40)"}
        (folder / f"tlf/{name}.json").write_text(json.dumps(about))
    for kind in ("docx", "rtf"):
        (folder / f"tlf/all.{kind}").write_text(f"all as {kind}")
    recorded = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(recorded | {"outputs": sums_of(folder)}))
    return folder


def names_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_pieces_are_in_the_order_of_their_numbers(build: Path) -> None:
    assert list(pieces.find_pieces(build)) == [
        *("1", "11", "11.4", "11.4.1", "11.4.10"),
        *("t-14-2-1-1", "f-14-2-1-1", "f-14-3-3-1", "f-14-3-3-2", "f-14-3-3-10", "l-16-2-7-1"),
    ]


def test_titles_formats_and_populations_are_listed(build: Path) -> None:
    found = pieces.find_pieces(build)
    assert pieces.sections(found)[3] == ("11.4.1", "Analysis [of] efficacy")
    population = "Full analysis set (N = 40)"
    title = "A [bold]table[/bold] of <b>survival</b> in two lines"
    assert pieces.displays(found)[0] == ("t-14-2-1-1", "Table 14.2.1.1", "docx html rtf csv json", population, title)
    assert pieces.displays(found)[1][2] == "json png svg pdf"


def test_what_is_left_for_the_author_names_its_section_and_row(build: Path) -> None:
    assert pieces.placeholders(pieces.find_pieces(build)) == [
        ("1", "Title page", "Signatory: [To be completed by the author: name, position]"),
        ("11.4.1", "Analysis [of] efficacy", "[To be completed by the author: one]"),
        ("11.4.1", "Analysis [of] efficacy", "[To be completed by the author: two]"),
    ]


@pytest.mark.parametrize(
    ("name", "kind", "file"),
    [
        ("t-14-2-1-1", None, "t-14-2-1-1.docx"),
        ("T-14-2-1-1", "csv", "t-14-2-1-1.csv"),
        ("f-14-2-1-1", None, "f-14-2-1-1.png"),
        ("14.2.1.1", None, "t-14-2-1-1.docx"),  # the table comes before the figure
        ("14.2.1.1", "json", "t-14-2-1-1.json"),
        ("14.2.1.1", "svg", "f-14-2-1-1.svg"),
        ("16.2.7.1", None, "l-16-2-7-1.docx"),
        ("14.3.3.10", None, "f-14-3-3-10.png"),
        ("11.4.1", None, "11.4.1-analysis-of-efficacy.docx"),
        ("11.4", "docx", "11.4-results.docx"),
        ("Table 14.2.1.1", None, "t-14-2-1-1.docx"),
        ("figure  14.2.1.1", None, "f-14-2-1-1.png"),
        ("Listing 16.2.7.1", "RTF", "l-16-2-7-1.rtf"),
        ("Section 11.4.1", None, "11.4.1-analysis-of-efficacy.docx"),
        ("14-2-1-1", "svg", "f-14-2-1-1.svg"),
        ("f14.2.1.1", None, "f-14-2-1-1.png"),
        ("11.4.1.", None, "11.4.1-analysis-of-efficacy.docx"),
    ],
)
def test_a_piece_is_copied_by_id_or_number(build: Path, tmp_path: Path, name: str, kind: str | None, file: str) -> None:
    [written] = pieces.pull(build, name, kind, tmp_path / "new folder")
    assert written == tmp_path / "new folder" / file
    place = "tlf" if file[0].isalpha() else "sections"
    assert written.read_bytes() == (build / place / file).read_bytes()


def test_a_section_comes_before_a_table_of_its_number(build: Path, tmp_path: Path) -> None:
    for path in ("sections/14.2.1.1-survival.docx", "tlf/t-14-2-1-1.docx", "tlf/f-14-2-1-1.png", "tlf/l-14-2-1-1.csv"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(path)
    found = pieces.find_pieces(tmp_path)
    assert pieces.choose(found, "14.2.1.1", None).id == "14.2.1.1"
    assert pieces.choose(found, "14.2.1.1", "png").id == "f-14-2-1-1"


def test_the_file_named_says_the_format(build: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.b/Curve.PNG"
    assert pieces.pull(build, "14.2.1.1", None, target) == [target]
    assert target.read_text() == "f-14-2-1-1 as png"
    (tmp_path / "folder.docx").mkdir()
    assert pieces.pull(build, "t-14-2-1-1", "rtf", tmp_path / "folder.docx")[0].parent == tmp_path / "folder.docx"


def test_the_current_folder_is_the_default(build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert pieces.pull(build, "l-16-2-7-1", None, None) == [Path("l-16-2-7-1.docx")]
    assert names_in(tmp_path) == ["l-16-2-7-1.docx"]


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("rtf", ["all.rtf", "l-16-2-7-1.rtf", "t-14-2-1-1.rtf"]),
        ("svg", ["f-14-2-1-1.svg", "f-14-3-3-1.svg", "f-14-3-3-10.svg", "f-14-3-3-2.svg"]),
        (
            "docx",
            [
                *("1-title-page.docx", "11-efficacy.docx", "11.4-results.docx", "11.4.1-analysis-of-efficacy.docx"),
                *("11.4.10-another.docx", "all.docx", "l-16-2-7-1.docx", "t-14-2-1-1.docx"),
            ],
        ),
        (
            None,
            [
                *("1-title-page.docx", "11-efficacy.docx", "11.4-results.docx", "11.4.1-analysis-of-efficacy.docx"),
                *("11.4.10-another.docx", "f-14-2-1-1.png", "f-14-3-3-1.png", "f-14-3-3-10.png", "f-14-3-3-2.png"),
                *("l-16-2-7-1.docx", "t-14-2-1-1.docx"),
            ],
        ),
    ],
)
def test_all_pieces_of_a_format(build: Path, tmp_path: Path, kind: str | None, files: list[str]) -> None:
    assert len(pieces.pull(build, "all", kind, tmp_path / "all")) == len(files)
    assert names_in(tmp_path / "all") == files


@pytest.mark.parametrize(
    ("name", "kind", "out", "message"),
    [
        ("t-14-2-1-2", None, None, "t-14-2-1-2: no such piece in this build; near it: t-14-2-1-1"),
        ("11.4.11", None, None, "11.4.11: no such piece in this build; near it: 11.4.1, 11.4.10, 11.4"),
        ("Listing 14.2.1.1", None, None, "Listing 14.2.1.1: no such piece in this build; near it: 14.2.1.1"),
        ("Efficacy", None, None, "Efficacy: no such piece in this build; near it: 11 (Efficacy), 11.4.1 (Analysis"),
        ("curve", None, None, "curve: no such piece in this build; near it: f-14-2-1-1 (A curve); csr list shows all"),
        ("", None, None, ": no such piece in this build; expected one such as 11.4.1"),
        ("f-14-2-1-1", None, "curve.tiff", "--out curve.tiff: no piece is .tiff; expected a folder, or one of docx,"),
        ("../../params", None, None, "expected one such as 11.4.1 or t-14-2-1-1; csr list shows all"),
        ("t-14-2-1-1", "png", None, "t-14-2-1-1: there is no png of it, only docx, html, rtf, csv, json"),
        ("f-14-2-1-1", "docx", None, "f-14-2-1-1: there is no docx of it, only json, png, svg, pdf"),
        ("11.4.1", "rtf", None, "section 11.4.1: there is no rtf of it, only docx"),
        ("t-14-2-1-1", "exe", None, "--format exe: expected one of docx, html"),
        ("t-14-2-1-1", "rtf", "table.docx", "table.docx: does not end in .rtf, which --format asks for"),
        ("t-14-2-1-1", None, "notes", "notes: a file; expected a folder, or a file that ends in .docx"),
        ("all", "rtf", None, "all: name the folder for the files with --out"),
        ("all", "rtf", "all.rtf", "all.rtf: all pieces go into a folder, not a file"),
        ("all", "rtf", "notes", "notes: a file; expected a folder"),
    ],
)
def test_what_cannot_be_pulled_is_said_and_nothing_written(
    build: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    kind: str | None,
    out: str | None,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(ParamsError, match=re.escape(message)) as error:
        pieces.pull(build, name, kind, Path(out) if out else None)
    assert error.value.exit_code == 2
    assert names_in(tmp_path) == ["notes"]


def test_a_format_that_no_piece_has(tmp_path: Path) -> None:
    (tmp_path / "tlf").mkdir()
    (tmp_path / "tlf/t-14-1-1-1.docx").write_text("a table")
    with pytest.raises(ParamsError, match="all: no piece of this build has the format png"):
        pieces.pull(tmp_path, "all", "png", tmp_path.parent / "out")


def test_a_file_that_was_edited_is_never_replaced(build: Path, tmp_path: Path) -> None:
    mine = tmp_path / "t-14-2-1-1.rtf"
    mine.write_text("edited by the writer")
    for name, out in (("t-14-2-1-1", mine), ("t-14-2-1-1", tmp_path), ("all", tmp_path)):
        with pytest.raises(ParamsError, match=r"t-14-2-1-1\.rtf: is there already and differs from the build's"):
            pieces.pull(build, name, "rtf", out)
    assert mine.read_text() == "edited by the writer"
    assert names_in(tmp_path) == ["t-14-2-1-1.rtf"]  # all or nothing
    (tmp_path / "all.rtf").write_text("another")
    with pytest.raises(ParamsError, match=r"\(and 1 more\): is there already"):
        pieces.pull(build, "all", "rtf", tmp_path)


def test_pulling_again_leaves_the_same_file_as_it_is(build: Path, tmp_path: Path) -> None:
    [file] = pieces.pull(build, "t-14-2-1-1", None, tmp_path)
    before = file.stat().st_mtime_ns
    assert pieces.pull(build, "t-14-2-1-1", None, tmp_path) == [file]
    assert file.stat().st_mtime_ns == before


def test_nothing_is_written_into_the_build(build: Path) -> None:
    with pytest.raises(ParamsError, match="lies in the build, which stays as it was made"):
        pieces.pull(build, "t-14-2-1-1", None, build / "mine")
    assert not (build / "mine").exists()


def run(build: Path, *arguments: str) -> tuple[int, str, str]:
    done = csr(build.parent.parent, *arguments, PYTHONPATH=str(PROJECT))
    return done.returncode, done.stdout, done.stderr


def test_csr_list_prints_plain_columns(build: Path) -> None:
    code, out, _ = run(build, "list", "first")
    assert code == 0
    assert out.splitlines()[:2] == ["Sections, as docx", "1        Title page"]
    assert (
        "f-14-2-1-1   Figure 14.2.1.1   json png svg pdf        Full analysis set (N = 40)  A curve" in out.splitlines()
    )
    assert "\t" not in out


def test_csr_list_takes_a_path_and_tells_what_is_left(build: Path) -> None:
    code, out, _ = run(build, "list", "build/first", "--todo")
    assert code == 0
    assert out.splitlines()[1] == "11.4.1  Analysis [of] efficacy  [To be completed by the author: one]"
    assert len(out.splitlines()) == 3


def test_csr_pull_copies_and_names_the_file(build: Path, tmp_path: Path) -> None:
    target = tmp_path / "curve.pdf"
    assert run(build, "pull", "first", "14.2.1.1", "--out", str(target)) == (0, f"{target}\n", "")
    assert target.read_text() == "f-14-2-1-1 as pdf"
    folder = tmp_path / "tables"
    assert run(build, "pull", "first", "all", "--format", "rtf", "--out", str(folder))[:2] == (
        0,
        f"{folder}: files: 3\n",
    )


def test_csr_pull_says_how_to_make_a_build_that_is_not_there(build: Path) -> None:
    for command in (("pull", "second", "all"), ("list", "second")):
        code, _, error = run(build, *command)
        assert code == 2
        assert "build/second: no build of this cut; make it with: csr run second" in error
    code, _, error = run(build, "list", "second", "--params", "params")
    assert "csr run second --params params" in error


def test_csr_list_ends_with_the_whole_report(build: Path) -> None:
    _, out, _ = run(build, "list", "first")
    assert out.splitlines()[-1] == f"The whole report: csr.html, csr.docx and csr.pdf in {build}"


def test_builds_that_are_there_are_named_where_one_is_not(build: Path) -> None:
    _, _, error = run(build, "list", "frist")
    assert error.endswith("make it with: csr run frist; builds that are there: first\n")


def test_pulling_and_listing_run_nothing_and_leave_the_build_as_it_is(build: Path, tmp_path: Path) -> None:
    """Neither the analysis nor a renderer is loaded, no process is started, and the build is only read."""
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in sorted(build.rglob("*")) if p.is_file()}
    program = """
import sys
from analysis.cli import main

def watch(event, arguments):
    if event in ("subprocess.Popen", "os.fork", "os.exec", "os.posix_spawn", "os.system", "socket.connect"):
        raise SystemExit(f"{event} {arguments}")

sys.addaudithook(watch)
for command in (["list", "first"], ["list", "first", "--todo"], ["pull", "first", "11.4.1", "--out", sys.argv[1]],
                ["pull", "first", "all", "--format", "rtf", "--out", sys.argv[1]]):
    assert main(command) == 0, command
heavy = {"papermill", "nbclient", "polars", "pandas", "pypandoc", "typst", "rtflite", "matplotlib",
         "analysis.adam", "analysis.stats", "analysis.pipeline.run", "analysis.pipeline.build"}
sys.exit(", ".join(sorted(heavy & sys.modules.keys())) or 0)
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, str(tmp_path / "out")],
        cwd=build.parent.parent,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert len(names_in(tmp_path / "out")) == 4
    after = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in sorted(build.rglob("*")) if p.is_file()}
    assert after == before


def test_csr_list_and_pull_show_an_example(build: Path) -> None:
    for command in ("list", "pull"):
        code, out, _ = run(build, command, "--help")
        assert code == 0
        assert f"Example: csr {command} 2025-12-31" in out


def test_the_command_starts_without_what_only_its_subcommands_need() -> None:
    heavy = "{'polars', 'pydantic', 'lxml', 'rich.table'}"
    program = f"import sys, analysis.cli; print({heavy} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
