"""Tumour lesions, their course over the visits, and the responses that RECIST 1.1 derives from them.

A course is a text of one token per planned assessment: `82` is a sum of diameters of 82 % of baseline, `8+7` are
sizes in mm of each target lesion, `-` is a missed assessment. Letters after the number: `n` a new lesion, `t`
unequivocal progression of non-target lesions, `e` one target lesion could not be measured. `u` before the number is an
unscheduled assessment four weeks after the one before it.
"""

import datetime as dt
import re
from dataclasses import dataclass, replace

import numpy as np

from data.make.base import SCAN_INTERVAL, SCREENING, Visit, chance, days, pick, tumour_visit

TOKEN = re.compile(r"(?P<unscheduled>u?)(?:(?P<percent>\d+(?:\.\d+)?)|(?P<sizes>\d+(?:\+\d+)*))(?P<marks>[nte]*)")
TOO_SMALL = 5.0
"""RECIST's value in mm for a lesion that is present but too small to measure."""

ORGANS = ("LIVER", "LUNG", "AXILLARY LYMPH NODE", "MEDIASTINAL LYMPH NODE", "CHEST WALL", "SUPRACLAVICULAR LYMPH NODE")
NON_TARGET_SITES = ("BONE", "PLEURA", "LUNG", "BONE")
NEW_SITES = ("LIVER", "BRAIN", "LUNG", "BONE", "ADRENAL GLAND")


@dataclass(frozen=True)
class Lesion:
    """One lesion: link id (T01, NT01, NEW01), where it is, and its size at baseline (targets only, mm)."""

    link: str
    location: str
    baseline: float | None = None

    @property
    def node(self) -> bool:
        return self.location.endswith("NODE")


@dataclass(frozen=True)
class Scan:
    """One tumour assessment. `sizes` in mm by target lesion (None: not evaluable), `states` by non-target lesion."""

    visit: Visit
    date: dt.date
    later: dt.date
    sizes: tuple[float | None, ...]
    states: tuple[str, ...]
    new: tuple[Lesion, ...] = ()
    target: str | None = None
    non_target: str | None = None
    overall: str | None = None

    @property
    def sum(self) -> float | None:
        """Sum of diameters in mm, None where a target lesion was not measured."""
        measured = [size for size in self.sizes if size is not None]
        return sum(measured) if len(measured) == len(self.sizes) else None


def draw_lesions(rng: np.random.Generator, kind: str = "") -> tuple[tuple[Lesion, ...], tuple[Lesion, ...]]:
    """Draw 2 to 4 target and up to 2 non-target lesions; kind `nodes` gives two nodes of 20 and 18 mm only."""
    if kind == "nodes":
        return (Lesion("T01", "AXILLARY LYMPH NODE", 20), Lesion("T02", "MEDIASTINAL LYMPH NODE", 18)), ()
    organs = [str(o) for o in rng.permutation(ORGANS)]
    if kind == "no liver":
        organs = [o for o in organs if o != "LIVER"]
    if kind in ("liver", "lung"):
        organs = [kind.upper(), *(o for o in organs if o != kind.upper())]
    count = int(rng.integers(2, 5))
    places = [organs[0], organs[0] if kind != "lung" and chance(rng, 0.4) else organs[1], organs[2], organs[3]][:count]
    targets = tuple(
        Lesion(f"T{i + 1:02d}", place, float(rng.integers(16, 29) if place.endswith("NODE") else rng.integers(15, 46)))
        for i, place in enumerate(places)
    )
    sites = dict.fromkeys(pick(rng, NON_TARGET_SITES) for _ in range(int(rng.integers(1, 3))))
    others = tuple(Lesion(f"NT{i + 1:02d}", site) for i, site in enumerate(sites))
    return targets, others


def simulate_course(rng: np.random.Generator, scans: int, progression: int | None, depth: float) -> str:
    """Draw a course: shrinkage to `depth` % of baseline, regrowth, and progression at scan number `progression`."""
    before = scans if progression is None else progression - 1
    turn = max(1, round(0.55 * before))
    tokens = []
    for scan in range(1, before + 1):
        shrunk = depth + (100 - depth) * 0.38 ** min(scan, turn)
        tokens.append(f"{shrunk * (1 + 0.10 * max(0, scan - turn) / max(1, before - turn)):.0f}")
    if progression is not None:
        last = float(tokens[-1]) if tokens else 100.0
        kind = pick(rng, ("growth", "growth", "growth", "new", "new", "both", "non-target"))
        grown = f"{last * 1.30 + 14:.0f}"
        tokens.append({"growth": grown, "new": f"{last:.0f}n", "both": f"{grown}n", "non-target": f"{last:.0f}t"}[kind])
    return " ".join(tokens)


