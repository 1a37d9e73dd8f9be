"""Rights, appliances and cards of a member, for the 360 document."""

from members.api import blocks, whole
from members.api.blocks import Asked, Block
from members.queries import appliances, cards, rights


def _rights(asked: Asked) -> list[dict]:
    places = set(whole.around(node=asked.node).values_list("pk", flat=True))
    found = [
        each for each in rights.of(members=[asked.member.pk], now=asked.now) if each.organization in places
    ]
    return [right_of(each) for each in found]


def right_of(each: rights.Entitlement) -> dict:
    names = "right name kind source serial quantity used left state valid_from valid_until code"
    return whole.picked(each, *names.split())


def _appliances(asked: Asked) -> list[dict]:
    """Those bought or connected in the node; a right of one is told with it."""
    seen = set(asked.seen)
    return [
        {
            "serial": each.serial,
            **whole.picked(each.appliance, "sku", "name", "category", "bought_at", "bound_at"),
            "rights": [right_of(right) for right in each.rights],
        }
        for each in appliances.of(member=asked.member, now=asked.now)
        if seen & {each.appliance.account_id, each.appliance.bound_account_id}
    ]


def _purses(asked: Asked) -> list[dict]:
    names = "code name unit principal bonus balance"
    return [whole.picked(each, *names.split()) for each in _cards(asked).purses]


def _gift_cards(asked: Asked) -> list[dict]:
    """Without their numbers: who holds a card, shows it."""
    names = "state part unit amount left at"
    return [whole.picked(each, *names.split()) for each in _cards(asked).gift_cards]


def _cards(asked: Asked) -> cards.Cards:
    return asked.once("cards", lambda: cards.of(member=asked.member, now=asked.now, reach=asked.reach))


blocks.register(Block("rights", _rights))
blocks.register(Block("appliances", _appliances))
blocks.register(Block("purses", _purses))
blocks.register(Block("gift_cards", _gift_cards))
