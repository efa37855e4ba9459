"""`csr diff` as a whole: text, page, Word file and table of two builds, and what it refuses."""

import base64
import csv
import hashlib
import io
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from lxml import etree

from analysis.audit import diff
from analysis.audit.diff import Written
from analysis.cut.dataset import Dataset, write_xpt
from analysis.errors import CsrError, ParamsError, VerifyError
from analysis.paths import Study
from analysis.report import cuts
from tests.audit import revisions
from tests.miniature import CUTS, csr_mini
from tests.report.small_book import png
from tests.report.test_cuts import HOSTILE, Page
from tests.report.word_checks import check, parts_of
from tests.tiny_builds import display, row, write_build
from tests.tiny_docx import p, package, table

PATIENTS = ("ABC-1", "ABC-2")
DESIGN = {"alpha": 0.05, "null_median": 5.8}
STUDY = {"id": "ABC-1", "data_note": "MADE UP - no patients", "treatments": [{"name": "anlotinib"}]}


def docx(*blocks: str) -> bytes:
    parts = package(p("10 Study patients", style="Heading1"), *blocks).serialised()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


def sdtm(folder: Path, deaths: tuple[str | None, str | None], terms: tuple[str, ...]) -> dict[str, str]:
    """The data of a cut: two patients, their deaths, and events of the first; returns the hashes of the files."""
    folder.mkdir(parents=True)
    consent = ["2025-01-01"] * 2
    dm = {"STUDYID": ["ABC-1"] * 2, "USUBJID": PATIENTS, "SUBJID": ["1", "2"], "RFICDTC": consent, "DTHDTC": deaths}
    frames = {"DM": pl.DataFrame(dm, schema_overrides={"DTHDTC": pl.String})}
    days = [f"2025-0{number}-01" for number in range(2, 2 + len(terms))]
    events = {"USUBJID": ["ABC-1"] * len(terms), "AESEQ": [float(n) for n in range(len(terms))]}
    frames["AE"] = pl.DataFrame(events | {"AETERM": list(terms), "AESTDTC": days})
    for name, frame in frames.items():
        write_xpt(Dataset(name, name, frame), folder / f"{name.lower()}.xpt")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path)


def make_study(folder: Path) -> Study:
    """Two builds of a study and their data. Later, a patient has died, an event was withdrawn, and words changed."""
    made = Study(folder, folder / "params")
    cuts_folder, builds = folder / "data/cuts", folder / "build"
    parameters = {"study": STUDY, "design": DESIGN, "km": {"conf_level": 0.95}}
    old, new = ("2025-06-30", "2025-12-31")
    inputs = {
        old: sdtm(cuts_folder / old, (None, None), ("RASH", "COUGH")),
        new: sdtm(cuts_folder / new, (None, "2025-08-01"), ("RASH",)),
    }
    dead: dict[str, list[str | None]] = {old: [None, None], new: [None, "Y"]}
    words = {old: ("26 patients had an event.", "3"), new: (f"29 patients had an event. {HOSTILE}", "4")}
    results: dict[str, tuple[float, int, float]] = {old: (0.04, 20, 30.5), new: (0.06, 25, 31.5)}
    for cut in (old, new):
        p_value, observed, expected = results[cut]
        adsl = pl.DataFrame(
            {"USUBJID": PATIENTS, "DTHFL": dead[cut], "DTHDT": [None, "2025-08-01" if dead[cut][1] else None]},
            schema_overrides={"DTHFL": pl.String, "DTHDT": pl.String},
        )
        write_build(
            builds / cut,
            cut,
            results=[
                row("pfs.logrank_p", p_value, f"{p_value:.4f}", stat_name="logrank_p", stat_label="p-value"),
                row("pfs.logrank_observed", observed, str(observed)),
                row("pfs.logrank_expected", expected, str(expected)),
                row(None, 7, "7", output="t-14-1-1-1"),
            ],
            displays={
                "t-14-2-1-1": display("Table 14.2.1.1", cut, words[cut][1]),
                "f-14-2-1-1": display("Figure 14.2.1.1", cut, title="A curve"),
                "f-14-2-1-2": display("Figure 14.2.1.2", cut, title="The same"),
            },
            datasets={"ADSL": adsl},
            files={
                "csr.docx": docx(p(words[cut][0]), table(("n", words[cut][1])), p("The end.")),
                "tlf/f-14-2-1-1.png": png(4, 4) if cut == old else png(5, 4),
                "tlf/f-14-2-1-2.png": png(4, 4),
            },
            parameters=parameters,
            inputs=inputs[cut],
            purpose="primary" if cut == old else "update",
            lock_date="2026-01-20",
        )
    return made


def made(study: Study, **more: Any) -> Written:
    builds = study.root / "build"
    return diff.diff(builds / "2025-06-30", builds / "2025-12-31", study, **more)


