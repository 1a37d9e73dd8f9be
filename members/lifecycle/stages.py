"""The stages of a relation: where somebody stands with the house, since when, and how it came to that.

A function of the facts alone, so the history follows them: after a merge it is that of both, after an undo each has
their own. The rules are written for people in docs/customer.md.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

PROSPECT, NEW, GROWING, MATURE, DORMANT, LOST = "prospect", "new", "growing", "mature", "dormant", "lost"
CODES = (PROSPECT, NEW, GROWING, MATURE, DORMANT, LOST)


@dataclass(frozen=True)
class Settings:
    """Purchases that make a stage, and days: of being a customer (``mature_days``), of silence (the other two)."""

    growing_from: int = 2
    mature_from: int = 4
    mature_days: int = 365
    dormant_days: int = 180
    lost_days: int = 365


@dataclass(frozen=True)
class Stage:
    """``until`` is the instant at which the next stage began; None of the stage that lasts."""

    code: str
    since: dt.datetime
    until: dt.datetime | None


def stages(
    *,
    first_seen: dt.datetime,
    purchases: Iterable[dt.datetime],
    acts: Iterable[dt.datetime],
    as_of: dt.datetime,
    settings: Settings = Settings(),
) -> list[Stage]:
    """The stages that somebody went through up to ``as_of``, oldest first; empty if he was first seen later.

    ``acts`` are signs of life that are no purchase. Instants may come in any order; what lies after ``as_of`` is left
    out. Silence makes dormant, then lost; only a purchase wakes.
    """
    told = [(first_seen, False), *((at, False) for at in acts), *((at, True) for at in purchases)]
    contacts = sorted(contact for contact in told if contact[0] <= as_of)
    return _told(_changes(contacts, as_of, settings), as_of) if contacts else []


def _changes(contacts, as_of, settings):
    """(instant, stage) wherever the rules name one, in order; the same stage may be named twice."""
    found, bought, asleep = [(contacts[0][0], PROSPECT)], [], False
    ends = [(at, False) for at, _purchase in contacts[1:]] + [(as_of, True)]
    for (at, purchase), (end, last) in zip(contacts, ends, strict=True):
        if purchase:
            bought.append(at)
        asleep = asleep and not purchase
        if not asleep:
            found += _awake(bought, at, end, settings)
        silent = _silences(at, end, last=last, settings=settings)
        found += [each for each in silent if not (found[-1][1] == LOST and each[1] == DORMANT)]
        asleep = asleep or bool(silent)
    return found


def _awake(bought, at, end, settings):
    """The stage of somebody who is in touch, from ``at``, and the ripening before the next contact."""
    changes = [(at, _by_purchases(bought, at, settings))]
    if len(bought) >= settings.growing_from:
        ripe = bought[0] + dt.timedelta(days=settings.mature_days)
        if at < ripe <= min(end, at + dt.timedelta(days=settings.dormant_days)):
            changes.append((ripe, MATURE))
    return changes


def _by_purchases(bought, at, settings):
    if not bought:
        return PROSPECT
    if len(bought) < settings.growing_from:
        return NEW
    ripe = at - bought[0] >= dt.timedelta(days=settings.mature_days)
    return MATURE if ripe or len(bought) >= settings.mature_from else GROWING


def _silences(at, end, *, last, settings):
    """What silence from ``at`` to ``end`` makes. A contact at the very instant comes in time; the clock does not."""
    bounds = [(at + dt.timedelta(days=settings.dormant_days), DORMANT),
              (at + dt.timedelta(days=settings.lost_days), LOST)]  # fmt: skip
    return [(bound, code) for bound, code in bounds if bound < end or (last and bound == end)]


def _told(changes, as_of):
    """Of several names for one instant the last counts; a stage that goes on is told once."""
    at_once = dict(changes)
    begun = []
    for at, code in at_once.items():
        if not begun or begun[-1][1] != code:
            begun.append((at, code))
    following = [*(at for at, _code in begun[1:]), None]
    return [Stage(code, at, until) for (at, code), until in zip(begun, following, strict=True)]
