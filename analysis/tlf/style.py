"""How figures look, and how they are written: the same bytes from the same numbers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from PIL import Image

from analysis.tlf import fonts

WIDTH, HEIGHT = 6.2, 4.6  # inches, of a figure in the text
DPI = 300
Colour = str | tuple[float, float, float]
COLOURS: list[tuple[float, float, float]] = sns.color_palette("colorblind")  # told apart by colour-blind readers too
GREY = "0.35"
GREYS = ("0", "0.2", "0.4", "0.6", "0.8", "1")  # of a palette

_LOOK: Any = sns.axes_style("ticks") | {
    "font.family": [fonts.SANS],
    "font.size": 9.0,
    "axes.labelsize": 9.0,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "text.parse_math": False,  # a dollar sign in a text is a dollar sign
    "savefig.dpi": DPI,
    "savefig.bbox": None,
    "svg.hashsalt": "csr",  # ids of an SVG are random without
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "pdf.compression": 0,  # what a compressor makes depends on the machine's zlib
}


def _register_fonts() -> None:
    """Have matplotlib find the shipped fonts, and no other font of their names on this machine."""
    fontManager.ttflist[:] = [f for f in fontManager.ttflist if f.name not in (fonts.SANS, fonts.MONO)]
    for path in sorted(fonts.FOLDER.glob("*.ttf")):
        fontManager.addfont(path)


_register_fonts()


@contextmanager
def look() -> Iterator[None]:
    """Matplotlib's defaults and the report's look; both drawing and writing a figure belong inside."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_LOOK)
        yield


def new_figure(height: float = HEIGHT) -> Figure:
    """An empty figure of the text's width and a height in inches, outside pyplot."""
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    return figure


def empty_figure(text: str) -> Figure:
    """A figure that says in words that there is nothing to draw."""
    with look():
        figure = new_figure(HEIGHT / 3)
        figure.text(0.5, 0.5, text, ha="center", va="center")
    return figure


def drawings(figure: Figure, *, palette: Sequence[Colour] | None = None) -> dict[str, bytes]:
    """A figure as png (300 dpi, which the file names), svg and pdf, without times or program names.

    With `palette` the png has these colours alone, which makes its file much smaller: that of a crowded drawing with
    at most 16 is a quarter.
    """
    metadata: dict[str, dict[str, None]] = {
        "png": {"Software": None},
        "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }
    found = {}
    with look():
        for kind, values in metadata.items():
            if kind == "png" and palette is not None:
                found[kind] = _png_of(figure, palette)
                continue
            out = BytesIO()
            figure.savefig(out, format=kind, dpi=DPI, metadata=values)
            found[kind] = out.getvalue()
    return found


def _png_of(figure: Figure, colours: Sequence[Colour]) -> bytes:
    """A figure as a png whose pixels have the nearest colour of a palette."""
    raw, out = BytesIO(), BytesIO()
    figure.savefig(raw, format="rgba", dpi=DPI)
    width, height = (int(inches * DPI) for inches in figure.get_size_inches())
    picture = Image.frombytes("RGBA", (width, height), raw.getvalue()).convert("RGB")
    chosen = Image.new("P", (1, 1))
    chosen.putpalette([round(255 * part) for colour in dict.fromkeys(map(to_rgb, colours)) for part in colour])
    picture.quantize(palette=chosen, dither=Image.Dither.NONE).save(out, format="png", dpi=(DPI, DPI))
    return out.getvalue()
