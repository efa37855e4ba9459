"""Reading every format into one convention, and writing XPT v5."""

import contextlib
import datetime as dt
import gzip
import json
import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.cut.dataset import Dataset, frames, read_dataset, read_folder, write_xpt
from analysis.errors import DataError

IRIS = Path(__file__).with_name("iris.sas7bdat.gz")  # public example data of the R package haven (MIT licence)


def is_xpt_text(text: str) -> bool:
    return len(text.encode()) <= 200


def is_ibm_number(number: float) -> bool:
    return number == 0 or 1e-74 <= abs(number) <= 1e74


texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=60).filter(is_xpt_text)
numbers = st.floats(allow_nan=False, allow_infinity=False).filter(is_ibm_number)
records = st.lists(st.tuples(st.none() | texts, st.none() | numbers), max_size=12)
labels = st.text(st.characters(min_codepoint=32, max_codepoint=0x17F, blacklist_categories=["Cc"]), max_size=20)


@given(records=records, label=labels)
def test_xpt_brings_back_text_numbers_and_labels(tmp_path_factory, records, label):
    frame = pl.DataFrame(records, schema={"AETERM": pl.String, "AESTRESN": pl.Float64}, orient="row")
    path = tmp_path_factory.mktemp("xpt") / "ae.xpt"
    write_xpt(Dataset("AE", label.strip(), frame, {"AETERM": label.strip()}), path)
    read = read_dataset(path)
    expected = [(text.rstrip(" ") or None if text else None, number) for text, number in records]
    assert read.frame.rows() == expected
    assert read.label == label.strip()
    assert read.labels == {"AETERM": label.strip(), "AESTRESN": ""}


def test_xpt_is_the_same_bytes_every_time_and_holds_no_clock(tmp_path):
    data = Dataset("DM", "Demographics", pl.DataFrame({"USUBJID": ["1"], "AGE": [61.0]}))
    write_xpt(data, tmp_path / "dm.xpt")
    content = (tmp_path / "dm.xpt").read_bytes()
    write_xpt(data, tmp_path / "dm.xpt")
    assert (tmp_path / "dm.xpt").read_bytes() == content
    assert content[144:176] == content[464:496] == b"01JAN60:00:00:00" * 2


def test_xpt_writes_dates_as_sas_dates_and_reads_them_as_text(tmp_path):
    days = [dt.date(2024, 2, 29), None, dt.date(1959, 12, 31)]
    write_xpt(Dataset("ADSL", "", pl.DataFrame({"TRTSDT": days, "N": [1, 2, 3]})), tmp_path / "adsl.xpt")
    read = read_dataset(tmp_path / "adsl.xpt").frame
    assert read["TRTSDT"].to_list() == ["2024-02-29", None, "1959-12-31"]
    assert read["N"].to_list() == [1.0, 2.0, 3.0]


def test_xpt_without_records(tmp_path):
    write_xpt(Dataset("DM", "", pl.DataFrame(schema={"USUBJID": pl.String, "AGE": pl.Float64})), tmp_path / "dm.xpt")
    assert read_dataset(tmp_path / "dm.xpt").frame.schema == {"USUBJID": pl.String, "AGE": pl.Float64}


def test_xpt_in_windows_1252(tmp_path):
    write_xpt(Dataset("DM", "", pl.DataFrame({"COUNTRY": ["caf\u00e9", "x"]})), tmp_path / "dm.xpt")
    content = (tmp_path / "dm.xpt").read_bytes()
    (tmp_path / "dm.xpt").write_bytes(content.replace("caf\u00e9".encode(), b"caf\xe9 "))
    assert read_dataset(tmp_path / "dm.xpt").frame["COUNTRY"].to_list() == ["caf\u00e9", "x"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (Dataset("TOOLONGNAME", "", pl.DataFrame({"A": ["x"]})), "the name 'TOOLONGNAME' does not fit XPT v5"),
        (Dataset("DM", "", pl.DataFrame({"LONGERNAME": ["x"]})), "the name 'LONGERNAME' does not fit XPT v5"),
        (Dataset("DM", "x" * 41, pl.DataFrame({"A": ["x"]})), "DM: the label 'x"),
        (Dataset("DM", "", pl.DataFrame({"A": ["x"]}), {"A": "\u00e9" * 21}), "DM.A: the label"),
        (Dataset("DM", "", pl.DataFrame({"A": ["x", "\u00e9" * 101]})), "DM.A, record 2: '"),
        (Dataset("DM", "", pl.DataFrame({"A": ["a\0b"]})), r"DM.A, record 1: 'a\\x00b' is not text of at most 200"),
        (Dataset("DM", "", pl.DataFrame({"A": [1.0, 1e80]})), "DM.A, record 2: 1e.80 is not a number in the range"),
        (Dataset("DM", "", pl.DataFrame({"A": [1e-90]})), "DM.A, record 1: 1e-90 is not a number in the range"),
        (Dataset("DM", "", pl.DataFrame({"A": [float("inf")]})), "DM.A, record 1: inf is not a number"),
        (Dataset("DM", "", pl.DataFrame({"A": [[1]]})), r"DM.A: type List\(Int64\) has no place in XPT v5"),
        (Dataset("DM", "", pl.DataFrame()), "DM: no variables"),
        (Dataset("DM", "", pl.DataFrame({"A": ["x", None]})), "DM, record 2: no value at all"),
    ],
)
def test_xpt_refuses_what_does_not_fit(tmp_path, data, message):
    with pytest.raises(DataError, match=message):
        write_xpt(data, tmp_path / "dm.xpt")


