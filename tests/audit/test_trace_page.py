"""The files of trace/, of a made-up build (tests/audit/traced.py); tests/browser/test_trace.py looks at them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from analysis.audit.trace_page import write_pages
from analysis.report.trace_links import Links
from tests.audit import traced
from tests.tlf.samples import HOSTILE


@pytest.fixture
def pages(tmp_path: Path) -> tuple[Path, Links]:
    material = traced.material(tmp_path / "build")
    folder = tmp_path / "trace"
    return folder, write_pages(material, traced.params(), traced.CATALOGUE, folder)


def data_of(page: Path) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(encoding="utf-8"))
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_a_page_for_each_dataset_and_the_links_into_them(pages: tuple[Path, Links]) -> None:
    folder, links = pages
    assert sorted(path.name for path in folder.iterdir()) == ["adae.html", "adtte.html", "index.html"]
    assert links.href("pfs.median") == "trace/adtte.html#pfs.median"
    assert links.href("t-14-3-1-2.3") == "trace/adae.html#t-14-3-1-2.3"
    assert links.href("no.such") is None
    assert links.has("t-14-2-1-1")
    assert not links.has("f-14-2-1-1")
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert '<a href="adae.html#t-14-3-1-2">3 by ADAE</a>' in index
    assert 'href="../csr.html#t-14-2-1-1">Table 14.2.1.1</a>' in index


def test_records_that_numbers_share_are_there_once_with_their_sources(pages: tuple[Path, Links]) -> None:
    data = data_of(pages[0] / "adae.html")
    assert data["heights"] == {"ADAE": 3, "ADSL": 3}
    assert data["sets"]["ADAE"]["height"] == 3
    (name, texts, numbers) = data["sets"]["ADAE"]["columns"][0]
    assert (name, [texts[n] for n in numbers]) == ("USUBJID", [traced.ONE, traced.ONE, traced.TWO])
    clauses = {where: (of, runs) for of, where, runs, *_ in data["clauses"]}
    assert clauses == {
        "\"AEDECOD\" = 'Nausea'": ("ADAE", "0,2"),
        "\"FASFL\" = 'Y'": ("ADSL", "0-2"),
        '"AESEQ" = 2': ("ADAE", "1"),
    }
    # The count and the share have the same clause.
    assert data["results"]["ae.nausea.n"][7] == data["results"]["ae.nausea.n_pct"][7]
    ((dataset, why, place),) = data["sets"]["ADAE"]["from"][2]
    sequence = {column[0]: column for column in data["sdtm"][dataset]["columns"]}["AESEQ"]
    assert (dataset, data["sets"]["ADAE"]["why"][why][0], sequence[1][sequence[2][place]]) == ("AE", "AESTDTC", "1")


def test_the_risk_set_and_the_files_with_their_hashes(pages: tuple[Path, Links], tmp_path: Path) -> None:
    from analysis.audit.manifest import sha256

    data = data_of(pages[0] / "adtte.html")
    time, _, states, steps = data["risks"]["pfs.median"]
    assert (time, states) == (2.98973305955, "320")  # event before, at risk, event at this time
    assert [step[:4] for step in steps] == [[2.004107, 3, 1, 0.666667], [2.989733, 2, 1, 0.333333]]
    assert data["files"]["RS"] == ["rs.xpt", sha256(tmp_path / "build/cut/rs.xpt")]
    assert data["files"]["ADTTE"] == ["adam/adtte.parquet", sha256(tmp_path / "build/adam/adtte.parquet")]


def test_data_cannot_leave_the_element_that_holds_them(pages: tuple[Path, Links]) -> None:
    text = (pages[0] / "adae.html").read_text(encoding="utf-8")
    assert HOSTILE[0] not in text
    assert HOSTILE[0] in data_of(pages[0] / "adae.html")["sdtm"]["AE"]["columns"][2][1]


def test_the_same_build_gives_the_same_bytes_and_names_no_folder(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        material = traced.material(tmp_path / name)
        write_pages(material, traced.params(), traced.CATALOGUE, tmp_path / name / "trace")
        found.append({p.name: p.read_bytes() for p in (tmp_path / name / "trace").iterdir()})
    assert found[0] == found[1]
    assert not any(str(tmp_path).encode() in content for content in found[0].values())


def test_every_page_says_that_the_data_are_synthetic_and_forbids_everything_else(pages: tuple[Path, Links]) -> None:
    for path in pages[0].iterdir():
        text = path.read_text(encoding="utf-8")
        assert "SYNTHETIC DATA - no real patients" in text
        assert "default-src 'none'" in text
        assert "'unsafe" not in text
        assert "://" not in re.sub(r'"http://www.w3.org/[^"]*"', "", text)
