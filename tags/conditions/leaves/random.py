"""``random``: a share of all members, always the same ones. ``{"percent": 50, "salt": "spring-test"}``

A member's place is the MD5 of salt, colon and OneID, its first eight hexadecimal digits as a part of 2³²; those below the
percentage are in. Another salt draws another share, independent of the first. With ``from`` the share begins there, so that
{"percent": 50} and {"from": 50, "percent": 50} of one salt share everybody without overlap.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, reading
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build

WHOLE = 2**32
DRAWN = """
SELECT m.id AS member_id FROM members_member m
WHERE m.retired_at IS NULL
  AND ('x' || substr(md5({salt} || ':' || m.oneid), 1, 8))::bit(32)::bigint BETWEEN {least} AND {most}{only}"""

FORM = form.Form(
    gettext_noop("random share"),
    (
        form.Field("percent", gettext_noop("percent"), form.Case("number"), default=50),
        form.Field("salt", gettext_noop("name of the draw"), form.Case("text")),
        form.Field("from", gettext_noop("from percent"), form.Case("number"), optional=True, default=0),
    ),
)


@dataclass(frozen=True)
class Drawn:
    percent: Decimal
    salt: str
    start: Decimal = Decimal(0)

    def sql(self, setting: Setting) -> Sql:
        return build(
            DRAWN,
            salt=self.salt,
            least=_part(self.start),
            most=_part(self.start + self.percent) - 1,
            only=also([setting.only(Sql("m.id"))]),
        )

    def signals(self) -> set[str]:
        return set()

    def describe(self) -> str:
        said = _("drawn: %(percent)s %% by “%(salt)s”") % {"percent": self.percent, "salt": self.salt}
        return said + (_(" from %(start)s %%") % {"start": self.start} if self.start else "")


def _part(percent: Decimal) -> int:
    return int(percent * WHOLE / 100)


def parse(value: object, place: str, context: object) -> Drawn:
    fields = reading.mapping(value, place, required=["percent", "salt"], optional=["from"])
    percent, start = (
        _percent(fields.get(name, 0), reading.inside(place, name)) for name in ("percent", "from")
    )
    if start + percent > 100:
        raise Fault(
            reading.inside(place, "percent"),
            _("this share ends above 100 percent"),
            _("Choose less, or begin lower."),
        )
    return Drawn(percent, reading.text(fields["salt"], reading.inside(place, "salt")), start)


def _percent(value: object, place: str) -> Decimal:
    number = reading.decimal(value, place)
    if not 0 <= number <= 100:
        raise Fault(place, _("this is no percentage"), _("Choose one from 0 to 100."))
    return number
