"""Guessing codes of gift cards: a key that sent too many wrong ones is told nothing for a while. Rate: API_RATE_CODES."""

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from rest_framework import exceptions

from members.models import ChannelKey

WINDOW = 600  # seconds


class CodeGuesses:
    """Wrong codes of one key in ten minutes. Right codes are not counted, and forgive nothing."""

    def __init__(self, *, key: ChannelKey):
        self.place = f"codes:{key.prefix}"

    def check(self) -> None:
        """Raises Throttled, whatever the code would have opened."""
        if cache.get(self.place, 0) >= settings.WRONG_CODES:
            raise exceptions.Throttled(WINDOW, _("Too many wrong codes came from here."))

    def count(self) -> None:
        """One more wrong code. The time runs from the first."""
        if not cache.add(self.place, 1, WINDOW):
            try:
                cache.incr(self.place)
            except ValueError:  # it ran out between the two
                cache.set(self.place, 1, WINDOW)
