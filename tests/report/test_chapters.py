"""The chapters as they are written, of the study and of the second one."""

import re
from pathlib import Path

import pytest

from analysis import params as params_module
from analysis.params import Params
from analysis.report.variables import flatten

PROJECT = Path(__file__).parents[2]
STUDIES = (PROJECT, PROJECT / "examples/cdisc-oncology")

# What section 9 marks once for all: the statistical methods, and the schedule under its flow chart.
MARKED_AS_A_WHOLE = ("s-9-5-1", "s-9-7-1", "s-9-7-2", "s-16-1-9")
NAMED_METHODS = {"km.conf_percent"}  # the level of the intervals, as a part of their name


def chapters(study: Path) -> dict[str, str]:
    """Every chapter that a study's book holds: its own before the project's."""
    files = {
        p.relative_to(root): p for root in (PROJECT, study) for p in [root / "index.qmd", *root.glob("report/*.qmd")]
    }
    return {name.as_posix(): path.read_text(encoding="utf-8") for name, path in files.items()}


def load(study: Path) -> Params:
    return params_module.load(params_module.cuts(study / "params")[0], study / "params")


@pytest.mark.parametrize("study", STUDIES, ids=["study", "second study"])
def test_assumed_parameters_carry_their_mark(study: Path) -> None:
    loaded = load(study)
    assumed = {
        key
        for section in type(loaded).model_fields
        for key, _ in flatten(section, getattr(loaded, section))
        if loaded.is_assumed(key)
    } | {"schedule.gap_days"}
    unmarked = []
    for name, text in chapters(study).items():
        section = ""
        for line in text.splitlines():
            if heading := re.match(r"#+ .*\{#(\S+)\}", line):
                section = heading[1]
            cited = set(re.findall(r"\{\{< var (\S+) >\}\}", line))
            if section not in MARKED_AS_A_WHOLE:
                unmarked += [(name, key) for key in sorted(cited & assumed - NAMED_METHODS)]
    assert not unmarked


# The numbered sections of ICH E3 (1995): each with how many it has below it.
E3 = {
    **{"5": 3, "9": 8, "9.3": 3, "9.4": 8, "9.5": 4, "9.7": 2, "10": 2, "11": 4, "11.4": 7, "11.4.2": 8, "12": 6},
    **{"12.2": 4, "12.3": 3, "12.3.1": 3, "12.4": 2, "12.4.2": 3, "14": 3, "14.3": 4, "16": 4, "16.1": 12, "16.2": 8},
    "16.3": 2,
}


@pytest.mark.parametrize("study", STUDIES, ids=["study", "second study"])
def test_every_section_of_e3_stands_in_its_place(study: Path) -> None:
    config = (PROJECT / "_quarto.yml").read_text(encoding="utf-8")
    book = chapters(study)
    order = [book[name] for name in re.findall(r"(?m)^ +- (\S+\.qmd)$", config)]
    numbers = re.findall(r"(?m)^#+ ([\d.]+) .*\{#s-([\d-]+)\}$", "\n".join(order))
    assert all(number.replace(".", "-") == anchor for number, anchor in numbers)
    headings = [number for number, _ in numbers]
    assert headings == sorted(headings, key=lambda number: [int(part) for part in number.split(".")])
    expected = {str(number) for number in range(1, 17)} | {
        f"{up}.{n + 1}" for up, count in E3.items() for n in range(count)
    }
    assert expected <= set(headings)


@pytest.mark.parametrize("study", STUDIES, ids=["study", "second study"])
def test_a_display_of_16_1_9_is_linked_only_where_it_is_shown(study: Path) -> None:
    """What a study leaves out of its catalogue it leaves out of `_statistics-displays.qmd`, links included."""
    book = chapters(study)
    shown = set(re.findall(r"#(t-16-1-9-\d+) >", book["report/_statistics-displays.qmd"]))
    assert shown == {name for name in params_module.load_catalogue(study / "params") if name.startswith("t-16-1-9")}
    assert {name for text in book.values() for name in re.findall(r"#(t-16-1-9-\d+)\)", text)} <= shown


def test_no_chapter_types_a_median_of_the_design() -> None:
    """A design without a null value would make such a sentence false."""
    for name, text in chapters(PROJECT).items():
        assert not re.search(r"var (stated\.)?design\.(null|alternative)_median", text), name
