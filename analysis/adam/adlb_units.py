"""Units of laboratory values, vital signs and ECG, and the factors between them. A unit not listed is not guessed."""

UNITS: dict[str, tuple[str, float]] = {
    # cells per volume, in 10^9/L
    **dict.fromkeys(("10^9/L", "GI/L", "10^3/uL", "10^3/mm3", "K/uL", "THOU/uL", "/nL"), ("cells", 1.0)),
    **dict.fromkeys(("/uL", "/mm3", "cells/uL", "10^6/L"), ("cells", 0.001)),
    **dict.fromkeys(("10^12/L", "TI/L", "10^6/uL", "10^6/mm3"), ("cells", 1000.0)),
    # mass per volume, in g/L
    **dict.fromkeys(("g/L", "mg/mL"), ("mass", 1.0)),
    "g/dL": ("mass", 10.0),
    "mg/dL": ("mass", 0.01),
    "mg/L": ("mass", 0.001),
    "ug/dL": ("mass", 1e-5),
    **dict.fromkeys(("ug/L", "ng/mL"), ("mass", 1e-6)),
    # amount per volume, in mmol/L
    "mol/L": ("amount", 1000.0),
    "mmol/L": ("amount", 1.0),
    "umol/L": ("amount", 0.001),
    "nmol/L": ("amount", 1e-6),
    "pmol/L": ("amount", 1e-9),
    "mEq/L": ("charge", 1.0),
    # enzymes in U/L, hormones in mIU/L, excretion in g/day
    **dict.fromkeys(("U/L", "IU/L"), ("enzyme", 1.0)),
    "ukat/L": ("enzyme", 60.0),
    **dict.fromkeys(("mIU/L", "mU/L", "uIU/mL", "uU/mL"), ("hormone", 1.0)),
    **dict.fromkeys(("g/day", "g/24h", "g/24 h", "g/(24.h)"), ("excretion", 1.0)),
    **dict.fromkeys(("mg/day", "mg/24h", "mg/24 h", "mg/(24.h)"), ("excretion", 0.001)),
    # pure numbers
    **dict.fromkeys(("1", "RATIO", "FRACTION"), ("number", 1.0)),
    "%": ("number", 0.01),
    # vital signs and ECG
    **dict.fromkeys(("s", "sec"), ("time", 1000.0)),
    **dict.fromkeys(("ms", "msec"), ("time", 1.0)),
    **dict.fromkeys(("beats/min", "bpm"), ("rate", 1.0)),
    "mmHg": ("pressure", 1.0),
    "kg": ("weight", 1.0),
    "LB": ("weight", 0.45359237),
    "cm": ("length", 1.0),
    "m": ("length", 100.0),
    "in": ("length", 2.54),
}
"""Unit -> what it measures, and how many of that quantity's first unit it is."""

MOLAR_MASS = {
    "BILI": 584.66,
    "CA": 40.078,
    "CAION": 40.078,
    "CHOL": 386.65,
    "CREAT": 113.12,
    "GLUC": 180.156,
    "HGB": 16114.5,  # of one haem and its chain, as SI units of haemoglobin count it
    "MG": 24.305,
    "PHOS": 30.974,
    "TRIG": 885.4,
    "URATE": 168.11,
}
"""LBTESTCD -> g/mol, between mass and amount."""

VALENCE = {"BICARB": 1, "CA": 2, "CAION": 2, "CL": 1, "K": 1, "MG": 2, "SODIUM": 1}
"""LBTESTCD -> milliequivalents in a millimole."""

_AMBIGUOUS = {"G/L"}  # grams, or 10^9, per litre
_FOLDED = {unit.casefold(): unit for unit in UNITS}


def _known(unit: str) -> tuple[str, float] | None:
    text = unit.strip().replace("\u00b5", "u").replace("\u03bc", "u").replace("*", "^")
    if text in UNITS:
        return UNITS[text]
    if text in _AMBIGUOUS or text.casefold() not in _FOLDED:
        return None
    return UNITS[_FOLDED[text.casefold()]]


def is_known(unit: str) -> bool:
    """Whether UNITS has the unit, in any of its spellings."""
    return _known(unit) is not None


def factor(unit: str | None, to: str | None, *, test: str = "") -> float | None:
    """The number that turns a value in `unit` into one in `to`, None where that is not known.

    Two equal units (or none at all) are 1 whether they are listed or not. With the LBTESTCD in `test`, mass, amount
    and milliequivalents are exchanged by MOLAR_MASS and VALENCE.
    """
    if unit == to:
        return 1.0
    if unit is None or to is None or (found := _known(unit)) is None or (wanted := _known(to)) is None:
        return None
    (kind, size), (wanted_kind, wanted_size) = found, wanted
    if kind == wanted_kind:
        return size / wanted_size
    amounts = {"amount": 1.0}  # in mmol/L
    if test in MOLAR_MASS:
        amounts["mass"] = 1000 / MOLAR_MASS[test]
    if test in VALENCE:
        amounts["charge"] = 1 / VALENCE[test]
    if kind not in amounts or wanted_kind not in amounts:
        return None
    return size * amounts[kind] / (wanted_size * amounts[wanted_kind])
