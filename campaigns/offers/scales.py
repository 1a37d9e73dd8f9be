"""Bounds that nouns share. Money is in minor units of the currency (CNY: fen), pieces in thousandths (1 piece: 1,000)."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

PIECE = 1000
WHOLE = 10_000  # basis points

Code = Annotated[str, Meta(min_length=1, max_length=100)]
Word = Annotated[str, Meta(max_length=100)]
Minor = Annotated[int, Meta(ge=0, le=10**12)]
Positive = Annotated[int, Meta(ge=1, le=10**12)]
Milli = Annotated[int, Meta(ge=1, le=10**9)]
Count = Annotated[int, Meta(ge=1, le=10**6)]
Used = Annotated[int, Meta(ge=0, le=10**9)]
Points = Annotated[int, Meta(ge=1, le=10**9)]
Digits = Annotated[int, Meta(ge=0, le=6)]
Days = Annotated[int, Meta(ge=0, le=3650)]
Share = Annotated[int, Meta(ge=1, le=WHOLE)]
Rate = Annotated[int, Meta(gt=WHOLE, le=100 * WHOLE)]
Currency = Annotated[str, Meta(pattern=r"^([A-Z]{3})?$(?!\n)")]
Wall = Annotated[datetime, Meta(tz=False)]
Instant = Annotated[datetime, Meta(tz=True)]
