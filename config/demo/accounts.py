"""How each channel knows the people: its own ids, some identifiers, half a profile."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from config.demo import mistakes, names
from config.demo.people import Person

POPULARITY = {
    "mini": 24, "pos": 20, "tmall": 15, "oa": 11, "jd": 8, "app": 8, "douyin": 6, "wecom": 5, "mall": 5,
}  # fmt: skip
FIRST_SEEN_LAG_DAYS = 60


@dataclass(frozen=True)
class Account:
    person: Person
    channel: str
    external_id: str
    opened_at: datetime
    identifiers: tuple[dict, ...]
    profile: dict = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return (self.channel, self.external_id)

    @property
    def phone(self) -> str | None:
        return next((entry["value"] for entry in self.identifiers if entry["kind"] == "phone"), None)


def draw(*, rng: Random, people: list[Person], count: int, now: datetime) -> list[Account]:
    """`count` accounts: one for everybody at least, the rest to those who buy more."""
    extra = rng.choices(people, [person.appetite**0.5 for person in people], k=max(0, count - len(people)))
    channels: dict[str, list[str]] = {}
    found = []
    for index, person in enumerate([*people, *extra]):
        taken = channels.setdefault(person.key, [])
        channel = _channel(rng=rng, person=person, taken=taken)
        taken.append(channel)
        opened_at = _opened_at(rng=rng, person=person, first=index < len(people), now=now)
        found.append(_account(rng=rng, person=person, channel=channel, opened_at=opened_at, number=index))
    return found


def _channel(*, rng: Random, person: Person, taken: list[str]) -> str:
    """Few people have two accounts in one channel; lovers of appliances are on Tmall, JD and the app."""
    weights = [
        share
        * (0.02 if channel in taken else 1.0)
        * ({"tmall": 1.6, "jd": 1.6, "app": 1.5}.get(channel, 1.0) if person.taste > 0.5 else 1.0)
        for channel, share in POPULARITY.items()
    ]
    return rng.choices(list(POPULARITY), weights)[0]


def _opened_at(*, rng: Random, person: Person, first: bool, now: datetime) -> datetime:
    if first:
        return person.joined_at
    room = (person.active_until(now=now) - person.joined_at).total_seconds()
    lag = min(rng.expovariate(1 / (FIRST_SEEN_LAG_DAYS * 86400)), room)
    return person.joined_at + timedelta(seconds=int(max(lag, 0)))


def _account(*, rng: Random, person: Person, channel: str, opened_at: datetime, number: int) -> Account:
    external_id = _external_id(rng=rng, channel=channel, number=number)
    identifiers = [
        *_own_ids(channel=channel, external_id=external_id),
        *_contacts(rng=rng, person=person, channel=channel),
    ]
    if channel == "pos" and rng.random() < 0.35:
        identifiers.append({"kind": "device", "value": f"tablet-{person.store.code}"})
    return Account(
        person=person,
        channel=channel,
        external_id=external_id,
        opened_at=opened_at,
        identifiers=tuple(identifiers),
        profile=_profile(rng=rng, person=person, channel=channel),
    )


_ID_SHAPE = {
    "tmall": "tb-{}", "jd": "xid-{}", "douyin": "dy-{}", "oa": "oa_{}", "mini": "om_{}", "wecom": "wm{}",
    "app": "app-{}", "mall": "web-{}", "pos": "card-{}",
}  # fmt: skip
_OWN_KIND = {
    "tmall": ("ouid", "shop-1"), "jd": ("xid", "jd-1"), "douyin": ("openid", "douyin-app-1"),
    "oa": ("openid", "wx-oa-1"), "mini": ("openid", "wx-mini-1"), "wecom": ("external_userid", "corp-1"),
    "pos": ("card", "pos"),
}  # fmt: skip


def _external_id(*, rng: Random, channel: str, number: int) -> str:
    return _ID_SHAPE[channel].format(f"{number:05}{rng.getrandbits(28):07x}")


def _own_ids(*, channel: str, external_id: str) -> list[dict]:
    if channel not in _OWN_KIND:
        return []
    kind, namespace = _OWN_KIND[channel]
    return [{"kind": kind, "namespace": namespace, "value": external_id}]


_PHONE_SHARE = {
    "mini": 0.85, "pos": 0.94, "app": 0.95, "mall": 0.8, "wecom": 0.55, "tmall": 0.5, "jd": 0.5, "douyin": 0.5, "oa": 0.2,
}  # fmt: skip
_UNIONID_SHARE = {"mini": 0.9, "oa": 0.85, "wecom": 0.75}
_EMAIL_SHARE = {"mall": 0.8, "app": 0.35}
_DEVICE_SHARE = {"app": 0.95, "mini": 0.3}


def _contacts(*, rng: Random, person: Person, channel: str) -> list[dict]:
    found = []
    if rng.random() < _UNIONID_SHARE.get(channel, 0):
        found.append(
            {"kind": "unionid", "namespace": "wx-open-1", "value": mistakes.unionid(rng=rng, person=person)}
        )
    if rng.random() < _PHONE_SHARE.get(channel, 0):
        found.append({"kind": "phone", "value": mistakes.phone(rng=rng, person=person)})
    if rng.random() < _EMAIL_SHARE.get(channel, 0):
        found.append({"kind": "email", "value": mistakes.email(rng=rng, person=person)})
    if rng.random() < _DEVICE_SHARE.get(channel, 0):
        found.append({"kind": "device", "value": person.device})
    return found


_NAMED = {"pos": 0.9, "app": 0.75, "mall": 0.8, "mini": 0.5, "wecom": 0.5, "tmall": 0.4, "jd": 0.4}
_MASKED = ("tmall", "jd")


def _profile(*, rng: Random, person: Person, channel: str) -> dict:
    profile = {"nickname": rng.choice(names.NICKNAMES)} if channel != "pos" else {}
    if rng.random() < _NAMED.get(channel, 0):
        profile["name"] = (
            _masked(person.name) if channel in _MASKED else mistakes.name(rng=rng, person=person)
        )
    if channel not in _MASKED and rng.random() < 0.6:
        profile["gender"] = mistakes.gender(rng=rng, person=person)
    if channel in {"pos", "app", "mini"} and rng.random() < 0.55:
        profile["birth_date"] = mistakes.birth_date(rng=rng, person=person)
    if rng.random() < 0.7:
        profile |= {"province": person.province, "city": person.city}
    return profile


def _masked(name: str) -> str:
    return name[0] + "*" * max(1, len(name) - 1)
