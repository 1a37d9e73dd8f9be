"""Asks a model directly, as a run of tags does: learn from everybody, then say of whom what."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from tags.conditions.setting import Setting
from tags.queries import catalogue, columns
from tests.tags.world import NOW, World


def said(
    module, town: World, parameters: dict | None = None, *, fitted: dict | None = None,
    as_of: dt.datetime = NOW, members: Sequence[int] | None = None, node: str = "g",
) -> dict:  # fmt: skip
    """Member → code or number; refuses a member who comes twice."""
    model = module.parse(parameters or {})
    at = Setting(catalogue.at(node=town.nodes[node]), as_of, None if members is None else tuple(members))
    query = model.rows(at, learned(module, town, parameters, as_of=as_of) if fitted is None else fitted)
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        rows = cursor.fetchall()
    assert len(rows) == len({member for member, _value in rows})
    return dict(rows)


def learned(module, town: World, parameters: dict | None = None, *, as_of: dt.datetime = NOW) -> dict:
    """What the model finds out from everybody; nothing where it does not learn."""
    model = module.parse(parameters or {})
    if not hasattr(model, "learns"):
        return {}
    query = model.learns(Setting(catalogue.at(node=town.group), as_of))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({query.text}) q LIMIT 0", query.params)
        names = [column.name for column in cursor.description]
    return model.fitted(columns.columns(query, names), as_of=as_of).parameters
