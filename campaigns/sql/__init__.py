"""Statements that the ORM cannot say, each run by one action."""

from functools import cache
from pathlib import Path


@cache
def text(name: str) -> str:
    """The statement in ``name``.sql."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
