"""What a model says of the town's members, by its own statement: without a tag, for everybody or for some."""

import datetime as dt

import numpy as np
from django.db import connection

from tags.conditions.setting import Setting
from tags.queries import catalogue
from tests.tags.world import NOW, World


def learned(town: World, model: object, *, as_of: dt.datetime = NOW, node: str = "g") -> dict:
    """What the model finds out from everybody."""
    if not hasattr(model, "learns"):
        return {}
    query = model.learns(_setting(town, node, as_of, None))
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        names, rows = [column[0] for column in cursor.description], cursor.fetchall()
    table = np.array(rows, dtype=float).reshape(len(rows), len(names))
    columns = {name: table[:, place] for place, name in enumerate(names)}
    return model.fitted(columns, as_of=as_of).parameters


def said(
    town: World,
    module: object,
    parameters: dict | None = None,
    *,
    as_of: dt.datetime = NOW,
    node: str = "g",
    members: list | None = None,
) -> dict[int, object]:
    """{member: value}; of a model of several values a set. Some members are told the same as everybody."""
    model = module.parse(parameters or {})
    fitted = learned(town, model, as_of=as_of, node=node)
    ids = None if members is None else tuple(member.pk for member in members)
    query = model.rows(_setting(town, node, as_of, ids), fitted)
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        rows = cursor.fetchall()
    assert len(rows) == len(set(rows))
    if module.SHAPE == "several":
        return {member: {word for whose, word in rows if whose == member} for member, _word in rows}
    assert len(rows) == len({member for member, _value in rows})
    return dict(rows)


def _setting(town: World, node: str, as_of: dt.datetime, members: tuple | None) -> Setting:
    return Setting(catalogue.at(node=town.nodes[node]), as_of, members)
