"""The rules of the data check: each has a name, a severity, says what it expects, and finds what breaks it."""

from collections.abc import Iterator

import polars as pl

from analysis.cut import check_params, check_safety, parents
from analysis.cut import check_tables as tables
from analysis.cut.check_rule import NO_RECORD, Data, Found, Rule, found_values, pair, says, value
from analysis.cut.dates import earliest, is_date, latest
from analysis.cut.edit import Edit


def required_datasets(data: Data) -> Iterator[Found]:
    """DM, DS, EX and RS, with records."""
    for name in tables.REQUIRED:
        if name not in data.edits:
            yield Found(name, None, NO_RECORD, says("no such dataset, and the primary analysis needs it"))
        elif data.edits[name].frame.is_empty():
            yield Found(name, None, NO_RECORD, says("the dataset has no records"))


def required_variables(data: Data) -> Iterator[Found]:
    """The variables that the analysis reads."""
    for name, variables in {**tables.REQUIRED, **tables.REQUIRED_WHERE_PRESENT}.items():
        for variable in variables if name in data.edits else ():
            if variable not in data.edits[name].frame.columns:
                yield Found(name, variable, NO_RECORD, says("no such variable"))


def never_missing(data: Data) -> Iterator[Found]:
    """A value in keys, test codes, treatments and terms."""
    for name, edit in data.with_patients():
        for variable in filter(None, map(edit.variable, tables.NEVER_MISSING)):
            if name != "RELREC":
                yield Found(name, variable, edit.frame.filter(pl.col(variable).is_null()), says("no value"))


def numbers_finite(data: Data) -> Iterator[Found]:
    """Finite numbers; most file formats can also hold infinity."""
    for name, edit in data.edits.items():
        for variable in edit.frame.select(pl.col(pl.Float64)).columns:
            rows = edit.frame.filter(~pl.col(variable).is_finite())
            yield Found(name, variable, rows, value(variable, "a finite number"))


def unique_keys(data: Data) -> Iterator[Found]:
    """One record per key."""
    for name, edit in data.with_patients():
        sequence = edit.variable("--SEQ")
        key = ["USUBJID"] if name == "DM" else ["USUBJID", sequence] if sequence else None
        if {"RDOMAIN", "IDVAR", "IDVARVAL", "QNAM"} <= set(edit.frame.columns):
            key = ["USUBJID", "RDOMAIN", "IDVAR", "IDVARVAL", "QNAM"]
        if key:
            rows = edit.frame.filter(pl.struct(key).is_duplicated() & pl.col(key[-1]).is_not_null())
            yield Found(name, key[-1], rows, says(f"more than one record has this {', '.join(key)}"))


def whole_sequence_numbers(data: Data) -> Iterator[Found]:
    """Sequence numbers that are whole and above 0: links and messages name records by them."""
    for name, edit in data.edits.items():
        sequence = edit.variable("--SEQ")
        if sequence and edit.frame[sequence].dtype.is_numeric():
            number = pl.col(sequence)
            rows = edit.frame.filter(~number.is_between(1, 1e9) | (number != number.round()))
            yield Found(name, sequence, rows, value(sequence, "a whole number from 1 to 1,000,000,000"))


def patients_in_dm(data: Data) -> Iterator[Found]:
    """Every patient in DM."""
    dm = data.frame("DM", "USUBJID")
    for name, edit in data.with_patients():
        if name != "DM" and dm is not None:
            unknown = pl.col("USUBJID").is_not_null() & ~pl.col("USUBJID").is_in(dm["USUBJID"].implode())
            yield Found(name, "USUBJID", edit.frame.filter(unknown), says("the patient is not in DM"))


def parents_exist(data: Data) -> Iterator[Found]:
    """The record that a qualifier, comment or relation belongs to."""
    for name, edit in data.with_patients():
        if not parents.is_linked(edit):
            continue
        links = edit.frame.select(parents.LINK).with_row_index("row")
        found: set[int] = set(
            links.filter(pl.any_horizontal(pl.col("RDOMAIN", "USUBJID", "IDVARVAL").is_null()))["row"]
        )
        for parent in data.edits.values():
            if "USUBJID" in parent.frame.columns and not parents.is_linked(parent):
                found |= parents.held(links, parent.domain, parent.frame)
        rows = edit.frame.with_row_index("row").filter(~pl.col("row").is_in(sorted(found)))
        yield Found(
            name,
            "IDVARVAL",
            rows,
            lambda row: f"no record of {row['RDOMAIN']!r} has {row['IDVAR']!r} {row['IDVARVAL']!r}",
        )


