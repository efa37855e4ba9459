"""Numbers typed by hand: where results are reported, a number comes from a result, through a variable."""

import re

# Sections (ICH E3) whose text may hold no typed number: synopsis, study patients, efficacy, safety, conclusions.
RESULTS_SECTIONS = ("2", "10", "11", "12", "13")

# What may stand there all the same: names and conventions that no data cut changes.
ALLOWED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(section|table|figure|listing|appendix) \d+(\.\d+)*",
        r"\b(sections|tables|figures|listings|appendices) \d+(\.\d+)*((,|,? and|,? or| to) \d+(\.\d+)*)*",
        r"\b95 ?% ?(CI|confidence)\b",  # the level of the intervals, as a name of them
        r"\bRECIST (version )?1\.1",
        r"\bCTCAE (version |v)?\d(\.\d)?",
        r"\b(ICH )?E\d+[A-Z]?(\(R\d\))?(?!\w)",  # ICH guidelines
        r"\bPhase \d\b",
        r"\baged \d+ years\b",  # an eligibility criterion
        r"\bHER2\b",
        r"\bKi-?67\b",
        r"\bNCT\d{8}\b",
        r"\bPDF/A-\d\w?",
    )
)

# Markup that holds no prose: shortcodes, links with their texts, attributes, citations, footnote marks, list numbers.
_MARKUP = (
    re.compile(r"\{\{+<.*?>\}\}+"),
    re.compile(r"!?\[[^\]]*\]\([^)]*\)"),
    re.compile(r"<!--.*?-->"),
    re.compile(r"\{[^}]*\}"),
    re.compile(r"\[\^[^\]]*\]:?"),
    re.compile(r"@[\w:.#$%&+?<>~/-]+"),
    re.compile(r"^\s*\(?\d+[.)]\s"),
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def typed_numbers(line: str) -> list[str]:
    """The numbers of one line of markdown that were typed by hand and may not be."""
    if line.startswith("#"):
        return []
    for pattern in (*_MARKUP, *ALLOWED):
        line = pattern.sub(" ", line)
    return _NUMBER.findall(line)
