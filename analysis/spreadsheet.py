"""Cells of CSV files that a spreadsheet shows and does not run."""

import re

# What spreadsheets take for the beginning of a formula (OWASP, CSV injection), in full width too.
_FORMULA = re.compile("[=+\\-@\t\r\n＝＋－＠]")
# Numbers, as tables print them: -0.5, +12.0%, -1.2 (-3.4, 1.0), -9.7, 0.9, -46 to 45; or signs alone.
_NUMBER = re.compile(r"[-+]*(N((,| to) [-+]?N)?( ?[(\[][-+0-9.,;%<> ]*[)\]])?)?".replace("N", r"[0-9][0-9.]*%?\+?"))


def inert(text: str) -> str:
    """The text of a cell; behind an apostrophe where a spreadsheet would run it as a formula. Numbers stay as they are.

    A program that reads the file takes the apostrophe off, or reads the JSON file, which has the text itself.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
