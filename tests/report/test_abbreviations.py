"""The list of section 4 has the abbreviations that a report uses, and an unknown one stops it."""

from dataclasses import replace
from pathlib import Path

import pytest

from analysis import params as params_module
from analysis.errors import RenderError
from analysis.paths import Study
from analysis.report import abbreviations
from analysis.report.abbreviations import Dictionary, names_of_the_data, names_of_the_study, prose, shown
from analysis.report.book import Book
from analysis.report.lint import lint
from tests.report.made import STUDY, make_params, make_result
from tests.report.small_book import CATALOGUE, PATIENTS, code_cell, figure_cell, notebook, write_book

PROJECT = Path(__file__).parents[2]

WORDS = Dictionary(
    abbreviations={
        "CI": "Confidence interval",
        "CDK4/6": "Cyclin-dependent kinases 4 and 6",
        "c-KIT": "Stem cell factor receptor",
        "CDISC": "A consortium",
        "NON-CR/NON-PD": "Neither",
        "PFS": "Progression-free survival",
        "QTcF": "Corrected QT",
        "SDTM": "A model of CDISC",
        "TEAE": "Treatment-emergent adverse event",
    },
    not_abbreviations={"studies": ["PALOMA"], "numbers": [r"NCT\d{8}", "[IVX]+"]},
)


@pytest.mark.parametrize(
    ("text", "known", "unknown"),
    [
        ("The PFS (CI: 2 to 3) was long.", {"PFS", "CI"}, []),
        ("Two CIs and many TEAEs", {"CI", "TEAE"}, []),
        ("RECIST 1.1, QTcF, RECIST", {"QTcF"}, ["RECIST"]),
        ("A CDK4/6 inhibitor of CDK4", {"CDK4/6"}, ["CDK4"]),
        ("c-KIT and KIT", {"c-KIT"}, ["KIT"]),
        ("NON-CR/NON-PD, non-CR", {"NON-CR/NON-PD"}, ["CR"]),
        ("PALOMA-3 in phase III, NCT05075512, NCT1", set(), ["NCT1"]),
        ("Ki-67 of A and b; McDonald; Word", set(), ["McDonald"]),
        ("eDISH, mIU/L", set(), ["eDISH", "mIU"]),
    ],
)
def test_what_is_an_abbreviation(text: str, known: set[str], unknown: list[str]) -> None:
    assert WORDS.known(text) == known
    assert WORDS.unknown(text) == unknown


def test_prose_is_what_a_reader_sees(tmp_path: Path) -> None:
    book = Book(write_book(tmp_path))
    line = (
        r"See [the CI](14-ABC.qmd#T-XY) {{< var pfs.median >}}\-YEAR [@DOE2000]{#S-AB} <!-- XYZ --> "
        "{{< var software.AB >}}"
    )
    assert prose(line, book).split() == ["See", "[the", "CI", "7.4-YEAR", "[", "]"]


def test_the_cells_and_the_source_of_a_display_are_not_read() -> None:
    html = (
        "<style>.X{A:B}</style><div><table><caption>Table 1 PFS &amp; OS</caption><thead><tr><td></td><th>HGB</th></tr>"
        '</thead><tbody><tr><th scope="row">ALT</th><td class="c">VERBATIM</td></tr></tbody><tfoot><tr><td colspan="2">'
        '<p>NE: none</p><span class="csr-source">Source: ADTTE</span></td></tr></tfoot></table></div>'
    )
    assert shown(html).split() == ["Table", "1", "PFS", "&", "OS", "HGB", "ALT", "NE:", "none"]


def make_book(folder: Path, patients: str = "", table: str = "", figure: str = "") -> Path:
    """The small book with these words in a chapter, in a table and below a figure, and a study's dictionaries."""
    cells = (
        code_cell("t-14-2-1-1", ({"text/html": table, "text/markdown": "x"}, {})),
        figure_cell("f-14-2-1-1") | {"outputs": [*figure_outputs(figure)]},
    )
    book = write_book(folder, report__10_patients=PATIENTS + patients, notebooks__20_pfs=notebook(*cells))
    (book / "_variables.yml").write_text(
        '{"pfs": {"median": "7", "n": "40"}, "drug": {"name": "x"}, "data": {"term": "y"}, "text": {"said": "the PFS"}}'
    )
    return book


def figure_outputs(html: str) -> list[object]:
    return [*figure_cell("f")["outputs"], *code_cell("f", ({"text/html": html}, {}))["outputs"]]  # type: ignore[misc]


def stage(book: Path, *dictionaries: str) -> list[str]:
    """Stage the lists from these dictionaries; return the rows of the list."""
    paths = [book / f"given-{number}.yaml" for number in range(len(dictionaries))]
    for path, text in zip(paths, dictionaries, strict=True):
        path.write_text(text)
    abbreviations.stage(book, paths, make_params())
    return (book / abbreviations.LIST).read_text().splitlines()[2:]


