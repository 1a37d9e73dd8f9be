"""Gift cards: issued into a pot, given on under a new code, activated for an account, spent by their code.

Each verb that finds a card by its code locks the card, and looks again whether the code still opens it: a card given on
meanwhile has another one. Then it locks the wallets.
"""

import datetime as dt
import secrets
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from members.actions import events, gift_codes, points, postings, pots, wallets
from members.actions.events import Happening
from members.actions.gift_codes import UnknownCode
from members.actions.postings import Receipt, Role, Verb
from members.ledger import amounts, codes
from members.models import Account, Book, GiftCard, Lot, Organization

State = GiftCard.State


class NotYours(ValueError):
    """The card is somebody else's: it was given away, or bought by name. The message says which."""


class AlreadyActive(ValueError):
    """It was activated before."""


class NotActive(ValueError):
    """It has to be activated before anybody pays with it."""


class Expired(ValueError):
    """Its value was not claimed in time."""


class Elsewhere(ValueError):
    """The card cannot be used at this place."""


@dataclass(frozen=True)
class Issued:
    """``code`` is shown once and kept nowhere; asked again with the same key, it is empty."""

    card: GiftCard
    code: str


def issue(
    *, book: Book, amount: Decimal | int, key: str, now: dt.datetime, by: AbstractBaseUser | None = None,
    buyer: Account | None = None,
) -> Issued:  # fmt: skip
    """A new card, whose value is owed from now on. Raises Unfit, KeyReused, points.Closed."""
    steps = amounts.positive(amount, scale=book.scale)
    if book.kind != Book.Kind.GIFT_CARD:
        raise amounts.Unfit(_("The book “%(book)s” is not one of gift cards.") % {"book": book.name})
    content = postings.digest("issue gift card", book.pk, steps, buyer and buyer.pk)
    draft = points.drafted(book, None, Verb.EARN, key, Role.ISSUED, now, content, by, "")
    with transaction.atomic():
        if found := postings.earlier(book=book, key=key, content=content):
            return Issued(GiftCard.objects.get(issue=found.posting), "")
        points.check_open(book=book, now=now)
        pot = pots.make(book=book.pk, pot=f"gift-card:{postings.digest('pot', key).hex}")
        draft.bring(pot, steps, ready=book.ready(now), ends=book.ends(now))
        written = postings.write(drafts=[draft], now=now).get(key)
        if written is None:
            found = postings.earlier(book=book, key=key, content=content)
            return Issued(GiftCard.objects.get(issue=found.posting), "")
        code = codes.made(random=secrets.token_bytes)
        card = GiftCard.objects.create(
            book=book, number=f"G{written:09}", code_hash=gift_codes.hashed(code), amount=steps, pot_id=pot,
            issue_id=written, buyer=buyer, issued_at=now,
        )  # fmt: skip
        _tell(card, "issued", now, buyer)
        return _shown(card, code)


def give(*, code: str, giver: Account, now: dt.datetime, to: Account | None = None) -> Issued:
    """Make it a gift: a new code opens it from now on, the old one nothing. Given to somebody by name, only he can
    activate it. Asked again with the old code, whoever gave it gets the same answer until the card is activated.

    Raises UnknownCode, NotYours, AlreadyActive.
    """
    with transaction.atomic():
        try:
            card = gift_codes.locked(code=code)
        except UnknownCode:
            if again := gift_codes.given(code=code, giver=giver, to=to):
                return _shown(*again)
            raise
        if card.state == State.ACTIVE:
            raise AlreadyActive(
                _("The card %(card)s was activated: its value is somebody's already.") % _named(card)
            )
        _refuse_strangers(card, giver)
        if to and to.member_id == giver.member_id:
            raise NotYours(_("Giver and receiver are the same person: activate the card instead."))
        new = gift_codes.following(codes.normal(code), secret=settings.SECRET_KEY)
        card.code_hash, card.state, card.giver, card.receiver, card.given_at = (
            gift_codes.hashed(new),
            State.GIVEN,
            giver,
            to,
            now,
        )
        card.save()
        _tell(card, "given", now, giver)
        _tell(card, "received", now, to)
        return _shown(card, new)


def activate(
    *, code: str, account: Account, key: str, now: dt.datetime, by: AbstractBaseUser | None = None
) -> GiftCard:
    """Bring its value to an account, with the expiry that it has. Raises UnknownCode, NotYours, AlreadyActive, Expired,
    KeyReused."""
    with transaction.atomic():
        card = gift_codes.locked(code=code)
        book = card.book
        content = postings.digest("activate gift card", card.pk, account.pk)
        if postings.earlier(book=book, key=key, content=content):
            return card
        if card.state == State.ACTIVE:
            raise AlreadyActive(_("The card %(card)s was activated before.") % _named(card))
        _refuse_giver(card, account)
        wallets.make(pairs=[(book.pk, account.pk)])
        [own] = wallets.own(pairs=[(book.pk, account.pk)])
        wallets.lock(wallets=[card.pot_id, own])
        lots = [lot for lot in wallets.lots(wallets=[card.pot_id]) if not lot.is_over(now)]
        if not lots:
            raise Expired(_("The value of the card %(card)s was not claimed in time.") % _named(card))
        draft = points.drafted(book, account, Verb.TRANSFER, key, "", now, content, by, "")
        draft.event, draft.says = f"{book.kind}.activated", sum(lot.remaining for lot in lots)
        draft.draw({lot.id: lot.remaining for lot in lots}, {lot.id: lot.wallet for lot in lots})
        for lot in lots:
            draft.bring(own, lot.remaining, ready=lot.available_from, ends=lot.expires_at)
        receipt = postings.post(draft=draft, now=now)
        card.state, card.receiver, card.activated_at, card.activation_id = (
            State.ACTIVE,
            account,
            now,
            receipt.posting,
        )
        card.save()
        _tell(card, "activated", now, card.giver)
        return card