def _dates(edit: Edit) -> list[str]:
    return [name for name in edit.frame.columns if name.endswith("DTC")]


def dates_valid(data: Data) -> Iterator[Found]:
    """ISO 8601 dates that the calendar has, complete or partial."""
    for name, edit in data.edits.items():
        for variable in _dates(edit):
            rows = edit.frame.filter(~is_date(pl.col(variable)))
            yield Found(name, variable, rows, value(variable, "an ISO 8601 date, complete or partial, of the calendar"))


def dates_within_cutoff(data: Data) -> Iterator[Found]:
    """No date after the data cut-off."""
    cutoff = data.params.cutoff
    for name, edit in data.edits.items():
        for variable in _dates(edit):
            rows = edit.frame.filter(earliest(pl.col(variable)) > cutoff)
            yield Found(name, variable, rows, value(variable, f"a date not after the data cut-off {cutoff}"))


def ends_after_start(data: Data) -> Iterator[Found]:
    """No end certainly before its start."""
    for name, edit in data.edits.items():
        pairs = [("RFSTDTC", "RFENDTC"), ("RFXSTDTC", "RFXENDTC")] if name == "DM" else [("--STDTC", "--ENDTC")]
        if not edit.variable("--STDTC"):
            pairs.append(("--DTC", "--ENDTC"))
        for first, last in pairs:
            start, end = edit.variable(first), edit.variable(last)
            if start and end:
                rows = edit.frame.filter(latest(pl.col(end)) < earliest(pl.col(start)))
                yield Found(name, end, rows, pair(end, start, "is before"))


def recist_terms(data: Data) -> Iterator[Found]:
    """The terms of RECIST 1.1 per test."""
    for testcd, terms in tables.RECIST_TERMS.items():
        known = (*terms, *tables.UNRESOLVED_RESPONSES)
        rows = _responses(data, testcd).filter(~pl.col("RSSTRESC").is_in(known))
        yield Found("RS", "RSSTRESC", rows, value("RSSTRESC", f"for {testcd} one of {', '.join(terms)}"))


def recist_unresolved(data: Data) -> Iterator[Found]:
    """A response that the reader has decided."""
    for testcd in tables.RECIST_TERMS:
        responses = _responses(data, testcd)
        unresolved = pl.col("RSSTRESC").is_in(tables.UNRESOLVED_RESPONSES)
        yield Found("RS", "RSSTRESC", responses.filter(unresolved), value("RSSTRESC", "the reader's decision"))
        done = pl.col("RSSTAT").ne_missing("NOT DONE") if "RSSTAT" in responses.columns else pl.lit(True)
        rows = responses.filter(pl.col("RSSTRESC").is_null() & done)
        yield Found("RS", "RSSTRESC", rows, says(f"no response, and {testcd} is not marked NOT DONE"))


def _responses(data: Data, testcd: str) -> pl.DataFrame:
    """Return the RS records of one test under the study's RECIST category, those that name none with them."""
    responses = data.frame("RS", "RSTESTCD", "RSSTRESC")
    if responses is None:
        return pl.DataFrame(schema={"RSSTRESC": pl.String})
    if "RSCAT" in responses.columns:
        category = data.params.response.rs_category
        responses = responses.filter(pl.col("RSCAT").fill_null(category) == category)
    return responses.filter(pl.col("RSTESTCD") == testcd)


def overall_response_present(data: Data) -> Iterator[Found]:
    """The response that the primary analysis reads."""
    test, category = data.params.response.rs_testcd, data.params.response.rs_category
    responses = data.frame("RS", "RSTESTCD", "RSSTRESC")
    if responses is not None and _responses(data, test).is_empty():
        categories = f" in RSCAT {found_values(responses['RSCAT'])}" if "RSCAT" in responses.columns else ""
        text = f"params response.rs_testcd, response.rs_category: no record of {test!r} in the category {category!r}"
        found = f"found: RSTESTCD {found_values(responses['RSTESTCD'])}{categories}"
        yield Found("RS", "RSTESTCD", NO_RECORD, says(f"{text}; {found}"))


