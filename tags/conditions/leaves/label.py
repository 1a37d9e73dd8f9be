"""``label``: a channel calls the member so. ``{"label": {"source": "youzan", "name": ["高消费"]}}``; without ``name``: anything."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build

# The latest statement of each account rules; one that expired takes the place of no older one.
CALLED = """
SELECT a.member_id FROM (
    SELECT DISTINCT ON (s.account_id) s.account_id, s.labels, s.expires_at
    FROM members_labelstatement s WHERE s.source = {source} AND s.stated_at <= {as_of}{only}
    ORDER BY s.account_id, s.stated_at DESC, s.labels DESC
) l JOIN members_account a ON a.id = l.account_id AND a.emptied_at IS NULL
WHERE (l.expires_at IS NULL OR l.expires_at > {as_of}) AND {called}"""


@dataclass(frozen=True)
class Called:
    channel: str
    names: tuple[str, ...]
    said: str

    def sql(self, setting: Setting) -> Sql:
        named = build("l.labels && {names}::varchar[]", names=list(self.names))
        return build(
            CALLED,
            source=self.channel,
            as_of=setting.as_of,
            only=also([setting.only_accounts(Sql("s.account_id"))]),
            called=named if self.names else Sql("l.labels <> '{}'"),
        )

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
