"""The account that gives each person their OneID: named before anonymous, then earliest, then by natural key."""

import numpy as np

from identity.matching import words
from identity.matching.facts import Accounts

LATER = np.int64(1) << 61  # microseconds: after every date there is


def oldest(accounts: Accounts, component: np.ndarray) -> np.ndarray:
    """Of each account, the oldest one of its component."""
    named = np.asarray(accounts.named, dtype=bool)
    age = np.asarray(accounts.first_at, dtype=np.int64) + np.where(named, np.int64(0), LATER)
    anchor = np.zeros(len(component), dtype=np.int64)
    first = _least(age, component, np.arange(len(component)))
    anchor[component[first]] = first
    tied = _tied(component, first)
    if len(tied):
        tied = _least(_channel_ranks(accounts), component, tied)
        for place, account in _first_by_text(component[tied], tied, accounts).items():
            anchor[place] = account
    return anchor[component]


def _tied(component: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Those of `rows` that share their component with another."""
    place = component[rows]
    return rows[np.bincount(place, minlength=1)[place] > 1]


def _channel_ranks(accounts: Accounts) -> np.ndarray:
    """Each account's channel by its place in the sorted codes."""
    channels = words.of(accounts.channel)
    ranks = np.empty(len(channels.legend), dtype=np.int64)
    ranks[sorted(range(len(channels.legend)), key=channels.legend.__getitem__)] = np.arange(
        len(channels.legend)
    )
    return ranks[channels.code]


def _least(value: np.ndarray, component: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Those of `rows` that have the least value in their component."""
    least = np.full(len(component), np.iinfo(np.int64).max)
    np.minimum.at(least, component[rows], value[rows])
    return rows[value[rows] == least[component[rows]]]


def _first_by_text(places: np.ndarray, tied: np.ndarray, accounts: Accounts) -> dict[int, int]:
    """{component: the account of these whose external id comes first}."""
    found: dict[int, tuple[str, int]] = {}
    told = words.take(accounts.external_id, tied)
    for place, account, text in zip(places.tolist(), tied.tolist(), told, strict=True):
        held = found.get(place)
        if held is None or text < held[0]:
            found[place] = (text, account)
    return {place: account for place, (_, account) in found.items()}