def ctcae_grades(data: Data) -> Iterator[Found]:
    """CTCAE grades 1 to 5."""
    events = data.frame("AE", "AETOXGR")
    if events is not None:
        rows = events.filter(~pl.col("AETOXGR").is_in(tables.GRADES))
        yield Found("AE", "AETOXGR", rows, value("AETOXGR", "a CTCAE grade from 1 to 5"))
    qualifiers, initial = data.frame("SUPPAE", "QNAM", "QVAL"), data.params.adverse_events.initial_grade_qnam
    if qualifiers is not None:
        rows = qualifiers.filter(pl.col("QNAM") == initial, ~pl.col("QVAL").is_in(tables.GRADES))
        yield Found("SUPPAE", "QVAL", rows, value("QVAL", f"for {initial} a CTCAE grade from 1 to 5"))


def grade_missing(data: Data) -> Iterator[Found]:
    """A grade for every adverse event."""
    events = data.frame("AE", "AETOXGR")
    if events is not None:
        rows = events.filter(pl.col("AETOXGR").is_null())
        yield Found("AE", "AETOXGR", rows, says("no grade: counted in any grade only"))


def known_terms(data: Data) -> Iterator[Found]:
    """Controlled terms."""
    for line in tables.TERMS:
        rows = _selected(data, line.dataset, line.variable, line.where)
        say = value(line.variable, f"one of {', '.join(line.values)}")
        yield Found(
            line.dataset, line.variable, rows.filter(~pl.col(line.variable).is_in(line.values)), say, line.severity
        )


def numeric_ranges(data: Data) -> Iterator[Found]:
    """Numbers within their limits."""
    for line in tables.RANGES:
        rows = _selected(data, line.dataset, line.variable, line.where)
        say = value(line.variable, f"{line.low:g} to {line.high:g} {line.unit}")
        outside = ~pl.col(line.variable).is_between(line.low, line.high)
        yield Found(line.dataset, line.variable, rows.filter(outside), say, line.severity)


def _selected(data: Data, dataset: str, variable: str, where: pl.Expr | None) -> pl.DataFrame:
    frame = data.frame(dataset, variable, *(where.meta.root_names() if where is not None else ()))
    if frame is None:
        return pl.DataFrame(schema={variable: pl.Null})
    return frame if where is None else frame.filter(where)


def _enrolments(data: Data) -> pl.DataFrame:
    records = data.frame("DS", "USUBJID", "DSDECOD", "DSSTDTC")
    if records is None:
        return pl.DataFrame(schema={"USUBJID": pl.String, "DSDECOD": pl.String, "DSSTDTC": pl.String})
    return records.filter(pl.col("DSDECOD") == data.params.subjects.enrolment_dsdecod)


def enrolment_once(data: Data) -> Iterator[Found]:
    """One dated record of enrolment per enrolled patient."""
    name, records = data.params.subjects.enrolment_dsdecod, _enrolments(data)
    if records.is_empty() and data.frame("DS", "DSDECOD") is not None:
        yield Found("DS", "DSDECOD", NO_RECORD, says(f"no record of enrolment; expected DSDECOD {name!r}"))
    twice = records.filter(pl.col("USUBJID").is_duplicated())
    yield Found("DS", "DSDECOD", twice, says(f"the patient has more than one record with DSDECOD {name!r}"))
    undated = records.filter(~(earliest(pl.col("DSSTDTC")) == latest(pl.col("DSSTDTC"))).fill_null(False))
    yield Found("DS", "DSSTDTC", undated, value("DSSTDTC", "the complete date of enrolment"))


def treated_are_enrolled(data: Data) -> Iterator[Found]:
    """Study drug only in enrolled patients."""
    exposure, records = data.frame("EX", "USUBJID"), _enrolments(data)
    if exposure is not None and not records.is_empty():
        stranger = ~pl.col("USUBJID").is_in(records["USUBJID"].implode())
        rows = exposure.filter(stranger).unique("USUBJID", keep="first", maintain_order=True)
        yield Found("EX", "USUBJID", rows, says("the patient has study drug but no record of enrolment in DS"))


