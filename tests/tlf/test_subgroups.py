"""Subgroups of fourteen made-up patients, against R 4.2 with survival 3.5-3 and binom.test."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis import params
from analysis.params_baseline import Level, Subgroup
from analysis.results import Result
from analysis.tlf import cox_table, subgroups
from analysis.tlf.context import Context
from analysis.tlf.model import Table

PROJECT = Path(__file__).parents[2]

# The same in R: d <- data.frame(time, event = 1 - cnsr, cdk, ecog, visc)
TIME = [2.0, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
CNSR = [0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1]
CDK = list("NYNYNYNYYNNNYY")
ECOG = [0.0, 1, 0, 1, 2, 1, 0, 0, 1, 0, 2, 1, 0, 1]
VISC = ["N", "Y", "Y", "N", "Y", "Y", None, "Y", "N", "Y", "Y", "N", "Y", "Y"]
RESPONDS = list("NYNNNYNNNNNYNN")

YES_NO = [Level(value="N", label="No"), Level(value="Y", label="Yes")]
CDK46 = Subgroup(variable="CDK46FL", label="Prior CDK4/6 inhibitor", levels=YES_NO)
STATUS = Subgroup(variable="ECOGBL", label="ECOG", levels=[Level(value=0, label="0"), Level(value=1, label="1")])
VISCERAL = Subgroup(variable="VISCFL", label="Visceral disease", levels=YES_NO)
AGE = Subgroup(
    variable="AGEGR1", label="Age", levels=[Level(value="<65", label="Under 65"), Level(value=">=65", label="Older")]
)


def context(*chosen: Subgroup, **columns: Any) -> Context:
    n = len(TIME)
    shared = {"USUBJID": [f"P{i:02}" for i in range(n)], "FASFL": ["Y"] * n, "CDK46FL": CDK, "ECOGBL": ECOG}
    shared |= {"VISCFL": VISC, "AGEGR1": ["<65"] * n, **columns}
    adsl = pl.DataFrame(shared, strict=False)
    study = params.load("2025-06-30", PROJECT / "params").model_copy(update={"subgroups": list(chosen)})
    frames = {
        "ADSL": adsl,
        "ADTTE": adsl.with_columns(
            PARAMCD=pl.lit("PFS"), AVAL=pl.Series(TIME), CNSR=pl.Series(columns.get("CNSR", CNSR))
        ),
        "ADRS": adsl.with_columns(PARAMCD=pl.lit("CRSP"), AVALC=pl.Series(RESPONDS)),
    }
    return Context(study, params.load_catalogue(PROJECT / "params"), frames)


def named(results: list[Result]) -> dict[str | None, Result]:
    return {result.name: result for result in results}


def stats(of: dict[str | None, Result], prefix: str, *names: str) -> list[Any]:
    return [of[f"{prefix}.{name}"].stat for name in names]


def lines(table: Table) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in table.rows]


def test_medians_of_each_level() -> None:
    found = context(CDK46)
    of = named(subgroups.pfs_results(found))
    # survfit(Surv(time, event) ~ 1, subset(d, cdk == l), conf.type = "log-log")
    assert stats(of, "subgroup_pfs.cdk46fl_1", "n", "events", "median", "median_lower") == [7, 5, 10, 2]
    assert stats(of, "subgroup_pfs.cdk46fl_2", "n", "events", "median", "median_lower") == [7, 5, 9, 3]
    assert of["subgroup_pfs.cdk46fl_1.median_upper"].stat is None
    assert of["subgroup_pfs.cdk46fl_1.median"].group2 == "Prior CDK4/6 inhibitor"
    assert of["subgroup_pfs.cdk46fl_1.median"].group2_level == "No"
    assert of["subgroup_pfs.all.n"].stat == 14
    table = subgroups.pfs_table(found, list(of.values()))
    assert lines(table)[1:] == [
        ("Prior CDK4/6 inhibitor",),
        ("No", "7", "5", "10.0 (2.0, NE)"),
        ("Yes", "7", "5", "9.0 (3.0, NE)"),
    ]


def test_rates_of_each_level() -> None:
    found = context(CDK46)
    of = named(subgroups.orr_results(found))
    assert stats(of, "subgroup_orr.cdk46fl_2", "n", "responders") == [7, 2]
    # binom.test(2, 7)$conf.int
    assert of["subgroup_orr.cdk46fl_2.rate_lower"].stat == pytest.approx(0.036692566176086, abs=1e-11)
    assert of["subgroup_orr.cdk46fl_2.rate_upper"].stat == pytest.approx(0.709579136262657, abs=1e-11)
    assert lines(subgroups.orr_table(found, list(of.values())))[3] == ("Yes", "7", "2 (28.6)", "(3.7, 71.0)")


def test_where_selects_the_patients_behind_each_number() -> None:
    found = context(CDK46, STATUS, VISCERAL)
    results = [*subgroups.pfs_results(found), *subgroups.orr_results(found), *cox_table.results(found)]
    counts = [r for r in results if r.stat_name in ("n", "events", "responders", "excluded")]
    # all patients and 2 + 3 + 3 levels in PFS and ORR (n and one more), the levels again in Cox, and its three totals
    assert len(counts) == 9 * 2 + 9 * 2 + 8 * 2 + 3
    for result in counts:
        assert found.count(result.dataset, result.where) == result.stat, result.name


def test_values_outside_params_and_missing_ones_are_levels_of_their_own() -> None:
    found = context(STATUS, VISCERAL)
    of = named(subgroups.pfs_results(found))
    assert [of[f"subgroup_pfs.ecogbl_{i}.n"].stat for i in (1, 2, 3)] == [6, 6, 2]
    assert of["subgroup_pfs.ecogbl_3.n"].group2_level == "2"
    assert stats(of, "subgroup_pfs.viscfl_missing", "n", "events", "median") == [1, 1, 7]
    assert of["subgroup_pfs.viscfl_missing.n"].where.endswith('"VISCFL" IS NULL')


def test_a_level_without_patients_is_not_estimable() -> None:
    found = context(AGE)
    pfs, orr = subgroups.pfs_results(found), subgroups.orr_results(found)
    assert lines(subgroups.pfs_table(found, pfs))[-1] == ("Older", "0", "0", "NE (NE, NE)")
    assert lines(subgroups.orr_table(found, orr))[-1] == ("Older", "0", "0", "(NE, NE)")
    assert "Older: NE (NE, NE) (events/patients 0/0)" in subgroups.pfs_figure(found, pfs).alt
    assert subgroups.orr_figure(found, orr).png.startswith(b"\x89PNG")


def test_the_figure_shows_the_numbers_of_the_table() -> None:
    found = context(CDK46)
    figure = subgroups.pfs_figure(found, subgroups.pfs_results(found))
    assert figure.data[2] == {
        "label": "No",
        "counts": "5/7",
        "value": "10.0 (2.0, NE)",
        "estimate": {"value": 10.0, "ci_lower": 2.0, "ci_upper": None},
    }
    assert "Highest: Prior CDK4/6 inhibitor, No, 10.0 (2.0, NE)." in figure.alt
    rate = subgroups.orr_figure(found, subgroups.orr_results(found)).data[3]["estimate"]
    assert rate["value"] == pytest.approx(200 / 7, abs=1e-9)


def test_everything_says_that_it_is_exploratory() -> None:
    found = context(CDK46)
    pfs, orr, cox = subgroups.pfs_results(found), subgroups.orr_results(found), cox_table.results(found)
    shown = [
        subgroups.pfs_table(found, pfs),
        subgroups.orr_table(found, orr),
        cox_table.table(found, cox),
        subgroups.pfs_figure(found, pfs),
        subgroups.orr_figure(found, orr),
    ]
    for display in shown:
        assert any(note.text.startswith("Exploratory: not adjusted for multiplicity") for note in display.footnotes)


def test_hazard_ratios_of_one_covariate_alone() -> None:
    of = named(cox_table.results(context(CDK46)))
    # u <- coxph(Surv(time, event) ~ cdk, d)
    assert of["cox_uni.cdk46fl_2.hr"].stat == pytest.approx(0.71221321055438, rel=1e-9)
    assert of["cox_uni.cdk46fl_2.hr_lower"].stat == pytest.approx(0.18902175447794, rel=1e-9)
    assert of["cox_uni.cdk46fl_2.hr_upper"].stat == pytest.approx(2.683541154769, rel=1e-9)
    assert of["cox_uni.cdk46fl_2.p"].stat == pytest.approx(0.61606107472978, rel=1e-8)
    assert of["cox_uni.cdk46fl.ph_chisq"].stat == pytest.approx(0.27944476123399, rel=1e-7)
    assert of["cox_uni.cdk46fl.ph_p"].stat == pytest.approx(0.59706537096012, rel=1e-7)


def test_a_level_without_events_is_not_estimable_and_leaves_the_others_as_r_has_them() -> None:
    """R gives ECOG 2 the hazard ratio 3e-12 with limits 0 and Inf, and warns; the others are those of its limit."""
    found = context(CDK46, STATUS, VISCERAL)
    of = named(cox_table.results(found))
    # coxph(Surv(time, event) ~ factor(ecog), d)
    one = stats(of, "cox_uni.ecogbl_2", "hr", "hr_lower", "hr_upper", "p")
    assert one == pytest.approx([0.86855709879904, 0.24898316280171, 3.0298893522973, 0.82504636159242], rel=1e-8)
    for kind in ("uni", "multi"):
        assert stats(of, f"cox_{kind}.ecogbl_3", "hr", "hr_lower", "hr_upper", "p") == [None] * 4
    # m <- coxph(Surv(time, event) ~ cdk + factor(ecog) + visc, d)
    expected = {
        "cdk46fl_2": [0.72073436150133, 0.153981131328591, 3.3735173612942, 0.67751107313195],
        "ecogbl_2": [0.50775966297241, 0.073124258138406, 3.5257776544394, 0.49303986973243],
        "viscfl_2": [0.34934655630062, 0.043178004658216, 2.8265089451251, 0.32417694844369],
    }
    for key, numbers in expected.items():
        assert stats(of, f"cox_multi.{key}", "hr", "hr_lower", "hr_upper", "p") == pytest.approx(numbers, rel=1e-8)
    assert stats(of, "cox_multi", "n", "events", "excluded") == [13, 9, 1]
    # cox.zph(coxph(Surv(time, event) ~ cdk + factor(ecog) + visc, subset(d, ecog < 2)))
    assert stats(of, "cox_multi", "ph_df", "ph_chisq") == [3, pytest.approx(0.4277347860054, rel=1e-6)]
    assert of["cox_multi.viscfl.ph_p"].stat == pytest.approx(0.62383084889573, rel=1e-6)
    shown = lines(cox_table.table(found, list(of.values())))
    assert ("2", "2", "0", "NE (NE, NE)", "NE", "NE (NE, NE)", "NE") in shown
    assert ("Missing", "1", "1", "not in the model", "", "not in the model", "") in shown
    assert ("Yes", "7", "5", "0.71 (0.19, 2.68)", "0.6161", "0.72 (0.15, 3.37)", "0.6775") in shown


def test_patients_with_a_missing_covariate_are_left_out_of_its_models_only() -> None:
    of = named(cox_table.results(context(CDK46, VISCERAL)))
    # coxph(Surv(time, event) ~ visc, d): n = 13, 9 events
    numbers = stats(of, "cox_uni.viscfl_2", "hr", "hr_lower", "hr_upper")
    assert numbers == pytest.approx([0.38651350556156, 0.095846210392834, 1.5586708057542], rel=1e-9)
    assert of["cox_uni.cdk46fl_2.hr"].stat == pytest.approx(0.71221321055438, rel=1e-9)


NOTHING = [None] * 4
ESTIMATES = ("hr", "hr_lower", "hr_upper", "p")


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"CNSR": [1] * 14}, id="no events"),
        pytest.param({"CDK46FL": ["N"] * 14}, id="one level"),
        pytest.param({"CDK46FL": ["N" if c else "Y" for c in CNSR]}, id="no events in the reference"),
        pytest.param({"CDK46FL": ["Y"] * 7 + ["N"] * 7}, id="all events of one level come first"),
        pytest.param({"CDK46FL": pl.Series([None] * 14, dtype=pl.String)}, id="missing in everybody"),
    ],
)
def test_what_has_no_finite_answer_is_not_estimable(columns: dict[str, Any], recwarn: pytest.WarningsRecorder) -> None:
    found = context(CDK46, **columns)
    results = cox_table.results(found)
    of = named(results)
    for kind in ("uni", "multi"):
        assert stats(of, f"cox_{kind}.cdk46fl_2", *ESTIMATES) == NOTHING
        assert of[f"cox_{kind}.cdk46fl.ph_p"].stat is None
    assert any("NE (NE, NE)" in line for line in lines(cox_table.table(found, results)))
    assert not recwarn.list


def test_two_covariates_that_say_the_same_leave_each_alone_estimable() -> None:
    of = named(cox_table.results(context(CDK46, VISCERAL, VISCFL=CDK)))
    assert of["cox_uni.viscfl_2.hr"].stat == pytest.approx(0.71221321055438, rel=1e-9)
    assert stats(of, "cox_multi.viscfl_2", *ESTIMATES) == NOTHING


def test_a_covariate_that_is_missing_in_everybody_does_not_empty_the_model() -> None:
    nobody = pl.Series([None] * 14, dtype=pl.String)
    of = named(cox_table.results(context(CDK46, VISCERAL, VISCFL=nobody)))
    assert of["cox_multi.cdk46fl_2.hr"].stat == pytest.approx(0.71221321055438, rel=1e-9)
    assert stats(of, "cox_multi", "n", "excluded") == [14, 0]


def test_a_catalogue_without_these_outputs_has_no_results() -> None:
    found = context(CDK46)
    without = Context(found.params, {}, found.adam)
    assert subgroups.pfs_results(without) == subgroups.orr_results(without) == cox_table.results(without) == []


def test_hostile_values_are_text() -> None:
    awkward = '\'; DROP TABLE "x" <script>{{< include /etc/passwd >}}'
    found = context(CDK46, CDK46FL=[awkward, *CDK[1:]])
    results = subgroups.pfs_results(found)
    assert named(results)["subgroup_pfs.cdk46fl_3.n"].stat == 1
    table = subgroups.pfs_table(found, results)
    assert table.rows[-1].cells[0].text == awkward
