"""Figures of a public build: those named here, and of them those whose numbers are all shown.

Every other figure, and each of a table of which a number is hidden, has a line in its place. The values behind a
figure are left out of its JSON file.
"""

from dataclasses import replace

from analysis.privacy import LEFT_OUT
from analysis.privacy.suppress import Status, Suppression
from analysis.tlf.model import Figure
from analysis.tlf.style import drawings, empty_figure

CURVES = {"f-11-4-1-1": "pfs", "f-14-2-1-1": "pfs", "f-14-2-3-1": "dor", "f-14-2-4-1": "os"}
"""Kaplan-Meier curves, and how the names of their results begin. They are drawn for the public version: to the time at
which k patients are at risk. A curve of fewer events than k is left out, since its steps are these."""

OF_TABLES = {"f-14-2-1-2": "t-14-2-1-2", "f-14-2-6-1": "t-14-2-6-1", "f-14-2-6-2": "t-14-2-6-2"}
"""Figure -> the table whose numbers it draws."""

OWN_RESULTS = ("f-14-1-1-1", "f-14-2-2-1")
"""Figures whose results the text cites; those of other figures that are left out are left out with them."""


def is_shown(figure: str, suppression: Suppression) -> bool:
    """Whether a figure shows no number that the public version hides."""
    pairs = list(zip(suppression.results, suppression.statuses, strict=True))
    if figure in CURVES:
        return (f"{CURVES[figure]}.events", Status.SMALL) not in {(r.name, s) for r, s in pairs}
    source = OF_TABLES.get(figure)
    return source is not None and all(s is Status.SHOWN for r, s in pairs if r.output == source)


def public_figure(figure: Figure, title: str, suppression: Suppression) -> Figure:
    """The figure as a public build has it; one that is left out has the catalogue's title, which names no patient."""
    if is_shown(figure.id, suppression):
        return replace(figure, data=None)
    drawn = drawings(empty_figure(LEFT_OUT))
    empty = replace(figure, png=drawn["png"], svg=drawn["svg"], pdf=drawn["pdf"])
    return replace(empty, title=title, alt=LEFT_OUT, footnotes=(), data=None)
