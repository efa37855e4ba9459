"""The `csr` command: thin; each command imports what it needs when it runs."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

import typer

from analysis.cli_quality import doctor, validate
from analysis.cli_run import run
from analysis.cli_shared import (
    Cut,
    Key,
    Note,
    Out,
    ParamsDir,
    date_of,
    exit_code,
    made_build,
    print_columns,
    progress_shown,
    resolve,
    say,
    say_done,
)
from analysis.cli_simulate import simulate
from analysis.errors import ParamsError
from analysis.paths import Study

app = typer.Typer(
    name="csr",
    help="From a locked data cut to a clinical study report, byte for byte.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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

    study, day = Study.open(params), date_of(cutoff)
    folder = write_cut(study, transfer, day, name, recorder(study.root / "data" / "audit.jsonl", note))
    say(f"{folder}: written; every removed or changed record is in cut-log.csv\nNext: csr lock {folder.name}")


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

    study, cut, _ = resolve(cut, params)
    day = date_of(date) if date else dt.datetime.now(dt.UTC).date()
    cutoff = parameters.load(cut, study.params_dir).cutoff if cut in parameters.cuts(study.params_dir) else None
    pin = write_lock(study.cut_dir(cut), day, cutoff, recorder(path_of(study, cut), note))
    say(f'lock_sha256: "{pin}"')
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

    study, cut, _ = resolve(cut, params)
    chosen = parameters.load(cut, study.params_dir)
    problems = check_data(read_folder(study.cut_dir(cut)), chosen)
    errors = sum(p.severity == "error" for p in problems)
    if problems:
        say(format_problems(problems))
    if errors:
        raise DataError(f"{study.cut_dir(cut)}: errors: {errors}, warnings: {len(problems) - errors}")
    say(f"{study.cut_dir(cut)}: no errors, warnings: {len(problems)}")


app.command()(run)


@app.command()
def render(cut: Cut, out: Out = None, params: ParamsDir = None) -> None:
    """Make only the report of a build again, after an edit to a chapter.

    Example: csr render 2025-12-31
    """
    from analysis.pipeline.run import render as render_cut

    study, name, build = resolve(cut, params)
    with progress_shown() as progress:
        folder = render_cut(study, name, out or build, progress)
    say_done(folder)


@app.command("list")
def list_(
    cut: Cut,
    todo: Annotated[bool, typer.Option("--todo", help="Only what is left for the author to write.")] = False,
    params: ParamsDir = None,
) -> None:
    """List what can be pulled from a build: sections, tables, figures and listings, with their formats.

    Example: csr list 2025-12-31 --todo
    """
    from analysis.audit.recorded import check_pieces
    from analysis.report import pieces

    build = made_build(cut, params)
    check_pieces(build)
    found = pieces.find_pieces(build)
    if not todo:
        say("Sections, as docx")
        print_columns(pieces.sections(found))
        say("\nTables, figures and listings")
        print_columns(pieces.displays(found))
        say(f"\nThe whole report: csr.html, csr.docx and csr.pdf in {build}")
    elif left := pieces.placeholders(found):
        print_columns(left)
    else:
        say("Nothing is left for the author")


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
    from analysis.audit.recorded import check_pieces
    from analysis.report.pieces import pull as pull_pieces

    build = made_build(cut, params)
    check_pieces(build)
    files = pull_pieces(build, name, kind, out)
    say(str(files[0]) if len(files) == 1 else f"{files[0].parent}: files: {len(files)}")


@app.command()
def verify(
    build: Annotated[Path, typer.Argument(help="A build's folder, such as build/2025-12-31.")],
    key: Key = None,
    params: ParamsDir = None,
) -> None:
    """Make a build again in another place and compare every byte; a public version with the key of its pseudonyms.

    Example: csr verify build/2025-12-31
    """
    from analysis.audit.verify import verify as verify_build
    from analysis.privacy.pseudonyms import read_key

    study, _, folder = resolve(str(build.resolve()), params)
    assert folder is not None
    if key is not None:
        read_key(key, study)
    with progress_shown() as progress:
        count = verify_build(study, folder, progress, key)
    say(f"{folder}: verified: {count} files are the same in every byte")


@app.command()
def trace(
    cut: Cut,
    name: Annotated[
        str, typer.Argument(help="A table or figure as for csr pull, or a result such as pfs.median.", metavar="ID")
    ],
    stat: Annotated[str | None, typer.Option("--stat", help="Which statistic of it, such as median.")] = None,
    params: ParamsDir = None,
) -> None:
    """Show where a number comes from: method, parameters, notebook, where-clause, and the records with their sources.

    Where several results are meant they are listed; name one of them. The page that it ends with shows the same.

    Example: csr trace build/2025-12-31 14.2.1.1 --stat median
    """
    from analysis.audit import trace_text
    from analysis.audit.builds import read_build

    folder = made_build(cut, params)
    build = read_build(folder)
    if build.manifest.public:
        raise ParamsError(f"{folder}: a public version has no records that a number could lead to")
    material = trace_text.material_of(build, Study.open(params).cut_dir(build.manifest.cut))
    keys = trace_text.choose(material, build.displays, name, stat)
    if len(keys) > 1:
        print_columns(trace_text.rows_of(material, keys))
        say(f"\n{len(keys)} results; name one of them, as in csr trace {cut} {keys[0]}, or a statistic with --stat")
    else:
        say(trace_text.text(material, build, keys[0]))


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

    study, cut, folder = resolve(str(build.resolve()), params)
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
    say(f"{path_of(study, cut)}: line {line.line}: {signature.describe(line, signers)}")


@app.command()
def package(
    cut: Cut,
    no_data: Annotated[bool, typer.Option("--no-data", help="Leave the data out; only their hashes go in.")] = False,
    ectd: Annotated[
        bool, typer.Option("--ectd", help="As module 5 of an eCTD, with define.xml and reviewer's guides.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The zip, or a folder for it.", show_default="the folder that the build is in"),
    ] = None,
    params: ParamsDir = None,
) -> None:
    """Pack a build with its data, code, packages' lock and parameters into one zip that a stranger can verify.

    Example: csr package 2025-12-31 --out csr.zip

    Example: csr package 2025-12-31 --ectd
    """
    from analysis.audit.ectd import package_ectd
    from analysis.audit.package import package as package_build

    if ectd and no_data:
        raise ParamsError("--ectd with --no-data: an eCTD is made of the datasets; leave out one of the two")
    build = made_build(cut, params)
    with progress_shown() as progress:
        if ectd:
            say(f"{package_ectd(Study.open(params), build, out, progress)}: written; its one folder is m5")
            return
        path = package_build(Study.open(params), build, out, data=not no_data, progress=progress)
    say(f"{path}: written; README.txt, its first file, has the two commands that verify it")


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="The earlier build: a cut's name, or a build's path.", metavar="BUILD_A")],
    new: Annotated[str, typer.Argument(help="The later build.", metavar="BUILD_B")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="A folder for page, Word file and CSV.", show_default="the folder BUILD_B is in"),
    ] = None,
    params: ParamsDir = None,
) -> None:
    """Say what changed from one build to another: data, subjects, results, sentences, figures.

    Beside the text it writes a page, the new report in Word with tracked changes against the old, and every change of
    the data as CSV. Differences are no error.

    Example: csr diff 2025-06-30 2025-12-31
    """
    from analysis.audit.diff import diff as diff_builds

    builds = [made_build(build, params) for build in (old, new)]
    with progress_shown() as progress:
        made = diff_builds(builds[0], builds[1], Study.open(params), out, progress)
    say(f"\n{made.text}")
    say("\nAll of it: " + ", ".join(map(str, made.files)))


app.command()(simulate)
app.command()(validate)
app.command()(doctor)


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return exit_code(app, arguments)
