"""The `csr` command's door: whichever copy is installed, the code that runs is the project's own analysis/."""

import os
import subprocess
import sys
from pathlib import Path

from analysis.errors import ParamsError
from analysis.paths import find_project


def main() -> None:
    """Run `csr`, in the project's own copy of this package where that is another one."""
    try:
        project = find_project()
    except ParamsError:
        project = None  # `csr --help` works anywhere; a command that needs the project says that there is none
    here = Path(__file__).resolve().parent
    if project and (project / "analysis/__main__.py").is_file() and project / "analysis" != here:
        environment = {**os.environ, "PYTHONPATH": str(project)}
        command = [sys.executable, "-P", "-m", "analysis", *sys.argv[1:]]
        sys.exit(subprocess.run(command, env=environment).returncode)
    from analysis import cli

    sys.exit(cli.main())


if __name__ == "__main__":
    main()
