"""Reads what the names in conditions stand for: a handful of queries, however many conditions follow."""

from collections import defaultdict

from django.utils.translation import gettext as _

from members.models import Book, Channel, Organization, Programme, Tier
from tags.conditions import catalogue, moments
from tags.models import Audience, Tag, TagValue


class NoOrganization(LookupError):
    pass


def everything() -> catalogue.Catalogue:
    """All names, at the group; each tag is then read at its own node. Raises ``NoOrganization`` before there is a group."""
    group = Organization.objects.filter(kind=Organization.Kind.GROUP).order_by("id").first()
    if group is None:
        raise NoOrganization(_("There is no organization yet: make the group first."))
    return at(node=group)


def at(*, node: Organization) -> catalogue.Catalogue:
    known = {place.pk: (place.code, _node(place)) for place in Organization.objects.all()}
    places = {pk: place for pk, (_code, place) in known.items()}
    return catalogue.Catalogue(
        node=_node(node),
        nodes=dict(known.values()),
        channels=_channels(),
        tags=_tags(places),
        audiences=_audiences(places),
        programmes=_programmes(known),
        books=_books(places),
    )


def _node(place: Organization) -> catalogue.Node:
    return catalogue.Node(id=place.pk, path=place.path, name=place.name)


def _channels() -> dict[str, catalogue.Channel]:
    rows = Channel.objects.values_list("code", "id", "name", "source_class", "first_party")
    return {code: catalogue.Channel(*row) for code, *row in rows}


def _tags(places: dict[int, catalogue.Node]) -> dict[str, catalogue.Tag]:
    values: dict[int, list[tuple[str, int, str]]] = defaultdict(list)
    for tag, *value in TagValue.objects.order_by("position", "id").values_list("tag", "code", "id", "name"):
        values[tag].append(tuple(value))
    return {
        code: catalogue.Tag(
            name=name,
            node=places[node],
            values={value: value_id for value, value_id, _label in values[pk]},
            names={value: label for value, _id, label in values[pk]},
            status=status,
            retired_on=moments.day_of(retired_at).isoformat() if retired_at else "",
            slot=slot,
        )
        for pk, code, name, node, status, retired_at, slot in Tag.objects.values_list(
            "id", "code", "name", "organization", "status", "retired_at", "slot"
        )
    }


def _audiences(places: dict[int, catalogue.Node]) -> dict[int, catalogue.Audience]:
    return {
        row.pk: catalogue.Audience(
            id=row.pk,
            name=row.name,
            node=places[row.organization_id],
            condition=row.condition,
            frozen=row.frozen_at is not None,
        )
        for row in Audience.objects.all()
    }


def _programmes(known: dict[int, tuple[str, catalogue.Node]]) -> dict[str, catalogue.Programme]:
    tiers: dict[int, list[tuple[str, int, str]]] = defaultdict(list)
    for programme, *tier in Tier.objects.order_by("rank").values_list("programme", "code", "rank", "name"):
        tiers[programme].append(tuple(tier))
    found = {}
    for pk, name, organization in Programme.objects.values_list("id", "name", "organization"):
        code, node = known[organization]
        ranks = {tier: rank for tier, rank, _name in tiers[pk]}
        names = {tier: said for tier, _rank, said in tiers[pk]}
        found[code] = catalogue.Programme(pk, name, node, ranks, names)
    return found


def _books(places: dict[int, catalogue.Node]) -> dict[str, catalogue.Book]:
    rows = Book.objects.values_list("code", "id", "name", "organization", "scale")
    return {code: catalogue.Book(pk, name, places[node], scale) for code, pk, name, node, scale in rows}
