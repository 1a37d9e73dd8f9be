"""Pieces of SQL with their parameters. Values never become text; only ``Sql`` is spliced into ``Sql``."""

from collections.abc import Iterable
from dataclasses import dataclass
from string import Formatter


@dataclass(frozen=True)
class Sql:
    text: str = ""
    params: tuple = ()

    def __bool__(self) -> bool:
        return bool(self.text)


NOTHING = Sql()


def build(template: str, /, **slots: object) -> Sql:
    """``{name}`` takes the piece of SQL of that name, or makes a parameter of any other value."""
    text: list[str] = []
    params: list[object] = []
    for literal, name, _spec, _conversion in Formatter().parse(template):
        text.append(literal.replace("%", "%%"))
        if name is None:
            continue
        slot = slots[name]
        text.append(slot.text if isinstance(slot, Sql) else "%s")
        params.extend(slot.params if isinstance(slot, Sql) else [slot])
    return Sql("".join(text), tuple(params))


def one_of(column: Sql, values: Iterable[object]) -> Sql:
    """Whether the column is one of these values: a plain comparison where there is but one."""
    found = list(values)
    if len(found) == 1:
        return build("{column} = {value}", column=column, value=found[0])
    return build("{column} = ANY({values})", column=column, values=found)


def join(pieces: Iterable[Sql], separator: str) -> Sql:
    kept = [piece for piece in pieces if piece]
    return Sql(separator.join(piece.text for piece in kept), tuple(p for piece in kept for p in piece.params))


def also(pieces: Iterable[Sql]) -> Sql:
    """Further terms for a WHERE that has one already: `` AND a AND b``, or nothing."""
    terms = join(pieces, " AND ")
    return Sql(" AND " + terms.text, terms.params) if terms else terms
