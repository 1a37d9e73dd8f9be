"""Every refusal as a problem document (RFC 9457): what is wrong, where, and the remedy."""

import http
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import UnreadablePostError
from django.utils.log import log_response
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from config.rest import parsing
from members.actions.versions import Raced
from members.queries import people

MEDIA_TYPE = "application/problem+json"
REMEDIES = {
    "not_authenticated": gettext_lazy("Ask an administrator for a key of your channel."),
    "authentication_failed": gettext_lazy("Ask an administrator for a new key."),
    "permission_denied": gettext_lazy("Ask an administrator for a key with this scope."),
    "parse_error": gettext_lazy("Send JSON, written in UTF-8."),
    "unsupported_media_type": gettext_lazy("Send JSON as application/json."),
}
PLACES = {"parse_error": "body", "unsupported_media_type": "Content-Type"}  # else Authorization


def answer(fault: Exception, context: dict) -> Response:
    """The answer to any exception of an endpoint. What was not foreseen is logged and says nothing of itself."""
    if isinstance(fault, people.Moved):
        return moved(fault, context)
    known = exception_handler(_translated(fault), context)
    if known is not None:
        return document(known, fault=_translated(fault), context=context)
    set_rollback()
    response = document(_unforeseen(fault), fault=fault, context=context)
    log_response("%s: %s", type(fault).__name__, context["request"].path, response=response,
                 request=context["request"]._request, exception=fault)  # fmt: skip
    return response


def _unforeseen(fault: Exception) -> Response:
    """503 while the database cannot be reached, is restarting, or others keep writing the same rows; else 500."""
    if isinstance(fault, (OperationalError, InterfaceError, Raced)):
        return Response(status=503, headers={"Retry-After": "5"})
    return Response(status=500)


def moved(fault: people.Moved, context: dict) -> Response:
    request = context["request"]
    address = request.path.replace(f"/{context['kwargs']['oneid']}", f"/{fault.current}")
    query = request.META.get("QUERY_STRING")
    body = {
        "oneid": fault.asked,
        "current": fault.current,
        "message": _(
            "This OneID is retired: the person goes on under the current one. Replace it on your side."
        ),
    }
    return Response(body, status=308, headers={"Location": f"{address}?{query}" if query else address})


def document(response: Response, *, fault: Exception, context: dict) -> Response:
    status = response.status_code
    code = getattr(getattr(fault, "detail", None), "code", "") or getattr(fault, "default_code", "")
    title = http.HTTPStatus(status).phrase
    response.data = {
        "type": f"urn:ninefold:problem:{slugify((code or title).replace('_', '-'))}",
        "title": title,
        "status": status,
        "detail": _detail(fault, status),
        "instance": context["request"].path,
        "errors": list(_errors(fault)),
        **getattr(fault, "extra", {}),
    }
    response.content_type = MEDIA_TYPE
    return response


def _translated(fault: Exception) -> Exception:
    if isinstance(fault, people.Unknown):
        return exceptions.NotFound(_("No such member in the organization of this key."))
    if isinstance(fault, RequestDataTooBig):
        return parsing.TooLarge(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if isinstance(fault, (SuspiciousOperation, UnreadablePostError)):
        return exceptions.ParseError(_("The request cannot be read."))
    return fault


def _detail(fault: Exception, status: int) -> str:
    if status >= 500:
        return _("Something went wrong on our side; it has been logged. Sending the same again is harmless.")
    detail = getattr(fault, "detail", "")
    if isinstance(fault, exceptions.ValidationError):
        return _("The request is not valid: see errors.")
    return str(detail) or http.HTTPStatus(status).description


def _errors(fault: Exception) -> Iterator[dict]:
    if isinstance(fault, exceptions.ValidationError):
        yield from _flatten(fault.detail, place="")
    elif remedy := REMEDIES.get(code := getattr(fault, "default_code", "")):
        place = PLACES.get(code, "Authorization")
        yield {"place": place, "message": str(fault.detail), "remedy": str(remedy)}


def _flatten(detail: Any, *, place: str) -> Iterator[dict]:
    if isinstance(detail, dict) and {"place", "message", "remedy"} == set(detail):
        yield {name: str(text) for name, text in detail.items()}
    elif isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flatten(inner, place=f"{place}.{name}".lstrip("."))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flatten(inner, place=place)
    else:
        yield {"place": place or "body", "message": str(detail), "remedy": _("Correct it and send it again.")}
