"""What a build is made from: which files count, and which do not."""

from pathlib import Path

import pytest

from analysis.audit import manifest
from analysis.paths import Study


def write(path: Path, text: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in (
        "analysis/a.py", "analysis/__pycache__/a.pyc", "notebooks/10.ipynb", "notebooks/.ipynb_checkpoints/10.ipynb",
        "report/02.qmd", "params/study.yaml", "params/outputs.yaml", "params/cuts/a.yaml", "params/cuts/b.yaml",
        "params/schemas/study.schema.json", "_quarto.yml", "index.qmd", "requirements.lock", "build/a/csr.pdf",
        "examples/x/params/study.yaml", "examples/x/params/outputs.yaml", "examples/x/params/cuts/c.yaml",
        "examples/x/report/02.qmd", "examples/x/_quarto.yml", "README.md",
    ):  # fmt: skip
        write(tmp_path / name)
    return tmp_path


def test_code_of_a_cut_is_what_its_report_is_made_from(project: Path) -> None:
    assert list(manifest.code_files(Study(project, project / "params"), "a")) == [
        "_quarto.yml",
        "analysis/a.py",
        "index.qmd",
        "notebooks/10.ipynb",
        "params/cuts/a.yaml",
        "params/outputs.yaml",
        "params/study.yaml",
        "report/02.qmd",
        "requirements.lock",
    ]


def test_another_study_brings_its_own_params_and_texts(project: Path) -> None:
    found = manifest.code_files(Study(project, project / "examples/x/params"), "c")
    assert [n for n in found if n.startswith("study/")] == [
        "study/_quarto.yml",
        "study/params/cuts/c.yaml",
        "study/params/outputs.yaml",
        "study/params/study.yaml",
        "study/report/02.qmd",
    ]
    assert "report/02.qmd" in found
    # Displays that only the project's catalogue has are left out of its chapters.
    assert [n for n in found if n.startswith("params/")] == ["params/outputs.yaml"]
