"""Rows of statements as instances of models: what the ORM would make, without its writing the statement each time."""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model

from members import sets

Row = TypeVar("Row", bound=Model)


def columns(model: type[Model], alias: str) -> str:
    """SQL: all of the model's columns, in the order in which `made` reads them."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def made(model: type[Row], values: Iterator) -> Row:
    """An instance of the next values of a row."""
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db("default", names, [next(values) for _name in names])


def prepared(model: type[Row], sql: str, *parameters: object) -> list[Row]:
    """What a statement returns that selects the columns of one model; the server plans it once a connection."""
    return [made(model, iter(row)) for row in sets.prepared(sql, *parameters)]
