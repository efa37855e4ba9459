"""Progress of a long loop: a moving bar on a terminal, plain lines elsewhere, always on stderr."""

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

LINES = 10  # where there is no terminal


def track(items: Sequence[T], description: str) -> Iterator[T]:
    """Go through `items` and show how many of them are done."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track as bar

        yield from bar(items, description, console=Console(stderr=True))
        return
    for done, item in enumerate(items, start=1):
        yield item
        if done * LINES // len(items) > (done - 1) * LINES // len(items):
            print(f"{description}: {done} of {len(items)}", file=sys.stderr, flush=True)
