"""The committed cuts of both studies, read and derived once in each process of the tests. Not to be changed."""

from functools import cache
from pathlib import Path

import polars as pl

from analysis import adam, params
from analysis.cut.dataset import frames, read_folder
from analysis.params import Params

PROJECT = Path(__file__).parent.parent
FIRST, UPDATE, PUBLIC = "2025-06-30", "2025-12-31", "2014-12-31"
FOLDER = {FIRST: PROJECT, UPDATE: PROJECT, PUBLIC: PROJECT / "examples/cdisc-oncology"}
"""Cut -> the folder of its study: the demonstration study's, and the one of public test data."""


@cache
def params_of(cut: str) -> Params:
    return params.load(cut, FOLDER[cut] / "params")


@cache
def sdtm_of(cut: str) -> dict[str, pl.DataFrame]:
    return frames(read_folder(FOLDER[cut] / "data/cuts" / cut))


@cache
def adam_of(cut: str) -> dict[str, pl.DataFrame]:
    return frames(adam.derive(sdtm_of(cut), params_of(cut)))
