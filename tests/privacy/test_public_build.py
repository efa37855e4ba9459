"""Public builds of the miniature study, the demonstration study and the public one, looked through byte by byte."""

import datetime as dt
import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from analysis import adam, params
from analysis.cli import main
from analysis.cut import dataset
from analysis.paths import Study
from tests.conftest import PROJECT, copy_project, csr
from tests.miniature import CUT, CUTS, copy_miniature, csr_mini
from tests.needs import needs
from tests.privacy import grep


def key_beside(folder: Path, text: bytes = b"0123456789abcdef0123456789abcdef") -> Path:
    path = folder / "study.key"
    path.write_bytes(text)
    return path


def secrets_of(study: Study, cut: str) -> set[str]:
    """All identifiers and dates of a cut's records and of the analysis datasets, but the cut-off's and the lock's."""
    sdtm = dataset.frames(dataset.read_folder(study.cut_dir(cut)))
    chosen = params.load(cut, study.params_dir)
    frames = {**sdtm, **dataset.frames(adam.derive(sdtm, chosen))}
    lock = json.loads((study.cut_dir(cut) / "lock.json").read_text(encoding="utf-8"))
    allowed = {chosen.cutoff, dt.date.fromisoformat(lock["date"])}
    days = grep.dates_of(frames) - allowed
    return grep.identifiers_of(frames) | {text for day in days for text in grep.forms(day)}


