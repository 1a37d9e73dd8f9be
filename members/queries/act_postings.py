"""What was posted for actions of customers: each movement names what it is given for, once, by its key."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from msgspec import Struct

from members import sets
from members.queries.earnings import Story
from members.rules import acts

BASES = """
SELECT DISTINCT regexp_replace(key, ':[0-9]+$', '') FROM members_posting
WHERE account_id = ANY(%s::bigint[]) AND starts_with(key, 'event:') AND verb IN ('earn', 'reverse')
"""
# Each further movement for the same action has the next number.
CHAINS = """
WITH RECURSIVE chain AS (
    SELECT b.base, 0 AS n, p.id, p.verb, p.amount, p.short, p.plan_id
    FROM unnest(%s::text[]) AS b (base) JOIN members_posting p ON p.key = b.base || ':0'
    UNION ALL
    SELECT c.base, c.n + 1, p.id, p.verb, p.amount, p.short, p.plan_id
    FROM chain c JOIN members_posting p ON p.key = c.base || ':' || c.n + 1
)
SELECT c.base, c.id, c.verb, c.amount, c.short, c.plan_id,
       coalesce((SELECT sum(abs(x.amount) + x.short) FROM members_posting x WHERE x.corrects_id = c.id), 0)::bigint
FROM chain c ORDER BY c.base, c.n
"""
GIVEN = """
SELECT b.base, p.occurred_at FROM unnest(%s::text[]) AS b (base) JOIN members_posting p ON p.key = b.base || ':0'
WHERE NOT EXISTS (SELECT FROM members_posting x WHERE x.key = b.base || ':1')
"""
STORIES = """
SELECT p.id, p.amount, l.id,
       coalesce((SELECT sum(abs(c.amount) + c.short) FROM members_posting c WHERE c.corrects_id = p.id), 0)::bigint,
       coalesce((SELECT sum(u.amount) FROM members_lotuse u JOIN members_posting x ON x.id = u.posting_id
                 WHERE u.lot_id = l.id AND x.verb = 'expire'), 0)::bigint
FROM members_posting p JOIN members_lot l ON l.posting_id = p.id AND l.amount > 0 WHERE p.id = ANY(%s::bigint[])
"""


class Base(NamedTuple):
    """What an account is given once: by all versions of a programme's long plan together (``plan`` 0) or by a short plan,
    in a book, ``per`` action, day or ever (with + where it multiplies what the long plan gives). ``what`` is the event
    and which of them or which day."""

    programme: int
    plan: int
    book: int
    per: str
    account: int
    what: str

    def __str__(self) -> str:
        return f"event:{self.programme}:{self.plan}:{self.book}:{self.per}:{self.account}:{self.what}"

    @classmethod
    def read(cls, text: str) -> "Base":
        _event, programme, plan, book, per, account, what = text.split(":", 6)
        return cls(int(programme), int(plan), int(book), per, int(account), what)

    @property
    def is_for_a_person(self) -> bool:
        """Whether one account of a person having it is enough."""
        return self.per in (acts.DAY, acts.ONCE)

    @property
    def followed(self) -> "Base":
        """What of the long plan it multiplies."""
        return self._replace(plan=0, per=self.per.removesuffix("+"))


class Chain(Struct):
    """What was posted for a base so far: the sum, how many movements, and of each earning what can be taken back:
    (posting, plan, steps)."""

    steps: int = 0
    count: int = 0
    given: list[tuple[int, int, int]] = []


def standing(
    *, wanted: Collection[Base], whole: Collection[int], member_of: dict[int, int]
) -> dict[Base, Chain]:
    """What was posted for these, for the same of the person's other accounts, and for all that accounts read as a whole
    have."""
    mates = defaultdict(list)
    for account, member in member_of.items():
        mates[member].append(account)
    bases = set(wanted)
    for base in wanted:
        if base.is_for_a_person:
            bases |= {base._replace(account=mate) for mate in mates[member_of[base.account]]}
        elif base.per.endswith("+"):
            bases.add(base.followed)
    if whole:
        bases |= {Base.read(text) for (text,) in sets.run(BASES, [], 0, sets.array(sorted(whole)))}
    found: dict[Base, Chain] = {}
    for text, posting, verb, amount, short, plan, undone in sets.run(
        CHAINS, [(str(each),) for each in sorted(bases)], 1
    ):
        chain = found.setdefault(Base.read(text), Chain(given=[]))
        chain.steps, chain.count = chain.steps + amount - short, chain.count + 1
        if verb == "earn" and amount > undone:
            chain.given.append((posting, plan, amount - undone))
    return found


def given_at(*, bases: Collection[Base]) -> dict[Base, dt.datetime]:
    """When the action was for which each was given, of those that were given and not taken back since."""
    found = sets.run(GIVEN, [(str(base),) for base in sorted(bases)], 1) if bases else ()
    return {Base.read(text): at for text, at in found}


def stories(*, postings: Collection[int]) -> dict[int, Story]:
    """{posting: what became of what it gave for an action}."""
    found: dict[int, Story] = {}
    for posting, amount, lot, back, expired in (
        sets.run(STORIES, [(id,) for id in sorted(postings)], 1) if postings else ()
    ):
        story = found.setdefault(posting, Story(amount, back, 0, []))
        story.lots.append(lot)
        story.expired += expired
    return found
