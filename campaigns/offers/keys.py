"""By what sequences are compared."""

from campaigns.offers import states
from campaigns.offers.states import Candidate, Effect

Key = tuple[int, int, int, int]  # gain, discount, −coupons, −offers: the greatest is best
EMPTY: Key = (0, 0, 0, 0)


def added(key: Key, candidate: Candidate, done: Effect) -> Key:
    gain, discount, coupons, offers = key
    taken = states.coupons_taken(candidate.rule, done.times)
    return gain + done.gain, discount + done.discount, coupons - taken, offers - 1
