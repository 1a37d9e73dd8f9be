"""Tiers: given by hand, and by the review of what growth has earned, kept and lost. Each grant is a fact on accounts."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils.translation import gettext as _

from members.actions import events
from members.models import Account, Event, Member, Plan, Programme, Tier, TierGrant
from members.queries import standings, tier_bases, tier_review, tier_ruling

READER = "tiers"
ALONE = 7_765_021  # one at a time reviews tiers or gives them
BATCH = 5_000  # events that the follower takes at once
PEOPLE = 50_000  # whom one transaction of a review of everybody looks at
PASSES = 500  # more periods of validity in a row than any worker can have missed
FOLLOWED = {"account.recorded", "account.withdrawn", "identity.merged", "identity.split"}
COLUMNS = ("tx", "name", "account_id")

# The basis: accounts with growth, a grant or a statement that counts, and all in the bases of the facts decided upon.
WRITE = """
, keyed AS MATERIALIZED (
    SELECT m.*, b.accounts, concat_ws(':', 'review', %(programme)s, CASE WHEN cardinality(b.accounts) = 1
               THEN b.accounts[1]::text ELSE md5(b.accounts::text) END, coalesce(m.current, 0), m.reason,
               coalesce(m.new, ''), (date_part('epoch', m.from_at) * 1000000)::bigint) AS key
    FROM moves m CROSS JOIN LATERAL (
        SELECT CASE WHEN cardinality(m.own) = 1 THEN m.own ELSE ARRAY(
            SELECT a.id FROM unnest(m.own) AS a (id)
            WHERE EXISTS (SELECT FROM members_wallet k WHERE k.account_id = a.id AND k.book_id = %(book)s)
               OR EXISTS (SELECT FROM members_tiergrant g WHERE g.account_id = a.id AND g.programme_id = %(programme)s)
            UNION SELECT unnest(m.basis) UNION SELECT unnest(m.joint) UNION SELECT unnest(m.stated) ORDER BY 1
        ) END AS accounts OFFSET 0
    ) b
), fresh AS MATERIALIZED (
    SELECT k.* FROM keyed k
         LEFT JOIN LATERAL (SELECT g.id FROM members_tiergrant g WHERE g.key = k.key OFFSET 0) g ON true
    WHERE g.id IS NULL ORDER BY k.member_id
), made AS (
    INSERT INTO members_tiergrant (key, programme_id, account_id, basis, tier_id, reason, plan_id, growth, from_at,
                                   valid_until, recorded_at)
    SELECT key, %(programme)s, accounts[1], accounts, tier_id, reason, plan_id, steps, from_at, valid_until, %(now)s
    FROM fresh
), announced AS (
    INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
    SELECT a.id, a.channel_id, p.organization_id, 'tier.' || f.reason, f.from_at, jsonb_build_object(
        'programme', o.code, 'from', coalesce(f.old, ''), 'to', coalesce(f.new, ''),
        'growth', trim_scale(f.steps / %(step)s::numeric)::text)
    FROM fresh f CROSS JOIN LATERAL (
             SELECT id, channel_id FROM members_account WHERE id = f.accounts[1] OFFSET 0
         ) a
         JOIN members_programme p ON p.id = %(programme)s JOIN members_organization o ON o.id = p.organization_id
)
SELECT reason, count(*), array_agg(member_id) FILTER (WHERE rises OR valid_until <= %(now)s) FROM fresh GROUP BY reason
"""
NEXT = """
SELECT max(member_id) FROM (
    SELECT DISTINCT member_id FROM members_account WHERE member_id > %s ORDER BY member_id LIMIT %s) n
