"""Which masked values of a member can be shown in full, by name: ``name``, ``account-5``, ``identifier-9``."""

import dataclasses
from collections.abc import Callable

from members.models import Account, Member, MemberProfile
from members.queries import histories
from members.queries.scopes import Reach


@dataclasses.dataclass(frozen=True)
class Value:
    """A value in full: ``field`` is what the access record calls it, ``label`` what the page does."""

    field: str
    label: str
    text: str
    details: dict = dataclasses.field(default_factory=dict)


_resolvers: dict[str, Callable[[Member, str, Reach], Value | None]] = {}


def register(prefix: str, resolver: Callable[[Member, str, Reach], Value | None]) -> None:
    """Values named ``prefix-REST`` are found by ``resolver(member, REST, reach)``."""
    _resolvers[prefix] = resolver


def find(*, member: Member, name: str, reach: Reach) -> Value | None:
    """The value of ``member`` by its name, or None if there is none: never another member's."""
    prefix, _dash, rest = name.partition("-")
    return _resolvers[prefix](member, rest, reach) if prefix in _resolvers else None


def _of_profile(field):
    def resolve(member, _rest, _reach):
        profile = MemberProfile.objects.filter(member=member).first()
        text = str(getattr(profile, field, None) or "")
        return (
            Value(field=field, label=MemberProfile._meta.get_field(field).verbose_name, text=text)
            if text
            else None
        )

    return resolve


def _account(member, rest, reach):
    account = _visible(member, rest, reach)
    if account is None:
        return None
    label = Account._meta.get_field("external_id").verbose_name
    return Value(field="account", label=label, text=account.external_id, details={"account": account.pk})


def _address(member, rest, reach):
    account = _visible(member, rest, reach)
    stated = (account.traits.get("address") if account else None) or {}
    text = stated.get("value", "")
    return (
        Value(field="address", label="address", text=text, details={"account": account.pk}) if text else None
    )


def _visible(member, rest, reach) -> Account | None:
    return (
        histories.accounts(member=member, reach=reach).filter(pk=int(rest) if rest.isdecimal() else 0).first()
    )


for _field in ("name", "nickname", "birth_date"):
    register(_field, _of_profile(_field))
register("account", _account)
register("address", _address)
