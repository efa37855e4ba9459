"""Displays as outputs of notebooks and as files."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypandoc
import pytest

from analysis.tlf import display
from analysis.tlf.model import Cell, Footnote, Row
from analysis.tlf.png import size_of
from tests.tlf.samples import HOSTILE, disposition, figure, png, small

PROJECT = Path(__file__).parents[2]


def raw_blocks(markdown: str) -> list[tuple[str, str]]:
    """The raw blocks that pandoc sees; nothing else may be there."""
    document = json.loads(pypandoc.convert_text(markdown, "json", format="markdown"))
    assert {block["t"] for block in document["blocks"]} == {"RawBlock"}
    return [tuple(block["c"]) for block in document["blocks"]]


def test_a_table_in_a_notebook_is_html_and_three_raw_blocks() -> None:
    table = small(*(Row.of(t, Cell(t, "a")) for t in HOSTILE), footnotes=(Footnote("`{{< x >}}`", "a"),))
    bundle = table._repr_mimebundle_()
    assert sorted(bundle) == ["text/html", "text/markdown", "text/plain"]
    blocks = raw_blocks(bundle["text/markdown"])
    assert [kind for kind, _ in blocks] == ["html", "openxml", "typst"]
    assert blocks == [
        ("html", display.table_html(table, marked=True)),
        ("openxml", display.table_openxml(table, marked=True)),
        ("typst", display.table_typst(table, marked=True)),
    ]
    assert all("{{" not in text and 't-14-1-1-1"' in text.replace("<t-14-1-1-1>", 't-14-1-1-1"') for _, text in blocks)
    assert "{{<" not in bundle["text/html"]


def test_a_figure_in_a_notebook_is_heading_picture_and_footnotes(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[dict[str, Any], dict[str, Any]]] = []
    monkeypatch.setattr("IPython.display.display", lambda data, metadata, raw: shown.append((data, metadata)))
    drawn = figure(title="{{< var x >}} ```", footnotes=(Footnote("<script>", "a"),))
    drawn._ipython_display_()
    (heading, _), (picture, size), (below, _) = shown
    assert picture == {"image/png": drawn.png}
    assert size["image/png"] == {"width": 192, "height": 96, "alt": drawn.alt}
    titles = dict(raw_blocks(heading["text/markdown"]))
    assert 'id="f-14-2-1-1"' in titles["html"]
    assert 'w:name="f-14-2-1-1"' in titles["openxml"]
    assert titles["typst"].endswith("<f-14-2-1-1>")
    assert list(dict(raw_blocks(below["text/markdown"]))) == ["html", "openxml", "typst"]
    assert "<script>" not in below["text/html"]


def test_files_of_a_table(tmp_path: Path) -> None:
    display.write_display(disposition(), tmp_path)
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".csv", ".html", ".json"]
    assert display.read_display("t-14-1-1-1", tmp_path) == disposition()


def test_files_of_a_figure(tmp_path: Path) -> None:
    display.write_display(figure(), tmp_path)
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".json", ".pdf", ".png", ".svg"]
    assert display.read_display("f-14-2-1-1", tmp_path) == figure()
    assert json.loads((tmp_path / "f-14-2-1-1.json").read_text())["data"] == {"time": [1.5, None]}


SAME = """
import sys
from pathlib import Path
from analysis.stats.survival import kaplan_meier
from analysis.tlf import display, km_figure, style
from tests.tlf.samples import disposition, figure, long_table
folder = Path(sys.argv[1])
curve = kaplan_meier([1, 2, 3, 4, 5, 6, 7, 8], [1, 0, 1, 1, 0, 1, 1, 0])
drawn = style.drawings(km_figure.km_figure(curve, endpoint="Survival", start="enrolment", null_median=5.8))
shown = [disposition(), long_table(landscape=True), figure(**drawn)]
for one in shown:
    display.write_display(one, folder)
"""


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    hashes = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Shanghai")):
        folder = tmp_path / seed
        folder.mkdir()
        env = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(PROJECT)}
        subprocess.run([sys.executable, "-c", SAME, str(folder)], check=True, env=env, cwd=PROJECT)
        hashes.append({p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()})
    assert len(hashes[0]) == 10  # three files of each table, four of the figure
    assert hashes[0] == hashes[1]


def test_the_size_of_a_picture() -> None:
    width, height = size_of(png(600, 300))
    assert width == pytest.approx(144, abs=0.01)
    assert height == pytest.approx(72, abs=0.01)


@pytest.mark.parametrize(
    ("data", "message"), [(b"GIF89a", "not a PNG file"), (png(per_metre=None), "names no resolution")]
)
def test_a_picture_without_a_size_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        size_of(data)
