"""Hostile texts of data and parameters come out as those texts in every format; nothing of them is run or read."""

import csv
import json
import re
import subprocess
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pikepdf
import polars as pl
import pyreadstat
import pytest
from lxml import etree, html

from analysis.tlf.fonts import printable
from analysis.tlf.model import clean
from tests import libreoffice
from tests.audit.define_checks import valid
from tests.hostile.values import HOSTILE, NAMED, SITE, make_hostile
from tests.miniature import CUT, CUTS, copy_miniature, csr_mini
from tests.needs import needs

pytestmark = pytest.mark.slow
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SHOWN = [clean(text) for text in [*HOSTILE, NAMED]]  # tests/tlf/test_model.py says what `clean` does
PARAMETERS = [
    "p1 <script>alert('p1')</script> {{< include /etc/passwd >}}",
    "p3 <b>@nobody</b> & [x](javascript:alert(1))",
    "p4 *x* `y` {=html}",
]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of the miniature study in which every text is hostile."""
    study = make_hostile(copy_miniature(tmp_path_factory.mktemp("values")))
    done = csr_mini(study, "run", CUT)
    assert done.returncode == 0, done.stderr
    return study / "build" / CUT


def squeezed(text: str) -> str:
    """A text without white space, which formats break lines at, and without the hyphens that they add."""
    return re.sub(r"[\s\u00a0\u2007-\u200a\u2060\u00ad\u200b-]+", "", text)


def holds(text: str, expected: list[str]) -> list[str]:
    """The expected texts that a text does not hold."""
    whole = squeezed(text)
    return [one for one in expected if squeezed(one) not in whole]


def html_text(path: Path) -> str:
    """The text of a page as a reader sees it: no script, no style."""
    root = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
    etree.strip_elements(root, "script", "style", with_tail=False)
    return str(root.text_content())


def word_text(path: Path) -> str:
    """Every text of a Word file, in the order of the file."""
    body = docx.Document(str(path)).element.body
    return "".join("\n" if node.tag != f"{W}t" else node.text or "" for node in body.iter(f"{W}t", f"{W}p", f"{W}br"))


@pytest.mark.parametrize(
    "name", ["csr.html", "tlf/t-14-3-1-2.html", "tlf/l-16-2-7-1.html"], ids=["report", "table", "listing"]
)
def test_html(build: Path, name: str) -> None:
    expected = SHOWN if name != "tlf/t-14-3-1-2.html" else SHOWN[:-1]
    assert holds(html_text(build / name), expected) == []


@pytest.mark.parametrize("name", ["csr.docx", "tlf/t-14-3-1-2.docx", "tlf/l-16-2-7-1.docx", "tlf/all.docx"])
def test_word(build: Path, name: str) -> None:
    expected = SHOWN if name != "tlf/t-14-3-1-2.docx" else SHOWN[:-1]
    assert holds(word_text(build / name), expected) == []


def test_sections(build: Path) -> None:
    whole = "".join(word_text(path) for path in sorted((build / "sections").glob("*.docx")))
    assert holds(whole, [*SHOWN, *PARAMETERS]) == []


def test_parameters_in_prose(build: Path) -> None:
    assert holds(html_text(build / "csr.html"), PARAMETERS) == []
    assert holds(word_text(build / "csr.docx"), PARAMETERS) == []


@needs("pdftotext")
def test_pdf(build: Path) -> None:
    done = subprocess.run(["pdftotext", "-raw", str(build / "csr.pdf"), "-"], capture_output=True, check=True)
    assert holds(done.stdout.decode(), [printable(text) for text in [*SHOWN, *PARAMETERS]]) == []


@needs("soffice")
@pytest.mark.parametrize("name", ["t-14-3-1-2", "l-16-2-7-1", "all"])
def test_rtf(build: Path, tmp_path: Path, name: str) -> None:
    """LibreOffice reads it, as Word's users do."""
    text = libreoffice.converted(build / f"tlf/{name}.rtf", libreoffice.TEXT, tmp_path).read_text(encoding="utf-8-sig")
    expected = SHOWN if name != "t-14-3-1-2" else SHOWN[:-1]
    assert holds(text, expected) == []


def test_csv_and_json(build: Path) -> None:
    for name in ("t-14-3-1-2", "l-16-2-7-1"):
        with (build / f"tlf/{name}.csv").open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        table = json.loads((build / f"tlf/{name}.json").read_text(encoding="utf-8"))
        texts = [cell["text"] for row in table["rows"] for cell in row["cells"]]
        expected = SHOWN if name != "t-14-3-1-2" else SHOWN[:-1]
        assert holds("\n".join(cells), expected) == []
        assert holds("\n".join(texts), expected) == []
        run = re.compile(r"[=@\t\r]|[+-](?![\d.]*\+?$)(?!\d+(\.\d+)?[ ,])")
        assert [cell for cell in cells if run.match(cell)] == []


def test_datasets_have_the_texts_as_they_are(build: Path) -> None:
    expected = [text.rstrip(" ") for text in HOSTILE]
    parquet = pl.read_parquet(build / "adam/adae.parquet")
    assert set(expected) <= set(parquet["AETERM"])
    assert NAMED in set(parquet["USUBJID"])
    frame, _ = pyreadstat.read_xport(build / "adam/adae.xpt")
    assert set(expected) <= set(frame["AETERM"])


