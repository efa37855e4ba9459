"""`csr validate` and `csr doctor`, of which `cli` makes subcommands."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.cli_shared import ParamsDir, say
from analysis.paths import Study


def validate(
    build: Annotated[Path | None, typer.Option(help="A build whose results are part of it.")] = None,
    results: Annotated[
        list[Path] | None, typer.Option(help="JUnit XML of a run of the tests; then none is made. May be repeated.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for it.", show_default="build/validation")] = None,
    params: ParamsDir = None,
) -> None:
    """Run the tests and write the validation pack: requirements traced to tests and results, to be filed and signed.

    Exit code 7 where a test or a check failed; 1 where the packages that tests need are missing.

    Example: csr validate --build build/2025-12-31
    """
    from analysis.audit.validation import validate as validate_software

    say(validate_software(Study.open(params), out, build, results or (), say))


def doctor(params: ParamsDir = None) -> None:
    """Say whether this machine is fit: Python, packages, engines, fonts, disk, memory, the locks of all cuts.

    Exit code 1 where something that is needed is missing.

    Example: csr doctor
    """
    from analysis.doctor import report

    report(Study.open(params), say)