def spend(
    *, code: str, amount: Decimal | int, key: str, organization: Organization, now: dt.datetime,
    by: AbstractBaseUser | None = None,
) -> Receipt:  # fmt: skip
    """Pay with what its activation brought, whoever's person the account is with by now. Raises UnknownCode, NotActive,
    Elsewhere, points.NotEnough, Unfit, KeyReused."""
    with transaction.atomic():
        card = gift_codes.locked(code=code)
        book = card.book
        if not organization.path.startswith(book.organization.path):
            raise Elsewhere(
                _("The gift cards of %(own)s cannot be used at %(place)s.")
                % {"own": book.organization.name, "place": organization.name}
            )
        if card.state != State.ACTIVE:
            raise NotActive(_("The card %(card)s has to be activated first.") % _named(card))
        steps = amounts.positive(amount, scale=book.scale)
        content = postings.digest("spend gift card", card.pk, steps, organization.pk)
        mine = dict(Lot.objects.filter(posting=card.activation_id).values_list("pk", "wallet_id"))
        held = wallets.lock(wallets=set(mine.values()))
        if found := postings.earlier(book=book, key=key, content=content):
            return found
        lots = [lot for lot in wallets.lots(wallets=held) if lot.id in mine]
        draft = points.drafted(book, card.receiver, Verb.SPEND, key, Role.SPENT, now, content, by, "")
        points.take(draft=draft, lots=lots, steps=steps, now=now)
        receipt = postings.post(draft=draft, now=now)
        points.prolong(book=book, held=held, at=now, now=now)
        return receipt


def cancel(*, card: GiftCard, reason: str, by: AbstractBaseUser, now: dt.datetime) -> GiftCard:
    """Take a card back that nobody has activated: what is left in its pot is owed no more. Raises AlreadyActive, Unfit."""
    if not reason.strip():
        raise amounts.Unfit(_("Say why the card is cancelled: the reason is kept with your name."))
    with transaction.atomic():
        found = gift_codes.cards().select_for_update(of=("self",)).get(pk=card.pk)
        if found.state == State.CANCELLED:
            return found
        if found.state == State.ACTIVE:
            raise AlreadyActive(_("The card %(card)s was activated: it cannot be cancelled.") % _named(found))
        wallets.lock(wallets=[found.pot_id])
        lots = wallets.lots(wallets=[found.pot_id])
        content = postings.digest("cancel gift card", found.pk)
        draft = points.drafted(
            found.book, None, Verb.REVERSE, f"gift-card:{found.pk}:cancel", Role.ISSUED, now, content, by,
            reason.strip()[:300],
        )  # fmt: skip
        draft.corrects = found.issue_id
        draft.draw({lot.id: lot.remaining for lot in lots}, {lot.id: lot.wallet for lot in lots})
        draft.short = found.amount + draft.amount
        postings.post(draft=draft, now=now)
        found.state, found.cancelled_at = State.CANCELLED, now
        found.save()
        _tell(found, "cancelled", now, found.giver or found.buyer)
        return found


def _refuse_strangers(card, account):
    """Who may give it on: the buyer if it was bought by name, and whoever gave it before."""
    owner = card.giver or card.buyer
    if owner and owner.member_id != account.member_id:
        raise NotYours(_("The card %(card)s is somebody else's.") % _named(card))


def _refuse_giver(card, account):
    """Who may activate it: not who gave it away, nor anybody else than the one it was given to or bought by."""
    if card.state == State.GIVEN and card.giver.member_id == account.member_id:
        raise NotYours(
            _("The card %(card)s was given away: its giver cannot use it any more.") % _named(card)
        )
    owner = card.receiver if card.state == State.GIVEN else card.buyer
    if owner and owner.member_id != account.member_id:
        raise NotYours(_("The card %(card)s is somebody else's.") % _named(card))


def _shown(card, code) -> Issued:
    return Issued(card, codes.grouped(code))


def _named(card):
    return {"card": card.number}


def _tell(card, what, now, account):
    if account:
        told = {"card": card.number, "book": card.book.code, "amount": str(card.book.shown(card.amount))}
        happening = Happening(
            name=f"gift_card.{what}", occurred_at=now, channel=account.channel_id, account=account.pk,
            organization=card.book.organization_id, properties=told,
        )  # fmt: skip
        events.record(happenings=[happening])
