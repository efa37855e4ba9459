"""Agreement of two readers."""

import math
from collections import Counter
from collections.abc import Sequence


def cohen_kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Cohen's kappa, unweighted: (agreement - chance) / (1 - chance) of two readers' categories, one pair per subject.

    nan without subjects, and where both readers give everyone one and the same category (chance is 1). Raises
    ValueError where the lengths differ. Source: Cohen, Educ Psychol Meas 1960;20:37-46.
    """
    if len(first) != len(second):
        raise ValueError(f"first has {len(first)} values, expected as many as second, which has {len(second)}")
    n = len(first)
    agreed = sum(a == b for a, b in zip(first, second, strict=True))
    ours, theirs = Counter(first), Counter(second)
    by_chance = sum(count * theirs[category] for category, count in ours.items())  # times n squared
    if n * n == by_chance:
        return math.nan
    return (n * agreed - by_chance) / (n * n - by_chance)
