"""Finding members by what somebody types. Every way goes through an index; nothing is searched in the middle."""

from collections.abc import Callable

from django.db.models import QuerySet

from members.models import Account, Channel, Member, MemberProfile, oneid

MOST = 500

Finder = Callable[[str], QuerySet | None]
_finders: list[Finder] = []


def register(finder: Finder) -> Finder:
    """``finder(text)`` gives ids of members, or None if the text is none of its business."""
    _finders.append(finder)
    return finder


def matching(text: str) -> list[int]:
    """Ids of members with that OneID; else with that identifier or account, or whose name begins so.

    At most ``MOST`` of each sort. The ids are fetched first: joined by OR into one statement, PostgreSQL would
    read every member.
    """
    text = text.strip()
    if oneid.is_valid(oneid.normalise(text)):
        return _by_oneid(oneid.normalise(text))
    found = (finder(text) for finder in _finders)
    return sorted({member for ids in found if ids is not None for member in ids[:MOST]})


def _by_oneid(text):
    """Retired ones lead to the member that their account belongs to now."""
    return list(Account.objects.filter(minted__oneid=text).values_list("member", flat=True))


@register
def _by_account(text):
    """The index begins with the channel, so all channels are named."""
    channels = list(Channel.objects.values_list("pk", flat=True))
    found = Account.objects.filter(channel__in=channels, external_id=text)
    return found.values_list("member", flat=True)


@register
def _by_name(text):
    return MemberProfile.objects.filter(name__startswith=text).values_list("member", flat=True)


def current(*, key: str) -> Member | None:
    """The member that a OneID, retired or not, stands for now."""
    if not key.isprintable():
        return None
    found = (
        Member.objects.filter(oneid=oneid.normalise(key)).select_related("minting_account__member").first()
    )
    if found is None or found.retired_at is None:
        return found
    return found.minting_account.member
