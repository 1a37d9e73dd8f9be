"""Guessing codes of gift cards and coupons: who sent too many wrong ones is told nothing for a while. Rates: API_WRONG_CODES of
one key, API_WRONG_CODES_ADDRESS of one address, whichever keys it has."""

import hashlib
from collections.abc import Collection

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

WINDOW = 600  # seconds


class CodeGuesses:
    """Wrong codes of one key, and of one address, in ten minutes. Right codes are not counted, and forgive nothing."""

    def __init__(self, *, request: Request):
        address = BaseThrottle().get_ident(request)
        self.most = {
            f"codes:{request.auth.prefix}": settings.WRONG_CODES,
            f"codes:at:{address}": settings.WRONG_CODES_OF_ADDRESS,
        }

    def check(self) -> None:
        """Raises Throttled, whatever the code would have opened."""
        self._refuse_from(0)

    def count(self, number: int = 1) -> None:
        """So many more wrong codes. The time runs from the first."""
        for place in self.most:
            _count(place, number)

    def count_new(self, *, codes: Collection[str]) -> int:
        """Wrong codes that were sent together: each is counted once in its time, however often a basket names it; how many
        were new. Raises Throttled if they are more than may be told."""
        own = next(iter(self.most))
        marks = {f"{own}:{hashlib.sha256(code.encode()).hexdigest()[:32]}" for code in codes}
        new = sum(cache.add(mark, 1, WINDOW) for mark in marks)
        if new:
            self.count(new)
            self._refuse_from(1)
        return new

    def _refuse_from(self, over: int) -> None:
        counted = cache.get_many(self.most)
        if any(counted.get(place, 0) >= most + over for place, most in self.most.items()):
            raise exceptions.Throttled(WINDOW, _("Too many wrong codes came from here."))


def _count(place: str, number: int) -> None:
    if not cache.add(place, number, WINDOW):
        try:
            cache.incr(place, number)
        except ValueError:  # it ran out between the two
            cache.set(place, number, WINDOW)
