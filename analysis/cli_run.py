"""`csr run`, of which `cli` makes a subcommand."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from analysis.cli_shared import Key, Out, Scheduler, progress_shown, resolve, say_done, shown
from analysis.errors import CsrError, ParamsError
from analysis.paths import Study


def run(
    cut: Annotated[str | None, typer.Argument(help="A cut's name, or a build's path.", metavar="CUT")] = None,
    out: Out = None,
    every: Annotated[bool, typer.Option("--all", help="Every cut that has parameters.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Make every step again, whatever has changed.")] = False,
    public: Annotated[
        bool,
        typer.Option("--public", help="The public version, build/<cut>-public: no patient's data, no small numbers."),
    ] = False,
    key: Key = None,
    scheduler: Scheduler = None,
    params: Annotated[
        list[Path] | None,
        typer.Option("--params", help="Params folder of the study; with --all also several.", show_default="params"),
    ] = None,
) -> None:
    """Make the whole report of a locked cut.

    With --all a cut that fails leaves the others alone; the exit code is that of the first which failed.

    Example: csr run 2025-12-31

    Example: csr run 2025-12-31 --public --key ~/keys/study.key

    Example: csr run --all --scheduler tcp://cluster:8786
    """
    if (cut is None) != every:
        raise ParamsError("name one CUT, or --all")
    if every and out is not None:
        raise ParamsError("--out goes with one CUT, not with --all")
    if public != (key is not None):
        raise ParamsError("--public and --key FILE go together: the key makes the pseudonyms of the public version")
    if scheduler is not None and not every:
        raise ParamsError("--scheduler goes with --all: a cluster is given whole cuts")
    if cut is None:
        _run_all([Study.open(folder) for folder in params or (None,)], scheduler, force, key)
        return
    if params and len(params) > 1:
        raise ParamsError("several --params go with --all, not with one CUT")

    from analysis.pipeline.run import run as run_cut
    from analysis.privacy.pseudonyms import read_key

    study, name, build = resolve(cut, params[0] if params else None)
    secret = read_key(key, study) if key else None
    with progress_shown() as progress:
        folder = run_cut(study, name, out or (None if public else build), progress, force=force, key=secret)
    say_done(folder)


def _run_all(studies: list[Study], scheduler: str | None, force: bool, key: Path | None) -> None:
    from analysis.pipeline import every_cut
    from analysis.privacy.pseudonyms import read_key

    runs = every_cut.runs_of(studies)
    if key:
        for study in studies:
            read_key(key, study)  # a wrong one is said before anything is made
    failed: dict[int, CsrError] = {}
    later: dict[int, Path] = {}

    def progress(text: str) -> None:
        shown_now(text)

    ended = (
        every_cut.run_here(runs, progress, force=force, key=key)
        if scheduler is None
        else every_cut.run_on_cluster(scheduler, runs, progress, force=force, key=key)
    )
    with closing(ended):
        for _ in runs:
            with progress_shown() as shown_now:  # a moving line ends before anything else is said
                number, end = next(ended)
            if isinstance(end, CsrError):
                failed[number] = end
                typer.echo(shown(f"csr: {end}"), err=True)
            elif scheduler is None:
                say_done(end)
            else:
                later[number] = end
    for number in sorted(later):  # when the index over the cuts is there, too
        say_done(later[number])
    if failed:
        raise typer.Exit(failed[min(failed)].exit_code)
