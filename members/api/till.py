"""What every door of value needs: where the caller stands, keys of its own, and refusals as answers."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse

from members.actions import gift_cards, pay_outs, points, postings, purses, reversals
from members.api.refusals import Refusal
from members.api.strict import fault
from members.ledger import amounts
from members.models import Account, ChannelKey, Organization
from members.queries import acting, people

MEDIA = "application/problem+json"
REFUSED = {
    (404, MEDIA): OpenApiResponse(OpenApiTypes.OBJECT, "There is no such member, card, book or code here."),
    (409, MEDIA): OpenApiResponse(
        OpenApiTypes.OBJECT,
        "It cannot be done as things stand: `detail` says why. `not-enough` tells what is `available`.",
    ),
    (422, MEDIA): OpenApiResponse(
        OpenApiTypes.OBJECT, "The amount, its unit or the key cannot be taken: `detail` says why."
    ),
}
ANSWERS: dict[type[Exception], tuple[int, str]] = {
    postings.KeyReused: (422, "key_reused"),
    amounts.Unfit: (422, "unfit"),
    points.Closed: (409, "closed"),
    purses.Elsewhere: (409, "elsewhere"),
    pay_outs.AboveLimit: (409, "second_person"),
    purses.UnknownSpend: (404, "unknown_spend"),
    reversals.NotReversible: (409, "not_reversible"),
    gift_cards.Elsewhere: (409, "elsewhere"),
    gift_cards.NotYours: (409, "not_yours"),
    gift_cards.AlreadyActive: (409, "already_active"),
    gift_cards.NotActive: (409, "not_active"),
    gift_cards.Expired: (409, "expired"),
}


@contextmanager
def answered() -> Iterator[None]:
    """What an action refuses becomes a problem document with a status and a code of its own."""
    try:
        yield
    except points.NotEnough as refused:
        raise Refusal(refused, status=409, code="not_enough", available=str(refused.available)) from refused
    except tuple(ANSWERS) as refused:
        status, code = next(ANSWERS[kind] for kind in type(refused).__mro__ if kind in ANSWERS)
        raise Refusal(refused, status=status, code=code) from refused


def own(key: str, *, caller: ChannelKey) -> str:
    """A key of the caller's channel: no other channel, nor the house itself, can have used it."""
    return postings.key_of_till(channel=caller.channel.code, key=key)


def account(oneid: str, *, caller: ChannelKey, named: str = "oneid") -> Account:
    """On which account of this member the caller's facts hang; ``named`` is the field that had the OneID."""
    try:
        member = people.current(oneid_text=oneid, node=caller.organization)
    except people.Moved as moved:
        message = _("This OneID is retired: the person goes on under %(oneid)s.") % {"oneid": moved.current}
        raise fault(named, message=message, remedy=_("Replace it on your side and send it again.")) from moved
    return acting.account(member=member, channel=caller.channel)


def place(code: str | None, *, caller: ChannelKey) -> Organization:
    """The organization that the caller names, at his own node or below it; his node if he names none."""
    if not code:
        return caller.organization
    found = Organization.objects.under(caller.organization).filter(code=code).first()
    if found is None:
        message = _("There is no organization “%(code)s” at your key's node or below it.") % {"code": code}
        raise fault("organization", message=message, remedy=_("See GET /api/v1/organizations."))
    return found
