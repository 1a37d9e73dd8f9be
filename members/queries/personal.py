"""Everything that the ground knows of one person."""

import dataclasses
import re

from django.db.models import Q, QuerySet

from members.models import (
    AccessRecord,
    Account,
    Adjustment,
    Appliance,
    BenefitGrant,
    ClosedLink,
    Consent,
    Erasure,
    Event,
    GiftCard,
    Hold,
    LabelStatement,
    Lot,
    Member,
    MemberFeatures,
    MemberProfile,
    Membership,
    Order,
    OrderLine,
    OrderPayment,
    Posting,
    PromiseText,
    Return,
    ReturnLine,
    Review,
    RightCode,
    RightGrant,
    RightUse,
    Settlement,
    Ticket,
    TierGrant,
    Wallet,
)
from members.privacy import rooms
from members.privacy.person import Person, literal
from members.privacy.words import StaffWords

# Whose side of a row is whose: the account that is named, and what is said of it.
SIDES = {
    "account_id": ("bought_at", "order_key", "channel_id", "organization_id"),
    "bound_account_id": ("bound_at",),
    "buyer_id": (),
    "giver_id": ("given_at",),
    "receiver_id": ("activated_at", "activation_id"),
}


def searched(*, member: Member) -> Person:
    """The same as ``person``, with what only a reading of all records tells. For whoever has the time."""
    known = person(member=member)
    hidden = {each for room in rooms.every() for each in room.hidden(known)}
    return person(member=member, hidden=frozenset(hidden)) if hidden else known


def person(*, member: Member, hidden: frozenset[tuple[str, str, str]] = frozenset()) -> Person:
    """The person with his traces in every room."""
    own = list(Account.everything.filter(member=member).select_related("channel", "minted").order_by("id"))
    minted = {account.minted_id: account.minted.oneid for account in own} | {member.pk: member.oneid}
    found = Person(
        member=member.pk,
        members=tuple(sorted(minted)),
        oneids=tuple(minted[id] for id in sorted(minted)),
        accounts=tuple(account.pk for account in own),
        keys=tuple((account.channel_id, account.channel.code, account.external_id) for account in own),
        hidden=hidden,
    )
    traces = {trace for room in rooms.every() for trace in room.traces(found)}
    return dataclasses.replace(found, traces=frozenset(traces))


def traces(person: Person) -> set[str]:
    """OneIDs, and what the channels call him. The key of a contact account holds his telephone number."""
    texts = {*person.oneids, *(key for *_channel, key in person.keys)}
    return {trace for text in texts if (trace := literal(text))}


