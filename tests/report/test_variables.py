"""What the chapters may cite."""

import datetime as dt
import json
import re
from pathlib import Path

import pypandoc
import pytest

from analysis import params as params_module
from analysis.errors import RenderError
from analysis.report.phrases.named import inside
from analysis.report.variables import flatten, parameter_variables, variables
from analysis.tlf.model import clean
from tests.report.made import DESIGN, STUDY, labelled, make_params, make_result
from tests.tlf.samples import HOSTILE

LOCK = dt.date(2025, 7, 15)
PROJECT = Path(__file__).parents[2]


def test_parameters_under_their_own_keys(whole) -> None:
    found = variables(list(whole().values()), make_params(), LOCK)
    assert found["study.id"] == r"ABC\-1"
    assert found["study.synthetic"] == "yes"
    assert found["study.treatments.1.dose_mg"] == "12"
    assert found["design.null_median"] == "5.8"
    assert found["design.alpha"] == "0.05"
    assert found["pfs.landmarks_months"] == "3, 6, 9, 12 and 18"
    assert found["schedule.gap_days"] == "126"
    assert not any(key.startswith("sources") for key in found)


def test_the_cut_and_the_date_of_the_lock(whole) -> None:
    found = variables(list(whole().values()), make_params(purpose="interim_descriptive"), LOCK)
    assert found["cut.name"] == r"2025\-06\-30"
    assert found["cut.cutoff"] == "30 June 2025"
    assert found["cut.purpose"] == "interim descriptive"
    assert found["report.date"] == "15 July 2025"


def test_stated_has_the_unit_and_the_mark() -> None:
    sources = {"design": "registry", "design.accrual_months": "assumption", "schedule": "assumption, none recorded"}
    found = parameter_variables(make_params(sources=sources, os={"landmarks_months": [1]}))
    assert found["stated.design.accrual_months"] == "24 months (assumed for this demonstration)"
    assert found["stated.design.follow_up_months"] == "6 months"
    assert found["stated.design.null_median"] == "5.8 months"
    assert found["stated.schedule.scan_interval_days"] == "56 days (assumed for this demonstration)"
    assert found["stated.study.treatments.1.dose_mg"] == "12 mg"
    assert found["stated.pfs.landmarks_months"] == "3, 6, 9, 12 and 18 months"
    assert found["stated.os.landmarks_months"] == "1 month"


def test_no_null_median_is_stated_without_a_unit() -> None:
    found = parameter_variables(make_params(design=DESIGN | {"null_median": None}))
    assert found["design.null_median"] == found["stated.design.null_median"] == "none"


def test_results_under_their_names(whole) -> None:
    found = variables(
        [*whole().values(), make_result("pfs.note", "x", "{{< include /etc/passwd >}}")], make_params(), LOCK
    )
    assert found["pfs.median"] == "9.2"
    assert found["pfs.rate_9m"] == "NE"
    assert found["pfs.note"] == r"\{\{\< include \/etc\/passwd \>\}\}"


def test_hostile_text_of_the_params_is_text_in_every_phrase(whole) -> None:
    hostile = "{{< include /etc/passwd >}} <script> `x`"
    found = variables(list(whole().values()), make_params(study=STUDY | {"data_note": hostile, "title": hostile}), LOCK)
    assert not [text for text in found.values() if "{{<" in text or re.search(r"(?<!\\)[<`{]", text)]


def test_method_words_follow_the_params(whole) -> None:
    over = {"pfs": {"rule_set": "ema", "sensitivity_sets": []}, "km": {"conf_type": "plain"}}
    found = variables(list(whole().values()), make_params(**over), LOCK)
    assert found["text.pfs_set"] == r"all events counted \(ema\)"
    assert found["text.conf_limits"] == "the untransformed survival function"
    assert found["text.treatments"] == "anlotinib 12 mg once daily"
    assert found["text.cbr_rule"] == (
        r"an adequate assessment without progression at least 161 days after enrolment \(168 days less the visit "
        r"window of 7 days\)"
    )


