"""What every model of params/*.yaml shares: strictness and the types of values."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

# Far beyond any trial, and far within what dates and numbers of the machine hold.
MOST_DAYS, MOST_MONTHS, LARGEST = 36_500, 1_200, 100_000


def _without_control_characters(text: str) -> str:
    if any(unicodedata.category(c) == "Cc" and c != "\n" for c in text):
        raise ValueError("expected text without control characters")
    return text


Text = Annotated[str, StringConstraints(min_length=1), AfterValidator(_without_control_characters)]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0, le=LARGEST, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=0, le=MOST_DAYS)]


class Model(BaseModel):
    """Unknown keys, wrong types and later changes are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
