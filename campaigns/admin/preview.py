"""Whom a campaign would meet and what one of them would read, before it is saved."""

from decimal import Decimal, InvalidOperation

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import messages
from members import masking
from members.admin.base import choices
from members.models import MemberProfile
from tags.conditions.faults import Fault
from tags.conditions.sql import build
from tags.models import Audience
from tags.queries import audiences, selection


def of(request: HttpRequest) -> dict:
    """The context of ``campaigns/preview.html`` from the fields of the form as they stand."""
    wanted = request.POST.get("audience", "")
    audience = choices(Audience, request).filter(pk=int(wanted) if wanted.isdecimal() else 0).first()
    if audience is None:
        return {"fault": _("Choose an audience first.")}
    try:
        chosen = audiences.members(audience=audience, as_of=timezone.now())
        texts = [messages.parse(request.POST.get(field, "")) for field in ("subject", "body")]
    except (Fault, messages.Malformed) as fault:
        return {"fault": str(fault)}
    count = selection.count(chosen)
    first = selection.ids(build("SELECT member_id FROM ({chosen}) c LIMIT 1", chosen=chosen))
    subject, body = (messages.render(text, _masked_names(first)) for text in texts)
    return {
        "audience": audience,
        "said": audiences.said(audience=audience),
        "count": count,
        "held_out": round(count * _share(request.POST.get("holdout_share", ""))),
        "subject": subject,
        "body": body,
    }


def _masked_names(members):
    known = messages.known(MemberProfile.objects.filter(member__in=members).first())
    return {field: masking.name(value) for field, value in known.items()}


def _share(text):
    try:
        return min(max(Decimal(text), Decimal(0)), Decimal(1))
    except InvalidOperation:
        return Decimal(0)
