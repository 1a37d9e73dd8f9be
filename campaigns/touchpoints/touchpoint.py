"""What every touchpoint tells and does."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator

from campaigns.models import Campaign


@dataclasses.dataclass(frozen=True)
class Route:
    """One way of a touchpoint to an address: which identifier it needs, and consent to which way of contact."""

    needs: str
    consent: str


@dataclasses.dataclass(frozen=True)
class Message:
    """One message that was claimed and is to be sent, once."""

    decision_id: int
    address: str
    subject: str
    body: str
    key: str


@dataclasses.dataclass(frozen=True)
class Delivery:
    """How it went: ``sent``, ``failed``, ``unknown``, or ``pending`` when it certainly was not tried."""

    decision_id: int
    outcome: str
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class Touchpoint:
    """A way to a member.

    Of the ``routes`` the first with both an address and consent is taken. A transactional touchpoint writes its
    messages with ``write(campaign, decision_ids, now)`` in the transaction of the decisions; any other sends with
    ``send(messages)`` what was claimed and committed before, and yields what became of each.
    """

    code: str
    name: str
    routes: tuple[Route, ...]
    batch: int
    needs_subject: bool = False
    write: Callable[[Campaign, list[int], dt.datetime], None] | None = None
    send: Callable[[list[Message]], Iterator[Delivery]] | None = None

    @property
    def transactional(self) -> bool:
        return self.write is not None

    @property
    def needs(self) -> tuple[str, ...]:
        """The kinds of identifiers that it can reach."""
        return tuple(route.needs for route in self.routes)
