"""The environment of a computing process."""

import datetime as dt
from pathlib import Path

import pytest

from analysis.pipeline.environment import child_environment


def test_of_the_callers_variables_only_the_path_the_parts_of_quarto_and_no_bytecode_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTO_SHARE_PATH", "/opt/quarto/share")
    monkeypatch.setenv("QUARTO_PROFILE", "draft")
    monkeypatch.setenv("SURPRISE", "1")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("QUARTO_DENO", raising=False)
    made = child_environment(tmp_path, tmp_path / "home", dt.date(2025, 7, 10))
    assert {name: made[name] for name in made if name.startswith("QUARTO")} == {
        "QUARTO_SHARE_PATH": "/opt/quarto/share"
    }
    assert "SURPRISE" not in made
    assert made["PYTHONDONTWRITEBYTECODE"] == "1"
    assert made["HOME"] == str(tmp_path / "home")