def test_the_rule_table_is_that_of_the_derivation(whole) -> None:
    found = variables(list(whole().values()), make_params(), LOCK)
    assert found["rules.gap.situation"] == "Progression or death after a gap in adequate assessments"
    assert found["rules.gap.fda"] == "Censored at the last adequate assessment before the gap"
    assert found["rules.gap.ema"] == "Event"
    assert found["rules.clinical_progression.fda_investigator"] == "Event at that visit"


def test_a_name_given_twice_is_refused(whole) -> None:
    with pytest.raises(RenderError, match=r"variable pfs\.max_months: given twice"):
        variables([*whole().values(), make_result("pfs.max_months", 1)], make_params(), LOCK)


def test_a_name_that_cannot_be_nested_is_refused(whole) -> None:
    with pytest.raises(RenderError, match=r"variable pfs\.median: is also the beginning of pfs\.median\.lower"):
        variables([*whole().values(), make_result("pfs.median.lower", 1)], make_params(), LOCK)


@pytest.mark.parametrize("folder", ["params", "examples/cdisc-oncology/params"])
def test_every_parameter_has_a_source(folder: str) -> None:
    """A reader can ask of any fact where it comes from: some prefix of its key is in `sources`."""
    for cut in params_module.cuts(PROJECT / folder):
        loaded = params_module.load(cut, PROJECT / folder)
        technical = ("sources", "cut", "cutoff", "purpose", "lock_sha256", "transfer", "report", "run")
        keys = [
            key
            for section in type(loaded).model_fields
            if section not in technical
            for key, value in flatten(section, getattr(loaded, section))
            if key != section or value is not None  # a block that a study leaves out
        ]
        without = [k for k in keys if not any(k == s or k.startswith(f"{s}.") for s in loaded.sources)]
        assert not without


def test_the_data_are_identified_by_cut_transfer_and_lock(whole) -> None:
    results = list(whole().values())
    assert variables(results, make_params(), LOCK)["text.source_data"] == (
        r"The analysis used the SDTM data sets of the data cut 2025\-06\-30, with the data cut\-off 30 June 2025\."
    )
    locked = make_params(transfer="2025-07-10", lock_sha256="ab" * 32)
    assert variables(results, locked, LOCK)["text.source_data"] == (
        r"The analysis used the SDTM data sets of the data cut 2025\-06\-30, made from the transfer 2025\-07\-10, with "
        r"the data cut\-off 30 June 2025; their lock has the SHA\-256 checksum " + "ab" * 32 + r"\."
    )


def test_who_is_in_the_per_protocol_set(whole) -> None:
    results = list(whole().values())
    assert variables(results, make_params(), LOCK)["text.per_protocol"] == (
        "were dosed; no category of protocol deviation excluded a patient"
    )
    excluding = make_params(subjects={"per_protocol_excludes": ["ELIGIBILITY", "DOSING"]})
    assert variables(results, excluding, LOCK)["text.per_protocol"] == (
        "were dosed and had no important protocol deviation of the categories ELIGIBILITY and DOSING"
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_labels_of_the_data_are_text_in_a_sentence(whole, text: str) -> None:
    """As in the tables: nothing is markup, and what no file can hold, or what hides or reorders text, is visible."""
    results = whole() | labelled("reason.arm_stopped_anlotinib.x", 3, text) | labelled("pfs.censored_x", 1, text)
    found = variables(list(results.values()), make_params(), LOCK)
    label = " ".join(clean(inside(text)).replace("\t", " ").split())
    for key, sentence in (
        ("text.stop_reasons", f"The reason for stopping anlotinib was {label} (3 patients)."),
        ("text.pfs_censoring", f"The reason for censoring was {label} (1 patient)."),
    ):
        tree = json.loads(pypandoc.convert_text(found[key], "json", format="markdown"))
        assert {inline["t"] for inline in tree["blocks"][0]["c"]} <= {"Str", "Space"}
        shown = "".join(inline.get("c", " ") for inline in tree["blocks"][0]["c"])
        assert " ".join(shown.split()) == " ".join(sentence.split())