def test_sas7bdat(tmp_path):
    (tmp_path / "flowers.sas7bdat").write_bytes(gzip.decompress(IRIS.read_bytes()))
    data = read_dataset(tmp_path / "flowers.sas7bdat")
    assert data.name == "FLOWERS"  # the file's name, as for SAS; the file says IRIS inside
    assert data.frame.columns == ["SEPAL_LENGTH", "SEPAL_WIDTH", "PETAL_LENGTH", "PETAL_WIDTH", "SPECIES"]
    assert data.frame["SEPAL_LENGTH"].sum() == pytest.approx(876.5)  # mean 5.8433 of Fisher's 150 flowers
    assert data.frame["PETAL_WIDTH"].sum() == pytest.approx(179.9)  # mean 1.1993
    assert data.frame["SPECIES"].value_counts(sort=True)["count"].to_list() == [50, 50, 50]


COLUMNS = [
    {"itemOID": "IT.AE.USUBJID", "name": "USUBJID", "label": "Unique Subject Identifier", "dataType": "string"},
    {"itemOID": "IT.AE.AESEQ", "name": "AESEQ", "label": "Sequence Number", "dataType": "integer"},
    {"itemOID": "IT.AE.DOSE", "name": "EXDOSE", "label": "Dose", "dataType": "decimal"},
    {"itemOID": "IT.AE.AESTDTC", "name": "AESTDTC", "label": "Start", "dataType": "date", "targetDataType": "integer"},
    {"itemOID": "IT.AE.FLAG", "name": "FLAG", "label": "Flag", "dataType": "boolean"},
]
ROWS = [["001", 1, "12.5", "2024-03-05", True], ["001", 2, None, "", None], ["002  ", 1, "0", "2024-03", False]]
EXPECTED = [
    ("001", 1.0, 12.5, "2024-03-05", "true"),
    ("001", 2.0, None, None, None),
    ("002", 1.0, 0.0, "2024-03", "false"),
]


def metadata(**changes):
    """The top of a Dataset-JSON 1.1 file, as the CDISC specification lists it."""
    return {
        "datasetJSONCreationDateTime": "2024-04-01T12:00:00",
        "datasetJSONVersion": "1.1.0",
        "fileOID": "www.example.org.ae",
        "itemGroupOID": "IG.AE",
        "records": 3,
        "name": "AE",
        "label": "Adverse Events",
        "columns": COLUMNS,
        **changes,
    }


def test_dataset_json(tmp_path):
    (tmp_path / "ae.json").write_text(json.dumps(metadata(rows=ROWS)))
    data = read_dataset(tmp_path / "ae.json")
    assert (data.name, data.label, data.labels["AESEQ"]) == ("AE", "Adverse Events", "Sequence Number")
    assert data.frame.rows() == EXPECTED


