"""Fuzzing: whatever the bytes, a reader gives a value or its own error that names the file, soon and in little memory.

The short runs are of every day; `make test-all` runs the long ones. A failure prints the bytes: they become a row of
tests/hostile/cases/.
"""

import contextlib
import datetime as dt
import hashlib
import io
import json
import resource
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from ruamel.yaml import YAML

from analysis import params
from analysis.audit import log
from analysis.audit.builds import read_build
from analysis.cut.dataset import read_dataset
from analysis.cut.lock import verify_lock
from analysis.errors import CsrError, DataError, LockError, NotebookError, ParamsError, RenderError, VerifyError
from analysis.pipeline.notebooks import waves
from analysis.report.escape import markdown_text
from analysis.report.lint import lint
from analysis.report.shortcodes import find, left_open, replace
from tests.hostile import study
from tests.report.small_book import CATALOGUE, INDEX, write_book

SHORT, LONG = 60, 1000  # examples
MOST_MEMORY_KB = 500_000  # by which the process may grow

# Bytes that mean something to the formats that are read here.
TOKENS = [
    *(b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\n", b"\r\n", b"\x1b[2J", b" " * 80, b"9" * 30, b"-1", b"1e999"),
    *(b"NaN", b"null", b"{", b"}", b"[" * 200, b"]", b'"', b"'", b":", b": ", b",", b"&a ", b"*a", b"!!python/name:os"),
    *(b"<<: ", b"---\n", b"%YAML 1.1\n", b"HEADER RECORD*******", b"!!!!!!!", b"\x7f\xff", b"\x00\x02", b"../../"),
    *(b"#", b"```", b"{{<", b">}}", b"{=html}", b"](", b"![", b"<b>", b"\\input{", b":::", b"$", b"@x", b"[^1]"),
    b"\xf0\x9f\x98\x80",
]  # fmt: skip


@st.composite
def spoilt(draw: Callable[[SearchStrategy[Any]], Any], content: bytes) -> bytes:
    """The bytes of a sound file, spoilt in one to six places."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["flip", "put", "insert", "cut", "double", "end"])):
            case "flip" if place < len(data):
                data[place] ^= 1 << draw(st.integers(0, 7))
            case "put":
                token = draw(st.sampled_from(TOKENS))
                data[place : place + len(token)] = token
            case "insert":
                data[place:place] = draw(st.sampled_from(TOKENS) | st.binary(max_size=20))
            case "cut":
                del data[place : place + draw(st.integers(1, 200))]
            case "double":
                data[place:place] = data[place : place + draw(st.integers(1, 400))]
            case "end":
                del data[place:]
    return bytes(data)


def sound_xpt() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        study.write_dataset(Path(folder), "ae", study.RECORDS["ae"])
        return (Path(folder) / "ae.xpt").read_bytes()


def sound_parquet() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        pl.DataFrame({"USUBJID": ["1"] * 9, "AESEQ": [1.0] * 9}).write_parquet(Path(folder) / "ae.parquet")
        return (Path(folder) / "ae.parquet").read_bytes()


def sound_json() -> bytes:
    columns = [{"name": "USUBJID", "dataType": "string"}, {"name": "AESEQ", "dataType": "integer"}]
    top = {"datasetJSONVersion": "1.1.0", "name": "AE", "records": 1, "columns": columns, "rows": [["1", 1]]}
    return json.dumps(top).encode()


DATASETS = {
    "xpt": sound_xpt(),
    "parquet": sound_parquet(),
    "json": sound_json(),
    "csv": b'USUBJID,AESEQ,AETERM\n1,1,"Nausea, mild"\n2,,\n',
}


def examples(count: int) -> settings:
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


@contextlib.contextmanager
def named(kind: type[CsrError], place: object) -> Iterator[None]:
    """Let pass an error of this kind that names the place, and is no longer than somebody would read."""
    try:
        yield
    except kind as error:
        if str(place) not in str(error) or len(str(error)) > 20_000:
            raise AssertionError(f"{place} is not in: {str(error)[:2000]}") from error


def memory_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def check_dataset(kind: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"ae.{kind}"
        path.write_bytes(content)
        before = memory_kb()
        with named(DataError, path):
            read = read_dataset(path)
            assert set(read.frame.dtypes) <= {pl.String, pl.Float64}
            assert list(read.labels) == read.frame.columns
        assert memory_kb() - before < MOST_MEMORY_KB


def check_params(text: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cuts = Path(folder) / "cuts"
        cuts.mkdir()
        for file, sound in (("study.yaml", STUDY), ("outputs.yaml", OUTPUTS), ("cuts/c.yaml", CUT)):
            (Path(folder) / file).write_bytes(text if file == name else sound)
        with named(ParamsError, folder):
            chosen = params.load("c", folder)
            params.load_catalogue(folder)
            assert isinstance(chosen.cutoff, dt.date)
            params.Params.model_validate(chosen.model_dump())


STUDY, OUTPUTS = study.STUDY.encode(), study.OUTPUTS.encode()
CUT = b"cutoff: 2025-06-30\npurpose: primary\nkm: {conf_type: log-log, conf_level: 0.95}\ntransfer: a\n"
FILES = {"study.yaml": STUDY, "outputs.yaml": OUTPUTS, "cuts/c.yaml": CUT}


@pytest.mark.parametrize("kind", DATASETS)
@given(data=st.data())
@examples(SHORT)
def test_datasets(kind: str, data: st.DataObject) -> None:
    check_dataset(kind, data.draw(spoilt(DATASETS[kind])))


@pytest.mark.slow
@pytest.mark.parametrize("kind", DATASETS)
@given(data=st.data())
@examples(LONG)
def test_datasets_for_long(kind: str, data: st.DataObject) -> None:
    check_dataset(kind, data.draw(spoilt(DATASETS[kind])))


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
@examples(SHORT)
def test_params(name: str, data: st.DataObject) -> None:
    check_params(data.draw(spoilt(FILES[name])), name)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
@examples(LONG)
def test_params_for_long(name: str, data: st.DataObject) -> None:
    check_params(data.draw(spoilt(FILES[name])), name)


KEYS = st.sampled_from(
    ["km", "design", "pfs", "conf_level", "n", "alpha", "landmarks_months", "cutoff", "x", "sources"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@given(tree=st.dictionaries(KEYS, TREES, max_size=6))
@examples(SHORT)
def test_params_of_every_shape(tree: dict[str, Any]) -> None:
    yaml, out = YAML(typ="safe", pure=True), io.BytesIO()
    yaml.dump(tree, out)
    check_params(out.getvalue(), "cuts/c.yaml")


LOCK = json.dumps({"cut": "c", "cutoff": "2025-06-30", "date": "2025-07-20", "files": {"a": "0" * 64}}).encode()


@given(content=spoilt(LOCK))
@examples(SHORT)
def test_locks(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cut = Path(folder) / "c"
        cut.mkdir()
        (cut / "lock.json").write_bytes(content)
        with pytest.raises(LockError, match=r"c/"):  # the file `a` is missing
            verify_lock(cut, hashlib.sha256(content).hexdigest())


@given(content=spoilt(json.dumps(study.NOTEBOOK).encode()))
@examples(SHORT)
def test_notebooks(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "20.ipynb").write_bytes(content)
        with named(NotebookError, "20.ipynb"):
            assert waves(Path(folder), ["20"]) == [[Path(folder) / "20.ipynb"]]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study.write_study(tmp_path_factory.mktemp("fuzz")) / "build" / study.CUT


@pytest.mark.parametrize("name", ["manifest.json", "results.json", "tlf/t-14-2-1-1.json"])
@given(data=st.data())
@examples(SHORT)
def test_builds(build: Path, name: str, data: st.DataObject) -> None:
    sound = {file: (build / file).read_bytes() for file in (name, "manifest.json")}
    content = data.draw(spoilt(sound[name]))
    try:
        if name != "manifest.json":  # whose hash is then right: only what it holds is wrong
            recorded = json.loads(sound["manifest.json"])
            recorded["outputs"][name] = hashlib.sha256(content).hexdigest()
            (build / "manifest.json").write_text(json.dumps(recorded))
        (build / name).write_bytes(content)
        with named(VerifyError, build):
            read_build(build)
    finally:
        for file, before in sound.items():
            (build / file).write_bytes(before)


@given(content=spoilt(b'{"format":"csr audit log 1","kind":"genesis","line":1,"previous":"' + b"0" * 64 + b'"}\n'))
@examples(SHORT)
def test_audit_logs(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.jsonl"
        path.write_bytes(content)
        with named(VerifyError, path):
            log.check(path)


@given(content=spoilt(INDEX.encode()))
@examples(SHORT)
def test_chapters(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book = write_book(Path(folder))
        (book / "index.qmd").write_bytes(content)
        with contextlib.suppress(RenderError):
            assert all(":" in problem for problem in lint(book, CATALOGUE))


@given(text=st.text(alphabet=st.sampled_from("{}<>/ \tvarinclude.#\"'`\n"), max_size=80))
@examples(4 * SHORT)
def test_shortcodes(text: str) -> None:
    for line in text.splitlines():
        found = find(line)
        assert replace(line, lambda shortcode: "") is not None
        assert left_open(line) in (True, False)
        assert all(0 <= start < len(line) for start, _ in found)
        assert find(markdown_text(line)) == []
