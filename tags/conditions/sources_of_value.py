"""Sources about what a member holds and where he stands: derived from his accounts as ``members.queries`` derives them."""

import re
from dataclasses import dataclass
from typing import ClassVar

from members.queries import tier_candidates
from tags.conditions import moments
from tags.conditions.setting import Setting
from tags.conditions.sources import Source
from tags.conditions.sql import Sql, also, build
from tags.conditions.stands import STANDS

# As members.queries.balances says it of one member: what is owed is first taken from what can be spent.
HELD = """
SELECT h.member_id, greatest(0, h.ready - h.owed) / {steps}::numeric AS available, h.waiting / {steps}::numeric AS waiting,
       greatest(0, h.owed - h.ready) / {steps}::numeric AS owed, h.expiring / {steps}::numeric AS expiring, h.turns_at
FROM (
    SELECT a.member_id, coalesce(sum(l.remaining) FILTER (WHERE l.remaining > 0 AND l.available_from <= {as_of}), 0) AS ready,
           coalesce(sum(l.remaining) FILTER (WHERE l.remaining > 0 AND l.available_from > {as_of}), 0) AS waiting,
           coalesce(-sum(l.remaining) FILTER (WHERE l.remaining < 0), 0) AS owed,
           coalesce(sum(l.remaining) FILTER (WHERE l.remaining > 0 AND l.expires_at <= {until}), 0) AS expiring,
           least(min(l.expires_at), min(l.available_from) FILTER (WHERE l.available_from > {as_of}),
                 min(n.near_at) FILTER (WHERE n.near_at > {as_of})) AS turns_at
    FROM members_wallet w JOIN members_account a ON a.id = w.account_id
    JOIN members_lot l ON l.wallet_id = w.id AND l.remaining <> 0 AND (l.expires_at IS NULL OR l.expires_at > {as_of})
    CROSS JOIN LATERAL (
        SELECT (((l.expires_at - interval '1 microsecond') AT TIME ZONE {zone})::date - {days}::int)::timestamp
               AT TIME ZONE {zone} AS near_at) n
    WHERE w.book_id = {book}{only}
    GROUP BY a.member_id) h"""


@dataclass(frozen=True)
class Held(Source):
    """In the book's unit, over all accounts of a member. ``expiring``: what is gone by the end of the day in ``days`` days."""

    book: int
    scale: int
    days: int = 0

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("available", "numeric"), ("waiting", "numeric"), ("owed", "numeric"),
        ("expiring", "numeric"), ("turns_at", "timestamptz"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("held", self)

    def rows(self, setting: Setting) -> Sql:
        today = moments.day_of(setting.as_of)
        return build(
            HELD,
            steps=10**self.scale,
            as_of=setting.as_of,
            until=moments.start_of(today + (self.days + 1) * moments.DAY),
            zone=str(moments.zone()),
            days=self.days,
            book=self.book,
            only=also([setting.only(Sql("a.member_id"))]),
        )


@dataclass(frozen=True)
class Stands(Source):
    """The tier in a programme, since when, and the first instant after it; NULL: without end."""

    programme: int

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("tier", "text"), ("rank", "int"), ("from_at", "timestamptz"),
        ("valid_until", "timestamptz"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("stands", self)

    def rows(self, setting: Setting) -> Sql:
        asked = tier_candidates.parameters(programme=self.programme, at=setting.as_of)
        return _numbered(STANDS, {**asked, "only": also([setting.only(Sql("a.member_id"))])})


def _numbered(text: str, values: dict[str, object]) -> Sql:
    """Parameters by name become parameters by place; ``{only}`` takes a piece of SQL."""
    pieces, params = [], []
    for number, piece in enumerate(re.split(r"%\((\w+)\)s|\{(only)\}", text)):
        if number % 3 == 0:
            pieces.append(piece)
        elif piece == "only":
            pieces.append(values[piece].text)
            params.extend(values[piece].params)
        elif piece is not None:
            pieces.append("%s")
            params.append(values[piece])
    return Sql("".join(pieces), tuple(params))
