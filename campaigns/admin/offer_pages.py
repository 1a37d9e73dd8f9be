"""The offers of an activity's draft: each in its editor, read while it is typed, taken out."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from campaigns.actions import activities
from campaigns.admin import offer_editing, offer_reading, offer_samples
from campaigns.admin.offer_choices import Offered
from campaigns.models import Activity

NAME = "campaigns_activity_%s"
MOST = 100


class OfferPages:
    """Of the admin of activities."""

    def offer_urls(self, view) -> list:
        at = "<int:pk>/offer/<int:position>/"
        return [
            path(at, view(self.offer_view), name=NAME % "offer"),
            path(f"{at}reads/", view(require_POST(self.reads_view)), name=NAME % "reads"),
            path(f"{at}remove/", view(require_POST(self.remove_view)), name=NAME % "remove"),
        ]

    def offer_view(self, request: HttpRequest, pk: int, position: int) -> HttpResponse:
        activity = self._his(request, pk)
        version = self._draft(activity)
        _check(position)
        offered = Offered(request=request, organization=activity.organization)
        done = offer_editing.of(request, version=version, position=position, offered=offered)
        if isinstance(done, forms.Form):
            title = _("Offer %s") % position
            return self._page(
                request,
                "offer",
                title,
                form=done,
                activity=activity,
                position=position,
                back=page_of(activity),
                reads=reverse("admin:campaigns_activity_reads", args=[activity.pk, position]),
                asked=offer_samples.asked(request, version),
            )
        saved = _("“%s” is saved.") % done.name
        self.log_change(request, activity, str(saved))
        messages.success(request, saved)
        return redirect(f"{page_of(activity)}?version={version.number}")

    def reads_view(self, request: HttpRequest, pk: int, position: int) -> HttpResponse:
        """What the offer says while it is typed."""
        activity = self._his(request, pk)
        version = self._draft(activity)
        _check(position)
        offered = Offered(request=request, organization=activity.organization)
        told = offer_reading.of_offer(
            request, version=version, position=position, offered=offered, now=timezone.now()
        )
        return TemplateResponse(request, "campaigns/offer_reads.html", told)

    def remove_view(self, request: HttpRequest, pk: int, position: int) -> HttpResponse:
        activity = self._his(request, pk)
        version = self._draft(activity)

        def remove() -> bool:
            activities.remove_offer(version=version, position=position, by=request.user, now=timezone.now())
            return True

        self._tried(request, activity, remove, _("The offer is taken out."))
        return redirect(page_of(activity))


def _check(position: int) -> None:
    if not 1 <= position <= MOST:
        raise Http404


def page_of(activity: Activity) -> str:
    return reverse("admin:campaigns_activity_change", args=[activity.pk])