def assigned_are_enrolled(data: Data) -> Iterator[Found]:
    """A record of enrolment for every patient with an arm, who would be missing from every analysis without it."""
    dm, records = data.frame("DM", "USUBJID", "ARMCD"), _enrolments(data)
    if dm is not None and not records.is_empty():
        assigned = pl.col("ARMCD").is_not_null() & ~pl.col("ARMCD").str.to_uppercase().is_in(tables.NO_ARM)
        rows = dm.filter(assigned & ~pl.col("USUBJID").is_in(records["USUBJID"].implode()))
        yield Found("DM", "ARMCD", rows, says("the patient has an arm but no record of enrolment in DS"))


def known_treatments(data: Data) -> Iterator[Found]:
    """Study drugs that params name, or a placebo."""
    exposure = data.frame("EX", "EXTRT")
    names = [treatment.extrt for treatment in data.params.study.treatments]
    if exposure is not None:
        placebo = pl.col("EXTRT").str.to_uppercase().str.contains("PLACEBO", literal=True)
        rows = exposure.filter(~pl.col("EXTRT").is_in(names), ~placebo)
        yield Found("EX", "EXTRT", rows, value("EXTRT", f"a study drug of params: {', '.join(names)}"))


def assessments_dated(data: Data) -> Iterator[Found]:
    """Complete dates of tumour assessments."""
    for name, variable in tables.NEVER_IMPUTED.items():
        frame = data.frame(name, variable)
        if frame is not None:
            rows = frame.filter(is_date(pl.col(variable)).fill_null(True), ~_complete(variable))
            yield Found(name, variable, rows, value(variable, "a complete date (assessments are never imputed)"))


def _complete(variable: str) -> pl.Expr:
    return (earliest(pl.col(variable)) == latest(pl.col(variable))).fill_null(False)


def _deaths(data: Data) -> pl.DataFrame | None:
    dm = data.frame("DM", "USUBJID", "DTHDTC")
    if dm is None:
        return None
    deaths = dm.select("USUBJID", "DTHDTC", death=latest(pl.col("DTHDTC"))).unique("USUBJID", maintain_order=True)
    return deaths.filter(pl.col("death").is_not_null())


def nothing_after_death(data: Data) -> Iterator[Found]:
    """No dose, assessment or onset after death."""
    deaths = _deaths(data)
    for name, variable in tables.NOT_AFTER_DEATH.items():
        frame = data.frame(name, "USUBJID", variable)
        if frame is not None and deaths is not None:
            rows = frame.join(deaths, "USUBJID", maintain_order="left").filter(
                earliest(pl.col(variable)) > pl.col("death")
            )
            yield Found(name, variable, rows, pair(variable, "DTHDTC", "is after the death,"))


def death_after_start(data: Data) -> Iterator[Found]:
    """No death certainly before informed consent, enrolment or the first dose."""
    dm, ds = data.frame("DM", "USUBJID", "DTHDTC"), data.frame("DS", "USUBJID", "DSDECOD", "DSSTDTC")
    consents = None if ds is None else ds.filter(pl.col("DSDECOD") == "INFORMED CONSENT OBTAINED")
    starts = (
        ("informed consent (DM)", data.frame("DM", "USUBJID", "RFICDTC"), "RFICDTC"),
        ("informed consent (DS)", consents, "DSSTDTC"),
        ("enrolment (DS)", _enrolments(data), "DSSTDTC"),
        ("first dose (EX)", data.frame("EX", "USUBJID", "EXSTDTC"), "EXSTDTC"),
    )
    for start, frame, variable in starts:
        if dm is not None and frame is not None:
            # records without a known year come first: the earliest of them all is not certain then
            first = frame.sort(earliest(pl.col(variable)), maintain_order=True).unique("USUBJID", keep="first")
            rows = dm.join(first.select("USUBJID", pl.col(variable).alias(start)), "USUBJID", maintain_order="left")
            rows = rows.filter(latest(pl.col("DTHDTC")) < earliest(pl.col(start)))
            yield Found("DM", "DTHDTC", rows, pair("DTHDTC", start, "is before the"))


