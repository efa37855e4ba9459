"""The `csr` command: thin; each command imports what it needs when it runs."""

import datetime as dt
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal

import typer

from analysis.errors import CsrError, ParamsError
from analysis.paths import Study

app = typer.Typer(
    name="csr",
    help="From a locked data cut to a clinical study report, byte for byte.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ParamsDir = Annotated[Path | None, typer.Option("--params", help="Params folder of the study.", show_default="params")]
Cut = Annotated[str, typer.Argument(help="A cut's name, such as 2025-06-30, or a build's path.", metavar="CUT")]
Note = Annotated[str | None, typer.Option("--note", help="Why, in words, for the audit log.")]
Out = Annotated[Path | None, typer.Option("--out", help="The build's folder.", show_default="build/<cut>")]


def _say(message: str) -> None:
    typer.echo(message)
    sys.stdout.flush()


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A place to report progress: a moving line on a terminal, plain lines elsewhere."""
    if not sys.stdout.isatty():
        yield _say
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()) as bar:
        task = bar.add_task("starting", total=None)

        def show(message: str) -> None:
            bar.console.print(message, markup=False, highlight=False)
            bar.update(task, description="working")

        yield show


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ParamsError(f"{text!r} is not a date; expected YYYY-MM-DD") from None


def _resolve(cut: str, params_dir: Path | None) -> tuple[Study, str, Path | None]:
    """The study, the cut's name, and the build's folder where CUT was a build's path."""
    import json

    from analysis.pipeline import place

    study = Study.open(params_dir)
    folder = Path(cut)
    if folder.is_absolute() or len(folder.parts) > 1 or (folder / "manifest.json").is_file():
        place.recover(folder.resolve())
        manifest = folder / "manifest.json"
        if not manifest.is_file():
            raise ParamsError(f"{folder}: not a build: it holds no manifest.json")
        return study, str(json.loads(manifest.read_text(encoding="utf-8"))["cut"]), folder.resolve()
    return study, cut, None


def _made(cut: str, params_dir: Path | None) -> Path:
    """The folder of the build that CUT names, which must have been made."""
    from analysis.pipeline import place

    study, name, folder = _resolve(cut, params_dir)
    if folder is None:
        folder = study.build_dir(name)
        place.recover(folder)
        if not (folder / "manifest.json").is_file():
            option = f" --params {params_dir}" if params_dir else ""
            others = ", ".join(sorted(path.parent.name for path in folder.parent.glob("[!.]*/manifest.json")))
            there = f"; builds that are there: {others}" if others else ""
            raise ParamsError(f"{folder}: no build of this cut; make it with: csr run {name}{option}{there}")
    return folder


def _columns(rows: Sequence[Sequence[str]]) -> None:
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
    _say("\n".join(lines))


@app.command()
def cut(
    transfer: Annotated[
        str, typer.Argument(help="A transfer's path, or its name in data/transfers.", metavar="TRANSFER")
    ],
    cutoff: Annotated[str, typer.Option(help="Data cut-off, YYYY-MM-DD; the whole day counts.")],
    name: Annotated[str | None, typer.Option(help="The cut's name.", show_default="the cut-off date")] = None,
    note: Note = None,
    params: ParamsDir = None,
) -> None:
    """Apply a data cut-off to a transfer and write data/cuts/<cut>/ and a line of the audit log, data/audit.jsonl.

    Example: csr cut 2025-07-15 --cutoff 2025-06-30
    """
    from analysis.audit.log import recorder
    from analysis.cut.cutoff import write_cut

    study, day = Study.open(params), _date(cutoff)
    folder = write_cut(study, transfer, day, name, recorder(study.root / "data" / "audit.jsonl", note))
    _say(f"{folder}: written; every removed or changed record is in cut-log.csv\nNext: csr lock {folder.name}")


@app.command()
def lock(
    cut: Cut,
    date: Annotated[str | None, typer.Option(help="Date of the lock, YYYY-MM-DD.", show_default="today, UTC")] = None,
    note: Note = None,
    params: ParamsDir = None,
) -> None:
    """Write lock.json over every file of a cut and a line of the audit log, and print the pin for the cut's params.

    Example: csr lock 2025-06-30 --date 2025-07-20
    """
    from analysis import params as parameters
    from analysis.audit.log import path_of, recorder
    from analysis.cut.lock import write_lock

    study, cut, _ = _resolve(cut, params)
    day = _date(date) if date else dt.datetime.now(dt.UTC).date()
    cutoff = parameters.load(cut, study.params_dir).cutoff if cut in parameters.cuts(study.params_dir) else None
    pin = write_lock(study.cut_dir(cut), day, cutoff, recorder(path_of(study, cut), note))
    _say(f'lock_sha256: "{pin}"')
    typer.echo(f"Put this line into {study.params_dir}/cuts/{cut}.yaml", err=True)


@app.command()
def check(cut: Cut, params: ParamsDir = None) -> None:
    """Validate the data of a cut: every problem with dataset, variable, record and rule.

    Example: csr check 2025-06-30
    """
    from analysis import params as parameters
    from analysis.cut.check import check_data, format_problems
    from analysis.cut.dataset import read_folder
    from analysis.errors import DataError

    study, cut, _ = _resolve(cut, params)
    chosen = parameters.load(cut, study.params_dir)
    problems = check_data(read_folder(study.cut_dir(cut)), chosen)
    errors = sum(p.severity == "error" for p in problems)
    if problems:
        _say(format_problems(problems))
    if errors:
        raise DataError(f"{study.cut_dir(cut)}: errors: {errors}, warnings: {len(problems) - errors}")
    _say(f"{study.cut_dir(cut)}: no errors, warnings: {len(problems)}")


@app.command()
def run(
    cut: Annotated[str | None, typer.Argument(help="A cut's name, or a build's path.", metavar="CUT")] = None,
    out: Out = None,
    every: Annotated[bool, typer.Option("--all", help="Every cut that has parameters.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Make every step again (no step is kept yet).")] = False,
    params: ParamsDir = None,
) -> None:
    """Make the whole report of a locked cut.

    Example: csr run 2025-12-31
    """
    from analysis import params as parameters
    from analysis.pipeline.run import run as run_cut

    if (cut is None) != every:
        raise ParamsError("name one CUT, or --all")
    if every and out is not None:
        raise ParamsError("--out goes with one CUT, not with --all")
    if cut is not None:
        study, name, build = _resolve(cut, params)
        jobs = [(name, out or build)]
    else:
        study = Study.open(params)
        jobs = [(name, None) for name in parameters.cuts(study.params_dir)]
    for name, place in jobs:
        with _progress() as progress:
            folder = run_cut(study, name, place, progress)
        _finish(folder)


@app.command()
def render(cut: Cut, out: Out = None, params: ParamsDir = None) -> None:
    """Make only the report of a build again, after an edit to a chapter.

    Example: csr render 2025-12-31
    """
    from analysis.pipeline.run import render as render_cut

    study, name, build = _resolve(cut, params)
    with _progress() as progress:
        folder = render_cut(study, name, out or build, progress)
    _finish(folder)


@app.command("list")
def list_(
    cut: Cut,
    todo: Annotated[bool, typer.Option("--todo", help="Only what is left for the author to write.")] = False,
    params: ParamsDir = None,
) -> None:
    """List what can be pulled from a build: sections, tables, figures and listings, with their formats.

    Example: csr list 2025-12-31 --todo
    """
    from analysis.report import pieces

    build = _made(cut, params)
    found = pieces.find_pieces(build)
    if not todo:
        _say("Sections, as docx")
        _columns(pieces.sections(found))
        _say("\nTables, figures and listings")
        _columns(pieces.displays(found))
        _say(f"\nThe whole report: csr.html, csr.docx and csr.pdf in {build}")
    elif left := pieces.placeholders(found):
        _columns(left)
    else:
        _say("Nothing is left for the author")


@app.command()
def pull(
    cut: Cut,
    name: Annotated[str, typer.Argument(help="A section, a table, figure or listing, or all.", metavar="ID|all")],
    kind: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Or that of --out where it is a file.",
            metavar="docx|html|rtf|csv|json|png|svg|pdf",
            show_default="png for figures, else docx",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="A folder, or a file such as curve.png.", show_default="this folder")
    ] = None,
    params: ParamsDir = None,
) -> None:
    """Copy a piece of a build, ready to paste; nothing is computed again, and no file is replaced.

    ID is a section (11.4.1), an id (t-14-2-1-1), a label ("Figure 14.2.1.1"), or a bare number: the section of it,
    else the table, else the listing, else the figure; with png, svg or pdf the figure. With docx and rtf, "all" also
    brings all displays in one file.

    Example: csr pull 2025-12-31 14.2.1.1 --format rtf

    Example: csr pull 2025-12-31 all --format rtf --out tables
    """
    from analysis.report.pieces import pull as pull_pieces

    files = pull_pieces(_made(cut, params), name, kind, out)
    _say(str(files[0]) if len(files) == 1 else f"{files[0].parent}: files: {len(files)}")