def styles(project: Path) -> set[bytes]:
    """Files that were there before any data: a day of theirs may be one of a patient by chance."""
    return {path.read_bytes() for path in (project / "report").iterdir() if path.suffix in (".csl", ".bib")}


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A public build of the miniature study. Not to be changed."""
    folder = tmp_path_factory.mktemp("public")
    study = copy_miniature(folder)
    done = csr_mini(study, "run", CUT, "--public", "--key", str(key_beside(folder)))
    assert done.returncode == 0, done.stderr
    return study / "build" / f"{CUT}-public"


@pytest.fixture(scope="module")
def secrets() -> set[str]:
    return secrets_of(Study(PROJECT, PROJECT / "tests/miniature/params"), CUT)


@needs("pdftotext")
def test_no_byte_names_a_patient_or_a_day_of_one(public: Path, secrets: set[str]) -> None:
    assert len(secrets) > 100
    assert grep.looked_through(public, secrets) == {}


@needs("pdftotext")
def test_what_is_looked_for_would_be_found(public: Path, secrets: set[str], tmp_path: Path) -> None:
    """An identifier and a date, put where one could be forgotten."""
    name = min(text for text in secrets if text.startswith("MINI"))
    for name_of_file in ("notebooks/90_quality_control.ipynb", "csr.docx", "csr.pdf"):
        (tmp_path / name_of_file).parent.mkdir(exist_ok=True)
        shutil.copy(public / name_of_file, tmp_path / name_of_file)
    notebook = tmp_path / "notebooks/90_quality_control.ipynb"
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["metadata"]["author"] = name
    notebook.write_text(json.dumps(content), encoding="utf-8")
    pl.DataFrame({"A": [name]}).write_parquet(tmp_path / "more.parquet")
    day = min(text for text in secrets if "March" in text)
    (tmp_path / "note.txt").write_text(f"on {day}", encoding="utf-16-le")
    assert set(grep.looked_through(tmp_path, secrets)) == {
        "notebooks/90_quality_control.ipynb",
        "more.parquet",
        "note.txt",
    }


def test_every_page_says_that_it_is_the_public_version(public: Path) -> None:
    assert "PUBLIC VERSION" in (public / "csr.html").read_text(encoding="utf-8")
    assert "This is the public version of the report." in (public / "csr.html").read_text(encoding="utf-8")
    for path in (public / "tlf").glob("*.html"):
        assert "PUBLIC VERSION" in path.read_text(encoding="utf-8"), path.name
    manifest = json.loads((public / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["public"] is True


def test_records_of_patients_are_times_under_pseudonyms(public: Path) -> None:
    assert {path.name for path in (public / "adam").iterdir()} == {"adtte.parquet", "adtte.xpt"}
    frame = pl.read_parquet(public / "adam/adtte.parquet")
    assert frame.columns == ["STUDYID", "USUBJID", "PARAMCD", "PARAM", "AVAL", "AVALU", "ADY", "CNSR"]
    assert not any(dtype.is_temporal() for dtype in frame.dtypes)
    assert frame["USUBJID"].str.contains(r"^P-[0-9A-F]{8}$").all()
    assert set(frame["PARAMCD"]) == {"PFS"}  # three patients died, which the times of OS would tell
    assert not (public / "trace").exists()


def test_small_numbers_are_not_in_the_results(public: Path) -> None:
    results = json.loads((public / "results.json").read_text(encoding="utf-8"))
    assert not [r for r in results if isinstance(r["stat"], int) and 0 < r["stat"] < 5]
    assert any(r["stat_fmt"] == "<5" for r in results)
    assert not [r for r in results if "USUBJID" in r["where"]]


def test_a_hidden_number_of_events_is_nowhere(public: Path) -> None:
    """Five of eight patients had an event and three were censored, which is few: neither is to be calculated."""
    results = {r["name"]: r["stat_fmt"] for r in json.loads((public / "results.json").read_text(encoding="utf-8"))}
    hidden = {name: results[f"pfs.{name}"] for name in ("events", "censored", "logrank_expected", "logrank_z", "smr")}
    assert hidden == {"events": "≥5", "censored": "<5", "logrank_expected": "–", "logrank_z": "–", "smr": "–"}
    figure = json.loads((public / "tlf/f-14-2-1-1.json").read_text(encoding="utf-8"))
    assert "8 patients" in figure["alt"]
    assert "event" not in figure["alt"].replace("event-free", "")
    assert results["pfs.median"] == "–"  # after 8 months, when fewer than five were at risk
    assert "8.3" not in figure["alt"]


def test_listings_have_a_line_in_place_of_their_records(public: Path) -> None:
    text = (public / "tlf/l-16-2-7-1.csv").read_text(encoding="utf-8")
    assert text.splitlines()[-1] == "Not shown in the public version: data of single patients."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--public"], "--public and --key FILE go together"),
        (["--key", "KEY"], "--public and --key FILE go together"),
        (["--public", "--key", "nowhere.key"], "nowhere.key: the key cannot be read: No such file or directory"),
        (["--public", "--key", "README.md"], "expected a place outside the project and the study"),
    ],
)
def test_arguments_that_do_not_fit_end_with_2(
    tmp_path: Path,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(PROJECT)
    study = copy_miniature(tmp_path)
    key = str(key_beside(tmp_path))
    given = [{"KEY": key, "nowhere.key": str(tmp_path / "nowhere.key")}.get(a, a) for a in arguments]
    assert main(["run", CUT, *given, "--params", str(study / "params")]) == 2
    assert message in capsys.readouterr().err
    assert not (study / "build").exists()


def test_the_other_commands_know_a_public_build(
    public: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(PROJECT)
    given = ["--params", str(public.parents[1] / "params")]
    assert main(["list", str(public), *given]) == 0
    assert "14.2.1.1" in capsys.readouterr().out
    assert main(["pull", str(public), "t-14-1-1-1", "--format", "csv", "--out", str(tmp_path), *given]) == 0
    assert "<5" in (tmp_path / "t-14-1-1-1.csv").read_text(encoding="utf-8")
    for arguments, message in (
        (["verify", str(public)], "a public version, which the key of its pseudonyms makes again: csr verify"),
        (["package", str(public)], "a public version is not packed"),
        (["package", str(public), "--no-data"], "a public version is not packed"),
        (["package", str(public), "--ectd"], "a public version is not packed"),
        (["trace", str(public), "14.2.1.1"], "a public version has no records that a number could lead to"),
        (["run", str(public)], "holds a build that is the public version, which the new one would replace"),
    ):
        capsys.readouterr()
        assert main([*arguments, *given]) == 2
        assert message in capsys.readouterr().err
    assert "the public version of a cut, which is not compared" in (public.parent / "index.html").read_text(
        encoding="utf-8"
    )


@pytest.mark.slow
def test_the_same_key_makes_the_same_bytes_and_another_other_pseudonyms(public: Path, tmp_path: Path) -> None:
    study, key = public.parent.parent, public.parents[2] / "study.key"
    done = csr_mini(study, "verify", str(public), "--key", str(key))
    assert done.returncode == 0, done.stderr
    other = key_beside(tmp_path, b"another key of more than 32 bytes")
    done = csr_mini(study, "verify", str(public), "--key", str(other))
    assert done.returncode == 7, done.stdout
    assert "adam/adtte.parquet: differs" in done.stderr
    assert "tlf/" not in done.stderr


@pytest.mark.slow
def test_a_public_build_is_rendered_signed_and_verified_as_any(public: Path, tmp_path: Path) -> None:
    study, key = public.parents[1], public.parents[2] / "study.key"
    before = (public / "manifest.json").read_bytes()
    done = csr_mini(study, "render", str(public))
    assert done.returncode == 0, done.stderr
    assert "every file looked through for identifiers and dates of patients" in done.stdout
    assert (public / "manifest.json").read_bytes() == before
    assert json.loads((public / "run.log.json").read_text(encoding="utf-8"))["output"] == []
    private = Ed25519PrivateKey.generate()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "jane.pem").write_bytes(private.private_bytes(*form))
    (tmp_path / "jane.pem").chmod(0o600)
    done = csr_mini(study, "sign", str(public), "--key", str(tmp_path / "jane.pem"), "--name", "Jane Doe")
    assert done.returncode == 0, done.stderr
    done = csr_mini(study, "verify", str(public), "--key", str(key))
    assert done.returncode == 0, done.stderr
    assert "Jane Doe" in done.stdout


@pytest.mark.slow
@needs("pdftotext")
def test_two_public_builds_are_compared_by_what_they_show(public: Path, secrets: set[str], tmp_path: Path) -> None:
    study = public.parents[1]
    done = csr_mini(study, "run", CUTS[0], "--public", "--key", str(public.parents[2] / "study.key"))
    assert done.returncode == 0, done.stderr
    earlier = public.with_name(f"{CUTS[0]}-public")
    done = csr_mini(study, "diff", str(earlier), str(public), "--out", str(tmp_path / "diff"))
    assert done.returncode == 0, done.stderr
    assert "PUBLIC VERSION" in done.stdout
    (tmp_path / "diff/said.txt").write_text(done.stdout, encoding="utf-8")
    made_of = Study(PROJECT, PROJECT / "tests/miniature/params")
    locks = [json.loads((made_of.cut_dir(cut) / "lock.json").read_text(encoding="utf-8"))["date"] for cut in CUTS]
    told = {text for day in (*CUTS, *locks) for text in grep.forms(dt.date.fromisoformat(day))}
    private = (secrets | secrets_of(made_of, CUTS[0])) - told
    assert grep.looked_through(tmp_path / "diff", private) == {}


@pytest.mark.slow
@needs("pdftotext")
def test_the_demonstration_study(build: Path, tmp_path: Path) -> None:
    """The same look finds patients all over the ordinary build, and nobody in the public one."""
    project = build.parents[1]
    study = Study(project, project / "params")
    secrets = secrets_of(study, "2025-12-31")
    full = ("csr.html", "csr.docx", "csr.pdf", "adam/adsl.parquet", "adam/adsl.xpt", "results.json", "tlf/all.rtf")
    assert all(grep.found_in(build / name, secrets) for name in full)
    done = csr(
        project, "run", "2025-12-31", "--public", "--key", str(key_beside(tmp_path)), "--out", str(tmp_path / "public")
    )
    assert done.returncode == 0, done.stderr
    assert grep.looked_through(tmp_path / "public", secrets, styles(project)) == {}


@pytest.mark.slow
@needs("pdftotext")
def test_the_public_study(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    study = Study(project, project / "examples/cdisc-oncology/params")
    (cut,) = params.cuts(study.params_dir)
    key = str(key_beside(tmp_path))
    done = csr(
        project, "run", cut, "--params", str(study.params_dir), "--public", "--key", key, "--out", str(tmp_path / "p")
    )
    assert done.returncode == 0, done.stderr
    assert grep.looked_through(tmp_path / "p", secrets_of(study, cut), styles(project)) == {}
