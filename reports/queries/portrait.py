"""Group portrait: how a tag is spread in an audience against everybody, with the index TGI.

TGI (target group index) = share of the value in the group / its share among everybody × 100: at 100 the group is like
everybody, at 150 the value is half as common again in it. Members who carry no value count in both wholes.
"""

import dataclasses
import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Organization
from reports.table import Column, Table
from tags.models import Audience, Tag
from tags.queries import portraits

FEW = 30  # below so many members an index would be chance


@dataclasses.dataclass(frozen=True)
class Line:
    """``tgi`` is None where too few carry the value, or the group is too small."""

    name: str
    group: int
    everyone: int
    share: float
    share_of_all: float
    tgi: float | None


@dataclasses.dataclass(frozen=True)
class Report:
    tag: Tag
    audience: Audience
    as_of: dt.datetime
    group: int
    everyone: int
    lines: list[Line]

    @property
    def striking(self) -> list[Line]:
        """The lines with an index, the most over-represented first."""
        return sorted((line for line in self.lines if line.tgi is not None), key=lambda line: -line.tgi)

    def tables(self) -> list[Table]:
        columns = [
            Column(self.tag.name),
            Column(_("In the group"), "count"), Column(_("Share of the group"), "share"),
            Column(_("Among everybody"), "count"), Column(_("Share of everybody"), "share"),
            Column(_("TGI"), "number"),
        ]  # fmt: skip
        rows = [
            (line.name, line.group, line.share, line.everyone, line.share_of_all, line.tgi)
            for line in self.lines
        ]
        notes = [
            _(
                "TGI: the share in the group divided by the share among everybody, times 100. 100 is like everybody."
            ),
            _("No TGI where fewer than %(few)d members carry the value, or the group has fewer.")
            % {"few": FEW},
        ]
        if self.tag.shape == Tag.Shape.SEVERAL:
            notes.append(_("A member can carry several of these values: shares sum to more than 100 %."))
        total = (_("All"), self.group, None, self.everyone, None, None)
        return [
            Table(_("Portrait by %s") % self.tag.name, columns, rows, self.as_of, total=total, notes=notes)
        ]


def report(*, audience: Audience, tag: Tag, node: Organization, as_of: dt.datetime) -> Report:
    with transaction.atomic():
        found = portraits.of(tag=tag, audience=audience, node=node, as_of=as_of)
    lines = [_line(share, found) for share in found.shares]
    return Report(tag, audience, as_of, found.group, found.everyone, lines)


def _line(share: portraits.Share, whole: portraits.Portrait) -> Line:
    mine = share.group / whole.group if whole.group else 0.0
    all_ = share.everyone / whole.everyone if whole.everyone else 0.0
    enough = whole.group >= FEW and share.everyone >= FEW
    name = share.name or (_("not known") if whole.tag.shape != Tag.Shape.SEVERAL else _("none of them"))
    return Line(name, share.group, share.everyone, mine, all_, 100 * mine / all_ if enough else None)