def page_of(written: Written) -> tuple[str, Page]:
    text = next(path for path in written.files if path.suffix == ".html").read_text(encoding="utf-8")
    return text, Page(text)


def test_the_text_says_each_kind_of_change(study: Study) -> None:
    text = re.sub(" +", " ", made(study).text)
    for said in (
        "Study ABC-1: from 2025-06-30 (cut-off 2025-06-30, primary) to 2025-12-31 (cut-off 2025-12-31, update)",
        "MADE UP - no patients",
        "met (p 0.0400, 20 events of 30.5 expected; primary analysis), then not met (p 0.0600",
        "Results that cross a limit: 1",
        "AE 2 -> 1 0 1 0 1 AETERM AESTDTC",
        "DM 2 -> 2 0 0 1 0 DTHDTC 1; USUBJID",
        "Data revised on days up to 2025-06-30",
        "removed AE ABC-1 COUGH 2025-03-01",
        "New deaths: 1: ABC-2 2025-08-01",
        "Changed: 3. The same: 1.",
        " 2 10 Study patients",  # the sentence and the cell
        "Figures with another picture, side by side on the page: 1",
    ):
        assert said in text, said


def test_the_files_lie_beside_the_builds_and_are_no_builds(study: Study) -> None:
    written = made(study)
    assert [path.relative_to(study.root).as_posix() for path in written.files] == [
        f"build/diff-2025-06-30-2025-12-31.{kind}" for kind in ("html", "docx", "csv")
    ]
    builds, passed_over = cuts.find_builds(study.root / "build", "ABC-1")
    assert [build.folder.name for build in builds] == ["2025-06-30", "2025-12-31"]
    assert passed_over == []
    assert sorted(path.name for path in (study.root / "build").iterdir() if path.is_file()) == sorted(
        path.name for path in written.files
    )


def test_nothing_of_a_build_is_touched(study: Study) -> None:
    builds = study.root / "build"
    before = {path: path.read_bytes() for path in sorted(builds.rglob("*")) if path.is_file()}
    made(study, out=study.root / "elsewhere/new")
    assert {path: path.read_bytes() for path in sorted(builds.rglob("*")) if path.is_file()} == before


