"""Where things lie: the project, and the study that a params folder chooses."""

import re
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import ParamsError

INDEX = "index.html"
"""Name of the page over a study's builds, which lies beside them."""

CUT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""A cut's name is that of its folders and of its file of parameters."""


def check_cut_name(name: str) -> None:
    """Raise ParamsError where a name cannot be that of a cut."""
    if not CUT_NAME.fullmatch(name):
        raise ParamsError(f"{name!r} is no name of a cut; expected at most 100 letters, digits, '.', '_' and '-'")


def find_project(start: Path | None = None) -> Path:
    """Return `start` (default: the current directory) or its nearest parent that holds `_quarto.yml`."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "_quarto.yml").is_file():
            return folder
    raise ParamsError(f"{here}: neither this folder nor a parent of it holds _quarto.yml, so no project was found")


@dataclass(frozen=True)
class Study:
    """A study: its params folder, and the project whose code and defaults serve it."""

    project: Path
    params_dir: Path

    @classmethod
    def open(cls, params_dir: Path | str | None = None, project: Path | None = None) -> "Study":
        """Open the study of `params_dir` (default: the project's params/)."""
        project = project or find_project()
        try:
            folder = Path(params_dir).resolve() if params_dir else project / "params"
            found = folder.is_dir()
        except (OSError, ValueError):  # a path that no file system can hold
            found = False
        if not found:
            raise ParamsError(f"{params_dir or folder}: no such params folder")
        return cls(project, folder)

    @property
    def root(self) -> Path:
        """The study folder: the parent of its params folder."""
        return self.params_dir.parent

    def find(self, name: str) -> Path:
        """Return a file or folder of the study, or else the project's of the same name (which may not exist)."""
        own = self.root / name
        return own if own.exists() else self.project / name

    def cut_dir(self, cut: str) -> Path:
        return self.find(f"data/cuts/{cut}")

    def build_dir(self, cut: str) -> Path:
        return self.root / "build" / cut
