"""Response headers that Django does not set by itself, and requests that it lets through to the database."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.translation import gettext as _

# Alpine, inside the admin's look, evaluates expressions found in attributes: hence unsafe-eval and unsafe-inline.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


def headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response

    return respond


def without_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """No text of the database can hold a NUL, and nobody types one: pages refuse it. The API does so itself."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/admin/") and _holds_nul(request):
            return HttpResponseBadRequest(_("The request holds a character that cannot be kept (NUL)."))
        return get_response(request)

    return respond


def _holds_nul(request: HttpRequest) -> bool:
    given = [request.GET, *([request.POST] if request.method == "POST" else [])]
    return any("\x00" in text for each in given for name, texts in each.lists() for text in (name, *texts))
