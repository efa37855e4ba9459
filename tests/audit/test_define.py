"""define.xml of a few made-up patients and of the public data: what it says, and that it fits schema and files."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis import params
from analysis.adam import labels
from analysis.audit import define, define_methods, define_page, define_results, define_tables, define_texts
from analysis.audit.define_members import Member, adam_members, read_member, sdtm_members
from analysis.cut.dataset import Dataset, write_xpt
from analysis.errors import DataError
from analysis.params import Output
from analysis.params_submission import Submission
from analysis.results import Result
from tests.audit.define_checks import NS, agrees, valid
from tests.conftest import PROJECT

PUBLIC = PROJECT / "examples/cdisc-oncology"
HOSTILE = '<b>&"Ä\u202e</b>'
PATIENTS = {"STUDYID": ["S", "S"], "USUBJID": ["S-1", "S-2"]}

DM = Dataset(
    "DM",
    "Demographics",
    pl.DataFrame(
        {
            **PATIENTS,
            "DOMAIN": ["DM", "DM"],
            "SEX": ["F", "M"],
            "AGE": [51.0, 70.0],
            "RFSTDTC": ["2024-01-02", "2024-02"],
        }
    ),
    {"STUDYID": "Study Identifier", "USUBJID": "Unique Subject Identifier", "SEX": "Sex", "AGE": "Age"},
)
AE = Dataset(
    "AE",
    "Adverse Events",
    pl.DataFrame(
        {**PATIENTS, "DOMAIN": ["AE", "AE"], "AESEQ": [1.0, 1.0], "AETERM": ["Rash", HOSTILE], "AESER": ["N", "Y"],
         "AEOUT": ["FATAL", "OTHER"], "AESTDTC": ["2024-01-05", "2024-03-01"]}
    ),
    {"AETERM": "Reported Term for the Adverse Event", "AESER": "Serious Event"},
)  # fmt: skip
SUPPAE = Dataset(
    "SUPPAE",
    "Supplemental Qualifiers for AE",
    pl.DataFrame(
        {**PATIENTS, "RDOMAIN": ["AE", "AE"], "IDVAR": ["AESEQ", "AESEQ"], "IDVARVAL": ["1", "1"],
         "QNAM": ["AERELA", "AERELB"], "QLABEL": ["Causality to A", "Causality to B"], "QVAL": ["RELATED", "NOT"]}
    ),
)  # fmt: skip
ADSL = Dataset(
    "ADSL",
    "Subject-Level Analysis Dataset",
    pl.DataFrame({**PATIENTS, "SEX": ["F", "M"], "AGE": [51.0, 70.0], "FASFL": ["Y", "N"]}),
    {"SEX": "Sex", "FASFL": "Full Analysis Set Population Flag"},
)
ADTTE = Dataset(
    "ADTTE",
    "Time-to-Event Analysis Dataset",
    pl.DataFrame(
        {**PATIENTS, "SEX": ["F", "F"], "FASFL": ["Y", "N"], "PARAMCD": ["PFS", "OS"],
         "PARAM": ["Progression-free survival", "Overall survival"],
         "ADT": pl.Series([19000, 19500], dtype=pl.Int32).cast(pl.Date), "AVAL": [1.25, 12.0], "CNSR": [0.0, 1.0]}
    ),
    {"AVAL": "Analysis Value", "CNSR": "Censor", "PARAM": "Parameter"},
)  # fmt: skip


@pytest.fixture(scope="module")
def chosen() -> params.Params:
    return params.load("2025-12-31", PROJECT / "params")


def members(folder: Path, *datasets: Dataset) -> list[Member]:
    folder.mkdir(exist_ok=True)
    for dataset in datasets:
        write_xpt(dataset, folder / f"{dataset.name.lower()}.xpt")
    return [read_member(folder / f"{dataset.name.lower()}.xpt") for dataset in datasets]


def about(chosen: params.Params, **changes: Any) -> define.About:
    found = {
        "submission": Submission(sdtmig="3.3", sdtm_ct="2024-09-27"),
        "date": "2026-01-31",
        "code_version": "ab" * 32,
    }
    documents = {"guide.pdf": "Guide"}
    programs = {"analysis/adam/adtte.py": "../programs/adtte.txt", "notebooks/20.ipynb": "../programs/20.txt"}
    return define.About(**{"params": chosen, **found, "documents": documents, "programs": programs, **changes})


def item(root: Any, name: str) -> Any:
    [found] = root.iterfind(f".//odm:ItemDef[@OID='IT.{name}']", NS)
    return found


def origin(root: Any, name: str) -> tuple[str, str | None, str | None]:
    node = item(root, name).find("def:Origin", NS)
    told = node.find("odm:Description/odm:TranslatedText", NS)
    return node.get("Type"), node.get("Source"), None if told is None else told.text


def method(root: Any, dataset: str, variable: str) -> str | None:
    [ref] = root.iterfind(f".//odm:ItemGroupDef[@Name='{dataset}']/odm:ItemRef[@ItemOID='IT.{dataset}.{variable}']", NS)
    words = root.find(f".//odm:MethodDef[@OID='{ref.get('MethodOID')}']/odm:Description/odm:TranslatedText", NS)
    return None if words is None else str(words.text)


def test_sdtm_datasets_are_described(tmp_path: Path, chosen: params.Params) -> None:
    found = members(tmp_path, DM, AE, SUPPAE)
    root = valid(define.sdtm(found, about(chosen)))
    agrees(root, found)
    [group] = root.iterfind(".//odm:ItemGroupDef[@Name='AE']", NS)
    assert group.get(f"{{{NS['def']}}}Structure") == "One record per adverse event per subject"
    assert group.find("def:Class", NS).get("Name") == "EVENTS"
    assert (group.get("Repeating"), group.get("Purpose")) == ("Yes", "Tabulation")
    assert root.find(".//odm:ItemGroupDef[@Name='DM']", NS).get("Repeating") == "No"
    keys = {
        ref.get("KeySequence"): ref.get("ItemOID")
        for ref in group.iterfind("odm:ItemRef", NS)
        if ref.get("KeySequence")
    }
    assert keys == {"1": "IT.AE.STUDYID", "2": "IT.AE.USUBJID", "3": "IT.AE.AESEQ"}
    assert origin(root, "AE.AETERM") == ("Collected", "Investigator", None)
    assert origin(root, "AE.AESEQ") == ("Derived", "Sponsor", None)
    assert origin(root, "AE.STUDYID") == ("Protocol", "Sponsor", None)
    comment = root.find(".//def:CommentDef[@OID='COM.ORIGIN']/odm:Description/odm:TranslatedText", NS).text
    assert "To be completed by the sponsor" in comment
    assert item(root, "AE.AESTDTC").get("DataType") == "date"
    assert item(root, "DM.RFSTDTC").get("DataType") == "partialDate"


def test_terms_of_cdisc_have_their_codes_only_where_all_values_are_known(tmp_path: Path, chosen: params.Params) -> None:
    root = valid(define.sdtm(members(tmp_path, DM, AE), about(chosen)))

    def codes(name: str) -> tuple[str | None, dict[str, str | None]]:
        oid = item(root, name).find("odm:CodeListRef", NS).get("CodeListOID")
        [listed] = root.iterfind(f".//odm:CodeList[@OID='{oid}']", NS)
        values = {
            one.get("CodedValue"): alias.get("Name") if (alias := one.find("odm:Alias", NS)) is not None else None
            for one in listed.iterfind("odm:EnumeratedItem", NS)
        }
        return listed.get(f"{{{NS['def']}}}StandardOID"), values

    assert codes("DM.SEX") == ("STD.CT", {"F": "C16576", "M": "C20197"})
    assert codes("AE.AESER") == ("STD.CT", {"N": "C49487", "Y": "C49488"})
    assert codes("AE.AEOUT") == (None, {"FATAL": None, "OTHER": None})
    assert item(root, "AE.AETERM").find("odm:CodeListRef", NS) is None


def test_supplemental_values_are_described_for_each_qualifier(tmp_path: Path, chosen: params.Params) -> None:
    root = valid(define.sdtm(members(tmp_path, SUPPAE), about(chosen)))
    [listed] = root.iterfind(".//def:ValueListDef", NS)
    assert listed.get("OID") == "VL.SUPPAE.QVAL"
    assert [ref.get("ItemOID") for ref in listed.iterfind("odm:ItemRef", NS)] == [
        "IT.SUPPAE.QVAL.AERELA",
        "IT.SUPPAE.QVAL.AERELB",
    ]
    told = item(root, "SUPPAE.QVAL.AERELA")
    assert told.find("odm:Description/odm:TranslatedText", NS).text == "Causality to A"
    assert told.get("Length") == "7"
    [check] = root.iterfind(".//def:WhereClauseDef[@OID='WC.SUPPAE.QNAM.AERELA']/odm:RangeCheck", NS)
    assert (check.get("Comparator"), check.find("odm:CheckValue", NS).text) == ("EQ", "AERELA")


def test_analysis_datasets_tell_where_values_come_from(tmp_path: Path, chosen: params.Params) -> None:
    found = members(tmp_path / "adam", ADSL, ADTTE)
    root = valid(define.adam(found, members(tmp_path / "sdtm", DM), [], about(chosen)))
    agrees(root, found)
    assert origin(root, "ADSL.SEX") == ("Predecessor", None, "DM.SEX")
    assert origin(root, "ADTTE.FASFL") == ("Predecessor", None, "ADSL.FASFL")
    assert origin(root, "ADTTE.SEX")[0] == "Derived"  # a patient has another value than in ADSL
    assert origin(root, "ADTTE.PARAMCD") == ("Assigned", "Sponsor", None)
    assert method(root, "ADTTE", "CNSR") == "0 where the event counts, 1 where the time is censored."
    assert "Not enrolled" in (method(root, "ADSL", "FASFL") or "")
    [group] = root.iterfind(".//odm:ItemGroupDef[@Name='ADTTE']", NS)
    assert group.find("def:Class/def:SubClass", NS).get("Name") == "TIME-TO-EVENT"
    assert group.get(f"{{{NS['def']}}}Structure") == "One record per enrolled patient and time-to-event parameter"
    date = item(root, "ADTTE.ADT")
    assert (date.get("DataType"), date.get(f"{{{NS['def']}}}DisplayFormat")) == ("integer", "DATE9.")
    assert (item(root, "ADTTE.AVAL").get("DataType"), item(root, "ADTTE.AVAL").get("SignificantDigits")) == (
        "float",
        "2",
    )
    assert item(root, "ADTTE.AVAL.OS").get("DataType") == "integer"


def test_values_of_a_parameter_have_its_rules(tmp_path: Path, chosen: params.Params) -> None:
    root = valid(define.adam(members(tmp_path, ADTTE), [], [], about(chosen)))
    [ref] = root.iterfind(".//odm:ItemRef[@ItemOID='IT.ADTTE.AVAL.PFS']", NS)
    [words] = root.iterfind(f".//odm:MethodDef[@OID='{ref.get('MethodOID')}']/odm:Description/odm:TranslatedText", NS)
    assert words.text.startswith("By the rule set fda. ")
    assert "New anticancer therapy before progression or death: Censored at the last adequate assessment" in words.text
    [document] = root.iterfind(f".//odm:MethodDef[@OID='{ref.get('MethodOID')}']/def:DocumentRef", NS)
    [leaf] = root.iterfind(f".//def:leaf[@ID='{document.get('leafID')}']", NS)
    assert leaf.get(f"{{{NS['xlink']}}}href") == "../programs/adtte.txt"


def result(where: str, method: str) -> Result:
    fields: dict[str, Any] = dict.fromkeys(Result.__dataclass_fields__)
    fields |= {
        "output": "t-14-2-1-1",
        "variable": "AVAL",
        "stat_name": "n",
        "stat_label": "n",
        "stat": 1,
        "stat_fmt": "1",
    }
    return Result(**fields | {"population": "fas", "dataset": "ADTTE", "where": where, "method": method})


def test_main_displays_have_analysis_results_metadata(tmp_path: Path, chosen: params.Params) -> None:
    rows = [
        result("\"PARAMCD\" = 'PFS' AND \"FASFL\" = 'Y'", "Kaplan-Meier"),
        result('"PARAMCD" = \'PFS\' AND "FASFL" = \'Y\' AND "CNSR" = 0', "count"),
        result("\"PARAMCD\" = 'OS'", "count"),
    ]
    catalogue = {"t-14-2-1-1": Output(id="t-14-2-1-1", title="PFS", population="fas", notebook="20")}
    shown = define_results.of_build(
        rows, catalogue, {"ADTTE": ADTTE.frame.columns}, {"notebooks/20.ipynb": "LF.notebooks_20.ipynb"}
    )
    root = valid(define.adam(members(tmp_path, ADTTE), [], shown, about(chosen)))
    [display] = root.iterfind(".//arm:ResultDisplay", NS)
    assert display.get("Name") == "Table 14.2.1.1"
    second, first = display.iterfind("arm:AnalysisResult", NS)  # sorted by what they select: OS, then PFS
    assert first.get("AnalysisPurpose") == "PRIMARY OUTCOME MEASURE"
    assert (
        first.find("arm:Documentation/odm:Description/odm:TranslatedText", NS).text == "Methods: Kaplan-Meier; count."
    )
    variables = [v.get("ItemOID") for v in first.iterfind(".//arm:AnalysisVariable", NS)]
    assert variables == ["IT.ADTTE.CNSR", "IT.ADTTE.FASFL", "IT.ADTTE.PARAMCD"]
    where = first.find(".//def:WhereClauseRef", NS).get("WhereClauseOID")
    checks = root.iterfind(f".//def:WhereClauseDef[@OID='{where}']/odm:RangeCheck", NS)
    assert [c.find("odm:CheckValue", NS).text for c in checks] == ["PFS", "Y"]
    assert "OS" in second.find("odm:Description/odm:TranslatedText", NS).text


def test_without_a_submission_file_versions_are_for_the_sponsor_to_complete(
    tmp_path: Path, chosen: params.Params
) -> None:
    root = valid(define.sdtm(members(tmp_path, DM), about(chosen, submission=Submission())))
    [standard] = root.iterfind(".//def:Standard", NS)
    assert standard.get("Version") == "To be completed by the sponsor"
    lists = root.iterfind(".//odm:CodeList", NS)
    assert {listed.get(f"{{{NS['def']}}}IsNonStandard") for listed in lists} == {"Yes"}


def test_the_same_data_give_the_same_bytes(tmp_path: Path, chosen: params.Params) -> None:
    found = members(tmp_path, DM, AE, SUPPAE)
    assert define.sdtm(found, about(chosen)) == define.sdtm(found, about(chosen))


def test_public_sdtm_fits_the_schema_and_the_files() -> None:
    found = sdtm_members(PUBLIC / "data/cuts/2014-12-31")
    agrees(valid(define.sdtm(found, about(params.load("2014-12-31", PUBLIC / "params")))), found)
    for member in found:
        assert not member.frame.select(define_tables.keys(member, adam=False)).is_duplicated().any(), member.name


def test_the_page_shows_text_as_text_and_every_link_leads_somewhere(tmp_path: Path, chosen: params.Params) -> None:
    tagged = Dataset("DM", "<script>alert(1)</script>", DM.frame.with_columns(RACE=pl.lit("<b>x</b>")))
    content = define.sdtm(members(tmp_path, tagged, SUPPAE), about(chosen))
    text = define_page.page(content, note="MADE UP <i>").decode()
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "MADE UP &lt;i&gt;" in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text
    ids, links = set(re.findall(r'id="([^"]+)"', text)), set(re.findall(r'href="#([^"]+)"', text))
    assert links - ids == set()


def test_characters_that_xml_has_not_are_shown_by_their_number(tmp_path: Path, chosen: params.Params) -> None:
    odd = Dataset(
        "SUPPAE",
        "A\x02 label",
        SUPPAE.frame.with_columns(QNAM=pl.Series(["A\x01", "<&'\""]), QLABEL=pl.Series(["\ufffe", "]]>"])),
        {"QVAL": "Tab\x0b"},
    )
    root = valid(define.sdtm(members(tmp_path, odd), about(chosen)))
    [label] = root.iterfind(".//odm:ItemGroupDef/odm:Description/odm:TranslatedText", NS)
    assert label.text == "A\\x02 label"
    values = [v.text for v in root.iterfind(".//def:WhereClauseDef/odm:RangeCheck/odm:CheckValue", NS)]
    assert values == ["<&'\"", "A\\x01"]
    assert item(root, "SUPPAE.QVAL.A\\x01").find("odm:Description/odm:TranslatedText", NS).text == "\\xfffe"


def test_a_dataset_of_another_format_is_written_as_transport_file(tmp_path: Path) -> None:
    DM.frame.write_csv(tmp_path / "dm.csv")
    [member] = sdtm_members(tmp_path)
    assert member.file == "dm.xpt"
    assert member.content.startswith(b"HEADER RECORD*******LIBRARY")
    assert [variable.name for variable in member.variables] == DM.frame.columns


def test_a_name_that_version_5_cannot_hold_is_named(tmp_path: Path) -> None:
    pl.DataFrame({"USUBJID": ["1"], "MUCHTOOLONG": ["x"]}).write_csv(tmp_path / "dm.csv")
    with pytest.raises(DataError, match="MUCHTOOLONG"):
        sdtm_members(tmp_path)


def test_analysis_datasets_begin_with_adsl(tmp_path: Path) -> None:
    members(tmp_path, ADTTE, ADSL)
    assert [member.name for member in adam_members(tmp_path)] == ["ADSL", "ADTTE"]


def test_each_line_of_the_methods_is_of_a_variable_that_exists(chosen: params.Params) -> None:
    names = labels.variable_labels(chosen)
    for lines in (define_methods.EVERYWHERE, *define_methods.OF_DATASET.values()):
        for pattern in lines:
            assert any(re.fullmatch(pattern, name) for name in names), pattern


def test_texts_are_those_of_the_programs() -> None:
    assert define_texts.structure("ADAE") == "One record per adverse event of the patients in ADSL"
    assert "LAVAL and RAVAL are the months after which and by which the event happened" in define_texts.method(
        "ADTTE", "LAVAL"
    )
    assert define_texts.method("ADVS", "CHG") == "AVAL - BASE, of records after baseline."
    assert define_texts.adam_read("ADTTE") == ["ADRS", "ADSL"]
    assert define_texts.sdtm_read("ADMH", ["AE", "DM", "MH"]) == ["MH"]
    assert define_texts.described("ADXX") == ""