def test_the_list_has_what_chapters_sentences_and_displays_use_in_alphabetical_order(tmp_path: Path) -> None:
    book = make_book(
        tmp_path,
        patients="\nOf {{< var text.said >}} with SDTM.\n",
        table="<tbody><tr><th>c-KIT</th><td>TEAE</td></tr></tbody>",
        figure="<p>QTcF</p>",
    )
    rows = stage(book, "abbreviations: " + str(WORDS.abbreviations))
    assert rows == [
        r"| c\-KIT | Stem cell factor receptor |",
        "| CDISC | A consortium |",  # the meaning of SDTM uses it
        "| PFS | Progression\\-free survival |",
        "| QTcF | Corrected QT |",
        "| SDTM | A model of CDISC |",
    ]


def test_a_study_adds_to_the_dictionary_and_comes_first(tmp_path: Path) -> None:
    book = make_book(tmp_path, patients="\nThe PFS by SMQ.\n")
    rows = stage(book, "abbreviations: {PFS: one, OS: two}", "abbreviations: {PFS: three, SMQ: four}")
    assert rows == ["| PFS | three |", "| SMQ | four |"]


def test_an_unknown_abbreviation_is_named_with_its_line(tmp_path: Path) -> None:
    book = make_book(tmp_path, patients="\nThe ORR of {{< var text.said >}}.\n", table="<th>WXYZ</th>")
    stage(book, "abbreviations: {OS: Overall survival}")
    catalogue = CATALOGUE | {
        "t-14-2-1-1": CATALOGUE["t-14-2-1-1"].model_copy(update={"title": "OS", "footnotes": ["By SMQ."]})
    }
    words = "is not in report/abbreviations.yaml: neither explained nor excepted"
    line = len(PATIENTS.splitlines()) + 2
    assert lint(book, catalogue) == [
        f"report/10-patients.qmd:{line}: ORR {words}",
        f"report/10-patients.qmd:{line}: PFS {words}",
        f"outputs.yaml: t-14-2-1-1: SMQ {words}",
    ]


def test_names_and_controlled_terms_of_the_study_are_excepted() -> None:
    chosen = make_params(
        study=STUDY | {"id": "ABC-1", "sponsor": "GSX Ltd", "data_note": "SYNTHETIC - no DATA"},
        subjects={"enrolment_dsdecod": "ENROLLED", "per_protocol_excludes": ["NOT MET"]},
        adverse_events={"severity_grades": {"MILD": 1}, "dictionary": "MedDRA terms"},
    )
    found = names_of_the_study(chosen)
    assert {"ABC", "GSX", "SYNTHETIC", "DATA", "ENROLLED", "NOT", "MET", "MILD", "ANLOTINIB"} <= found
    assert "MedDRA" not in found


def test_words_of_the_data_in_sentences_are_excepted(tmp_path: Path) -> None:
    """A term such as COVID-19 stops no build; what the dictionary explains is listed, data or not."""
    results = [replace(make_result("ae.x", 1), group2_level="COVID-19 with DIC"), make_result("a.PFS", 2, "NE")]
    names = names_of_the_data(results)
    assert {"COVID", "DIC"} <= names
    book = make_book(tmp_path, patients="\nA COVID infection, a DIC and the PFS.\n")
    (book / "given.yaml").write_text("abbreviations: {PFS: one}")
    abbreviations.stage(book, [book / "given.yaml"], make_params(), names)
    assert "| PFS | one |" in (book / abbreviations.LIST).read_text()
    assert lint(book, CATALOGUE) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("abbreviations: {PFS: 1}", r"abbreviations\.PFS: Input should be a valid string"),
        ("words: {}", "words: Extra inputs are not permitted"),
        ("not_abbreviations: {studies: ['(']}", r"'\(' is no regular expression"),
        ("abbreviations: {PFS: a, PFS: b}", "duplicate key"),
    ],
)
def test_a_faulty_dictionary_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "abbreviations.yaml"
    path.write_text(text)
    with pytest.raises(RenderError, match=f"(?s)abbreviations.yaml.*{problem}"):
        abbreviations.read([path])


def test_a_book_without_a_dictionary_is_not_checked(tmp_path: Path) -> None:
    assert lint(write_book(tmp_path, report__10_patients=PATIENTS + "\nABCD\n"), CATALOGUE) == []


@pytest.mark.parametrize("folder", ["", "examples/cdisc-oncology"])
def test_titles_and_footnotes_of_the_catalogues_are_explained(folder: str) -> None:
    root = PROJECT / folder
    dictionary = abbreviations.read([PROJECT / abbreviations.DICTIONARY, root / abbreviations.DICTIONARY])
    catalogue = params_module.load_catalogue(Study(PROJECT, root / "params").params_dir)
    texts = [text for output in catalogue.values() for text in (output.title, *output.footnotes)]
    assert not [word for text in texts for word in dictionary.unknown(text)]
    assert not set(dictionary.abbreviations) & {w for words in dictionary.not_abbreviations.values() for w in words} - {
        "PR"
    }
