"""The `csr` command's door: whichever copy is installed, the code that runs is the project's own analysis/."""

import os
import sys
from pathlib import Path

from analysis.errors import CsrError, ParamsError
from analysis.paths import Study, find_project


def main() -> None:
    """Run `csr`, in the project's own copy of this package where that is another one."""
    try:
        project = find_project()
    except ParamsError:
        project = None  # `csr --help` works anywhere; a command that needs the project says that there is none
    here = Path(__file__).resolve().parent
    if project and (project / "analysis/__main__.py").is_file() and project / "analysis" != here:
        # In place of this process: whoever ends it ends the command.
        command = [sys.executable, "-P", "-m", "analysis", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": str(project)})
    try:
        from analysis import cli
    except ImportError as error:
        sys.exit(_without_packages(error))
    sys.exit(cli.main())


def _without_packages(error: ImportError) -> str | int:
    """What is left where not even the command can be imported: `csr doctor`, which says why."""
    if sys.argv[1:2] != ["doctor"]:
        return f"csr: {error}: packages are missing; python -m analysis doctor says which"
    from analysis import doctor

    try:
        doctor.report(Study.open(), print)
    except CsrError as failed:
        print(f"csr: {failed}", file=sys.stderr)
        return failed.exit_code
    return 0


if __name__ == "__main__":
    main()