"""


class Refused(ValueError):
    """The tier cannot be given so. The message says why."""


class KeyReused(ValueError):
    """The key was used for something else before."""

    def __init__(self, key: str) -> None:
        super().__init__(
            _("The key %(key)r was used for another tier before. Use a new key for a new one.") % {"key": key}
        )


def review(*, now: dt.datetime, members: Collection[int] | None = None) -> int:
    """Give the tiers that are due to these members (ids) or to everybody; how many grants that made. Restartable: what was
    given is not given again."""
    if members is not None:
        return _review(now=now, members=sorted(set(members))).total() if members else 0
    return sum(grants for _looked, grants in review_everybody(now=now))


def review_everybody(*, now: dt.datetime) -> Iterator[tuple[int, int]]:
    """In batches, a transaction each: (the last member id looked at, grants made)."""
    after = 0
    while (until := _next(after)) is not None:
        yield until, _review(now=now, after=after, until=until).total()
        after = until


def follow(*, now: dt.datetime) -> int:
    """One batch of the event log; how many events it took in."""

    def take_in(told: list[Event]) -> None:
        accounts = {each.account_id for each in told if each.account_id and _matters(each.name)}
        members = Account.objects.filter(pk__in=accounts).values_list("member", flat=True)
        review(now=now, members=set(members))

    return events.follow(
        reader=READER, log=Event.objects.only(*COLUMNS), take_in=take_in, batch=BATCH, now=now
    )


def _matters(name: str) -> bool:
    return name in FOLLOWED or name.startswith("growth.")


def _next(after: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [after, PEOPLE])
        return cursor.fetchone()[0]


@transaction.atomic
def _review(*, now: dt.datetime, **scope) -> Counter:
    """Grants by reason, of all programmes that have a plan which rules tiers now."""
    made: Counter = Counter()
    ruling = [tier_ruling.plan(programme=each, at=now) for each in tier_ruling.programmes()]
    if any(ruling):
        alone()
    for plan in filter(None, ruling):
        made += _review_one(plan, now, scope)
    return made


def _review_one(plan: Plan, now: dt.datetime, scope: dict) -> Counter:
    """Until nothing is due: after a long stop several validities may have ended in a row, or growth come since."""
    made: Counter = Counter()
    stated = tier_ruling.states(programme=plan.programme)
    for _pass in range(PASSES):
        sql = tier_review.moves(everybody="after" in scope, stated=stated) + WRITE
        with connection.cursor() as cursor:
            cursor.execute(tier_review.SETTINGS)
            cursor.execute(sql, tier_ruling.parameters(plan=plan, now=now, **scope))
            rows = cursor.fetchall()
        made.update({reason: count for reason, count, _again in rows})
        scope = {"members": sorted(member for _reason, _count, again in rows for member in again or ())}
        if not scope["members"]:
            break
    return made


def alone() -> None:
    """Wait until nobody else decides on tiers; held to the end of the transaction, taken before any lock of a row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ALONE])


@transaction.atomic
def grant(
    *, member: Member, programme: Programme, tier: Tier | None, note: str, key: str, by: AbstractBaseUser,
    now: dt.datetime, valid_until: dt.datetime | None = None,
) -> TierGrant:  # fmt: skip
    """Give a tier by hand, or none, to the person as he is seen now: higher than what he has or lower. It stands until
    ``valid_until`` (None: without end) or until new growth reaches more. Asked again with the same key, the same grant.
    Raises Refused, KeyReused."""
    note = note.strip()
    alone()
    if earlier := TierGrant.objects.select_related("account").filter(key=f"hand:{key}").first():
        return _same(earlier, key, (member.pk, programme.pk, tier and tier.pk, note, by.pk, valid_until))
    _check(programme, tier, note, now, valid_until)
    basis = tier_bases.of(member=member, programme=programme, at=now)
    if not basis:
        raise Refused(_("The person has no account that a tier could be given to."))
    before = next(
        (each for each in standings.of(members=[member.pk], at=now) if each.programme == programme.pk), None
    )
    made = TierGrant.objects.create(
        key=f"hand:{key}", programme=programme, account_id=basis[0], basis=basis, tier=tier, reason=TierGrant.Reason.BY_HAND,
        from_at=now, valid_until=valid_until, recorded_at=now, by=by, note=note,
    )  # fmt: skip
    _tell(made, before.tier if before else "", now)
    return made


def _same(earlier: TierGrant, key: str, asked: tuple) -> TierGrant:
    given = (earlier.account.member_id, earlier.programme_id, earlier.tier_id)
    if asked != (*given, earlier.note, earlier.by_id, earlier.valid_until):
        raise KeyReused(key)
    return earlier


def _check(programme, tier, note: str, now: dt.datetime, valid_until: dt.datetime | None) -> None:
    if not note:
        raise Refused(_("Say why the tier is given."))
    if tier is not None and tier.programme_id != programme.pk:
        raise Refused(_("The tier %(tier)s belongs to another programme.") % {"tier": tier})
    if valid_until is not None and valid_until <= now:
        raise Refused(_("A tier is given until a time that is still to come."))
    if valid_until is not None and tier is None:
        raise Refused(_("To take a tier away has no end: give another one when it is time."))


def _tell(made: TierGrant, before: str, now: dt.datetime) -> None:
    account = made.account
    Event.objects.create(
        name="tier.granted", occurred_at=now, account=account, channel_id=account.channel_id,
        organization_id=made.programme.organization_id,
        properties={
            "programme": made.programme.organization.code, "from": before, "to": made.tier.code if made.tier else "",
            "by": made.by.get_username(),
        },
    )  # fmt: skip
