"""What happened to one book of a member: each movement with the balance before and after it, and why it was."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from members.ledger import amounts
from members.models import Book, Member

# Of the wallets of all his accounts: a posting of a mate's account may have moved them, one of his own may have moved
# others too. What could not be taken back has no entry, and is told all the same. `before` is asked with a number always.
PAGE = """
WITH own AS MATERIALIZED (
    SELECT w.id FROM members_account a JOIN members_wallet w ON w.account_id = a.id
    WHERE a.member_id = %(member)s AND w.book_id = %(book)s
), page AS MATERIALIZED (
    SELECT posting_id, sum(amount)::bigint AS amount FROM (
        SELECT e.posting_id, e.amount FROM own JOIN members_entry e ON e.wallet_id = own.id
        WHERE e.posting_id < %(before)s
        UNION ALL
        SELECT p.id, 0 FROM members_account a JOIN members_posting p ON p.account_id = a.id
        WHERE a.member_id = %(member)s AND p.book_id = %(book)s AND p.short > 0 AND p.id < %(before)s
    ) moved GROUP BY posting_id ORDER BY posting_id DESC LIMIT %(limit)s
), standing AS (
    SELECT coalesce(sum(e.amount), 0)::bigint AS balance FROM own JOIN members_entry e ON e.wallet_id = own.id
    WHERE e.posting_id < %(before)s
)
SELECT p.id, p.account_id, p.occurred_at, p.recorded_at, p.verb, g.amount, p.short,
       s.balance - coalesce(sum(g.amount) OVER (ORDER BY p.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0),
       coalesce(c.name, ''), p.order_key, p.reason, starts_with(p.key, 'event:'), p.corrects_id, coalesce(h.key, ''), coalesce(plan.name, ''),
       v.rate, v.lost, v.asked, coalesce(src.name, ''), coalesce(src.unit, ''), coalesce(u.username, '')
FROM page g CROSS JOIN standing s
JOIN members_posting p ON p.id = g.posting_id
LEFT JOIN members_account a ON a.id = p.account_id
LEFT JOIN members_channel c ON c.id = coalesce(p.channel_id, a.channel_id)
LEFT JOIN members_hold h ON h.id = p.hold_id
LEFT JOIN members_plan plan ON plan.id = p.plan_id
LEFT JOIN members_conversion v ON v.posting_id = p.id OR v.source_id = p.id
LEFT JOIN members_posting o ON o.id = CASE WHEN v.posting_id = p.id THEN v.source_id ELSE v.posting_id END
LEFT JOIN members_book src ON src.id = o.book_id
LEFT JOIN auth_user u ON u.id = p.by_id
ORDER BY p.id DESC
"""
NEWEST = 2**63 - 1


@dataclass(frozen=True)
class Movement:
    """``before`` and ``after`` are what all accounts of the member had together, in the book's unit, as postings follow
    one another. ``account`` is the id of the one whose movement it was (None: a pot's), ``short`` what could not be
    taken back. ``event``: the action that it was earned for. ``rate`` and ``lost`` are told of conversions."""

    posting: int
    account: int | None
    at: dt.datetime
    recorded_at: dt.datetime
    verb: str
    book: str
    amount: Decimal
    before: Decimal
    after: Decimal
    short: Decimal
    channel: str
    cause: str
    event: str
    plan: str
    rate: Decimal | None
    lost: Decimal | None
    by: str


def of(*, member: Member, book: Book, limit: int = 50, before: int | None = None) -> list[Movement]:
    """The newest first; ``before``: the posting that the page before ended with. One statement, whatever their number."""
    asked = {"member": member.pk, "book": book.pk, "limit": limit, "before": before or NEWEST}
    with connection.cursor() as cursor:
        cursor.execute(PAGE, asked)
        return [_movement(book, row) for row in cursor.fetchall()]


def _movement(book, row) -> Movement:
    posting, account, at, recorded_at, verb, moved, short, after, channel, *why = row
    order, reason, of_action, *cause, plan, rate, lost, asked, other, unit, by = why
    event = reason if of_action else ""
    moved, after, short = (amounts.shown(int(each), scale=book.scale) for each in (moved, after, short))
    converted = (asked, other, unit, moved) if asked is not None else None
    return Movement(
        posting, account, at, recorded_at, verb, book.code, moved, after - moved, after, short, channel,
        _cause(order, "" if event else reason, *cause, plan, converted), event, plan, rate, lost, by,
    )  # fmt: skip


def _cause(order, reason, corrects, hold, plan, converted) -> str:
    """What brought it about, the most telling first."""
    told = [
        order and _("order %(number)s") % {"number": order},
        plan and _("plan %(name)s") % {"name": plan},
        hold and _("hold %(key)s") % {"key": hold},
        converted and _converted(*converted),
        corrects and not hold and _("of movement %(number)s") % {"number": corrects},
        reason,
    ]
    return ", ".join(each for each in told if each)


def _converted(asked, other, unit, moved) -> str:
    """``other``: the other book; none of what a channel stated."""
    if not other:
        return _("%(amount)s stated by the channel") % {"amount": f"{asked.normalize():f}"}
    if moved < 0:
        return _("into %(book)s") % {"book": other}
    return _("from %(amount)s %(unit)s of %(book)s") % {
        "amount": f"{asked.normalize():f}", "unit": unit, "book": other,
    }  # fmt: skip