def death_agrees(data: Data) -> Iterator[Found]:
    """Statements of death that agree."""
    dm = data.frame("DM", "DTHDTC", "DTHFL")
    if dm is not None:
        flag, date = pl.col("DTHFL").eq_missing(pl.lit("Y")), pl.col("DTHDTC").is_not_null()
        yield Found("DM", "DTHDTC", dm.filter(flag & ~date), says("no date of death, but DTHFL is 'Y'"))
        yield Found("DM", "DTHFL", dm.filter(date & ~flag), says("not 'Y', but there is a date of death"))
    events = data.frame("AE", "AEOUT", "AESDTH")
    if events is not None:
        fatal, led_to_death = pl.col("AEOUT") == "FATAL", pl.col("AESDTH") == "Y"
        rows = events.filter(fatal.fill_null(False) != led_to_death.fill_null(False))
        yield Found("AE", "AEOUT", rows, pair("AEOUT", "AESDTH", "does not agree with"))


def no_duplicates(data: Data) -> Iterator[Found]:
    """No record twice."""
    for name, edit in data.with_patients():
        compared = [c for c in edit.frame.columns if c != edit.variable("--SEQ")]
        if edit.variable("--SEQ") and compared:
            copies = edit.frame.filter(~pl.struct(compared).is_first_distinct())
            yield Found(name, None, copies, says("repeats an earlier record in everything but its sequence number"))


def one_study(data: Data) -> Iterator[Found]:
    """One STUDYID."""
    dm = data.frame("DM", "STUDYID")
    if dm is None or dm.is_empty():
        return
    study = dm["STUDYID"][0]
    for name, edit in data.edits.items():
        if "STUDYID" in edit.frame.columns:
            rows = edit.frame.filter(pl.col("STUDYID").ne_missing(pl.lit(study, pl.String)))
            yield Found(name, "STUDYID", rows, value("STUDYID", f"{study!r} as in DM"))


RULES = (
    Rule("REQUIRED_DATASET", "error", required_datasets),
    Rule("REQUIRED_VARIABLE", "error", required_variables),
    Rule("NEVER_MISSING", "error", never_missing),
    Rule("FINITE", "error", numbers_finite),
    Rule("SEQUENCE", "error", whole_sequence_numbers),
    Rule("UNIQUE_KEY", "error", unique_keys),
    Rule("PATIENT_IN_DM", "error", patients_in_dm),
    Rule("PARENT_EXISTS", "error", parents_exist),
    Rule("DATE_VALID", "error", dates_valid),
    Rule("DATE_AFTER_CUTOFF", "error", dates_within_cutoff),
    Rule("END_BEFORE_START", "error", ends_after_start),
    Rule("ENROLMENT", "error", enrolment_once),
    Rule("TREATED_ENROLLED", "error", treated_are_enrolled),
    Rule("ASSIGNED_ENROLLED", "error", assigned_are_enrolled),
    Rule("RECIST_TERM", "error", recist_terms),
    Rule("RECIST_PRESENT", "error", overall_response_present),
    Rule("RECIST_UNRESOLVED", "warning", recist_unresolved),
    Rule("CTCAE_GRADE", "error", ctcae_grades),
    Rule("GRADE_MISSING", "warning", grade_missing),
    Rule("STUDY_DRUG", "error", check_params.study_drugs_given),
    Rule("READER", "error", check_params.reader_occurs),
    Rule("DEATH_BEFORE_START", "error", death_after_start),
    Rule("KNOWN_TERM", "error", known_terms),
    Rule("RANGE", "error", numeric_ranges),
    Rule("PARAMS_VALUE", "warning", check_params.values_occur),
    Rule("KNOWN_TREATMENT", "warning", known_treatments),
    Rule("DOSE_TWICE", "warning", check_safety.one_dose_a_day),
    Rule("DOSE_UNIT", "warning", check_safety.dose_units),
    Rule("LAB_UNIT", "warning", check_safety.laboratory_units),
    Rule("LAB_NUMBER", "warning", check_safety.laboratory_numbers),
    Rule("ACTION_DRUG", "warning", check_safety.actions_have_a_drug),
    Rule("STOP_REASON", "warning", check_safety.stops_agree),
    Rule("ASSESSMENT_DATED", "warning", assessments_dated),
    Rule("AFTER_DEATH", "warning", nothing_after_death),
    Rule("DEATH_AGREES", "warning", death_agrees),
    Rule("DUPLICATE", "warning", no_duplicates),
    Rule("ONE_STUDY", "warning", one_study),
)
