"""What the subcommands of `csr` share: options, finding the cut or build, progress, and errors as exit codes."""

import datetime as dt
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from analysis.errors import CsrError, Interrupted, ParamsError
from analysis.paths import CUT_NAME, Study, check_cut_name
from analysis.pipeline.processes import heed_interrupts

ParamsDir = Annotated[Path | None, typer.Option("--params", help="Params folder of the study.", show_default="params")]
Cut = Annotated[str, typer.Argument(help="A cut's name, such as 2025-06-30, or a build's path.", metavar="CUT")]
Note = Annotated[str | None, typer.Option("--note", help="Why, in words, for the audit log.")]
Key = Annotated[
    Path | None, typer.Option("--key", help="Key of the public version's pseudonyms: 32 random bytes or more.")
]
Out = Annotated[Path | None, typer.Option("--out", help="The build's folder.", show_default="build/<cut>")]


Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        help="A Dask scheduler, such as tcp://host:8786, whose workers compute instead of this machine.",
        metavar="ADDRESS",
    ),
]

LONGEST_LINE = 2000  # characters


def shown(message: str) -> str:
    """A message as a terminal can show it: names and data in it can hold anything, and be of any length."""
    lines = []
    for line in message.split("\n"):
        text = "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs") else ascii(c)[1:-1] for c in line)
        if len(text) > LONGEST_LINE:  # what is wrong often stands at the end
            text = f"{text[: LONGEST_LINE - 300]}... ({len(text)} characters) ...{text[-300:]}"
        lines.append(text)
    return "\n".join(lines)


def say(message: str) -> None:
    typer.echo(shown(message))
    sys.stdout.flush()


@contextmanager
def progress_shown() -> Iterator[Callable[[str], None]]:
    """A place to report progress: a moving line on a terminal, plain lines elsewhere."""
    if not sys.stdout.isatty():
        yield say
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()) as bar:
        task = bar.add_task("starting", total=None)

        def show(message: str) -> None:
            bar.console.print(shown(message), markup=False, highlight=False)
            bar.update(task, description="working")

        yield show


def date_of(text: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        raise ParamsError(f"{text!r} is not a date; expected YYYY-MM-DD") from None


def resolve(cut: str, params_dir: Path | None) -> tuple[Study, str, Path | None]:
    """The study, the cut's name, and the build's folder where CUT was a build's path."""
    from analysis.pipeline import place

    study = Study.open(params_dir)
    folder = Path(cut)
    if CUT_NAME.fullmatch(cut) and not (folder / "manifest.json").is_file():
        return study, cut, None
    if not folder.is_absolute() and len(folder.parts) < 2:
        check_cut_name(cut)
    try:
        place.recover(folder.resolve())
        found = (folder / "manifest.json").is_file()
    except (OSError, ValueError):  # a path that no file system can hold
        found = False
    if not found:
        raise ParamsError(f"{folder}: not a build: it holds no manifest.json")
    from analysis.audit.recorded import read_manifest

    return study, read_manifest(folder).cut, folder.resolve()


def made_build(cut: str, params_dir: Path | None) -> Path:
    """The folder of the build that CUT names, which must have been made."""
    from analysis.pipeline import place

    study, name, folder = resolve(cut, params_dir)
    if folder is None:
        folder = study.build_dir(name)
        place.recover(folder)
        if not (folder / "manifest.json").is_file():
            option = f" --params {params_dir}" if params_dir else ""
            others = ", ".join(sorted(path.parent.name for path in folder.parent.glob("[!.]*/manifest.json")))
            there = f"; builds that are there: {others}" if others else ""
            raise ParamsError(f"{folder}: no build of this cut; make it with: csr run {name}{option}{there}")
    return folder


def print_columns(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns: wrapped to the width of a terminal, one line each elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for number in range(len(rows[0])):
            table.add_column(no_wrap=number == 0)
        for row in rows:
            table.add_row(*map(Text, row))
        Console().print(table)
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    say("\n".join(lines))


def say_done(folder: Path) -> None:
    say(f"Done. Open: {folder / 'csr.html'}  (also csr.docx and csr.pdf beside it)")
    index = folder.parent / "index.html"
    if index.is_file():
        say(f"All cuts, and what changed between them: {index}")


def exit_code(app: typer.Typer, arguments: list[str] | None) -> int:
    """Run the command and return its exit code; an error the user can act on is one message on stderr."""
    heed_interrupts()
    try:
        app(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except CsrError as error:
        typer.echo(shown(f"csr: {error}"), err=True)
        return error.exit_code
    except ImportError as error:
        typer.echo(f"csr: {error}: packages are missing or broken; csr doctor says which", err=True)
        return 1
    except Interrupted as stop:
        typer.echo("; ".join(["csr: interrupted", *getattr(stop, "__notes__", [])]), err=True)
        return stop.exit_code
    except OSError as error:
        typer.echo(shown(f"csr: {error.filename or ''}: {error.strerror or error}"), err=True)
        return 1
    return 0
