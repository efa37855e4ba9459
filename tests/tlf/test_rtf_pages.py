"""An RTF table that fills its page ends there: no empty page follows it."""

import re
import subprocess
from pathlib import Path

from analysis.tlf.model import Row, Table
from tests.needs import needs
from tests.tlf.samples import long_table, rtf_of, small


def numbered(rows: int) -> Table:
    return small(*(Row.of(f"Row {i}", "1") for i in range(rows)))


def test_a_table_is_followed_by_the_smallest_paragraph_there_is() -> None:
    after = r"\row\pard" + "\n" + r"\pard\plain\f0\fs2\sl-20\slmult0\sb0\sa0"
    assert rtf_of(numbered(1)).endswith(after + "\n}\n")
    both = rtf_of(numbered(1), long_table())
    assert both.count(after) == 2
    assert re.findall(r"\\sect\b(?!d)", both.partition(after)[2]) == ["\\sect"]


@needs("libreoffice", "pdftotext")
def test_no_empty_page_follows_a_full_one(tmp_path: Path) -> None:
    """One of these tables ends within a row's height of the bottom of the page, whatever the program's metrics."""
    names = [f"{rows}.rtf" for rows in range(44, 56)]
    for name in names:
        (tmp_path / name).write_text(rtf_of(numbered(int(name.removesuffix(".rtf")))), encoding="ascii")
    command = ["libreoffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless"]
    subprocess.run([*command, "--convert-to", "pdf", *names], cwd=tmp_path, capture_output=True, check=True)
    lengths = []
    for name in names:
        path = tmp_path / name.replace(".rtf", ".pdf")
        done = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True)
        pages = done.stdout.split("\f")[:-1]
        assert all("Row" in page for page in pages), name
        lengths.append(len(pages))
    assert (lengths[0], lengths[-1]) == (1, 2)