@app.command()
def verify(
    build: Annotated[Path, typer.Argument(help="A build's folder, such as build/2025-12-31.")], params: ParamsDir = None
) -> None:
    """Make a build again in another place and compare every byte.

    Example: csr verify build/2025-12-31
    """
    from analysis.audit.verify import verify as verify_build

    study, _, folder = _resolve(str(build.resolve()), params)
    assert folder is not None
    with _progress() as progress:
        count = verify_build(study, folder, progress)
    _say(f"{folder}: verified: {count} files are the same in every byte")


@app.command()
def sign(
    build: Annotated[Path, typer.Argument(help="A build's folder, such as build/2025-12-31.")],
    key: Annotated[Path, typer.Option("--key", help="Private key: Ed25519, PEM (PKCS #8), encrypted or not.")],
    meaning: Annotated[
        Literal["authorship", "review", "approval", "responsibility"], typer.Option(help="What the signature means.")
    ] = "authorship",
    name: Annotated[
        str | None, typer.Option(help="The signer's printed name.", show_default="that of the key in signers.yaml")
    ] = None,
    note: Note = None,
    params: ParamsDir = None,
) -> None:
    """Sign a build: name, meaning and time over the hash of its manifest, as a line of the audit log.

    The passphrase of an encrypted key is asked for, or taken from CSR_KEY_PASSPHRASE.

    Example: csr sign build/2025-12-31 --key jane.pem --meaning approval
    """
    import json

    from analysis.audit import signature
    from analysis.audit.log import path_of
    from analysis.params_signers import load_signers

    study, cut, folder = _resolve(str(build.resolve()), params)
    assert folder is not None
    private = signature.read_key(key, lambda: signature.passphrase_of(key))
    if signature.is_open(key):
        typer.echo(f"csr: {key}: others on this machine may read this key; chmod 600 {key} prevents it", err=True)
    now = dt.datetime.now(dt.UTC)
    line = signature.sign(study, folder, private, now, meaning=meaning, name=name, note=note)
    signers = load_signers(study.params_dir)
    if line.public_key not in signers:
        place = study.params_dir / "signers.yaml"
        typer.echo(f"csr: csr verify will call this signer unknown, until {place} has, under signers:", err=True)
        printed = json.dumps(line.signer or "PRINTED NAME", ensure_ascii=False)  # which YAML reads, too
        typer.echo(f"  - name: {printed}\n    public_key: {line.public_key}", err=True)
    _say(f"{path_of(study, cut)}: line {line.line}: {signature.describe(line, signers)}")


