"""The digital temperature: from 0 to 100, how truly the data stand for the person.

    temperature = closeness × (0.7 + 0.3 × breadth),   breadth = 1 − 0.7^w,   w = Σ over kinds (2 − 2^(1 − n))

``closeness`` (0 to 100) is that of the primary key, ``n`` the number of secondary keys of a kind: the first of a kind
counts 1, the next one a half, then a quarter. So a key of another kind warms more than one more of the same, and a
person of whom only cookies are known stays cold, however many. The formula is the house's own.
"""

from collections import Counter
from collections.abc import Collection, Iterable

from django.db import connection

from identity.queries import keys
from identity.queries.keys import Keys

ALONE, BESIDE, FADING = 0.7, 0.3, 0.7

OF_ALL = """
, secondary AS (
    SELECT member_id, sum(keys)::int AS keys, count(*)::int AS variety,
           sum(2 - power(2::float8, 1 - keys)) AS weight
    FROM (SELECT member_id, kind_id, count(*)::int AS keys FROM ranked WHERE place > 1 GROUP BY 1, 2) kinds
    GROUP BY member_id
)
SELECT r.member_id, r.id AS identifier_id, r.kind_id AS kind, r.verified, r.closeness,
       coalesce(s.keys, 0) AS secondary, coalesce(s.variety, 0) AS variety,
       round(r.closeness * (0.7::float8 + 0.3::float8 * (1 - power(0.7::float8, coalesce(s.weight, 0)))))::int
           AS temperature
FROM ranked r LEFT JOIN secondary s USING (member_id)
WHERE r.place = 1
"""


def score(*, closeness: int, counts: Iterable[int]) -> int:
    """The temperature of a primary key's closeness (0 to 100) and the numbers of secondary keys of each kind."""
    weight = sum(2 - 2.0 ** (1 - count) for count in counts)
    return round(closeness * (ALONE + BESIDE * (1 - FADING**weight)))


def of(*, held: Keys) -> int:
    """The temperature of a person with these keys; 0 without any."""
    if held.primary is None:
        return 0
    return score(
        closeness=held.primary.closeness, counts=Counter(key.kind for key in held.secondary).values()
    )


def statement(*, people: str = "") -> str:
    """SQL with a row (member_id, identifier_id, kind, verified, closeness, secondary, variety, temperature) for
    everybody who has a key; all others have temperature 0. ``people``: a term on ``a``, the accounts."""
    return keys.HELD.format(people=people) + OF_ALL


def measured(*, members: Collection[int] | None = None) -> list[tuple]:
    """The rows of ``statement`` of these members, or of everybody, by member."""
    people = "" if members is None else "AND a.member_id = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(
            statement(people=people) + "ORDER BY r.member_id", [] if members is None else [list(members)]
        )
        return cursor.fetchall()
