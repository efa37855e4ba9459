"""A build is read only as its manifest says it is."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis.audit.builds import read_build
from analysis.errors import ParamsError, VerifyError
from tests.tiny_builds import write_build


def test_a_build_is_its_manifest_results_displays_and_datasets(tmp_path: Path) -> None:
    frame = pl.DataFrame({"USUBJID": ["1"]})
    build = read_build(write_build(tmp_path / "first", "2025-06-30", datasets={"ADSL": frame}))
    assert build.manifest.cut == "first"
    assert [r.name for r in build.results][:2] == ["n.enrolled", "n.treated"]
    assert list(build.displays) == ["t-14-2-1-1"]
    assert build.datasets["ADSL"].equals(frame)
    assert build.parameter("km.conf_level") == 0.95
    assert build.parameter("km.no.such") is None


def test_a_folder_that_is_no_build(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"not a finished build: it holds no manifest\.json"):
        read_build(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"manifest\.json: not as this version writes it: Invalid JSON"),
        ("[]", r"manifest\.json: not as this version writes it: Input should be a valid dictionary or instance of"),
        ('{"study": 1}', r"study: Input should be a valid string; cut: Field required"),
    ],
)
def test_a_manifest_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(VerifyError, match=message):
        read_build(tmp_path)


def test_a_manifest_without_a_lock_date(tmp_path: Path) -> None:
    path = write_build(tmp_path / "first", "2025-06-30") / "manifest.json"
    path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != "lock_date"}))
    with pytest.raises(VerifyError, match="lock_date: Field required; make the build again"):
        read_build(path.parent)


@pytest.mark.parametrize("name", ["results.json", "tlf/t-14-2-1-1.json", "adam/adsl.parquet"])
def test_a_file_that_is_missing_or_another(tmp_path: Path, name: str) -> None:
    datasets = {"ADSL": pl.DataFrame({"USUBJID": ["1"]})}
    folder = write_build(tmp_path / "first", "2025-06-30", datasets=datasets)
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    with pytest.raises(VerifyError, match=f"{name}: is not the file that the manifest names"):
        read_build(folder)
    (folder / name).unlink()
    with pytest.raises(VerifyError, match=f"{name}: missing, though the manifest names it"):
        read_build(folder)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({"results": [{"name": "a"}]}, r"results\.json: not as this version writes it: .*missing .* arguments"),
        ({"outputs": {}}, r"results\.json: is not the file that the manifest names"),
    ],
)
def test_results_that_are_none(tmp_path: Path, made: dict[str, Any], message: str) -> None:
    with pytest.raises(VerifyError, match=message):
        read_build(write_build(tmp_path / "first", "2025-06-30", **made))