@app.command()
def package(
    cut: Cut,
    no_data: Annotated[bool, typer.Option("--no-data", help="Leave the data out; only their hashes go in.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The zip, or a folder for it.", show_default="the folder that the build is in"),
    ] = None,
    params: ParamsDir = None,
) -> None:
    """Pack a build with its data, code, packages' lock and parameters into one zip that a stranger can verify.

    Example: csr package 2025-12-31 --out csr.zip
    """
    from analysis.audit.package import package as package_build

    build = _made(cut, params)
    with _progress() as progress:
        path = package_build(Study.open(params), build, out, data=not no_data, progress=progress)
    _say(f"{path}: written; README.txt, its first file, has the two commands that verify it")


def _finish(folder: Path) -> None:
    _say(f"Done. Open: {folder / 'csr.html'}  (also csr.docx and csr.pdf beside it)")
    index = folder.parent / "index.html"
    if index.is_file():
        _say(f"All cuts, and what changed between them: {index}")


class Interrupted(BaseException):
    """Ctrl-C. Not KeyboardInterrupt, which typer would turn into another exit code."""


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code; an error the user can act on is one message on stderr."""
    signal.signal(signal.SIGINT, _interrupt)
    try:
        app(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except CsrError as error:
        typer.echo(f"csr: {error}", err=True)
        return error.exit_code
    except Interrupted:
        typer.echo("csr: interrupted; the build that was there before is unchanged", err=True)
        return 130
    except OSError as error:
        typer.echo(f"csr: {error.filename or ''}: {error.strerror or error}", err=True)
        return 1
    return 0
