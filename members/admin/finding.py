"""Finding members by what somebody types. Every way goes through an index; nothing is searched in the middle."""

from collections.abc import Callable

from django.db.models import Q

from members.models import Account, Channel, Member, MemberProfile, oneid

Finder = Callable[[str], Q | None]
_finders: list[Finder] = []


def register(finder: Finder) -> Finder:
    """``finder(text)`` gives a condition on members, or None if the text is none of its business."""
    _finders.append(finder)
    return finder


def matching(text: str) -> Q:
    """Members with that OneID; else with that identifier, account or number; else whose name begins so."""
    text = text.strip()
    found = Q(pk__in=[])
    if oneid.is_valid(oneid.normalise(text)):
        return _by_oneid(oneid.normalise(text))
    for finder in _finders:
        condition = finder(text)
        if condition is not None:
            found |= condition
    return found


def _by_oneid(text):
    """Retired ones lead to the member that their account belongs to now."""
    current = Account.objects.filter(minted__oneid=text).values("member")
    return Q(oneid=text) | Q(pk__in=current)


@register
def _by_account(text):
    """The index begins with the channel, so all channels are named."""
    channels = list(Channel.objects.values_list("pk", flat=True))
    return Q(pk__in=Account.objects.filter(channel__in=channels, external_id=text).values("member"))


@register
def _by_name(text):
    return Q(pk__in=MemberProfile.objects.filter(name__startswith=text).values("member"))


def current(*, key: str) -> Member | None:
    """The member that a OneID, retired or not, stands for now."""
    found = (
        Member.objects.filter(oneid=oneid.normalise(key)).select_related("minting_account__member").first()
    )
    if found is None or found.retired_at is None:
        return found
    return found.minting_account.member
