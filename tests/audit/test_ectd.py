"""The module 5 of an eCTD: which files, under which names, and the parts of the report."""

import hashlib
import io
import posixpath
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from analysis.audit import ectd, ectd_report
from analysis.audit.define_members import sdtm_members
from analysis.cut.dataset import read_dataset
from analysis.errors import ParamsError, VerifyError
from analysis.params_submission import load_submission
from tests.audit import tiny_project
from tests.audit.define_checks import NS, agrees, valid
from tests.conftest import PROJECT
from tests.miniature import CUT, copy_miniature, csr_mini


def header(level: int, text: str) -> dict[str, Any]:
    return {"t": "Header", "c": [level, [text.split()[0], [], []], [{"t": "Str", "c": text}]]}


def words(text: str) -> dict[str, Any]:
    return {"t": "Para", "c": [{"t": "Str", "c": text}]}


def test_each_part_has_its_sections_and_begins_at_the_first_level() -> None:
    blocks = [
        header(1, "Title page"), words("t"), header(1, "2 Synopsis"), words("s"), header(2, "2.1 More"), words("m"),
        header(1, "16 Appendices"), header(2, "16.2 Listings"), header(3, "16.2.7 Adverse events"), words("a"),
        header(4, "16.2.7.1 All"), words("b"), header(3, "16.2.9 Other"), words("o"),
    ]  # fmt: skip
    found = {name: (title, [b["c"][0] if b["t"] == "Header" else b["c"][0]["c"] for b in part])
             for name, title, part in ectd_report.parts(blocks)}  # fmt: skip
    assert found == {
        "study-report-body": ("", [1, "t", 1, 2, 3, "o"]),
        "synopsis": ("2 Synopsis", [1, "s", 2, "m"]),
        "16-2-7-adverse-event-listings": ("16.2.7 Adverse events", [1, "a", 2, "b"]),
    }


@pytest.mark.parametrize(
    ("original", "name"),
    [
        ("analysis/adam/adtte.py", "analysis-adam-adtte-py.txt"),
        ("analysis/adam/__init__.py", "analysis-adam-init-py.txt"),
        ("notebooks/20_primary_pfs.ipynb", "notebooks-20-primary-pfs-ipynb.txt"),
        ("params/cuts/2025-12-31.yaml", "params-cuts-2025-12-31-yaml.txt"),
    ],
)
def test_programs_have_names_that_ectd_allows(original: str, name: str) -> None:
    assert ectd.program_name(original) == name


def test_programs_of_one_name_are_refused() -> None:
    with pytest.raises(VerifyError, match=r"analysis/a-b\.py and analysis/a_b\.py: both would be analysis-a-b-py\.txt"):
        ectd.program_names(["analysis/a_b.py", "analysis/a-b.py"])


@pytest.mark.parametrize(
    "path",
    [
        "m5/Datasets/a.xpt", "m5/a_b.xpt", "m5/../a.xpt", "m5//a.xpt", "m5/a", "m5/a.b.txt", "m5/ä.txt",
        f"m5/{'a' * 61}.xpt", "m5/" + "/".join(["a" * 50] * 5) + "/a.xpt",
    ],
)  # fmt: skip
def test_a_path_that_ectd_does_not_allow_is_refused(path: str) -> None:
    with pytest.raises(VerifyError, match="no path for an eCTD"):
        ectd.check_paths({"m5/a.txt": b"", path: b""})


def test_the_longest_path_and_name_are_allowed() -> None:
    ectd.check_paths({f"m5/{'a' * 60}.xpt": b""})


def test_submission_files_of_both_studies() -> None:
    assert load_submission(PROJECT / "params").sdtmig == "3.3"
    assert load_submission(PROJECT / "examples/cdisc-oncology/params").controlled


def test_a_wrong_submission_file_is_refused_by_key(tmp_path: Path) -> None:
    (tmp_path / "submission.yaml").write_text("indication: Breast Cancer\n")
    with pytest.raises(ParamsError, match="indication"):
        load_submission(tmp_path)


