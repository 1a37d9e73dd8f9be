"""The items of a file in parts that can be written side by side.

Items that name the same account, order or identifier stay together, so that two writers seldom wait for each other
and nothing in one part waits for a fact in another. Names are taken as they were sent: one that a part misses
costs a moment of waiting, never a fact.
"""

from collections import defaultdict

import numpy as np

from identity.matching import components


def part(items, shares) -> list[list[int]]:
    """The places of `items`, parted about as `shares` (positive numbers) are to each other; no part is empty."""
    parts = [[] for _ in shares]
    for group in sorted(_together(items), key=len, reverse=True):
        fullness = [(len(each) + len(group)) / share for each, share in zip(parts, shares, strict=True)]
        parts[fullness.index(min(fullness))].extend(group)
    return [sorted(each) for each in parts if each]


def _together(items):
    first, pairs = {}, []
    for i, item in enumerate(items):
        for name in _names(item.raw):
            before = first.setdefault(name, i)
            if before != i:
                pairs.append((before, i))
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    groups = defaultdict(list)
    for i, label in enumerate(components.label(len(items), left, right).tolist()):
        groups[label].append(i)
    return groups.values()


def _names(raw):
    """What a record names, as pairs of texts. Anything may be in it: nothing has been checked yet."""
    if not isinstance(raw, dict):
        return
    kind, channel = str(raw.get("type")), str(raw.get("channel"))
    for name in (kind, "account", "order"):
        if key := raw.get("external_id" if name == kind else name):
            yield f"{channel}:{name}", str(key)
    identifiers = raw.get("identifiers")
    for each in identifiers if isinstance(identifiers, list) else ():
        if isinstance(each, dict) and (value := each.get("value")):
            yield "", str(value)