def sections(person: Person) -> rooms.Sections:
    accounts, members = person.accounts, person.members
    orders = Order.objects.filter(account__in=accounts)
    returns = Return.objects.filter(account__in=accounts)
    consents = Consent.objects.filter(account__in=accounts)
    return {
        "members": rows(Member.objects.filter(pk__in=members)),
        "profile": rows(MemberProfile.objects.filter(member__in=members)),
        "features": rows(MemberFeatures.objects.filter(member__in=members)),
        "accounts": rows(
            Account.everything.filter(pk__in=accounts),
            "channel__code",
            "organization__code",
            words="revoke_reason",
        ),
        "memberships": rows(Membership.objects.filter(account__in=accounts), "organization__code"),
        "consents": rows(consents),
        "labels": rows(LabelStatement.objects.filter(account__in=accounts), words="reason"),
        "promises": _promises(consents),
        "benefits": rows(BenefitGrant.objects.filter(account__in=accounts)),
        "closed identity links": rows(ClosedLink.objects.filter(account__in=accounts)),
        "orders": rows(orders, "channel__code", "organization__code"),
        "order lines": rows(OrderLine.objects.filter(order__in=orders)),
        "payments": rows(OrderPayment.objects.filter(order__in=orders)),
        "returns": rows(returns, "channel__code"),
        "return lines": rows(ReturnLine.objects.filter(returned__in=returns)),
        "reviews": rows(Review.objects.filter(account__in=accounts), "channel__code"),
        "events": rows(Event.objects.filter(account__in=accounts), "channel__code"),
        "settlements": rows(Settlement.objects.filter(accounts__overlap=list(accounts)), words="reason"),
        "wallets": rows(Wallet.objects.filter(account__in=accounts), "book__code"),
        "movements": _movements(accounts),
        "lots": rows(Lot.objects.filter(wallet__account__in=accounts)),
        "holds": rows(Hold.objects.filter(account__in=accounts)),
        "adjustments": rows(Adjustment.objects.filter(account__in=accounts), "book__code", words="reason"),
        "tier grants": rows(TierGrant.objects.filter(account__in=accounts), "tier__code", words="note"),
        "rights": rows(RightGrant.objects.filter(account__in=accounts), "right__code", words="reason"),
        "uses of rights": rows(RightUse.objects.filter(account__in=accounts)),
        "activation codes": rows(RightCode.objects.filter(grant__account__in=accounts)),
        "appliances": _own(
            Appliance.objects.filter(Q(account__in=accounts) | Q(bound_account__in=accounts)), accounts
        ),
        "tickets": rows(Ticket.objects.filter(account__in=accounts), "channel__code"),
        "gift cards": _own(
            GiftCard.objects.filter(Q(buyer__in=accounts) | Q(giver__in=accounts) | Q(receiver__in=accounts)),
            accounts,
        ),
        "who looked": rows(
            AccessRecord.objects.filter(member__in=members), "user__username", "key__name", words="reason"
        ),
        "erasures asked for": rows(Erasure.objects.filter(member__in=members), words="reason"),
    }


def rows(queryset: QuerySet, *more: str, words: str = "") -> list[dict]:
    """Every field of every row, oldest first, with the names of what ids stand for. ``words`` is the field that staff
    wrote.
    """
    fields = [field.attname for field in queryset.model._meta.concrete_fields]
    found = list(queryset.order_by("pk").values(*fields, *more))
    return [{**row, words: StaffWords(row[words])} for row in found] if words else found


def _own(queryset: QuerySet, accounts: tuple[int, ...]) -> list[dict]:
    """Rows that name several people, without what they say of the others."""
    return [
        {name: None if name in _of_others(row, accounts) else value for name, value in row.items()}
        for row in rows(queryset)
    ]


def _of_others(row: dict, accounts: tuple[int, ...]) -> set[str]:
    others = (side for side in SIDES if side in row and row[side] not in accounts)
    return {"code_hash"}.union(*((side, *SIDES[side]) for side in others))


def _movements(accounts: tuple[int, ...]) -> list[dict]:
    """What moved by hand has a reason in somebody's words; else it is the house's."""
    told = rows(Posting.objects.filter(account__in=accounts), "book__code", words="reason")
    return [row if row["by_id"] else {**row, "reason": str(row["reason"])} for row in told]


def _promises(consents: QuerySet[Consent]) -> list[dict]:
    """The words that he agreed to."""
    given = set(consents.values_list("purpose", "text_version"))
    texts = PromiseText.objects.filter(purpose__in={purpose for purpose, _version in given})
    return [row for row in rows(texts) if (row["purpose"], row["version"]) in given]


def named_in(text: str, *, person: Person, names: set[str]) -> bool:
    """Whether a text that will be kept names the person."""
    told = re.search(person.pattern, text, re.IGNORECASE) is not None
    return told or any(_stands_in(name, text) for name in names if len(name) > 1)


def _stands_in(name: str, text: str) -> bool:
    """Whether a name stands in a text as a word of its own; Chinese is written without blanks."""
    word = rf"(?<![0-9A-Za-z]){re.escape(name)}(?![0-9A-Za-z])"
    return re.search(word, text, re.IGNORECASE) is not None
