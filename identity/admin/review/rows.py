"""The lines of the comparison: what each side says of a field, masked, and whether it differs."""

import dataclasses
from collections.abc import Callable, Iterable
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from identity.admin.review import words
from identity.queries import comparison
from identity.queries.comparison import CONTACTS, Comparison, Side
from members.models import Member, MemberProfile

MARKS = {
    "same": ("=", _("the same")), "differs": ("≠", _("differs")), "near": ("≈", _("nearly the same")),
    "one": ("○", _("only one side says it")), "none": ("", ""),
}  # fmt: skip
AT_MOST = 4


@dataclasses.dataclass(frozen=True)
class Cell:
    """One value. ``name`` is what the member's page calls it where it may be shown in full."""

    text: str
    member: Member | None = None
    name: str = ""
    quiet: str = ""
    amounts: tuple[tuple[str, Decimal], ...] = ()


@dataclasses.dataclass(frozen=True)
class Line:
    label: str
    left: list[Cell]
    right: list[Cell]
    mark: str = "none"

    @property
    def sign(self) -> str:
        return MARKS[self.mark][0]

    @property
    def says(self) -> str:
        return MARKS[self.mark][1]


def lines(found: Comparison) -> list[Line]:
    """Every field of both sides, those that nobody states left out."""
    rows = [
        _line(_("Name"), "name", found, _trait("name")),
        _line(_("Sex"), "gender", found, _trait("gender")),
        _line(_("Birthday"), "birth_date", found, _trait("birth_date")),
        *(_line(words.field(kind), kind, found, _contacts(kind)) for kind in CONTACTS),
        _line(_("Contact on orders"), "on_orders", found, _on_orders),
        _line(_("Masked telephone"), "phone_masked", found, _as_masked_by_the_platform),
        _line(_("Address"), "address", found, _addresses),
        _line(_("Other identifiers"), "other", found, _others),
        _line(_("Channels"), "channel", found, _channels, marked=False),
        _line(_("Seen"), "seen", found, _seen, marked=False),
        _line(_("Orders"), "orders", found, _orders, marked=False),
        _line(_("Tier and points"), "tier", found, _tiers),
        _line(_("Consent"), "consent", found, _consents, marked=False),
    ]
    return [row for row in rows if row.left or row.right]


def of_one(side: Side) -> list[Line]:
    """The same lines of the person that a merge would make."""
    return [dataclasses.replace(row, right=[], mark="none") for row in lines(Comparison(side, Side(), []))]


def _line(label, field, found: Comparison, cells: Callable[[Side], list[Cell]], *, marked=True) -> Line:
    mark = "none"
    if marked:
        mark = comparison.difference(
            field=field, left=_values(field, found.left), right=_values(field, found.right)
        )
    return Line(label, cells(found.left)[:AT_MOST], cells(found.right)[:AT_MOST], mark)


def _values(field: str, side: Side) -> Iterable[str]:
    if field in CONTACTS:
        return [identifier.value for identifier in side.contacts(field)]
    if field == "on_orders":
        return [row.value for row in side.on_orders]
    if field == "other":
        return [f"{row.kind_id}:{row.namespace}:{row.value}" for row in _rest(side)]
    if field == "tier":
        return [f"{row.organization_id}:{row.tier}:{row.points}" for row in side.memberships]
    return side.traits.get(field, [])


def _trait(name: str) -> Callable[[Side], list[Cell]]:
    def cells(side: Side) -> list[Cell]:
        said = side.traits.get(name, [])
        if name == "gender":
            return [Cell(str(dict(MemberProfile.Gender.choices).get(value, value))) for value in said]
        return [
            Cell(words.masked(field=name, value=value), side.members[0] if not place else None, name)
            for place, value in enumerate(said)
        ]

    return cells


def _contacts(kind: str) -> Callable[[Side], list[Cell]]:
    return lambda side: [_identifier(row, side) for row in side.contacts(kind)]


def _others(side: Side) -> list[Cell]:
    return [_identifier(row, side) for row in _rest(side)]


def _on_orders(side: Side) -> list[Cell]:
    return [_identifier(row, side) for row in side.on_orders]


def _as_masked_by_the_platform(side: Side) -> list[Cell]:
    return [Cell(text) for text in side.traits.get("phone_masked", [])]


def _rest(side: Side):
    return [row for row in side.identifiers if row.kind_id not in CONTACTS]


def _identifier(row, side: Side) -> Cell:
    text = words.masked(field=row.kind_id, value=row.value)
    kind = "" if row.kind_id in CONTACTS else row.kind.name
    quiet = ", ".join(str(part) for part in (kind, _("shared") if row.shared else "") if part)
    return Cell(text, side.members[0] if len(side.members) == 1 else None, f"identifier-{row.pk}", quiet)


def _addresses(side: Side) -> list[Cell]:
    said = {}
    for account in side.accounts:
        text = (account.traits.get("address") or {}).get("value")
        if text:
            said.setdefault(text, account)
    return [
        Cell(words.masked(field="address", value=text), account.member, f"address-{account.pk}")
        for text, account in said.items()
    ]


def _channels(side: Side) -> list[Cell]:
    names: dict[str, int] = {}
    for account in side.accounts:
        names[account.channel.name] = names.get(account.channel.name, 0) + 1
    cells = [Cell(name, quiet=f"× {count}" if count > 1 else "") for name, count in names.items()]
    if side.hidden:
        cells.append(Cell(_("%(count)s of other organizations") % {"count": side.hidden}))
    return cells


def _seen(side: Side) -> list[Cell]:
    if not side.accounts:
        return []
    first = min(account.first_seen_at for account in side.accounts)
    last = max(account.last_seen_at for account in side.accounts)
    return [Cell(f"{timezone.localtime(first):%Y-%m-%d} – {timezone.localtime(last):%Y-%m-%d}")]


def _orders(side: Side) -> list[Cell]:
    if not side.orders:
        return []
    return [Cell(f"{side.orders:,}", amounts=tuple(sorted(side.amounts.items())))]


def _tiers(side: Side) -> list[Cell]:
    return [
        Cell(
            " · ".join(
                filter(None, (row.tier, "" if row.points is None else f"{row.points.normalize():,f}"))
            ),
            quiet=row.organization.name,
        )
        for row in side.memberships
    ]


def _consents(side: Side) -> list[Cell]:
    return [
        Cell(f"{row.purpose} / {row.touchpoint}", quiet=str(_("yes") if row.granted else _("no")))
        for row in side.consents
    ]
