"""The header of a SAS transport file of version 5, checked before ReadStat reads it.

ReadStat believes a header and reads on wherever it leads: a wrong length shifts every value, of two variables with one
name the first disappears. The layout is that of SAS technical note TS-140: records of 80 bytes, a description of 140
bytes for each variable, then the values in their order, without gaps.
"""

import re
import struct
from dataclasses import dataclass

import numpy as np

from analysis.errors import DataError

_RECORD, _DESCRIPTION, _MEMBER, _NAME, _VARIABLES = 80, 140, 240, 408, 560
_REST = rb"0{30} {2}"
LIBRARY = re.compile(rb"HEADER RECORD\*{7}LIBRARY HEADER RECORD!{7}" + _REST)
_HEADER = re.compile(rb"HEADER RECORD\*{7}MEMBER  HEADER RECORD!{7}0{17}160{8}140 {2}")
_COUNT = re.compile(rb"HEADER RECORD\*{7}NAMESTR HEADER RECORD!{7}0{6}(\d{4})0{20} {2}")
_OBSERVATIONS = re.compile(rb"HEADER RECORD\*{7}OBS {5}HEADER RECORD!{7}" + _REST)
_LENGTHS = {1: range(2, 9), 2: range(1, 201)}  # bytes of a number, of a text


@dataclass(frozen=True)
class Variable:
    """A variable as the header describes it; `place` and `length` are bytes of a record."""

    name: str
    is_text: bool
    place: int
    length: int


def check_header(raw: bytes, name: str) -> None:
    """Check a file that begins with LIBRARY; `name` is what its dataset must be named.

    Raises DataError where a header is not as the format asks, the variables do not follow each other, two have one
    name, the last record is incomplete, or a text holds a NUL.
    """
    if not _HEADER.match(raw, _MEMBER):
        raise DataError("the member header at byte 240 is damaged, or describes variables in another length than 140")
    found = raw[_NAME : _NAME + 8].rstrip(b" \0").decode("latin-1")
    if found.upper() != name:
        raise DataError(f"a dataset named {found!r}, expected {name!r} as the file is named")
    variables = _variables(raw)
    width = sum(variable.length for variable in variables)
    start = _VARIABLES + _RECORD + -(-len(variables) * _DESCRIPTION // _RECORD) * _RECORD
    if not _OBSERVATIONS.match(raw, start):
        raise DataError(f"no header of the records at byte {start}, where {len(variables)} variables end")
    values = raw[start + _RECORD :]
    # Version 5 counts no records: a file that was cut short shows itself by an incomplete last record.
    complete = len(values) // width * width
    if len(raw) % _RECORD or values[complete:].strip(b" "):
        raise DataError("the last record is incomplete: the file was cut short or is damaged")
    records = np.frombuffer(values[:complete], np.uint8).reshape(-1, width)
    for variable in variables:
        if variable.is_text:
            text = records[:, variable.place : variable.place + variable.length]
            after_nul = np.logical_or.accumulate(text == 0, axis=1) & (text != 0) & (text != ord(" "))
            if after_nul.any():
                record = int(after_nul.any(axis=1).argmax()) + 1
                raise DataError(f"variable {variable.name}, record {record}: a NUL in the text")


def _variables(raw: bytes) -> list[Variable]:
    counted = _COUNT.match(raw, _VARIABLES)
    if not counted or int(counted[1]) == 0:
        raise DataError("the header at byte 560 says of how many variables, and is damaged or says none")
    found: list[Variable] = []
    place = 0
    for number in range(int(counted[1])):
        start = _VARIABLES + _RECORD + number * _DESCRIPTION
        described = raw[start : start + _DESCRIPTION]
        if len(described) < _DESCRIPTION:
            raise DataError(f"{int(counted[1])} variables are said to be there, but the file ends in that of {number}")
        kind, length = struct.unpack_from(">h2xH", described)
        (said,) = struct.unpack_from(">i", described, 84)
        name = described[8:16].rstrip(b" \0").decode("latin-1").upper()
        if kind not in _LENGTHS or length not in _LENGTHS[kind]:
            raise DataError(
                f"variable {name!r}: type {kind} and length {length}, expected 1 and 2 to 8, or 2 and to 200"
            )
        if said != place:
            raise DataError(f"variable {name!r}: said to begin at byte {said} of a record, expected {place}")
        if name in [variable.name for variable in found]:
            raise DataError(f"variable {name} occurs more than once")
        found.append(Variable(name, kind == 2, place, length))
        place += length
    return found
