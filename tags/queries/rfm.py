"""RFM of members, asked for directly: for reports, a member's page and benchmarks."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from members.models import Organization
from tags.conditions import moments
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql
from tags.models_of.rfm import BY_MEANS, Bounds, Rfm
from tags.queries import catalogue


@dataclass(frozen=True)
class Score:
    """Recency in days, frequency in orders (or order days), monetary in money; ``code`` names the class."""

    member: int
    code: str
    recency: int
    frequency: int
    monetary: Decimal


def scores(
    *,
    node: Organization,
    as_of: dt.datetime | dt.date,
    model: Rfm = BY_MEANS,
    bounds: Bounds | None = None,
    members: Sequence[int] | None = None,
) -> list[Score]:
    """Every buyer at the node, or those among ``members``: then give ``bounds``, or the means are theirs alone."""
    query = statement(node=node, as_of=as_of, model=model, bounds=bounds, members=members)
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        return [Score(*row) for row in cursor.fetchall()]


def statement(
    *,
    node: Organization,
    as_of: dt.datetime | dt.date,
    model: Rfm = BY_MEANS,
    bounds: Bounds | None = None,
    members: Sequence[int] | None = None,
) -> Sql:
    """The one SELECT behind ``scores``: member_id, code, recency, frequency, monetary."""
    chosen = None if members is None else tuple(members)
    setting = Setting(catalogue.at(node=node), moments.moment(as_of), chosen)
    return model.statement(setting, bounds)
