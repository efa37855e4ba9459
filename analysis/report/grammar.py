"""Small pieces of English that adapt to numbers."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def listed(items: Sequence[str]) -> str:
    """Join as 'a', 'a and b' or 'a, b and c'; 'none' for an empty list."""
    if not items:
        return "none"
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun: 'no deaths', '1 death', '2 deaths'."""
    return f"{n or 'no'} {noun if n == 1 else plural or noun + 's'}"


def article(text: str) -> str:
    """A noun behind its indefinite article, by its first letter: 'an increase'."""
    return f"{'an' if text[:1].lower() in 'aeiou' else 'a'} {text}"


def number(value: float | int) -> str:
    """A parameter as it was typed: '5.8', '10', '0.00001'."""
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float) -> str:
    """A share of a parameter in per cent: 0.95 is '95%'."""
    return number(float(Decimal(repr(share)) * 100)) + "%"


def sentence(text: str) -> str:
    """A capital at the start and a full stop at the end."""
    return f"{text[0].upper()}{text[1:]}."


def long_date(day: dt.date) -> str:
    """'30 June 2025', whatever the locale."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
