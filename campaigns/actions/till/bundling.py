"""Rules for the time without a line: what is live at a store now and in the hours to come, signed; and found again when
what was sold under them is uploaded."""

import datetime as dt
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.actions.till import signatures
from campaigns.models import RuleSet, SpendAllowance, TillBundle
from campaigns.offers import currencies
from campaigns.offers.compiling import Compiled
from campaigns.offers.offer import Offer
from campaigns.offers.quote import ENGINE
from campaigns.queries import budgets, live, rule_sets
from campaigns.queries.live import Rules
from campaigns.queries.till import uses
from campaigns.queries.till.places import Place
from campaigns.till import bundle as documents
from campaigns.till.bundle import Allowance, Bundle, Period
from members.actions import postings
from members.models import Channel, Hold, Organization

FRESH = dt.timedelta(minutes=5)  # a till that asks again and again is given the same
ALLOWANCES = 500


class Issued(NamedTuple):
    bundle: Bundle
    document: str


class Kept(NamedTuple):
    """What is known of a bundle: the document without its offers, and the sets of rules of its periods."""

    bundle: Bundle
    rule_sets: list[int]


class RulesGone(ValueError):
    """The rules that a bundle was made of are not as they were."""


@transaction.atomic
def issue(*, place: Place, channel: Channel, now: dt.datetime) -> Issued:
    """What a till of the channel may sell under until it is over. Raises signatures.NoKey."""
    key = signatures.private()
    turns = list(_turns(place.organization, now))
    offers, periods = _parted(turns)
    ids = [rule_set(rules.content, now) for _until, rules in turns]
    facts = _facts([rules for _until, rules in turns], place.organization, channel, now)
    content = postings.digest("bundle", ids, msgspec.json.encode(facts, order="deterministic").decode())
    kept = _fresh(content, place.organization, channel, now)
    if kept is None:
        kept = Bundle(
            id=f"B{secrets.token_hex(8)}", store=place.organization.code, organizations=place.above,
            channel=channel.code, time_zone=settings.TIME_ZONE, engine=ENGINE, rules=turns[0][1].revision,
            issued_at=now, expires_at=turns[-1][0], offers=(), periods=periods, **facts,
        )  # fmt: skip
        TillBundle.objects.create(
            code=kept.id, store=place.organization, channel=channel, content=content, rule_sets=ids,
            facts=documents.text(kept).decode(), issued_at=now, expires_at=kept.expires_at,
        )  # fmt: skip
    whole = msgspec.structs.replace(kept, offers=offers)
    return Issued(whole, documents.sign(whole, key=key))


def find(*, code: str, store: Organization, channel: Channel) -> Kept | None:
    """A bundle of these tills."""
    row = TillBundle.objects.filter(code=code, store=store, channel=channel).first()
    return Kept(msgspec.json.decode(row.facts, type=Bundle), row.rule_sets) if row else None


def compiled(*, kept: Kept, at: dt.datetime) -> Compiled:
    """Its offers of that time. Raises documents.Over, RulesGone."""
    row = RuleSet.objects.get(pk=kept.rule_sets[kept.bundle.period(at)])
    return _compiled(row.content, bytes(row.digest))


def rule_set(content: bytes, now: dt.datetime) -> int:
    """Where these rules are written down."""
    digest = rule_sets.digest(content)
    known = RuleSet.objects.filter(digest=digest).order_by("id").values_list("pk", flat=True).first()
    if known is None:
        known = RuleSet.objects.create(digest=digest, content=content.decode(), at=now).pk
    return known


@lru_cache(maxsize=64)
def _compiled(content: str, digest: bytes) -> Compiled:
    found = rule_sets.again(text=content, kept=digest)
    if found.faults:
        raise RulesGone(_("The rules are not as they were: %s.") % "; ".join(found.faults))
    return found.compiled


def _turns(store: Organization, now: dt.datetime):
    """(until, rules), one after the other."""
    at, end = now, now + dt.timedelta(hours=settings.TILL_BUNDLE_HOURS)
    while at < end:
        rules = live.rules(store=store, at=at)
        at = min(rules.until, end)
        yield at, rules


def _parted(turns: list[tuple[dt.datetime, Rules]]) -> tuple[tuple[Offer, ...], tuple[Period, ...]]:
    """Each offer once, however many periods it holds in."""
    places: dict[bytes, int] = {}
    offers: list[Offer] = []
    periods = []
    for until, rules in turns:
        held = []
        for offer in rules.offers:
            text = msgspec.json.encode(offer, order="deterministic")
            if text not in places:
                places[text] = len(offers)
                offers.append(offer)
            held.append(places[text])
        periods.append(Period(until=until, offers=tuple(held)))
    return tuple(offers), tuple(periods)


def _facts(turns: list[Rules], store: Organization, channel: Channel, now: dt.datetime) -> dict[str, object]:
    capped = {code: offer for rules in turns for code, offer in uses.capped(rules=rules).items()}
    shares = {code: paid for rules in turns for code, paid in rules.shares.items()}
    used = uses.used(offers=capped, member=None, store=store, day=timezone.localtime(now).date())
    return {
        "used": {code: used[code] for code in sorted(used)},
        "left": _sorted(budgets.left(shares=shares) if shares else {}),
        "allowances": tuple(_allowances(store, channel, now)),
    }


def _sorted(amounts: Mapping[str, int]) -> dict[str, int]:
    return {code: max(amounts[code], 0) for code in sorted(amounts)}


def _allowances(store: Organization, channel: Channel, now: dt.datetime):
    good = SpendAllowance.objects.filter(
        store=store, channel=channel, until__gt=now, hold__state=Hold.State.OPEN, account__emptied_at=None
    )
    for row in good.order_by("id")[:ALLOWANCES]:
        told = msgspec.json.decode(row.told, type=Allowance)
        left = int((row.amount - row.spent).scaleb(currencies.digits(told.currency)))
        yield msgspec.structs.replace(told, amount=left)


def _fresh(content, store: Organization, channel: Channel, now: dt.datetime) -> Bundle | None:
    since = now - FRESH
    rows = TillBundle.objects.filter(store=store, channel=channel, issued_at__gt=since, issued_at__lte=now)
    row = rows.filter(content=content).order_by("-issued_at").first()
    return msgspec.json.decode(row.facts, type=Bundle) if row else None
