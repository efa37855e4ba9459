"""Files as LibreOffice reads them, in place of Word."""

import subprocess
from pathlib import Path

TEXT = "txt:Text (encoded):UTF8"


def converted(path: Path, kind: str, folder: Path) -> Path:
    """A file as another kind ("pdf", TEXT), by LibreOffice with a profile of its own; beside it in `folder`."""
    profile = (folder / "profile").as_uri()
    command = ["soffice", "--headless", f"-env:UserInstallation={profile}", "--convert-to", kind, "--outdir"]
    subprocess.run([*command, str(folder), str(path)], check=True, capture_output=True, timeout=500)
    return (folder / path.name).with_suffix("." + kind.partition(":")[0])
