"""Value that a store's tills may take without a line: reserved beforehand for one member, for a time."""

import datetime as dt
from decimal import Decimal

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions.till import paying
from campaigns.models import SpendAllowance
from campaigns.offers import currencies
from campaigns.queries import live
from campaigns.queries.till import buyers, held, uses
from campaigns.queries.till.buyers import Person
from campaigns.queries.till.places import Place
from campaigns.till.bundle import Allowance
from members.actions import holds
from members.ledger import amounts
from members.models import Account, Book, Channel, Hold, Organization
from members.queries import acting

LONGEST = dt.timedelta(days=7)


@transaction.atomic
def grant(
    *, place: Place, node: Organization, channel: Channel, key: str, oneid: str, book: str, amount: Decimal,
    until: dt.datetime, now: dt.datetime,
) -> SpendAllowance:  # fmt: skip
    """Money of a card, not points: how many of these may pay depends on the sale. What tills do not take lapses ``until``
    then. Raises buyers.Unknown, acting.UnknownBook, paying.Unfit, amounts.Unfit, points.NotEnough, postings.KeyReused."""
    store = place.organization
    if not now < until <= now + LONGEST:
        raise amounts.Unfit(
            _("An allowance lasts up to %(days)d days: %(until)s is not within them.")
            % {"days": LONGEST.days, "until": until.isoformat()}
        )
    found = acting.book(code=book, node=node)
    if found.kind not in paying.AT_PAR:
        raise paying.Unfit(
            found.code, _("%s cannot pay without a line: take a book that counts money.") % found.name
        )
    rules = live.rules(store=store, at=now)
    person = buyers.person(oneid_text=oneid, node=node, channel=channel, rules=rules, at=now)
    own = f"allowance:{channel.code}:{key}"
    holds.place(
        account=Account(pk=person.account, member=person.member), parts=[holds.Part(found, amount)], key=own,
        until=until, now=now, organization=store,
    )  # fmt: skip
    return SpendAllowance.objects.create(
        channel=channel, key=key, store=store, account_id=person.account, book=found, amount=amount,
        hold=Hold.objects.get(key=own), until=until, granted_at=now,
        told=msgspec.json.encode(_told(key, person, found, amount, until, place, rules, now)).decode(),
    )  # fmt: skip


def _told(
    key: str, person: Person, book: Book, amount: Decimal, until: dt.datetime, place: Place, rules, now
) -> Allowance:
    """Without birthdays, which will be others when it is used."""
    store, capped = place.organization, uses.capped(rules=rules)
    used = uses.used(offers=capped, member=person.member, store=store, day=now.date())
    return Allowance(
        key=key,
        oneid=person.member.oneid,
        book=book.code,
        currency=book.unit,
        amount=int(amount.scaleb(currencies.digits(book.unit))),
        until=until,
        buyer=msgspec.structs.replace(person.buyer, birthday=None, occasions=frozenset()),
        coupons=held.own(member=person.member, store=store, now=now).usable,
        used={code: each.member for code, each in sorted(used.items()) if each.member},
    )