def test_notebooks(build: Path) -> None:
    notebook = json.loads((build / "notebooks/20_efficacy_and_safety.ipynb").read_text(encoding="utf-8"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    shown = ["".join(output["data"]["text/html"]) for output in outputs if "text/html" in output.get("data", {})]
    root = html.fromstring(f"<div>{''.join(shown)}</div>")
    assert holds(root.text_content(), SHOWN) == []
    assert not root.xpath("//script|//iframe|//svg|//img|//@*[starts-with(name(), 'on')]")
    for markdown in ("".join(o["data"]["text/markdown"]) for o in outputs if "text/markdown" in o.get("data", {})):
        assert "{{<" not in markdown


# Nothing is run, read or fetched


def members(build: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a build and every member of its zips."""
    for path in sorted(build.rglob("*")):
        if path.is_file():
            yield str(path), path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as packed:
                    yield from ((f"{path}!{name}", packed.read(name)) for name in packed.namelist())


def test_no_other_file_was_read_and_no_program_ran(build: Path) -> None:
    secret = Path("/etc/passwd").read_bytes().splitlines()[0]  # what includes and fields ask for
    assert [name for name, content in members(build) if secret in content] == []
    assert list(build.parents[2].rglob("pwned")) == []


@pytest.mark.parametrize("pattern", ["csr.html", "tlf/*.html", "trace/*.html", "../index.html"])
def test_pages_hold_no_element_of_the_data(build: Path, pattern: str) -> None:
    for path in build.glob(pattern):
        root = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
        for script in root.iter("script"):
            if script.get("type") != "application/json":
                assert "alert(" not in (script.text or "")
        assert root.xpath("//iframe|//object|//embed|//b[contains(., '@nobody')]") == []
        assert [name for name in root.xpath("//@*") if name.attrname.startswith("on")] == []
        links = root.xpath("//@src|//a/@href")
        assert [link for link in links if re.match(r"(?i)\s*(javascript|file):|http://evil", link)] == []


def test_word_files_hold_no_field_and_no_relationship_of_the_data(build: Path) -> None:
    for name, content in members(build):
        if ".docx!" in name and name.endswith((".xml", ".rels")):
            root: Any = etree.fromstring(content)
            told = " ".join(node.text or "" for node in root.iter(f"{W}instrText"))
            told += " ".join(node.get(f"{W}instr", "") for node in root.iter(f"{W}fldSimple"))
            assert not re.search("INCLUDE|DDE|passwd", told), name
            targets = [node.get("Target", "") for node in root.iter() if str(node.tag).endswith("}Relationship")]
            assert [target for target in targets if re.search("evil|passwd|javascript", target)] == []


def actions(path: Path) -> list[str]:
    """What a PDF file would do beyond showing pages, and where it would lead."""
    bad = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR"}
    with pikepdf.open(path) as pdf:
        items = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary)]
        found = [str(item["/S"]) for item in items if str(item.get("/S")) in bad]
        return found + [uri for i in items if re.search("evil|passwd|javascript", uri := str(i.get("/URI", "")))]


def test_pdf_files_hold_no_action_of_the_data(build: Path) -> None:
    assert actions(build / "csr.pdf") == []


def test_rtf_files_hold_no_object_and_no_field_of_the_data(build: Path) -> None:
    for path in (build / "tlf").glob("*.rtf"):
        text = path.read_text(encoding="ascii")
        assert not re.search(r"(?<!\\)(\\\\)*\\(object|objdata|dde\w*)", text)
        assert {word.split()[0] for word in re.findall(r"(?<!\\)(?:\\\\)*\\fldinst[ {]*([A-Z]+)", text)} <= {
            "PAGE",
            "NUMPAGES",
            "HYPERLINK",
            "PAGEREF",
        }


@pytest.fixture(scope="module")
def compared(build: Path) -> Path:
    """What csr diff writes about the earlier cut, which is sound, and this one."""
    study, earlier = build.parents[1], CUTS[0]
    assert csr_mini(study, "run", earlier).returncode == 0
    done = csr_mini(study, "diff", earlier, CUT, "--out", str(study / "diff"))
    assert done.returncode == 0, done.stderr
    (study / "diff/said.txt").write_text(done.stdout, encoding="utf-8")
    return study / "diff"


def test_what_changed(compared: Path) -> None:
    (page,), (word,), (table,) = (list(compared.glob(f"*.{kind}")) for kind in ("html", "docx", "csv"))
    assert holds(html_text(page), SHOWN) == []
    assert holds(word_text(word), SHOWN) == []
    with table.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert holds("\n".join(cells), SHOWN) == []
    assert [cell for cell in cells if re.match(r"[=@]|[+-](?![\d.]+$)", cell)] == []
    said = (compared / "said.txt").read_text(encoding="utf-8")
    assert {c for c in said if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"} == set()
    scripts = html.parse(str(page), html.HTMLParser(encoding="utf-8")).getroot().iter("script")
    assert not any("alert(" in (script.text or "") for script in scripts)


@pytest.fixture(scope="module")
def packed(build: Path) -> Path:
    """What csr package --ectd makes of the build, unpacked."""
    study = build.parents[1]
    done = csr_mini(study, "package", CUT, "--ectd", "--out", str(study / "ectd.zip"))
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(study / "ectd.zip") as zipped:
        assert all(re.fullmatch(r"m5(/[a-z0-9-]+)+\.[a-z]+", name) for name in zipped.namelist())
        zipped.extractall(study / "ectd")
    return study / "ectd/m5"


@pytest.mark.parametrize("folder", ["tabulations/sdtm", "analysis/adam/datasets"])
def test_define_xml_is_valid_and_has_the_values_as_they_are(packed: Path, folder: str) -> None:
    root = valid((packed / "datasets/mini-1" / folder / "define.xml").read_bytes())
    texts = {text for node in root.iter() for text in (node.text, *node.attrib.values()) if text}
    allowed = [text for text in HOSTILE if not re.search("[\x00-\x08\x0b-\x1f]", text)]  # others cannot be in XML
    assert len(allowed) == len(HOSTILE) - 2
    assert {text.rstrip(" ") for text in allowed} - texts == set()
    assert holds("\n".join(texts), PARAMETERS[:2]) == []
    page = packed / "datasets/mini-1" / folder / "define.html"
    written = [clean(text) for text in allowed]
    assert holds(html_text(page), written) == []
    found = html.parse(str(page), html.HTMLParser(encoding="utf-8")).getroot()
    assert found.xpath("//script|//iframe|//object|//embed|//img|//*[name()='svg']|//b") == []
    assert [name for name in found.xpath("//@*") if name.attrname.startswith("on")] == []
    ours = re.compile(r"#|(\.\./programs/)?[a-z0-9-]+\.(xpt|pdf|xml|txt)$")
    assert [link for link in found.xpath("//@src|//@href") if not ours.match(link)] == []


@needs("pdftotext")
def test_the_parts_for_a_reviewer_have_the_texts_and_no_action(packed: Path) -> None:
    expected = {"study-report-body": [*SHOWN, *PARAMETERS], "csdrg": PARAMETERS, "adrg": PARAMETERS}
    assert {path.stem for path in packed.rglob("*.pdf")} == set(expected)
    for path in packed.rglob("*.pdf"):
        done = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True)
        assert holds(done.stdout.decode(), [printable(text) for text in expected[path.stem]]) == [], path.name
        assert actions(path) == []
    secret = Path("/etc/passwd").read_bytes().splitlines()[0]
    assert [path for path in packed.rglob("*") if path.is_file() and secret in path.read_bytes()] == []


@pytest.fixture(scope="module")
def public(build: Path) -> Path:
    """The public version of the same study."""
    study, key = build.parents[1], build.parents[2] / "study.key"
    key.write_bytes(b"0123456789abcdef0123456789abcdef")
    done = csr_mini(study, "run", CUT, "--public", "--key", str(key))
    assert done.returncode == 0, done.stderr
    return build.with_name(f"{CUT}-public")


@needs("pdftotext")
def test_the_public_version_has_the_terms_as_text_and_not_the_patient(public: Path) -> None:
    done = subprocess.run(["pdftotext", "-raw", str(public / "csr.pdf"), "-"], capture_output=True, check=True)
    texts = {
        "csr.html": html_text(public / "csr.html"),
        "csr.docx": word_text(public / "csr.docx"),
        "csr.pdf": done.stdout.decode(),
    }
    for name, text in texts.items():
        shown = printable if name == "csr.pdf" else str
        assert holds(text, [shown(one) for one in [*SHOWN[:-1], *PARAMETERS]]) == [], name
    private = [NAMED, *SITE.values()]
    assert [one for one in private for text in texts.values() if holds(text, [clean(one)]) == []] == []
    assert [(n, one) for n, content in members(public) for one in private if one.encode() in content] == []


def test_nothing_of_the_public_version_is_run(public: Path) -> None:
    secret = Path("/etc/passwd").read_bytes().splitlines()[0]
    assert [name for name, content in members(public) if secret in content] == []
    for path in (public / "csr.html", *(public / "tlf").glob("*.html")):
        root = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
        assert not any("alert(" in (script.text or "") for script in root.iter("script"))
        assert root.xpath("//iframe|//object|//embed|//b[contains(., '@nobody')]") == []
        assert [name for name in root.xpath("//@*") if name.attrname.startswith("on")] == []
    assert actions(public / "csr.pdf") == []


def test_traces(build: Path) -> None:
    """The pages have their data as JSON, which nothing in it can end; in a browser they become text (tests/browser)."""
    found = ""
    for path in (build / "trace").glob("*.html"):
        for script in html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot().iter("script"):
            if script.get("type") == "application/json":
                found += json.dumps(json.loads(script.text), ensure_ascii=False)
            else:
                assert "alert(" not in (script.text or "")
    written = [json.dumps(text, ensure_ascii=False)[1:-1] for text in SHOWN]
    assert holds(found, written) == []
