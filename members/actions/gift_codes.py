"""The codes of gift cards: kept hashed, under a key of the house; a gift has the code that follows the one it was given by."""

from django.conf import settings
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from members.ledger import codes
from members.models import Account, GiftCard


class UnknownCode(LookupError):
    """The code opens no card: it is wrong, or an old one, or the card was cancelled. Which, is not told."""

    def __init__(self) -> None:
        super().__init__(_("This code opens no gift card. Check it symbol by symbol."))


def find(*, code: str) -> GiftCard:
    """The card that a code opens. Raises UnknownCode."""
    normal = codes.normal(code)
    found = cards().filter(code_hash__in=_hashes(normal)).first() if codes.is_code(normal) else None
    if found is None or found.state == GiftCard.State.CANCELLED:
        raise UnknownCode
    return found


def cards() -> QuerySet[GiftCard]:
    """With whom they belong to."""
    return GiftCard.objects.select_related("book__organization", "buyer", "giver", "receiver")


def locked(*, code: str) -> GiftCard:
    """The card that a code opens still when nobody else can change it. Raises UnknownCode."""
    known = find(code=code)
    card = cards().select_for_update(of=("self",)).get(pk=known.pk)
    if card.code_hash != known.code_hash or card.state == GiftCard.State.CANCELLED:
        raise UnknownCode
    return card


def given(*, code: str, giver: Account, to: Account | None) -> tuple[GiftCard, str] | None:
    """The card that was given by this code already, and its code now: an answer that was lost on its way is no card lost."""
    for key in _keys():
        new = following(codes.normal(code), secret=key)
        card = cards().filter(code_hash__in=_hashes(new), state=GiftCard.State.GIVEN).first()
        receiver = card and card.receiver and card.receiver.member_id
        if card and card.giver.member_id == giver.member_id and receiver == (to and to.member_id):
            return card, new
    return None


def following(code: str, *, secret: str) -> str:
    """The code after this one: as random as it was, and found again only by who has it, with the key of the house."""
    drawn = salted_hmac("members.gift_cards.next", code, secret=secret, algorithm="sha256").digest()
    return codes.made(random=lambda count: drawn[:count])


def hashed(code: str) -> str:
    """As the card keeps it."""
    return codes.hashed(code, secret=_secret(settings.SECRET_KEY))


def _hashes(code):
    """Under the key of today, and under those that were replaced and are still accepted."""
    return [codes.hashed(code, secret=_secret(key)) for key in _keys()]


def _keys():
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def _secret(key):
    return salted_hmac("members.gift_cards", "codes", secret=key, algorithm="sha256").digest()
