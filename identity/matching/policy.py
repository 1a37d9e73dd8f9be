"""What each kind of identifier may prove. Plain data: the table of kinds is seeded from DEFAULT_KINDS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of identifier.

    strength      closeness to the real person: stronger kinds link first
    links         whether carrying the same value may join two accounts at all
    max_accounts  more carriers than this, and a value is shared and links nobody
    max_members   more people than this behind it, counted on what strictly stronger kinds built: shared
    max_distinct  {other kind, or "name": n}: carriers that show more than n different ones make it shared
    max_per_person  one person has at most so many values of it in one namespace
    max_per_channel  more carriers than this on one channel, and it is shared
    validity_days  a carrier last seen longer before another's first sight does not link to it (recycled telephones)
    agreement     the names and birthdays of the people it would join must not contradict each other
    """

    code: str
    strength: int
    links: bool = True
    max_accounts: int | None = None
    max_members: int | None = None
    max_distinct: Mapping[str, int] = field(default_factory=dict)
    max_per_person: int | None = None
    agreement: bool = True
    max_per_channel: int | None = None
    validity_days: float | None = None

    @property
    def validity(self) -> int | None:
        """In microseconds."""
        return None if self.validity_days is None else round(self.validity_days * DAY)


@dataclass(frozen=True)
class Policy:
    """The kinds by code, the channels where one person has one account, and the bound of a component."""

    kinds: dict[str, Kind]
    one_account_channels: frozenset[str] = frozenset()
    component_bound: int = 1000

    @cached_property
    def telling(self) -> frozenset[str]:
        """Kinds whose values are counted: limited per person, or among another identifier's carriers."""
        counted = {code for kind in self.kinds.values() for code in kind.max_distinct}
        return frozenset(counted | self.per_person.keys())

    @cached_property
    def per_person(self) -> dict[str, int]:
        limited = {code: kind.max_per_person for code, kind in self.kinds.items()}
        return {code: limit for code, limit in limited.items() if limit is not None}

    def kind(self, code: str) -> Kind:
        return self.kinds.get(code) or Kind(code=code, strength=0, links=False)


NAMED = {"unionid": 2, "name": 2}
HANDHELD = {"unionid": 2, "phone": 2, "name": 2}
ONE_LOGIN = {"name": 2}  # a test id bound by a shop for customer after customer shows more

DEFAULT_KINDS = (
    Kind("national_id", 100, max_accounts=30, max_per_person=1, agreement=False),
    Kind("phone", 90, max_accounts=12, max_distinct=NAMED),
    Kind("phone_hash", 88, max_accounts=12, max_distinct=NAMED),
    Kind("unionid", 80, max_accounts=12, max_per_person=1, max_distinct=ONE_LOGIN, agreement=False),
    Kind("card", 76, max_accounts=6, max_distinct=NAMED),
    Kind("member_number", 74, max_accounts=12, max_distinct=NAMED),
    Kind("email", 70, max_accounts=12, max_distinct=NAMED),
    Kind("openid", 64, max_accounts=6, max_distinct=ONE_LOGIN, agreement=False),
    Kind("external_userid", 62, max_accounts=6, max_distinct=ONE_LOGIN, agreement=False),
    Kind("omid", 61, max_accounts=12, max_distinct=ONE_LOGIN, agreement=False),
    Kind("ouid", 60, max_accounts=6, max_distinct=ONE_LOGIN, agreement=False),
    Kind("xid", 60, max_accounts=6, max_distinct=ONE_LOGIN, agreement=False),
    Kind("pin", 60, max_accounts=6, max_distinct=ONE_LOGIN, agreement=False),
    Kind("yz_open_id", 60, max_accounts=6, max_distinct=ONE_LOGIN, agreement=False),
    Kind("platform_user_id", 60, max_accounts=6, max_distinct=ONE_LOGIN, agreement=False),
    Kind("weibo_uid", 60, max_accounts=6, max_distinct=ONE_LOGIN, agreement=False),
    Kind("device", 40, max_accounts=12, max_members=2, max_distinct=HANDHELD),
    Kind("cookie", 20, max_accounts=12, max_members=2, max_distinct=HANDHELD),
    Kind("ad_click", 5, links=False),
    Kind("push_token", 3, links=False),
)


def default(*, one_account_channels: frozenset[str] = frozenset(), component_bound: int = 1000) -> Policy:
    """The policy of DEFAULT_KINDS."""
    kinds = {kind.code: kind for kind in DEFAULT_KINDS}
    return Policy(kinds=kinds, one_account_channels=one_account_channels, component_bound=component_bound)
