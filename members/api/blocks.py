"""The 360 document of a member is made of blocks. Upper floors bring theirs; the ground does not know them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from members.models import Member, Organization
from members.queries import balances, latest, relation
from members.queries.balances import Balance
from members.queries.scopes import Reach


@dataclass
class Asked:
    """For whom a document is made, by whom and when; what several blocks need is read once."""

    member: Member
    node: Organization
    now: dt.datetime
    _known: dict[str, object] = field(default_factory=dict)

    @cached_property
    def reach(self) -> Reach:
        return Reach(node=self.node)

    @cached_property
    def accounts(self) -> list[latest.Known]:
        """All accounts of the member, first seen first: facts of the node may hang on any."""
        return latest.accounts(member=self.member, node=self.node)

    @cached_property
    def every(self) -> list[int]:
        return [each.id for each in self.accounts]

    @cached_property
    def seen(self) -> list[int]:
        """Those that the node knows."""
        return [each.id for each in self.accounts if each.seen]

    @cached_property
    def around(self) -> dict[int, str]:
        """{id: code} of the node, what is below it and what is above."""
        return latest.around(node=self.node)

    @cached_property
    def balances(self) -> list[Balance]:
        """In all books, over all accounts of the member."""
        return balances.of(members=[self.member.pk], now=self.now)

    @cached_property
    def relation(self) -> relation.Relation | None:
        return relation.of(member=self.member, reach=self.reach, now=self.now)

    def once(self, name: str, read: Callable[[], object]) -> object:
        """What ``read`` gives, read by the first block that asks."""
        if name not in self._known:
            self._known[name] = read()
        return self._known[name]


@dataclass(frozen=True)
class Block:
    """``fill`` gives what stands under ``name``: plain values, dates, amounts as texts, of what the node may see."""

    name: str
    fill: Callable[[Asked], object]


_blocks: dict[str, Block] = {}


def register(block: Block) -> Block:
    if block.name in _blocks:
        raise ValueError(f"There is a block {block.name} already.")
    _blocks[block.name] = block
    return block


def document(*, member: Member, node: Organization, now: dt.datetime) -> dict[str, object]:
    """Everything that a key of the node may know of the member, a block a subject."""
    asked = Asked(member, node, now)
    filled = {name: block.fill(asked) for name, block in _blocks.items()}
    return {"oneid": member.oneid, "as_of": now, **filled}