def test_without_data_an_ectd_is_refused(tmp_path: Path) -> None:
    done = csr_mini(copy_miniature(tmp_path), "package", CUT, "--ectd", "--no-data")
    assert done.returncode == 2
    assert done.stderr.startswith("csr: --ectd with --no-data: an eCTD is made of the datasets")


@pytest.mark.slow
def test_the_miniature_as_an_ectd(mini: Path, tmp_path: Path) -> None:
    """A build packed twice gives the same bytes; every file is where module 5 has it, the data as they are."""
    build = mini / "build" / CUT
    packed = []
    for name in ("one", "two"):
        arguments = ("package", CUT, "--ectd", "--out", str(tmp_path / f"{name}.zip"))
        done = csr_mini(mini, *arguments, project=mini.parent / "project")
        assert done.returncode == 0, done.stderr
        packed.append((tmp_path / f"{name}.zip").read_bytes())
    assert packed[0] == packed[1]
    with zipfile.ZipFile(io.BytesIO(packed[0])) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    ectd.check_paths(files)
    [place] = {name.split("/")[2] for name in files if name.startswith("m5/datasets/")}
    sdtm, adam = f"m5/datasets/{place}/tabulations/sdtm", f"m5/datasets/{place}/analysis/adam"
    for path in (mini / "data/cuts" / CUT).glob("*.xpt"):
        assert files[f"{sdtm}/{path.name}"] == path.read_bytes()
    for path in (build / "adam").glob("*.xpt"):
        if read_dataset(path).frame.height:
            assert files[f"{adam}/datasets/{path.name}"] == path.read_bytes()
        else:
            assert f"{adam}/datasets/{path.name}" not in files
    expected = {f"{sdtm}/{name}" for name in ("define.xml", "define.html", "csdrg.pdf")}
    expected |= {f"{adam}/datasets/{name}" for name in ("define.xml", "define.html", "adrg.pdf")}
    assert expected <= set(files)
    program = files[f"{adam}/programs/analysis-adam-adtte-py.txt"]
    original = (mini.parent / "project/analysis/adam/adtte.py").read_bytes()
    assert program.decode("ascii") == original.decode().encode("ascii", "backslashreplace").decode()
    line = f"analysis-adam-adtte-py.txt  analysis/adam/adtte.py  {hashlib.sha256(original).hexdigest()}"
    assert line in files[f"{adam}/programs/index.txt"].decode("ascii").splitlines()
    for folder in (sdtm, f"{adam}/datasets"):
        for name in (name for name in files if name.startswith(f"{folder}/") and name.endswith(".xpt")):
            (tmp_path / folder / Path(name).name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / Path(name).name).write_bytes(files[name])
        root = valid(files[f"{folder}/define.xml"])
        agrees(root, sdtm_members(tmp_path / folder))
        leaves = [leaf.get(f"{{{NS['xlink']}}}href") for leaf in root.iterfind(".//def:leaf", NS)]
        assert {posixpath.normpath(f"{folder}/{href}") for href in leaves} <= set(files)
    assert any(name.endswith("/study-report-body.pdf") and name.startswith("m5/53-clin-stud-rep/") for name in files)
    for name in (f"{sdtm}/csdrg.pdf", f"{adam}/datasets/adrg.pdf"):
        with pikepdf.open(io.BytesIO(files[name])) as document:
            assert "reviewer's guide" in str(document.docinfo["/Title"])
            assert "/StructTreeRoot" in document.Root


def test_a_cut_without_its_data_is_told_so(tmp_path: Path) -> None:
    study, build = tiny_project.make(tmp_path)
    for name in ("dm.xpt", "sub/ae.xpt"):
        (study.cut_dir(tiny_project.CUT) / name).unlink()
    with pytest.raises(VerifyError, match="the data are not here"):
        ectd.package_ectd(study, build, None, lambda _: None)
    assert not list(build.parent.glob("*.zip*"))


def test_a_public_version_is_not_laid_out(tmp_path: Path) -> None:
    study, build = tiny_project.make(tmp_path, public=True)
    with pytest.raises(ParamsError, match="a public version is not packed"):
        ectd.package_ectd(study, build, None, lambda _: None)
