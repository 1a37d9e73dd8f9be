"""A single posting is written by a function, several by a statement: both write the same."""

import uuid

import pytest
from django.db import transaction

from members.actions import points, postings
from members.actions.postings import Draft, Role, Verb
from members.models import Entry, Event, Lot, LotUse, Posting, Wallet
from tests import factories
from tests.members.ledger.purses import NOW, accounts, book, earn

ROWS = {
    Posting: ("book", "account", "verb", "key", "content", "amount", "short", "occurred_at", "recorded_at", "by", "reason",
              "corrects", "channel", "order_key", "plan", "hold"),
    Entry: ("wallet", "amount"),
    Lot: ("wallet", "amount", "remaining", "available_from", "expires_at", "posting__key"),
    LotUse: ("lot__posting__key", "lot__amount", "amount", "posting__key"),
    Event: ("account", "channel", "organization", "name", "occurred_at", "properties"),
    Wallet: ("pk", "balance"),
}  # fmt: skip


class Scene:
    def __init__(self):
        group = factories.organization()
        self.book = book(organization=group, below_zero=True)
        self.one, self.other = accounts(2, organization=group)
        for account, name in ((self.one, "first"), (self.other, "second")):
            earn(account, self.book, 100, key=name)
        self.wallets = {
            each.account_id: each.pk for each in Wallet.objects.filter(account__in=[self.one, self.other])
        }
        self.lots = {each.wallet_id: each.pk for each in Lot.objects.all()}
        self.earned = Posting.objects.get(key="first")

    def draft(self, verb, role, **more) -> Draft:
        return Draft(
            **{"book": self.book, "account": self.one.pk, "key": "new", "occurred_at": NOW, "content": uuid.UUID(int=5)}
            | {"verb": verb, "role": role}
            | more
        )  # fmt: skip

    def taking(self, draft, *steps) -> Draft:
        for (wallet, lot), taken in zip(self.lots.items(), steps, strict=False):
            draft.draw({lot: taken}, {lot: wallet})
        return draft

    def bringing(self, draft, wallet, steps=30, **more) -> Draft:
        draft.bring(wallet, steps, ready=NOW, ends=None, **more)
        return draft


MADE = {
    "earned": lambda s: s.bringing(s.draft(Verb.EARN, Role.ISSUED), postings.OWN),
    "earned without a wallet": lambda s: s.bringing(
        s.draft(Verb.EARN, Role.ISSUED, account=-1), postings.OWN
    ),
    "earned for an order": lambda s: s.bringing(
        s.draft(Verb.EARN, Role.ISSUED, order=(s.one.channel_id, 'a "quoted", \\ {order}')), postings.OWN
    ),
    "under a used key": lambda s: s.bringing(s.draft(Verb.EARN, Role.ISSUED, key="first"), postings.OWN),
    "with a debt paid": lambda s: s.bringing(
        s.draft(Verb.EARN, Role.ISSUED), s.wallets[s.one.pk], remaining=20
    ),
    "owed": lambda s: s.bringing(s.draft(Verb.SPEND, Role.SPENT), s.wallets[s.one.pk], -30),
    "spent from two": lambda s: s.taking(s.draft(Verb.SPEND, Role.SPENT, reason="{a, 'b'}"), 100, 7),
    "reversed in part": lambda s: s.draft(
        Verb.REVERSE, Role.ISSUED, corrects=s.earned.pk, short=4, by=factories.staff().pk
    ),
    "given on": lambda s: s.bringing(s.taking(s.draft(Verb.TRANSFER, ""), 30), s.wallets[s.other.pk]),
    "of nobody": lambda s: s.taking(s.draft(Verb.SPEND, Role.SPENT, account=None), 12),
    "told otherwise": lambda s: s.taking(s.draft(Verb.SPEND, Role.SPENT, says=-70, event="card.used"), 12),
    "moving nothing": lambda s: s.draft(Verb.ADJUST, Role.ADJUSTED, reason="none", by=factories.staff().pk),
}


def written(write, draft) -> tuple:
    """What it answered, and all rows afterwards; taken back."""
    with transaction.atomic():
        made = bool(write(draft))
        rows = [sorted(map(str, model.objects.values_list(*fields))) for model, fields in ROWS.items()]
        transaction.set_rollback(True)
    return made, rows


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", MADE)
def test_one_and_several_write_the_same(what):
    scene = Scene()
    draft = MADE[what](scene)
    one = written(lambda each: postings._one(each, NOW), draft)
    assert one == written(lambda each: postings._several([each], NOW), draft)
    assert one[0] == (what not in ("earned without a wallet", "under a used key"))


@pytest.mark.django_db(transaction=True)
def test_what_somebody_else_took_is_not_taken_again():
    scene = Scene()
    draft = scene.taking(scene.draft(Verb.SPEND, Role.SPENT), 100)
    points.spend(account=scene.one, book=scene.book, amount=1, key="before", now=NOW)
    with pytest.raises(postings.Stale):
        postings.post(draft=draft, now=NOW)
    assert not Posting.objects.filter(key="new").exists()
