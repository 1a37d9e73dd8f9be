"""What the library says of one tag, and short ways to write conditions."""

from dataclasses import dataclass, field

from tags.library.categories import SAID, root


@dataclass(frozen=True)
class Definition:
    """``values``: (code, name, condition) in the order in which they are tried. What a tag does not say of itself is that of
    its first category (``SAID``)."""

    code: str
    name: str
    purpose: str
    values: tuple[tuple[str, str, object], ...] = ()
    model: str = ""
    parameters: dict = field(default_factory=dict)
    category: str = "member"
    kind: str = "attribute"
    source: str = ""
    shape: str = "one"
    measure: dict | None = None
    unit: str = ""
    levels_reason: str = ""
    definition: str = ""
    direction: str = ""
    benefit: str = ""
    consumer: str = ""
    expected_action: str = ""
    owner: str = ""

    def said(self) -> dict[str, str]:
        """What the tag says of itself, all that an approval asks for."""
        own = {name: said for name in SAID[root(self.category)] if (said := getattr(self, name))}
        means = self.definition or self.purpose
        return {"definition": means, "purpose": self.purpose, **SAID[root(self.category)], **own}

    def fields(self) -> dict:
        """The tag, as ``tags.actions.definitions.draft`` takes it; without its category."""
        return {
            **{name: getattr(self, name) for name in ("code", "name", "values", "model", "parameters", "kind", "shape")},
            **{name: getattr(self, name) for name in ("measure", "unit", "levels_reason")},
            **({"source": self.source} if self.source else {}),
            **self.said(),
        }  # fmt: skip


def profile(field: str, op: str, *value: object) -> dict:
    leaf = {"field": field, "op": op}
    return {"profile": leaf | {"value": value[0]} if value else leaf}


def orders(aggregate: str, op: str, value: object, *, days: int | None = None, **where: object) -> dict:
    return {"orders": measured_orders(aggregate, days=days, **where) | {"op": op, "value": value}}


def measured_orders(aggregate: str, *, days: int | None = None, **where: object) -> dict:
    """Without a comparison."""
    leaf = {"aggregate": aggregate}
    return leaf | ({"window": {"days": days}} if days else {}) | ({"where": where} if where else {})


def bought_once_at_least(**where: object) -> dict:
    return orders("count", ">=", 1, **where)


def events(names: list[str], days: int, op: str, value: object) -> dict:
    return {"events": {"name": names, "window": {"days": days}, "op": op, "value": value}}


def once(names: list[str], days: int) -> dict:
    return events(names, days, ">=", 1)


def yes(condition: dict) -> tuple:
    """The one value of a tag that somebody carries or does not."""
    return (("yes", "Yes 是", condition),)
