"""Account records: identifiers, profile, membership and consents; and what changes about them later."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from config.demo import company
from config.demo.accounts import Account

MEMBER_SHARE = {"pos": 0.9, "mini": 0.65, "app": 0.7, "tmall": 0.5, "mall": 0.5}
CONSENTED = {"sms": 0.62, "email": 0.35, "wechat": 0.5}
WITHDRAWN_SHARE = 0.05
CHANGED_SHARE = 0.12
TIERS = (("silver", 0.55), ("gold", 0.9), ("platinum", 2.2))


def of_accounts(*, rng: Random, accounts: list[Account], now: datetime) -> Iterator[tuple[datetime, dict]]:
    """Each account's first record, and for some a second one: a new city, a consent taken back."""
    for account in accounts:
        record = _first(rng=rng, account=account)
        yield account.opened_at, record
        if rng.random() < CHANGED_SHARE:
            changed_at = account.opened_at + timedelta(days=rng.randrange(10, 300))
            if changed_at < now:
                yield changed_at, _changed(rng=rng, record=record, changed_at=changed_at)


def _first(*, rng: Random, account: Account) -> dict:
    record = {
        "type": "account",
        "channel": account.channel,
        "external_id": account.external_id,
        "occurred_at": account.opened_at.isoformat(),
        "identifiers": list(account.identifiers),
        "profile": account.profile,
    }
    if rng.random() < MEMBER_SHARE.get(account.channel, 0):
        record["membership"] = _membership(rng=rng, account=account)
    consents = _consents(rng=rng, account=account)
    return record | ({"consents": consents} if consents else {})


def _membership(*, rng: Random, account: Account) -> dict:
    channel = next(entry for entry in company.CHANNELS if entry.code == account.channel)
    home = account.person.store.code if channel.code == "pos" else account.person.brand(rng=rng)
    reached = [tier for tier, bound in TIERS if account.person.appetite > bound]
    return {
        "organization": home if home in (*channel.brands, account.person.store.code) else channel.brands[0],
        "number": f"M{rng.randrange(10**9):09}",
        "tier": reached[-1] if reached else "member",
        "points": str(int(account.person.appetite * rng.randrange(50, 900))),
        "joined_at": account.opened_at.isoformat(),
    }


def _consents(*, rng: Random, account: Account) -> list[dict]:
    channels = {"oa": ("wechat",), "wecom": ("wechat",), "mini": ("wechat", "sms"), "mall": ("email", "sms")}
    return [
        _consent(channel=channel, granted=rng.random() > 0.12, at=account.opened_at)
        for channel in channels.get(account.channel, ("sms",))
        if rng.random() < CONSENTED[channel] + 0.25
    ]


def _consent(*, channel: str, granted: bool, at: datetime) -> dict:
    return {
        "purpose": "marketing",
        "channel": channel,
        "granted": granted,
        "at": at.isoformat(),
        "text_version": "v3",
    }


def _changed(*, rng: Random, record: dict, changed_at: datetime) -> dict:
    changed = {**record, "occurred_at": changed_at.isoformat()}
    if "consents" in record and rng.random() < WITHDRAWN_SHARE / CHANGED_SHARE:
        changed["consents"] = [
            _consent(channel=entry["channel"], granted=False, at=changed_at) for entry in record["consents"]
        ]
    else:
        store = rng.choice(company.STORES)
        changed["profile"] = {**record["profile"], "city": store.city}
    return changed
