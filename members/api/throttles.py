"""Guessing codes of gift cards: who sent too many wrong ones is told nothing for a while. Rates: API_WRONG_CODES of one key,
API_WRONG_CODES_ADDRESS of one address, whichever keys it has."""

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
        counted = cache.get_many(self.most)
        if any(counted.get(place, 0) >= most for place, most in self.most.items()):
            raise exceptions.Throttled(WINDOW, _("Too many wrong codes came from here."))

    def count(self) -> None:
        """One more wrong code. The time runs from the first."""
        for place in self.most:
            _count(place)


def _count(place: str) -> None:
    if not cache.add(place, 1, WINDOW):
        try:
            cache.incr(place)
        except ValueError:  # it ran out between the two
            cache.set(place, 1, WINDOW)
