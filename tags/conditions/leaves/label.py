"""``label``: a channel calls the member so. ``{"label": {"source": "youzan", "name": ["高消费"]}}``; without ``name``: anything."""

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, reading
from tags.conditions.setting import Setting
from tags.conditions.sources import Source
from tags.conditions.sql import Sql, also, build
from tags.conditions.turning import Turn

# The latest statement of each account rules; one that expired takes the place of no older one.
CALLED = """
SELECT a.member_id, min(l.expires_at) AS expires_at, TRUE AS called FROM (
    SELECT DISTINCT ON (s.account_id) s.account_id, s.labels, s.expires_at
    FROM members_labelstatement s WHERE s.source = {source} AND s.stated_at <= {as_of}{only}
    ORDER BY s.account_id, s.stated_at DESC, s.labels DESC
) l JOIN members_account a ON a.id = l.account_id AND a.emptied_at IS NULL
WHERE (l.expires_at IS NULL OR l.expires_at > {as_of}) AND {called}
GROUP BY a.member_id"""


@dataclass(frozen=True)
class Calls(Source):
    """Who is called so, and when the first of the statements that say it expires."""

    channel: str
    names: tuple[str, ...]

    COLUMNS: ClassVar = (("member_id", "bigint"), ("expires_at", "timestamptz"), ("called", "boolean"))

    @property
    def key(self) -> tuple:
        return ("calls", self)

    def rows(self, setting: Setting) -> Sql:
        named = build("l.labels && {names}::varchar[]", names=list(self.names))
        return build(
            CALLED,
            source=self.channel,
            as_of=setting.as_of,
            only=also([setting.only_accounts(Sql("s.account_id"))]),
            called=named if self.names else Sql("l.labels <> '{}'"),
        )


@dataclass(frozen=True)
class Called:
    channel: str
    names: tuple[str, ...]
    said: str

    def source(self) -> Calls:
        return Calls(self.channel, self.names)

    def sql(self, setting: Setting) -> Sql:
        return build("SELECT s.member_id FROM {table} s", table=setting.table(self.source()))

    def test(self, columns: dict[str, Sql], _setting: Setting) -> Sql:
        return build("{called}", **columns)

    def turns(self, columns: dict[str, Sql], _setting: Setting) -> list[Turn]:
        return [Turn(columns["expires_at"])]

    def signals(self) -> set[str]:
        return {"labels"}

    def describe(self) -> str:
        return self.said


FORM = form.Form(
    gettext_noop("what a channel calls the customer"),
    (
        form.pick("source", gettext_noop("channel"), "channel"),
        form.pick("name", gettext_noop("called"), "label", optional=True, many=True),
    ),
)


def parse(value: object, place: str, context: object) -> Called:
    fields = reading.mapping(value, place, required=["source"], optional=["name"])
    channels = context.catalogue.channels
    source = reading.choice(
        fields["source"], reading.inside(place, "source"), channels, what=_("the channel")
    )
    names = (
        reading.many(fields["name"], reading.inside(place, "name"), reading.text) if "name" in fields else ()
    )
    return Called(source, names, _said(channels[source].name, names))


def _said(channel: str, names: tuple[str, ...]) -> str:
    if not names:
        return _("has a tag at %(channel)s") % {"channel": channel}
    return _("%(channel)s calls the customer %(names)s") % {"channel": channel, "names": ", ".join(names)}
