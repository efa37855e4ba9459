"""Which engine renders."""

import re
from pathlib import Path

import pytest

from analysis.errors import RenderError
from analysis.report.engine import Engine, choose


@pytest.fixture
def quarto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH; `quarto` in it says a version."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "quarto"


def install(path: Path, version: str) -> None:
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)


def test_the_embedded_engine_names_both_its_programs(quarto: Path) -> None:
    engine = choose("pandoc")
    assert engine.name == "pandoc"
    assert re.fullmatch(r"3\.\d+(\.\d+)* with typst 0\.15(\.\d+)*", engine.version)


def test_auto_without_quarto_is_the_embedded_engine(quarto: Path) -> None:
    assert choose("auto") == choose("pandoc")


@pytest.mark.parametrize("version", ["1.9.0", "1.9.38", "1.10.2", "2.0.1"])
def test_auto_takes_a_quarto_that_is_new_enough(quarto: Path, version: str) -> None:
    install(quarto, version)
    assert choose("auto") == choose("quarto") == Engine("quarto", version)


def test_auto_passes_over_an_old_quarto(quarto: Path) -> None:
    install(quarto, "1.8.27")
    assert choose("auto").name == "pandoc"
    with pytest.raises(RenderError, match=r"asks for Quarto 1\.9 or newer on the PATH; version 1\.8\.27 is there"):
        choose("quarto")


def test_quarto_missing(quarto: Path) -> None:
    with pytest.raises(RenderError, match=r"asks for Quarto 1\.9 or newer on the PATH; none is there"):
        choose("quarto")
