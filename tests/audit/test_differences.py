"""What is said of a file that differs: expected lines written by hand from the pair of contents beside them."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from PIL import Image

from analysis.audit.differences import LINES, datasets, displays, manifests, rank, results, told
from analysis.audit.differences_texts import docx_blocks, html_blocks, notebooks, pair, quoted
from analysis.cut.dataset import Dataset, write_xpt
from tests.tiny_builds import RESULT, row

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def raw(value: Any) -> bytes:
    return json.dumps(value).encode()


def table(*rows: Mapping[str, Any], **other: Any) -> dict[str, Any]:
    columns = [{"label": ""}, {"label": "Anlotinib (N = 40)"}, {"label": "Placebo"}]
    return {"label": "Table 14.2.1.1", "title": "PFS", "columns": columns, "spans": [], "rows": rows, **other}


def line(*texts: str, indent: int = 0, kind: str = "data", result: str | None = None) -> dict[str, Any]:
    cells = [{"text": text, "note": "", "result": result} for text in texts]
    return {"cells": cells, "indent": indent, "kind": kind}


def test_a_result_is_named_with_its_output_and_both_values() -> None:
    old, new = [row("pfs.median", 9.46, "9.5")], [row("pfs.median", 9.47, "9.5")]
    assert list(results(old, new)) == ["pfs.median of t-14-2-1-1, stat: '9.46 (printed 9.5)' -> '9.47 (printed 9.5)'"]


def test_a_result_without_a_name_is_known_by_output_groups_variable_and_statistic() -> None:
    groups = {"group1": "TRT01A", "group1_level": "A", "variable": "SEX", "variable_level": "F"}
    old, new = [row(None, 3, "3", **groups)], [row(None, 4, "4", **groups)]
    assert list(results(old, new)) == [
        "t-14-2-1-1, TRT01A 'A', SEX 'F', n, stat: '3 (printed 3)' -> '4 (printed 4)'",
    ]


def test_a_where_clause_and_a_result_of_one_build_only_are_told() -> None:
    old = [row("a", 1, "1"), row("b", 1, "1")]
    new = [row("a", 1, "1", where="AVAL > 1"), row("c", 1, "1")]
    assert list(results(old, new)) == [
        "a of t-14-2-1-1, where: 'TRUE' -> 'AVAL > 1'",
        "c of t-14-2-1-1: only in the second build",
        "b of t-14-2-1-1: only in the first build",
    ]
    assert RESULT["where"] == "TRUE"


def test_a_number_and_its_text_are_not_the_same_result() -> None:
    assert list(results([row("a", 1, "1")], [row("a", "1", "1")])) != []


def test_a_cell_is_named_by_its_row_and_column() -> None:
    old = table(line("Median", "9.5", "5.8"))
    new = table(line("Median", "9.6", "5.8"))
    assert list(displays(old, new)) == ["Table 14.2.1.1, row 'Median', column 'Anlotinib (N = 40)': '9.5' -> '9.6'"]


def test_rows_stand_below_the_group_rows_above_them() -> None:
    def made(value: str) -> dict[str, Any]:
        return table(
            line("Week 8", kind="group"),
            line("Events", "1", "2", kind="group"),
            line("Death", "1", "1", indent=1),
            line("Censored", "3", "3"),
            line("Week 16", kind="group"),
            line("Censored", value, "3"),
        )

    assert list(displays(made("7"), made("8"))) == [
        "Table 14.2.1.1, row 'Week 16' / 'Censored', column 'Anlotinib (N = 40)': '7' -> '8'"
    ]
    deep, other = made("7"), made("7")
    other["rows"][2]["cells"][2]["text"] = "9"
    assert list(displays(deep, other)) == [
        "Table 14.2.1.1, row 'Week 8' / 'Events' / 'Death', column 'Placebo': '1' -> '9'"
    ]


def test_columns_of_one_name_are_told_by_their_spanning_header_and_number() -> None:
    old, new = (
        {
            "label": "Listing 1",
            "columns": [{"label": "No."}, {"label": "Related"}, {"label": "Related"}],
            "spans": [{"label": "Drug", "first": 2, "last": 2}],
            "rows": [line("1", "no", "no"), line("1", "no", value)],
        }
        for value in ("no", "yes")
    )
    assert list(displays(old, new)) == ["Listing 1, row '1' (number 2), column 'Drug' / 'Related': 'no' -> 'yes'"]


def test_rows_of_one_build_and_every_other_part_of_a_display_are_told() -> None:
    old = table(line("a", "1", "1", result="x"), footnotes=[{"text": "One."}], title="PFS")
    new = table(line("a", "1", "1", result="y"), line("b", "1", "1"), footnotes=[], title="OS")
    found = list(displays(old, new))
    assert "Table 14.2.1.1, row 'a', column 'Placebo', result: 'x' -> 'y'" in found
    assert "Table 14.2.1.1, row 'b': only in the second build" in found
    assert "Table 14.2.1.1, title: 'PFS' -> 'OS'" in found
    assert 'Table 14.2.1.1, footnotes: {"text": "One."}: only in the first build' in found


def test_a_value_behind_a_figure_is_named_by_its_place() -> None:
    old = {"label": "Figure 1", "data": {"survival": [1.0, 0.5]}}
    new = {"label": "Figure 1", "data": {"survival": [1.0, 0.6]}}
    assert told("tlf/f-1.json", raw(old), raw(new)) == ["Figure 1, data.survival[2]: 0.5 -> 0.6"]


def test_a_cell_of_a_csv_file_is_named_by_row_and_header() -> None:
    old = b"Term,Grade\nNausea,1\nNausea,2\n"
    assert told("tlf/l-1.csv", old, old.replace(b"2", b"3")) == ["row 2 ('Nausea'), column 'Grade': '2' -> '3'"]
    assert told("tlf/l-1.csv", old, old.replace(b"Grade", b"Severity")) == ["header: 'Grade' -> 'Severity'"]
    assert told("tlf/l-1.csv", old, old + b"Pain,1\n") == ["rows: 3 -> 4", "row 'Pain, 1': only in the second build"]


ADTTE = pl.DataFrame(
    {"USUBJID": ["01", "01", "02"], "PARAMCD": ["OS", "PFS", "PFS"], "CNSR": [0, 1, 0], "AVAL": [None, 9.5, 2.0]}
)


def test_a_record_is_named_by_the_variables_that_identify_it() -> None:
    at = (pl.col("USUBJID") == "01") & (pl.col("PARAMCD") == "PFS")
    flipped = ADTTE.with_columns(CNSR=pl.when(at).then(0).otherwise("CNSR"))
    assert list(datasets(ADTTE, flipped)) == ["USUBJID 01, PARAMCD PFS, CNSR: 1 -> 0"]
    lost = ADTTE.with_columns(AVAL=pl.when(at).then(None).otherwise("AVAL"))
    assert list(datasets(ADTTE, lost)) == ["USUBJID 01, PARAMCD PFS, AVAL: 9.5 -> nothing"]


def test_records_and_variables_of_one_build_only() -> None:
    assert list(datasets(ADTTE, ADTTE.head(2))) == ["USUBJID 02, PARAMCD PFS: only in the first build"]
    assert list(datasets(ADTTE, ADTTE.drop("CNSR"))) == ["variable CNSR: only in the first build"]
    typed = ADTTE.with_columns(pl.col("CNSR").cast(pl.String))
    assert list(datasets(ADTTE, typed)) == ["variable CNSR: Int64 -> String"]
    assert list(datasets(ADTTE, ADTTE.reverse())) == ["the same records in another order"]


def test_records_that_nothing_tells_apart_are_counted() -> None:
    old = pl.DataFrame({"USUBJID": ["01", "01"], "AVAL": [1, 2]})
    new = pl.DataFrame({"USUBJID": ["01", "01"], "AVAL": [1, 3]})
    assert list(datasets(old, new)) == ["USUBJID 01, number 2, AVAL: 2 -> 3"]


@pytest.mark.parametrize("suffix", ["parquet", "xpt"])
def test_both_files_of_a_dataset_are_read(suffix: str, tmp_path: Any) -> None:
    found = []
    for value in (0, 1):
        frame = ADTTE.with_columns(pl.lit(float(value)).alias("CNSR"))
        path = tmp_path / f"adtte.{suffix}"
        if suffix == "xpt":
            write_xpt(Dataset("ADTTE", "Time to event", frame, dict.fromkeys(frame.columns, "A label")), path)
        else:
            frame.write_parquet(path)
        found.append(path.read_bytes())
    lines = told(f"adam/adtte.{suffix}", *found)
    assert lines[0] == "USUBJID 01, PARAMCD OS, CNSR: 0.0 -> 1.0"
    assert len(lines) == 3


LABELLED = ["#| label: t-14-2-1-1\n", "show()"]


def test_a_notebook_names_the_cell_by_its_label_and_the_line() -> None:
    def book(value: str, source: str | list[str] = LABELLED) -> dict[str, Any]:
        output = {"output_type": "execute_result", "data": {"text/html": ["<p>\n", f"{value}\n"]}}
        markdown = {"cell_type": "markdown", "source": "A title"}
        return {"cells": [markdown, {"cell_type": "code", "source": source, "outputs": [output]}], "metadata": {}}

    assert list(notebooks(book("9.5"), book("9.6"))) == [
        "cell 2 (t-14-2-1-1), output 1 (text/html), line 2: '9.5' -> '9.6'"
    ]
    assert list(notebooks(book("1"), book("1", "show(2)"))) == [
        "cell 2, source, line 1: '#| label: t-14-2-1-1' -> 'show(2)'"
    ]
    assert list(notebooks(book("1"), book("1") | {"metadata": {"a": 1}})) == ['metadata: {} -> {"a": 1}']


def test_a_page_names_the_heading_above_the_text_and_reads_no_script() -> None:
    page = "<html><style>p{{}}</style><h2>11.4.1 PFS <a href='#x'>#</a></h2><p>Median {}</p><script>{}</script></html>"
    old, new = page.format("9.5", 1).encode(), page.format("9.6", 1).encode()
    assert ("11.4.1 PFS", "Median 9.5") in html_blocks(old)
    assert told("csr.html", old, new) == ["under '11.4.1 PFS': 'Median 9.5' -> 'Median 9.6'"]
    (said,) = told("csr.html", old, page.format("9.5", 2).encode())
    assert said.startswith("the same text in other markup, line 1: ")


def word(*paragraphs: tuple[str, str], picture: bytes = b"1") -> bytes:
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'
        for style, text in paragraphs
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("word/media/rId9.png", picture)
        file.writestr("word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>')
    return buffer.getvalue()


def test_a_word_file_names_the_heading_and_the_parts() -> None:
    old = word(("Heading2", "11.4 Efficacy"), ("BodyText", "Median 9.5"))
    new = word(("Heading2", "11.4 Efficacy"), ("BodyText", "Median 9.6"), picture=b"22")
    assert told("csr.docx", old, new) == [
        "under '11.4 Efficacy': 'Median 9.5' -> 'Median 9.6'",
        "part word/media/rId9.png: 1 bytes -> 2 bytes, from byte 1 on",
    ]
    styled = word(("Heading2", "11.4 Efficacy"), ("Compact", "Median 9.5"))
    (said,) = told("csr.docx", old, styled)
    assert said.startswith("part word/document.xml: ")


def test_no_entity_of_a_word_file_is_read() -> None:
    part = (
        f'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/hostname">]><w:p xmlns:w="{W}"><w:r><w:t>a&e;</w:t></w:r></w:p>'
    )
    assert docx_blocks(part.encode()) == [("", "a")]


def picture(*pixels: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    image = Image.new("RGB", (len(pixels), 1))
    image.putdata(pixels)
    image.save(buffer, "png")
    return buffer.getvalue()


def test_pixels_of_pictures_are_counted() -> None:
    old = picture((0, 0, 0), (9, 9, 9))
    assert told("tlf/f-1.png", old, picture((0, 0, 0), (9, 9, 8))) == ["1 of 2 pixels differ"]
    assert told("tlf/f-1.png", old, picture((0, 0, 0))) == ["pixels: 2 x 1 -> 1 x 1"]


def test_other_texts_name_the_line_and_other_files_their_sizes() -> None:
    assert told("book/report/07.qmd", b"a\nb\n", b"a\nc\n") == ["line 2: 'b' -> 'c'"]
    assert told("csr.pdf", b"12", b"123") == ["2 bytes -> 3 bytes, from byte 3 on"]
    assert told("csr.pdf", b"1234", b"1294") == ["4 bytes -> 4 bytes, from byte 3 on"]
    assert told("csr.pdf", b"", b"1") == ["0 bytes -> 1 bytes, from byte 1 on"]


def test_a_manifest_names_code_packages_and_parameters() -> None:
    old = {
        "code": {"analysis/a.py": "1" * 64, "analysis/b.py": "2" * 64},
        "software": {"python": "CPython 3.11", "packages": {"numpy": "2.4.6"}},
        "parameters": {"km": {"conf_level": 0.95}},
        "outputs": {"csr.pdf": "3" * 64},
    }
    new = {
        "code": {"analysis/a.py": "4" * 64},
        "software": {"python": "CPython 3.12", "packages": {"numpy": "2.4.7"}},
        "parameters": {"km": {"conf_level": 0.9}},
        "outputs": {"csr.pdf": "5" * 64},
    }
    assert list(manifests(old, new)) == [
        "software.python: 'CPython 3.11' -> 'CPython 3.12'",
        "parameters.km.conf_level: 0.95 -> 0.9",
        "code analysis/a.py: 111111111111 -> 444444444444",
        "code analysis/b.py: 222222222222 -> missing",
        "package numpy: 2.4.6 -> 2.4.7",
    ]
    assert list(manifests(old, old | {"outputs": {"csr.pdf": "5" * 64}})) == [
        "output csr.pdf: 333333333333 -> 555555555555"
    ]


def test_lines_past_the_limit_are_counted() -> None:
    old, new = ([row(f"r{n}", value, str(value)) for n in range(LINES + 3)] for value in (1, 2))
    found = told("results.json", raw(old), raw(new))
    assert len(found) == LINES + 1
    assert found[-1] == "and 3 more"


def test_a_file_that_is_not_what_it_should_be_is_told_so() -> None:
    found = told("results.json", b"[]", b"{")
    assert found[0].startswith("cannot be read as what it should be (JSONDecodeError")
    assert found[1] == "2 bytes -> 1 bytes, from byte 1 on"
    assert told("tlf/f-1.png", b"x", b"y")[0].startswith("cannot be read as what it should be (UnidentifiedImageError")


def test_a_date_that_polars_panics_over_is_told_as_unreadable() -> None:
    frame = pl.DataFrame({"USUBJID": ["01"], "ADT": [2**31 - 1]}, schema={"USUBJID": pl.String, "ADT": pl.Int32})
    contents = []
    for value in (frame.with_columns(ADT=pl.lit(1).cast(pl.Int32)), frame):
        buffer = io.BytesIO()
        value.with_columns(pl.col("ADT").cast(pl.Date)).write_parquet(buffer)
        contents.append(buffer.getvalue())
    assert told("adam/adtte.parquet", *contents)[0].startswith("cannot be read as what it should be (PanicException")


def test_a_page_of_trace_is_told_by_its_data_and_without_them_by_its_text() -> None:
    old = b'<h1>A</h1><p>x</p><script type="application/json" id="data">{"results":{"pfs.n":["t-1","40"]}}</script>'
    assert told("trace/adtte.html", old, old.replace(b'"40"', b'"41"')) == ["results.pfs.n[2]: '40' -> '41'"]
    index = b"<h1>A</h1><p>40 by ADTTE</p>"
    assert told("trace/index.html", index, index.replace(b"40", b"41")) == ["under 'A': '40 by ADTTE' -> '41 by ADTTE'"]


def test_the_same_values_in_other_bytes_are_told_so() -> None:
    assert told("results.json", b"[]", b"[ ]") == [
        "the same values in other bytes",
        "2 bytes -> 3 bytes, from byte 2 on",
    ]


def test_long_texts_are_shown_where_they_differ_and_safe_for_a_terminal() -> None:
    assert pair("x" * 200 + "old", "x" * 200 + "new") == f"'...{'x' * 30}old' -> '...{'x' * 30}new'"
    assert quoted("\x1b[31mred\x9b\u202e") == r"'\x1b[31mred\x9b\u202e'"
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["Term"], ["\x1b]0;title\x07"]])
    (said,) = told("tlf/l-1.csv", b"Term\r\na\r\n", buffer.getvalue().encode())
    assert "\x1b" not in said


def test_numbers_come_before_what_is_made_from_them() -> None:
    names = ["csr.pdf", "csr.html", "tlf/t-1.csv", "tlf/t-1.json", "results.json", "adam/adsl.parquet", "manifest.json"]
    assert sorted(names, key=rank) == names[::-1]
