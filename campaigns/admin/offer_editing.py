"""One offer of a draft, shown in its form and put back by the verb."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from campaigns.actions import activities
from campaigns.admin import offer_elements
from campaigns.admin.offer_choices import Offered
from campaigns.admin.offer_form import OfferForm
from campaigns.models import ActivityOffer, ActivityVersion
from tags.models import Audience


def of(
    request: HttpRequest, *, version: ActivityVersion, position: int, offered: Offered
) -> OfferForm | ActivityOffer:
    """The form to show, or the offer as it was saved."""
    there = version.offers.filter(position=position).first()
    shown = offer_elements.shown(there, offered=offered) if there else {}
    form = OfferForm(request.POST or None, offered=offered, initial=shown)
    if not form.is_valid():
        return form
    try:
        return put(form, version=version, position=position, by=request.user, now=timezone.now())
    except activities.Refused as refused:
        form.add_error(None, str(refused))
    except ValidationError as fault:
        form.add_error(None, fault.messages)
    return form


def put(
    form: OfferForm, *, version: ActivityVersion, position: int, by: AbstractBaseUser, now: dt.datetime
) -> ActivityOffer:
    """What a form that is valid says. Raises activities.Refused, ValidationError."""
    values = form.values()
    audience = values.pop("audience_id")
    return activities.put_offer(
        version=version, position=position, by=by, now=now, shares=form.shares(),
        audience=Audience.objects.get(pk=audience) if audience else None, **values,
    )  # fmt: skip
