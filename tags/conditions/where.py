"""Filters that several leaves share: the channel of a fact, and the organization where it happened."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from members.models import Channel
from tags.conditions import reading
from tags.conditions.catalogue import Catalogue
from tags.conditions.sql import Sql, build


@dataclass(frozen=True)
class ChannelFilter:
    channels: tuple[str, ...] = ()
    source_classes: tuple[str, ...] = ()
    first_party: bool | None = None

    FIELDS = ("channel", "source_class", "first_party")

    @classmethod
    def parse(cls, fields: dict, place: str, catalogue: Catalogue) -> "ChannelFilter":
        def channel(value: object, at: str) -> str:
            return reading.choice(value, at, catalogue.channels, what=_("the channel"))

        def source_class(value: object, at: str) -> str:
            return reading.choice(value, at, Channel.SourceClass.values, what=_("the source class"))

        return cls(
            channels=_named(fields, "channel", place, channel),
            source_classes=_named(fields, "source_class", place, source_class),
            first_party=reading.flag(fields["first_party"], reading.inside(place, "first_party"))
            if "first_party" in fields
            else None,
        )

    def sql(self, column: Sql, catalogue: Catalogue) -> Sql:
        """A term on a column of channel ids, or nothing where nothing is asked."""
        if self == ANY_CHANNEL:
            return Sql()
        ids = [channel.id for code, channel in catalogue.channels.items() if self._fits(code, channel)]
        return build("{column} = ANY({ids}::bigint[])", column=column, ids=ids)

    def _fits(self, code: str, channel: object) -> bool:
        return (
            (not self.channels or code in self.channels)
            and (not self.source_classes or channel.source_class in self.source_classes)
            and (self.first_party is None or channel.first_party == self.first_party)
        )

    def describe(self) -> str:
        classes = [str(Channel.SourceClass(name).label) for name in self.source_classes]
        owned = {None: [], True: [_("our own channels")], False: [_("channels of others")]}[self.first_party]
        return ", ".join([*self.channels, *classes, *owned])


ANY_CHANNEL = ChannelFilter()


@dataclass(frozen=True)
class PlaceFilter:
    """Organizations named by code, each with everything below it."""

    codes: tuple[str, ...] = ()

    FIELDS = ("organization",)

    @classmethod
    def parse(cls, fields: dict, place: str, catalogue: Catalogue) -> "PlaceFilter":
        def node(value: object, at: str) -> str:
            return reading.choice(value, at, catalogue.nodes_here(), what=_("the organization"))

        return cls(_named(fields, "organization", place, node))

    def sql(self, column: Sql, catalogue: Catalogue) -> Sql:
        if not self.codes:
            return Sql()
        return build("{column} = ANY({ids}::bigint[])", column=column, ids=catalogue.under(*self.codes))

    def describe(self) -> str:
        return ", ".join(self.codes)


ANYWHERE = PlaceFilter()


def _named(fields: dict, name: str, place: str, read: object) -> tuple[str, ...]:
    return reading.many(fields[name], reading.inside(place, name), read) if name in fields else ()
