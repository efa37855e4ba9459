"""The person before the trial: MH, MI, RP, prior anticancer therapy in CM and PR, and baseline characteristics."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from data.make.base import SCREENING, Row, Rows, Value, chance, days, iso, pick, stream
from data.make.story import Story

CDK46 = ("PALBOCICLIB", "DALPICICLIB", "ABEMACICLIB", "RIBOCICLIB")
AROMATASE = ("LETROZOLE", "ANASTROZOLE", "EXEMESTANE")
CHEMOTHERAPY = ("CAPECITABINE", "DOCETAXEL", "PACLITAXEL", "VINORELBINE")
ILLNESSES = (
    ("Hypertension", 0.26),
    ("Type 2 diabetes mellitus", 0.08),
    ("Hyperlipidaemia", 0.12),
    ("Gastritis", 0.1),
    ("Osteoporosis", 0.12),
    ("Hepatic steatosis", 0.14),
    ("Cholecystectomy", 0.06),
    ("Insomnia", 0.09),
)
"""Illness -> share of subjects of middle age."""
MONTH = 30.4375


@dataclass(frozen=True)
class Therapy:
    """One prior drug: when, in which setting (ADJUVANT, METASTATIC), which line, and why it ended."""

    drug: str
    start: dt.date
    end: dt.date
    setting: str
    line: int | None
    why: str
    response: str | None = None


@dataclass(frozen=True)
class Person:
    """Baseline characteristics and disease history; weight in kg, height in cm."""

    age: int
    weight: float
    height: float
    ecog: int
    premenopausal: bool
    hypertension: bool
    illnesses: tuple[str, ...]
    diagnosed: dt.date
    relapsed: dt.date
    operated: bool
    therapies: tuple[Therapy, ...]


def draw_person(story: Story) -> Person:
    """Draw a person who meets the definition of secondary endocrine resistance in one of its two ways."""
    rng, plan, consent = stream(story.subject, "person"), story.plan, story.slot.consent
    age = plan.age or int(np.clip(round(float(rng.normal(55, 9.5))), 31, 76))
    weight = plan.weight or round(float(np.clip(rng.normal(59, 8), 43, 86)), 1)
    premenopausal = age < 47 or (age < 52 and chance(rng, 0.4))
    illnesses = tuple(name for name, share in ILLNESSES if chance(rng, share * (0.5 if age < 50 else 1.2)))

    def back(months: float, day: dt.date) -> dt.date:
        return day - days(round(months * MONTH))

    adjuvant_drug = "TAMOXIFEN" if premenopausal else pick(rng, AROMATASE)
    adjuvant_months = float(rng.uniform(27, 62))
    therapies: list[Therapy] = []
    after_adjuvant, de_novo = chance(rng, 0.42), chance(rng, 0.2)
    chemo_wanted, cdk_wanted = chance(rng, 0.35), chance(rng, 0.72)
    if after_adjuvant:
        relapsed, free, operated = back(float(rng.uniform(0.8, 2)), consent), float(rng.uniform(-0.1, 10.5)), True
        ended = back(max(free, 0), relapsed)
    else:
        salvage_months = float(rng.uniform(7.5, 27))
        failed = back(float(rng.uniform(0.5, 1.8)), consent)
        chemo_months = float(rng.uniform(2.5, 6)) if chemo_wanted else 0.0
        salvage_end = back(chemo_months, failed)
        salvage_start, line = back(salvage_months, salvage_end), 1
        salvage_drug = pick(rng, [drug for drug in AROMATASE if drug != adjuvant_drug])
        best = pick(rng, ("PARTIAL RESPONSE", "STABLE DISEASE", "STABLE DISEASE"))
        drugs = [salvage_drug, pick(rng, CDK46)] if cdk_wanted else [salvage_drug]
        for drug in drugs:
            reason = "PROGRESSIVE DISEASE"
            therapies.append(Therapy(drug, salvage_start, salvage_end, "METASTATIC", line, reason, best))
        if chemo_wanted:
            start = salvage_end + days(12)
            chemo, reason = pick(rng, CHEMOTHERAPY), "PROGRESSIVE DISEASE"
            therapies.append(Therapy(chemo, start, failed, "METASTATIC", line + 1, reason, "STABLE DISEASE"))
        relapsed, operated = salvage_start - days(int(rng.integers(8, 30))), not de_novo
        ended = back(float(rng.uniform(0, 30)), relapsed)
    diagnosed = relapsed - days(int(rng.integers(3, 25)))
    if operated:
        started = back(adjuvant_months, ended)
        reason = "PROGRESSIVE DISEASE" if ended >= relapsed - days(5) else "COMPLETED"
        therapies.insert(0, Therapy(adjuvant_drug, started, ended, "ADJUVANT", None, reason))
        diagnosed = back(float(rng.uniform(7, 10)), started)
        if chance(rng, 0.7):
            first, last = diagnosed + days(45), diagnosed + days(45 + int(rng.integers(80, 150)))
            for drug in ("EPIRUBICIN", "CYCLOPHOSPHAMIDE", "DOCETAXEL"):
                therapies.append(Therapy(drug, first, last, "ADJUVANT", None, "COMPLETED"))
    therapies.sort(key=lambda t: (t.start, t.drug))
    height, ecog = round(float(np.clip(rng.normal(158, 5.5), 145, 174))), int(rng.integers(0, 2))
    return Person(
        age,
        weight,
        height,
        ecog,
        premenopausal,
        "Hypertension" in illnesses,
        illnesses,
        diagnosed,
        relapsed,
        operated,
        tuple(therapies),
    )


def history_rows(story: Story, person: Person) -> Rows:
    """Return the rows of MH, MI and RP and the prior part of CM and PR."""
    consent = story.slot.consent
    return {
        "MH": _medical_history(story, person),
        "MI": _pathology(story),
        "RP": _menopause(story, person),
        "CM": [_prior(therapy, consent) for therapy in person.therapies] + _standing(story, person),
        "PR": _procedures(person, consent),
    }


def _medical_history(story: Story, person: Person) -> list[Row]:
    consent, rng = story.slot.consent, stream(story.subject, "medical history")
    disease = [("Breast cancer", f"{person.diagnosed:%Y-%m}" if person.operated else iso(person.diagnosed))]
    disease.append(("Metastatic breast cancer", iso(person.relapsed)))
    rows = [
        Row({"MHTERM": name.upper(), "MHDECOD": name, "MHCAT": "DISEASE HISTORY", "MHSTDTC": text}, consent)
        for name, text in disease
    ]
    anaemic = ("Anemia",) if "HGB" in story.plan.labs else ()
    for name in anaemic + person.illnesses:
        year = str(consent.year - int(rng.integers(1, 16)))
        values: dict[str, Value] = {
            "MHTERM": name.upper(),
            "MHDECOD": name,
            "MHCAT": "MEDICAL HISTORY",
            "MHSTDTC": year,
        }
        if name == "Cholecystectomy":
            values |= {"MHENDTC": year}
        else:
            values |= {"MHENRTPT": "ONGOING", "MHENTPT": "INFORMED CONSENT"}
        rows.append(Row(values, consent))
    return rows


def _pathology(story: Story) -> list[Row]:
    """ER, PR, HER2 and Ki-67 of the tumour, HR-positive and HER2-negative."""
    rng, day = stream(story.subject, "pathology"), story.slot.consent - days(10)
    er = int(rng.choice([60, 70, 80, 90, 90, 95, 95]))
    pr = int(rng.choice([0, 1, 5, 10, 20, 40, 60, 80, 90]))
    her2, ki67 = pick(rng, ("0", "1+", "1+", "2+", "0")), int(rng.choice([5, 10, 15, 20, 20, 25, 30, 40, 50]))
    results: list[tuple[str, str, str, int | None, str]] = [
        ("ESTRCPT", "Estrogen Receptor", str(er), er, "IHC"),
        ("PROGRCPT", "Progesterone Receptor", str(pr), pr, "IHC"),
        ("HER2", "Human Epidermal Growth Factor Receptor 2", her2, None, "IHC"),
        ("KI67", "Ki-67", str(ki67), ki67, "IHC"),
    ]
    if her2 == "2+":
        results.append(("HER2", "Human Epidermal Growth Factor Receptor 2", "NEGATIVE", None, "FISH"))
    return [
        Row(
            {
                "MITESTCD": code,
                "MITEST": name,
                "MIORRES": text,
                "MIORRESU": "%" if number is not None else None,
                "MISTRESC": text,
                "MISTRESN": number,
                "MISTRESU": "%" if number is not None else None,
                "MISPEC": "TISSUE",
                "MIMETHOD": method,
                "VISITNUM": SCREENING.number,
                "VISIT": SCREENING.name,
                "VISITDY": SCREENING.planned,
                "MIDTC": iso(day),
            },
            story.slot.consent,
        )
        for code, name, text, number, method in results
    ]


def _menopause(story: Story, person: Person) -> list[Row]:
    status, day = "PREMENOPAUSAL" if person.premenopausal else "POSTMENOPAUSAL", story.slot.consent
    values: dict[str, Value] = {
        "RPTESTCD": "MENOSTAT",
        "RPTEST": "Menopausal Status",
        "RPORRES": status,
        "RPSTRESC": status,
        "VISITNUM": SCREENING.number,
        "VISIT": SCREENING.name,
        "VISITDY": SCREENING.planned,
        "RPDTC": iso(day),
    }
    return [Row(values, day)]


def _prior(therapy: Therapy, consent: dt.date) -> Row:
    values: dict[str, Value] = {
        "CMTRT": therapy.drug,
        "CMDECOD": therapy.drug,
        "CMCAT": "PRIOR ANTICANCER THERAPY",
        "CMSCAT": therapy.setting,
        "CMINDC": "BREAST CANCER",
        "CMRSDISC": therapy.why,
        "CMSTDTC": iso(therapy.start),
        "CMENDTC": iso(therapy.end),
    }
    line = str(therapy.line) if therapy.line else None
    return Row(values, consent, supp={"CMLINE": line, "CMBOR": therapy.response})


def _standing(story: Story, person: Person) -> list[Row]:
    """Medicines taken at entry: ovarian suppression and one antihypertensive."""
    consent = story.slot.consent
    taken = [("GOSERELIN", "OVARIAN FUNCTION SUPPRESSION", 3.6, "mg", "EVERY 4 WEEKS")] if person.premenopausal else []
    taken += [("VALSARTAN", "HYPERTENSION", 80, "mg", "QD")] if person.hypertension else []
    ongoing: dict[str, Value] = {"CMENRTPT": "ONGOING", "CMENTPT": "END OF STUDY", "CMCAT": "CONCOMITANT MEDICATION"}
    return [
        Row(
            ongoing
            | {"CMTRT": drug, "CMDECOD": drug, "CMINDC": why, "CMDOSE": dose, "CMDOSU": unit, "CMDOSFRQ": often}
            | {"CMROUTE": "SUBCUTANEOUS" if drug == "GOSERELIN" else "ORAL", "CMSTDTC": f"{consent - days(45):%Y-%m}"},
            consent,
        )
        for drug, why, dose, unit, often in taken
    ]


def _procedures(person: Person, consent: dt.date) -> list[Row]:
    if not person.operated:
        return []
    operated = person.diagnosed + days(21)
    done = [("MASTECTOMY", "PRIOR ANTICANCER SURGERY", operated, operated)]
    if person.age % 2:
        start = person.diagnosed + days(200)
        done.append(("RADIOTHERAPY", "PRIOR RADIOTHERAPY", start, start + days(35)))
    return [
        Row(
            {
                "PRTRT": name,
                "PRDECOD": name,
                "PRCAT": category,
                "PRINDC": "BREAST CANCER",
                "PRLOC": "BREAST" if "MAST" in name else "CHEST WALL",
                "PRSTDTC": iso(start),
                "PRENDTC": iso(end),
            },
            consent,
        )
        for name, category, start, end in done
    ]
