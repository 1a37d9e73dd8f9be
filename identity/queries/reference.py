"""What intake looks things up in: channels, organizations, kinds of identifiers, cleaning rules."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from identity.cleaning import rules
from identity.models import CleaningRule, IdentifierKind
from identity.queries import schemas
from members.models import Channel, Organization


@dataclass(frozen=True)
class Reference:
    """`channels`: code → (id, organization id); `organizations`: code → id; `appliances`: ids of the channels by which
    connected appliances tell of themselves."""

    channels: dict
    organizations: dict
    book: rules.RuleBook
    appliances: frozenset = frozenset()


def load() -> Reference:
    """Five small queries; loaded anew for each batch, so that a new channel or rule holds at once."""
    kinds = tuple(IdentifierKind.objects.order_by("code").values_list("code", "normaliser", "scoped"))
    rows = CleaningRule.objects.order_by("id").values_list(
        "field", "pattern", "effect", "result", "channel__code"
    )
    channels = Channel.objects.values_list("code", "id", "organization_id", "kind")
    return Reference(
        channels={code: (id, organization) for code, id, organization, _kind in channels},
        organizations=dict(Organization.objects.values_list("code", "id")),
        book=_book(tuple(rows), settings.DEFAULT_PHONE_REGION, kinds, schemas.stamp()),
        appliances=frozenset(id for _code, id, _node, kind in channels if kind == Channel.Kind.APPLIANCE),
    )


@lru_cache(maxsize=4)
def _book(rows, region, kinds, stamp):
    """The rules of these rows; compiled once for as long as nobody changes one."""
    base = rules.Rules(
        default_region=region,
        kinds=frozenset(code for code, *_ in kinds),
        normalisers={code: normaliser for code, normaliser, _ in kinds},
        scoped=frozenset(code for code, _, scoped in kinds if scoped),
        events=schemas.compiled(stamp),
    )
    return rules.book([(*row[:4], row[4] or "") for row in rows], base)
