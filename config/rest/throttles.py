"""How often a key, or an address without a key, may call. Rates: API_RATE_KEY, API_RATE_STRANGER."""

from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

from members.models import ChannelKey


class Rate(SimpleRateThrottle):
    """So many calls at once as the rate says for its time, and the next as soon as its share of that time has passed. One number
    is kept of a caller, when his last call is paid off (GCRA, ITU-T I.371): what the list of all calls would cost grows with them."""

    def get_rate(self) -> str:
        return api_settings.DEFAULT_THROTTLE_RATES[self.scope]

    def allow_request(self, request: Request, view: object) -> bool:
        if self.rate is None or (key := self.get_cache_key(request, view)) is None:
            return True
        now, share = self.timer(), self.duration / self.num_requests
        paid_off = max(self.cache.get(key, now), now) + share
        self.late = paid_off - now - self.duration
        if self.late > share / 2:  # less is what sums of fractions round to
            return False
        self.cache.set(key, paid_off, self.duration)
        return True

    def wait(self) -> float:
        """Seconds until the next call is let in."""
        return self.late

    def hold_back(self, request: Request) -> None:
        if not self.allow_request(request, None):
            raise exceptions.Throttled(self.wait())


class KeyRate(Rate):
    scope = "key"

    def __init__(self, key: ChannelKey):
        self.channel_key = key
        super().__init__()

    def get_cache_key(self, request: Request, view: object) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.channel_key.prefix}


class StrangerRate(Rate):
    """Of views that are open to all; calls with a key were counted at admission."""

    scope = "stranger"

    def get_cache_key(self, request: Request, view: object) -> str | None:
        if view and isinstance(request.auth, ChannelKey):
            return None
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


def hold_back_key(request: Request, *, key: ChannelKey) -> None:
    KeyRate(key).hold_back(request)


def hold_back_stranger(request: Request) -> None:
    StrangerRate().hold_back(request)
