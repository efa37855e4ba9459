"""Cells of CSV files that a spreadsheet shows and does not run."""

import re

# What spreadsheets take for the beginning of a formula (OWASP, CSV injection), in full width too.
_FORMULA = re.compile("[=+\\-@\t\r\n＝＋－＠]")
# A number, as tables print it: -0.5, +12.0%, -1.2 (-3.4, 1.0), 12.5+; or signs alone.
_NUMBER = re.compile(r"[-+]*([0-9][0-9.,]*%?\+?( ?[(\[][-+0-9.,;%<> ]*[)\]])?)?")


def inert(text: str) -> str:
    """The text of a cell; behind an apostrophe where a spreadsheet would run it as a formula. Numbers stay as they are.

    A program that reads the file takes the apostrophe off, or reads the JSON file, which has the text itself.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