def test_dataset_ndjson(tmp_path):
    (tmp_path / "ae.ndjson").write_text("\n".join(json.dumps(line) for line in [metadata(), *ROWS]) + "\n")
    assert read_dataset(tmp_path / "ae.ndjson").frame.rows() == EXPECTED


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": ROWS[:2]}, "records says 3, but there are 2 rows"),
        ({"rows": [["001", 1]] * 3}, "row 1: expected a list of 5 values"),
        ({"rows": [[1, 1, None, None, None]] * 3}, "row 1, column 'USUBJID': 1 is not of the column's dataType"),
        ({"rows": [["1", True, None, None, None]] * 3}, "row 1, column 'AESEQ': True is not"),
        ({"rows": [["1", 1, "x", None, None]] * 3}, "row 1, variable EXDOSE: 'x' is not a number"),
        ({"rows": [["1", float("nan"), "1", None, None]] * 3}, "NaN is not a JSON number"),
        ({"rows": ROWS, "datasetJSONVersion": "1.0.0"}, "datasetJSONVersion 1.1"),
        ({"rows": ROWS, "name": "CM"}, "a dataset named 'CM', expected 'AE'"),
        ({"rows": ROWS, "columns": [*COLUMNS[:4], COLUMNS[0]]}, "row 1, column 'USUBJID'"),
        ({"rows": None}, "expected lists named columns and rows"),
    ],
)
def test_bad_dataset_json(tmp_path, changes, message):
    (tmp_path / "ae.json").write_text(json.dumps(metadata(**changes)))
    with pytest.raises(DataError, match=message) as error:
        read_dataset(tmp_path / "ae.json")
    assert str(tmp_path / "ae.json") in str(error.value)


def test_parquet(tmp_path):
    frame = pl.DataFrame(
        {
            "usubjid": ["1  ", "", "<script>"],
            "aeseq": pl.Series([1, 2, None], dtype=pl.Int32),
            "aestdtc": pl.Series(["2024-03-05T10:20", None, "2024-03-06T00:00"]).str.to_datetime(),
            "nothing": pl.Series([None, None, None], dtype=pl.Null),
            "ratio": [1.5, float("nan"), None],
        }
    )
    frame.write_parquet(tmp_path / "ae.parquet")
    assert read_dataset(tmp_path / "ae.parquet").frame.to_dict(as_series=False) == {
        "USUBJID": ["1", None, "<script>"],
        "AESEQ": [1.0, 2.0, None],
        "AESTDTC": ["2024-03-05T10:20:00", None, "2024-03-06T00:00:00"],
        "NOTHING": [None, None, None],
        "RATIO": [1.5, None, None],
    }


