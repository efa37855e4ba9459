"""A project of a few small files with a finished build of it, for what verifies and packs builds."""

import datetime as dt
import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analysis.audit import log, manifest
from analysis.paths import Study
from analysis.report import engine
from tests.tiny_builds import write_build

CUT = "2025-06-30"
_FILES = {
    "_quarto.yml": "project: {}\n",
    "index.qmd": "# Title\n",
    "analysis/a.py": "A = 1\n",
    "notebooks/20.ipynb": "{}",
    "report/02.qmd": "# Synopsis\n",
    "pyproject.toml": "[project]\n",
    "requirements.lock": "polars==2.1.0\n",
    "requirements-dev.lock": "",
    "requirements-lab.lock": "",
    "params/outputs.yaml": "outputs: []\n",
    "README.md": "# Read me\n",
    "LICENSE": "Apache\n",
    "Makefile": "verify:\n",
    "environment.yml": "name: csr\n",
    "tools/venv.sh": "true\n",
    "tests/test_a.py": "",
    "CHANGELOG.md": "",
}


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def make(folder: Path, study_root: str = "", **changes: Any) -> tuple[Study, Path]:
    """Write a project into `folder` with a study at `study_root` of it and a build; return the two."""
    project = folder / "project"
    for name, text in _FILES.items():
        write(project / name, text)
    root = project / study_root
    for name, text in {"study.yaml": "study: {}\n", "outputs.yaml": "outputs: []\n", f"cuts/{CUT}.yaml": ""}.items():
        write(root / "params" / name, text)
    write(root / "params/cuts/other.yaml", "")
    cut = root / "data/cuts" / CUT
    for name, text in {"dm.xpt": "dm", "sub/ae.xpt": "ae", "lock.json": "{}\n"}.items():
        write(cut / name, text)
    lock = {"kind": "lock", "cut": CUT, "cutoff": CUT, "date": "2025-07-20", "by": None, "note": None}
    pin = hashlib.sha256(b"{}\n").hexdigest()
    log.append(root / "data/audit.jsonl", lock | {"lock_sha256": pin}, dt.datetime(2025, 7, 20, 12, tzinfo=dt.UTC))
    study = Study(project, root / "params")
    made = {
        "code": {name: manifest.sha256(path) for name, path in manifest.code_files(study, CUT).items()},
        "inputs": {"dm.xpt": manifest.sha256(cut / "dm.xpt"), "sub/ae.xpt": manifest.sha256(cut / "sub/ae.xpt")},
        "lock_sha256": pin,
        "software": manifest.software(study),
        "engine": asdict(engine.choose("pandoc")),
    }
    return study, write_build(root / "build" / CUT, CUT, **(made | changes))
