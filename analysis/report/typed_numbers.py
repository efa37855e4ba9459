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
        r"\bgrade [345] or higher\b",  # of CTCAE, and so the next two
        r"\bgrades? (of |was |was most often )?[0-5] (to|or) [0-5]\b",
        r"\bgrade above 0\b",
        r"\bper 100 patient-years\b",
        r"\bCDK4/6\b",
        r"\bHER2\b",
        r"\bKi-?67\b",
        r"\bNCT\d{8}\b",
        r"\bPDF/A-\d\w?",
        r"\b(one|two)-(sample|sided|stage)\b",
        r"\b(one|two) (of|or) more\b",
    )
)

# Markup that holds no prose: shortcodes, the targets of links, attributes, citations, footnote marks, numbers of lists
# and headings.
_MARKUP = (
    re.compile(r"\{\{+<.*?>\}\}+"),
    re.compile(r"(?<=\])\([^)]*\)"),
    re.compile(r"<!--.*?-->"),
    re.compile(r"\{\s*[#.=][^}]*\}|\{[\w-]+=[^}]*\}"),
    re.compile(r"\[\^[^\]]*\]:?"),
    re.compile(r"@[\w:.#$%&+?<>~/-]+"),
    re.compile(r"^\s*\(?\d+[.)]\s"),
    re.compile(r"^#+ \d+(\.\d+)*"),
)
_NUMBER = re.compile(
    r"\d+(?:[.,]\d+)*|[½¼¾⅓⅔]"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy"
    r"|eighty|ninety|hundred|thousand|dozen|half|twice|thrice)\b"
    r"|\bone (?=(?:(?:further|more|other) )?(?:patients?|subjects?|deaths?|events?|responses?|months?|of the)\b)",
    re.IGNORECASE,
)


def typed_numbers(line: str) -> list[str]:
    """The numbers of one line of markdown that were typed by hand, in digits or in words, and may not be."""
    for pattern in (*_MARKUP, *ALLOWED):
        line = pattern.sub(" ", line)
    return [number.strip() for number in _NUMBER.findall(line)]