def test_csv_takes_numbers_only_where_sdtm_says_so(tmp_path):
    text = '\ufeffUSUBJID,SUBJID,AESEQ,AETERM\r\n01-001,001,1,"Nausea, ""mild"" "\r\n01-002,002,,\r\n'
    (tmp_path / "ae.csv").write_text(text, encoding="utf-8", newline="")
    assert read_dataset(tmp_path / "ae.csv").frame.rows() == [
        ("01-001", "001", 1.0, 'Nausea, "mild"'),
        ("01-002", "002", None, None),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("A,B\n1\n", "record 1: 1 values, expected 2"),
        ("AESEQ\n1\nx\n", "row 2, variable AESEQ: 'x' is not a number"),
        ("A,a\n1,2\n", "variable A occurs more than once"),
        ("A B\n1\n", "'A B' is not a variable name"),
        ('A\n"1\n', "unexpected end of data"),
    ],
)
def test_bad_csv(tmp_path, text, message):
    (tmp_path / "ae.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_dataset(tmp_path / "ae.csv")


def test_a_variable_of_the_wrong_type_is_refused_and_one_without_values_gets_its_type(tmp_path):
    pl.DataFrame({"AESTDTC": [20240305]}).write_parquet(tmp_path / "ae.parquet")
    with pytest.raises(DataError, match="variable AESTDTC is of type Float64, expected text"):
        read_dataset(tmp_path / "ae.parquet")
    pl.DataFrame({"VISITNUM": ["three"]}).write_parquet(tmp_path / "sv.parquet")
    with pytest.raises(DataError, match="variable VISITNUM is of type String, expected a number"):
        read_dataset(tmp_path / "sv.parquet")
    empty = pl.DataFrame({"AESTDTC": [None], "AESEQ": [None]}, schema={"AESTDTC": pl.Float64, "AESEQ": pl.String})
    empty.write_parquet(tmp_path / "ae.parquet")
    assert read_dataset(tmp_path / "ae.parquet").frame.schema == {"AESTDTC": pl.String, "AESEQ": pl.Float64}


def test_a_file_that_holds_another_dataset_than_its_name_says(tmp_path):
    write_xpt(Dataset("RS2", "", pl.DataFrame({"A": ["x"]})), tmp_path / "rs.xpt")
    with pytest.raises(DataError, match=r"rs\.xpt.*a dataset named 'RS2', expected 'RS'"):
        read_dataset(tmp_path / "rs.xpt")


def test_an_xpt_file_with_two_datasets(tmp_path):
    write_xpt(Dataset("DM", "", pl.DataFrame({"A": ["x"]})), tmp_path / "dm.xpt")
    content = (tmp_path / "dm.xpt").read_bytes()
    (tmp_path / "dm.xpt").write_bytes(content + content[240:])
    with pytest.raises(DataError, match="more than one dataset in the file"):
        read_dataset(tmp_path / "dm.xpt")


def test_folder(tmp_path):
    write_xpt(Dataset("RS", "", pl.DataFrame({"A": ["x"]})), tmp_path / "RS.XPT")
    (tmp_path / "dm.csv").write_text("USUBJID\n1\n")
    for other in ("lock.json", "cut.json", "cut-log.csv", "define.xml", "README.md"):
        (tmp_path / other).write_text("not a dataset")
    assert list(frames(read_folder(tmp_path))) == ["DM", "RS"]


def test_folder_with_the_same_dataset_twice(tmp_path):
    (tmp_path / "DM.csv").write_text("USUBJID\n1\n")
    write_xpt(Dataset("DM", "", pl.DataFrame({"A": ["x"]})), tmp_path / "dm.xpt")
    with pytest.raises(DataError, match=r"DM\.csv and dm\.xpt both hold the dataset DM"):
        read_folder(tmp_path)


def test_folder_that_is_missing_or_empty_or_holds_something_odd(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        read_folder(tmp_path / "none")
    with pytest.raises(DataError, match="no dataset in this folder"):
        read_folder(tmp_path)
    (tmp_path / "my data.csv").write_text("A\n1\n")
    with pytest.raises(DataError, match="'my data' is not a dataset name"):
        read_folder(tmp_path)


def test_missing_and_unknown_files(tmp_path):
    with pytest.raises(DataError, match=r"dm\.xpt: no such file"):
        read_dataset(tmp_path / "dm.xpt")
    with pytest.raises(DataError, match=r"dm\.csv: no such file"):
        read_dataset(tmp_path / "dm.csv")
    with pytest.raises(DataError, match=r"dm\.xlsx: unknown kind of file, expected one of \.xpt, "):
        read_dataset(tmp_path / "dm.xlsx")


def samples(folder):
    """One good file per format, with a few records."""
    frame = pl.DataFrame({"USUBJID": [f"{n:03d}" for n in range(40)], "AESEQ": [float(n) for n in range(40)]})
    write_xpt(Dataset("AE", "", frame), folder / "ae.xpt")
    frame.write_parquet(folder / "ae.parquet")
    (folder / "ae.json").write_text(json.dumps(metadata(rows=ROWS)))
    (folder / "ae.ndjson").write_text("\n".join(json.dumps(line) for line in [metadata(), *ROWS]))
    (folder / "ae.sas7bdat").write_bytes(gzip.decompress(IRIS.read_bytes()))
    return sorted(folder.iterdir())


def test_truncated_and_damaged_files_are_data_errors_or_datasets(tmp_path):
    (tmp_path / "good").mkdir()
    dice = random.Random(5)
    for path in samples(tmp_path / "good"):
        content = path.read_bytes()
        damaged = [content[: len(content) * cut // 12] for cut in range(12)]
        for _ in range(25):
            copy = bytearray(content)
            for _ in range(5):
                copy[dice.randrange(len(copy))] = dice.randrange(256)
            damaged.append(bytes(copy))
        damaged += [b"", b"\0" * 5000, dice.randbytes(3000)]
        for bad in damaged:
            target = tmp_path / path.name
            target.write_bytes(bad)
            if len(bad) != len(content):
                with pytest.raises(DataError, match=path.name):
                    read_dataset(target)
                continue
            with contextlib.suppress(
                DataError
            ):  # a flipped byte may leave a readable file; anything else must not escape
                read_dataset(target)


def test_an_xpt_file_cut_short_anywhere_in_its_last_record(tmp_path):
    frame = pl.DataFrame({"USUBJID": ["x" * 50] * 40, "AESEQ": [1.0] * 40})
    write_xpt(Dataset("AE", "", frame), tmp_path / "ae.xpt")
    content = (tmp_path / "ae.xpt").read_bytes()
    for length in range(len(content) - 79, len(content)):
        (tmp_path / "ae.xpt").write_bytes(content[:length])
        with pytest.raises(DataError, match=r"ae\.xpt: .*(cut short|Unable|Invalid)"):
            read_dataset(tmp_path / "ae.xpt")
