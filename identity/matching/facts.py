"""The facts a partition is made from, as columns: one position an account, an identifier, a binding.

Times are whole microseconds of the channel's own clock. Positions are only positions: no result depends on them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from identity.matching import words

HOLDER, BUYER, CONTACT, RECEIVER = "holder", "buyer", "contact", "receiver"
OWN = frozenset({HOLDER, BUYER})


@dataclass
class Accounts:
    """One customer as one channel knows them; (channel, external_id) is the natural key."""

    channel: Sequence[str] = field(default_factory=list)
    external_id: Sequence[str] = field(default_factory=list)
    named: Sequence[bool] = field(default_factory=list)
    first_at: Sequence[int] = field(default_factory=list)
    name: Sequence[str | None] = field(default_factory=list)
    birth_date: Sequence[str | None] = field(default_factory=list)
    phone_masked: Sequence[str | None] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.channel)

    def key(self, account: int) -> tuple[str, str]:
        return (self.channel[account], self.external_id[account])

    def age(self, account: int) -> tuple[bool, int, tuple[str, str]]:
        """Sorts the account that gives a person their OneID first: named, then earliest, then by key."""
        return (not self.named[account], self.first_at[account], self.key(account))


@dataclass
class Identifiers:
    """A normalised value. `barred` says why it links nobody although its kind would (blocked, verdict, accounts…);
    `cleared` is a steward's word that it is not shared, whatever the limits say."""

    kind: Sequence[str] = field(default_factory=list)
    namespace: Sequence[str] = field(default_factory=list)
    value: Sequence[str] = field(default_factory=list)
    barred: Sequence[str | None] = field(default_factory=list)
    cleared: Sequence[bool] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.kind)

    def key(self, identifier: int) -> tuple[str, str, str]:
        return (self.kind[identifier], self.namespace[identifier], self.value[identifier])


@dataclass
class Bindings:
    """An account carries an identifier from first_at to last_at: its own (holder, buyer), or seen on `orders`
    orders; `acted` if the customer did it (bound, authorised, joined, logged in), not only the channel saw it."""

    account: Sequence[int] = field(default_factory=list)
    identifier: Sequence[int] = field(default_factory=list)
    first_at: Sequence[int] = field(default_factory=list)
    role: Sequence[str] = field(default_factory=list)
    orders: Sequence[int] = field(default_factory=list)
    last_at: Sequence[int] = field(default_factory=list)
    acted: Sequence[bool] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.account)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision about two sets of accounts: all one person, or no one of the left one with one of the right.

    A model's *same* is only a link that comes after every identifier and obeys every rule.
    """

    key: str
    same: bool
    left: frozenset[int]
    right: frozenset[int]
    decided_at: int
    model: bool = False


@dataclass
class Facts:
    accounts: Accounts = field(default_factory=Accounts)
    identifiers: Identifiers = field(default_factory=Identifiers)
    bindings: Bindings = field(default_factory=Bindings)
    verdicts: Sequence[Verdict] = field(default_factory=list)
    revoked: frozenset[int] = frozenset()

    def plain(self) -> "Facts":
        """The same with every column a list."""
        columns = (self.accounts, self.identifiers, self.bindings)
        return Facts(*map(_plain, columns), self.verdicts, self.revoked)


def _plain(columns):
    return type(columns)(*map(words.plain, vars(columns).values()))


@dataclass(frozen=True, slots=True)
class Carried:
    """An identifier as one record carries it."""

    kind: str
    value: str
    namespace: str = ""
    role: str = HOLDER
    order: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What one raw record says of one account."""

    channel: str
    external_id: str
    at: int
    carries: tuple[Carried, ...] = ()
    named: bool = True
    name: str | None = None
    birth_date: str | None = None
    phone_masked: str | None = None


TRAITS = ("name", "birth_date", "phone_masked")


def collect(
    records: Iterable[Record],
    *,
    barred: dict[tuple[str, str, str], str] | None = None,
    cleared: Iterable[tuple[str, str, str]] = (),
    verdicts: Iterable[tuple] = (),
) -> Facts:
    """Merge records of the same accounts, in any order and any number of times (identifiers: earliest time;
    traits: latest (time, value)). Verdicts come as (key, same, left keys, right keys, decided_at[, model])."""
    accounts: dict[tuple[str, str], dict] = {}
    bound: dict[tuple, dict] = {}
    for record in records:
        key = (record.channel, record.external_id)
        _merge_account(accounts.setdefault(key, {"at": record.at, "named": record.named}), record)
        for carried in record.carries:
            place = (key, (carried.kind, carried.namespace, carried.value), carried.role)
            _merge_binding(
                bound.setdefault(place, {"times": set(), "orders": set(), "acts": set()}), record, carried
            )
    return _columns(accounts, bound, barred or {}, set(cleared), verdicts)


def _merge_account(account: dict, record: Record) -> None:
    account["at"] = min(account["at"], record.at)
    account["named"] = account["named"] or record.named
    for trait in TRAITS:
        value = getattr(record, trait)
        if value is not None:
            account[trait] = max(account.get(trait, (record.at, value)), (record.at, value))


def _merge_binding(binding: dict, record: Record, carried: Carried) -> None:
    binding["times"].add(record.at)
    binding["orders"] |= {carried.order} - {""}
    binding["acts"] |= {carried.act} - {""}


def _columns(accounts: dict, bound: dict, barred: dict, cleared: set, verdicts: Iterable) -> Facts:
    keys = list(accounts)
    rows = [accounts[key] for key in keys]
    position = {key: place for place, key in enumerate(keys)}
    identifiers = list(dict.fromkeys(identifier for _, identifier, _ in bound))
    places = {identifier: place for place, identifier in enumerate(identifiers)}
    traits = {trait: [row.get(trait, (0, None))[1] for row in rows] for trait in TRAITS}
    return Facts(
        Accounts(
            channel=[key[0] for key in keys],
            external_id=[key[1] for key in keys],
            named=[row["named"] for row in rows],
            first_at=[row["at"] for row in rows],
            **traits,
        ),
        Identifiers(
            kind=[identifier[0] for identifier in identifiers],
            namespace=[identifier[1] for identifier in identifiers],
            value=[identifier[2] for identifier in identifiers],
            barred=[barred.get(identifier) for identifier in identifiers],
            cleared=[identifier in cleared for identifier in identifiers],
        ),
        Bindings(
            account=[position[account] for account, _, _ in bound],
            identifier=[places[identifier] for _, identifier, _ in bound],
            first_at=[min(told["times"]) for told in bound.values()],
            role=[role for _, _, role in bound],
            orders=[len(told["orders"]) for told in bound.values()],
            last_at=[max(told["times"]) for told in bound.values()],
            acted=[bool(told["acts"]) for told in bound.values()],
        ),
        [
            Verdict(key, same, _places(left, position), _places(right, position), at, *model)
            for key, same, left, right, at, *model in verdicts
        ],
    )


def _places(keys: Iterable[tuple[str, str]], position: dict) -> frozenset[int]:
    return frozenset(position[key] for key in keys if key in position)
