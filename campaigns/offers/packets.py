"""Random red packets without a random generator: the same seed gives the same packets, so a draw can be proved later.

Draw i of a seed is SHA-256(seed, ":", i) as a whole number. Reduced modulo n ≤ 10^15 it is off uniform by less than 2^-200.
"""

from hashlib import sha256

from campaigns.offers import forms


def divide(*, total: int, count: int, seed: str, least: int = 1, most: int | None = None) -> list[int]:
    """``count`` amounts (minor units), none below ``least``, that add up to ``total``; every division is as likely as any
    other: what is above the least is cut at count − 1 drawn places. What would be above ``most`` goes to the packets that
    follow, as far as they have room. Raises ValueError if it can't be done."""
    if count < 1 or least < 0:
        raise ValueError(
            f"{count} packets of at least {least}: name a count of at least 1, and no negative least"
        )
    spare = total - count * least
    if spare < 0:
        raise ValueError(
            f"{total} is too little for {count} packets of at least {least}: give {-spare} more, or less packets"
        )
    cuts = sorted(_draw(seed, number) % (spare + 1) for number in range(1, count))
    parts = [least + end - begin for begin, end in zip([0, *cuts], [*cuts, spare], strict=True)]
    return parts if most is None else _levelled(parts, most)


def _levelled(parts: list[int], most: int) -> list[int]:
    """Twice round is enough: what is over after the first time finds its room in the second."""
    if sum(parts) > most * len(parts):
        raise ValueError(
            f"{sum(parts)} is too much for {len(parts)} packets of at most {most}: give less, or more packets"
        )
    over = 0
    for number in [*range(len(parts)), *range(len(parts))]:
        whole = parts[number] + over
        parts[number] = min(whole, most)
        over = whole - parts[number]
    return parts


def draw(packet: forms.Packet, *, seed: str) -> int:
    """Minor units of one packet, each amount from least to most as likely."""
    return packet.least + _draw(seed, 0) % (packet.most - packet.least + 1)


def _draw(seed: str, number: int) -> int:
    return int.from_bytes(sha256(f"{seed}:{number}".encode()).digest(), "big")
