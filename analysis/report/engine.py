"""Which program renders the report: Quarto, or the embedded engine of pandoc and typst from their wheels."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import version

import pypandoc

from analysis.errors import RenderError

QUARTO_AT_LEAST = (1, 9)


@dataclass(frozen=True)
class Engine:
    """`name` is quarto or pandoc (the embedded engine); `version` goes into the manifest."""

    name: str
    version: str


def choose(name: str) -> Engine:
    """The engine of `report.engine`: auto, quarto or pandoc.

    `auto` is Quarto 1.9 or newer where it is on the PATH, else the embedded engine. Raises RenderError where Quarto
    is asked for and missing or too old.
    """
    if name == "pandoc":
        return Engine("pandoc", f"{pypandoc.get_pandoc_version()} with typst {version('typst')}")
    found = _quarto_version()
    numbers = tuple(int(n) for n in re.findall(r"\d+", found or "")[:2])
    if found and numbers >= QUARTO_AT_LEAST:
        return Engine("quarto", found)
    if name == "auto":
        return choose("pandoc")
    wanted = ".".join(map(str, QUARTO_AT_LEAST))
    what = f"version {found} is" if found else "none is"
    raise RenderError(f"report.engine: quarto asks for Quarto {wanted} or newer on the PATH; {what} there")


def _quarto_version() -> str | None:
    program = shutil.which("quarto")
    if program is None:
        return None
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None
