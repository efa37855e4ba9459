"""Text from data, made safe to stand in a chapter or on a page."""

import html
import re
import unicodedata

from analysis.tlf.model import clean

# Every ASCII punctuation mark has a backslash escape in pandoc's markdown. Left bare: the comma and the semicolon,
# which mean nothing alone, and the point inside a decimal number, so that the variables stay readable.
_SPACES = re.compile(r"[ \t\n\v\f\r]+")  # not the no-break space, which is text
_MARKUP = re.compile(r"[!-+\-/:<-@\[-`{-~]|(?<!\d)\.|\.(?!\d)")


def markdown_text(text: str) -> str:
    """Return markdown that pandoc and Quarto show as this text and nothing else.

    Shortcodes, raw HTML, citations, lists and smart punctuation all lose their meaning. White space becomes single
    spaces; a control character, which no output format can show, becomes U+FFFD.
    """
    line = _SPACES.sub(" ", text).strip(" ")
    shown = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cs") else c for c in line)
    return _MARKUP.sub(lambda mark: "\\" + mark[0], shown)


def escape(text: str) -> str:
    """Return HTML that shows this text and nothing else; what hides or reorders text is visible, as in the tables."""
    return html.escape(clean(text))