def target_response(
    sizes: tuple[float | None, ...], lesions: tuple[Lesion, ...], baseline: float | None, nadir: float | None
) -> str:
    """Response of the target lesions by RECIST 1.1 from their sizes, the baseline's sum and the least sum so far (mm).

    Without a baseline only PD against an earlier scan can be said. From a nadir of 0 any lesion that reappears is PD.
    """
    measured = [size for size in sizes if size is not None]
    total, complete = sum(measured), len(measured) == len(sizes)
    if nadir is not None and ((total - nadir >= 5 and total >= 1.2 * nadir) or (nadir == 0 and total > 0)):
        return "PD"
    if baseline is None or not complete:
        return "NE"
    if all(s < 10 if lesion.node else s == 0 for s, lesion in zip(measured, lesions, strict=True)):
        return "CR"
    return "PR" if total <= 0.7 * baseline else "SD"


def non_target_response(states: tuple[str, ...]) -> str | None:
    """Response of the non-target lesions, None where there are none."""
    if not states:
        return None
    if "UNEQUIVOCAL PROGRESSION" in states:
        return "PD"
    if "NOT DONE" in states:
        return "NE"
    return "CR" if all(state == "ABSENT" for state in states) else "NON-CR/NON-PD"


def overall_response(target: str, non_target: str | None, new: bool) -> str:
    """Overall response by RECIST 1.1 Table 1."""
    if new or "PD" in (target, non_target):
        return "PD"
    if target == "CR":
        return "CR" if non_target in (None, "CR") else "PR"
    return target


def _sizes(percent: float, lesions: tuple[Lesion, ...], rng: np.random.Generator) -> tuple[float, ...]:
    """Share a percentage of the baseline sum among the lesions, in whole mm."""
    if percent == 0:
        return tuple(float(rng.integers(5, 9)) if lesion.node else 0.0 for lesion in lesions)
    noise = 1 + 0.04 * (rng.random(len(lesions)) - 0.5)
    sizes = [round((lesion.baseline or 0) * percent / 100 * e) for lesion, e in zip(lesions, noise, strict=True)]
    wanted = round(sum(lesion.baseline or 0 for lesion in lesions) * percent / 100)
    sizes[0] += wanted - sum(sizes)
    return tuple(max(float(size), TOO_SMALL) for size in sizes)


def simulate_scans(
    course: str,
    targets: tuple[Lesion, ...],
    others: tuple[Lesion, ...],
    consent: dt.date,
    enrolled: dt.date,
    rng: np.random.Generator,
    dates: dict[int, dt.date],
    *,
    baseline: bool = True,
    later: dict[int, int] | None = None,
    last: dt.date,
) -> tuple[Scan, ...]:
    """Carry out a course up to the day `last`: the baseline scan first, one scan per token that was not missed.

    `dates` fixes the day of an assessment by its position in the course, `later` the days by which its bone scan
    followed; the others lie within 7 days of the plan.
    """
    scans: list[Scan] = []
    sums: list[float] = []
    screened = enrolled - days(int(rng.integers(2, (enrolled - consent).days + 1)))
    if baseline:
        sizes = tuple(lesion.baseline for lesion in targets)
        visit = replace(SCREENING, date=screened, end=screened)
        scans.append(Scan(visit, screened, screened, sizes, tuple("PRESENT" for _ in others)))
        sums.append(scans[0].sum or 0)
    planned, extra, new_count = 0, 0, 0
    for position, token in enumerate(course.split(), start=1):
        jitter, bone = int(rng.integers(-4, 8)), int(rng.integers(1, 4)) if chance(rng, 0.12) and others else 0
        if token == "-":
            planned += 1
            continue
        match = TOKEN.fullmatch(token)
        if match is None:
            raise ValueError(f"course {course!r}: token {token!r} is not one this module knows")
        if match["unscheduled"]:
            extra += 1
            name = f"UNSCHEDULED {300 + planned}.{extra}"
            visit, due = Visit(300 + planned + extra / 10, name, None), SCAN_INTERVAL * planned + 28
        else:
            planned, extra = planned + 1, 0
            visit, due = tumour_visit(planned), SCAN_INTERVAL * planned
        date = dates.get(position, enrolled + days(due + jitter))
        end = date + days((later or {}).get(position, 0 if position in dates else bone))
        if end > last:
            break
        if match["sizes"] and "+" in match["sizes"]:
            sizes = tuple(float(size) for size in match["sizes"].split("+"))
        else:
            sizes = _sizes(float(match["percent"] or match["sizes"]), targets, rng)
        marks = match["marks"]
        if "e" in marks:
            sizes = (None, *sizes[1:])
        gone = all(size == 0 for size, lesion in zip(sizes, targets, strict=True) if not lesion.node)
        states = tuple("ABSENT" if gone else "PRESENT" for _ in others)
        if "t" in marks:
            states = ("UNEQUIVOCAL PROGRESSION", *states[1:])
        fresh: tuple[Lesion, ...] = ()
        if "n" in marks:
            new_count += 1
            fresh = (Lesion(f"NEW{new_count:02d}", pick(rng, NEW_SITES)),)
        target = target_response(sizes, targets, sums[0] if baseline else None, min(sums, default=None))
        non_target = non_target_response(states)
        overall = overall_response(target, non_target, bool(fresh))
        visit = replace(visit, date=date, end=end)
        scans.append(Scan(visit, date, end, sizes, states, fresh, target, non_target, overall))
        if (total := scans[-1].sum) is not None:
            sums.append(total)
        if overall == "PD":
            break
    return tuple(scans)
