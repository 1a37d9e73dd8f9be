"""Who may come in: a channel's key, and for what: its scopes. Without a word from the view, nobody."""

import re

from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError, connection
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request

from config.rest import throttles
from members.models import ChannelKey
from members.queries import keys

KEYWORD = "Api-Key"
_form = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}").fullmatch


class ChannelKeyAuthentication(authentication.BaseAuthentication):
    """``Authorization: Api-Key …``. Guesses are throttled by address before they are refused."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ChannelKey]:
        keyword, _blank, secret = request.headers.get("Authorization", "").partition(" ")
        if keyword.lower() != KEYWORD.lower():
            throttles.hold_back_stranger(request)
            raise exceptions.NotAuthenticated(_("Send the header “Authorization: Api-Key …”."))
        key = find(secret.strip())
        if key is None:
            throttles.hold_back_stranger(request)
            raise exceptions.AuthenticationFailed(_("This API key is unknown, revoked or expired."))
        throttles.hold_back_key(request, key=key)
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return KEYWORD


def find(secret: str) -> ChannelKey | None:
    """The usable key of this secret, with its channel and organization, in one query."""
    if not _form(secret):
        return None
    key = _read(secret.partition(".")[0])
    return key if key and key.is_valid(secret) and not key.has_expired else None


def _read(prefix: str) -> ChannelKey | None:
    """The first statement of a call, which tells whether the connection is still there: a lost one is opened anew, once."""
    connection.health_check_done = True
    try:
        return keys.usable(prefix=prefix)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return keys.usable(prefix=prefix)


class HasScope(permissions.BasePermission):
    """The key has the scope that ``view.scopes`` names for the method; an unnamed method is refused."""

    def has_permission(self, request: Request, view: object) -> bool:
        wanted = getattr(view, "scopes", {}).get("GET" if request.method == "HEAD" else request.method)
        if request.method not in view.allowed_methods or request.method == "OPTIONS":
            raise exceptions.MethodNotAllowed(request.method)
        if not isinstance(request.auth, ChannelKey) or wanted is None:
            return False
        if wanted not in request.auth.scopes:
            self.message = _("This needs a key with the scope “%(scope)s”.") % {"scope": wanted}
            return False
        return True