def test_the_same_builds_give_the_same_bytes(study: Study, tmp_path: Path) -> None:
    one, other = (made(study, out=tmp_path / name).files for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_the_page_stands_alone_and_data_are_text(study: Study) -> None:
    text, page = page_of(made(study))
    [policy] = [m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for part in re.findall(r"<script>(.*?)</script>", text, re.DOTALL):
        assert base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() in policy
    assert not any("style" in a or any(key.startswith("on") for key in a) for _, a in page.elements)
    assert all(str(image["src"]).startswith("data:image/png;base64,") and image["alt"] for image in page.all("img"))
    assert HOSTILE in " ".join(page.text.split()).replace("  ", " ")
    assert {str(a["href"]) for a in page.all("a") if not str(a["href"]).startswith("#")} == {
        "2025-06-30/csr.html",
        "2025-12-31/csr.html",
    }


def test_links_lead_to_the_builds_from_wherever_the_page_lies(study: Study) -> None:
    _, page = page_of(made(study, out=study.root / "somewhere/else"))
    assert "../../build/2025-12-31/csr.html" in {a["href"] for a in page.all("a")}


def test_only_figures_that_differ_stand_side_by_side(study: Study) -> None:
    text, page = page_of(made(study))
    assert [image["alt"] for image in page.all("img")] == [
        "Old: Figure 14.2.1.1 A curve",
        "New: Figure 14.2.1.1 A curve",
    ]
    pictures = [base64.b64decode(str(image["src"]).partition(",")[2]) for image in page.all("img")]
    assert pictures == [png(4, 4), png(5, 4)]
    assert "The same" not in re.sub(r"The same: ", "", " ".join(re.findall(r"<figcaption>(.*?)</figcaption>", text)))


def test_sentences_are_marked_word_by_word(study: Study) -> None:
    text, _ = page_of(made(study))
    assert '<p class="sentence"><del>26</del><ins>29</ins> patients had an event.' in text


def test_the_word_file_is_the_new_report_with_the_old_one_in_it(study: Study) -> None:
    path = made(study).files[1]
    check(path)
    for accept, cut in ((True, "2025-12-31"), (False, "2025-06-30")):
        found = revisions.parts(path, accept=accept)["word/document.xml"]
        wanted = etree.fromstring(parts_of(study.root / "build" / cut / "csr.docx")["word/document.xml"])
        assert revisions.said(found) == revisions.said(wanted)


def test_every_change_of_the_data_is_in_the_table(study: Study) -> None:
    rows = list(csv.DictReader(io.StringIO(made(study).files[2].read_text(encoding="utf-8"))))
    assert [tuple(r.values()) for r in rows] == [
        ("SDTM", "AE", "removed", "ABC-1", "AETERM COUGH, AESTDTC 2025-03-01", "", "", "", "Y"),
        ("SDTM", "DM", "changed", "ABC-2", "", "DTHDTC", "", "2025-08-01", ""),
        ("ADaM", "ADSL", "changed", "ABC-2", "", "DTHFL", "", "Y", ""),
        ("ADaM", "ADSL", "changed", "ABC-2", "", "DTHDT", "", "2025-08-01", ""),
    ]


def test_a_build_and_itself_do_not_differ(study: Study) -> None:
    build = study.root / "build/2025-06-30"
    written = diff.diff(build, build, study)
    assert "The same: AE, DM" in written.text
    assert "Changed: 0. The same: 4." in written.text
    root = etree.fromstring(parts_of(written.files[1])["word/document.xml"])
    assert not list(root.iter(revisions.W + "ins", revisions.W + "del"))


def test_builds_of_two_studies_are_refused(study: Study) -> None:
    other = write_build(study.root / "build/other", "2025-06-30", study="XYZ-9")
    with pytest.raises(
        ParamsError, match=r"a build of study ABC-1, .*other of study XYZ-9; expected two builds of one"
    ):
        diff.diff(study.root / "build/2025-06-30", other, study)
    assert not list((study.root / "build").glob("diff-*"))


def test_a_public_build_is_not_set_beside_one_that_is_not(study: Study) -> None:
    public = write_build(study.root / "build/2025-12-31-public", "2025-12-31", public=True)
    for pair in ((study.root / "build/2025-06-30", public), (public, study.root / "build/2025-06-30")):
        with pytest.raises(
            ParamsError, match=r"2025-12-31-public is a public build and the other is not; expected two"
        ):
            diff.diff(*pair, study)
    assert not list((study.root / "build").glob("diff-*"))


@pytest.mark.parametrize("name", ["csr.docx", "results.json", "tlf/f-14-2-1-1.png"])
def test_a_build_that_was_edited_since_its_run_is_named(study: Study, name: str) -> None:
    path = study.root / "build/2025-12-31" / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(VerifyError, match=f"{re.escape(name)}: is not the file that .* changed since the run"):
        made(study)
    assert not list((study.root / "build").glob("diff-*"))


@pytest.mark.parametrize("out", ["build/2025-12-31", "build/2025-06-30/tlf"])
def test_nothing_is_written_into_a_build(study: Study, out: str) -> None:
    with pytest.raises(ParamsError, match=r"lies in the build .*, where nothing may be added; expected another --out"):
        made(study, out=study.root / out)


def test_a_folder_that_cannot_be_written_is_named(study: Study) -> None:
    (study.root / "file").write_text("")
    with pytest.raises(ParamsError, match="file: a file; expected a folder"):
        made(study, out=study.root / "file")
    with pytest.raises(CsrError, match="inside: cannot be written"):
        made(study, out=study.root / "file/inside")


def test_control_characters_of_the_data_do_not_reach_the_terminal(study: Study) -> None:
    folder = study.root / "data/cuts/2025-12-31"
    shutil.rmtree(folder)
    hashes = sdtm(folder, (None, None), ("RASH", "COUGH", "A\x1b[31m\x07B"))
    build = study.root / "build/2025-12-31"
    text = (build / "manifest.json").read_text()
    for name, value in hashes.items():
        text = re.sub(rf'"{name}": "[0-9a-f]{{64}}"', f'"{name}": "{value}"', text)
    (build / "manifest.json").write_text(text)
    said = made(study).text
    assert "\\x1b[31m\\x07B" in said
    assert all(c.isprintable() or c == "\n" for c in said)


@pytest.mark.slow
def test_two_runs_of_the_miniature_study(mini: Path, tmp_path: Path) -> None:
    """Both cuts come from one transfer: whatever differs happened later, and nothing was revised.

    Compared twice, they give the same bytes.
    """
    study, project = Path(shutil.copytree(mini, tmp_path / "miniature")), mini.parent / "project"
    done = csr_mini(study, "run", CUTS[0], project=project)
    assert done.returncode == 0, done.stderr
    written = []
    for out in (tmp_path / "one", tmp_path / "two"):
        done = csr_mini(study, "diff", *CUTS, "--out", str(out), project=project)
        assert done.returncode == 0, done.stderr
        written.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert len(written[0]) == 3
    assert written[0] == written[1]
    assert re.search(r"which both cuts cover\n  Nothing\.\n", done.stdout)
    word = tmp_path / "one" / f"diff-{CUTS[0]}-{CUTS[1]}.docx"
    check(word)
    for accept, cut in ((True, CUTS[1]), (False, CUTS[0])):
        whole = parts_of(study / "build" / cut / "csr.docx")
        for name, found in revisions.parts(word, accept=accept).items():
            assert revisions.said(found) == revisions.said(etree.fromstring(whole[name])), name
