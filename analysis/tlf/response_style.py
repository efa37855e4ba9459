"""How the figures of single patients show their best overall responses: told apart in colour and in grey."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch
from matplotlib.textpath import TextPath

from analysis.tlf import fonts
from analysis.tlf.model import clean
from analysis.tlf.style import COLOURS

_LONGEST_NAME = 16  # characters


@dataclass(frozen=True)
class Look:
    """Fill and hatching of a bar; colour and dashes of a line, whose colour is the bar's unless given."""

    colour: tuple[float, float, float] | str
    hatch: str = ""
    dashes: Literal["-", "--", ":", "-."] = "-"
    line_colour: str | None = None

    @property
    def line(self) -> tuple[float, float, float] | str:
        return self.line_colour or self.colour


LOOKS = {
    "CR": Look(COLOURS[0]),
    "PR": Look(COLOURS[9]),
    "SD": Look("0.86", dashes="--", line_colour="0.5"),
    "NON-CR/NON-PD": Look(COLOURS[8], "\\\\\\\\", "--", line_colour="0.2"),
    "PD": Look(COLOURS[3], "////", ":"),
    "NE": Look("white", "....", "-.", line_colour="black"),
}
"""Best overall response -> look, in the order of legends."""


def present(responses: Iterable[str]) -> list[str]:
    """Those responses that occur, in the order of LOOKS."""
    seen = set(responses)
    return [response for response in LOOKS if response in seen]


def patches(responses: Iterable[str]) -> list[tuple[Patch, str]]:
    """Legend entries of bars."""
    return [(patch(response), response) for response in present(responses)]


def patch(response: str) -> Patch:
    """A bar's look as a legend shows it."""
    look = LOOKS[response]
    return Patch(facecolor=look.colour, hatch=look.hatch, edgecolor="black", linewidth=0.4)


def shown_name(name: str) -> str:
    """A patient's number as a figure can hold it: one line, and not longer than its margin."""
    text = fonts.printable(clean(name)).replace("\n", " ")
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 3] + "..."


def width_of(text: str, points: float) -> float:
    """Width of a text in inches."""
    if not text.strip():
        return 0.0
    return float(TextPath((0, 0), text, size=points, prop=FontProperties(family=fonts.SANS)).get_extents().x1) / 72
