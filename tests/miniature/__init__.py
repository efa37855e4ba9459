"""The miniature study: eight made-up patients, two cuts, two notebooks, five chapters. A whole run takes seconds.

It is a study of its own beside the project, as `--params` chooses one, and has its own notebooks and chapters.
"""

import shutil
import subprocess
from pathlib import Path

from tests.conftest import PROJECT, csr

FOLDER = Path(__file__).parent
CUTS = ("2025-03-31", "2025-06-30")
CUT = CUTS[1]


def copy_miniature(folder: Path) -> Path:
    """A copy of the study in `folder`, which a test may spoil; its builds come to `build/` there."""
    ignored = shutil.ignore_patterns("build", "__pycache__", "*.py")
    return Path(shutil.copytree(FOLDER, folder / "miniature", ignore=ignored))


def csr_mini(
    study: Path, *arguments: str, project: Path = PROJECT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run csr with the code of `project` on a copy of the study: `csr_mini(study, "run", CUT)`."""
    return csr(project, *arguments, "--params", str(study / "params"), **environment)
