"""Rights, appliances and cards of a member, for the 360 document."""

from collections import defaultdict

from members.api import blocks, whole
from members.api.blocks import Asked, Block
from members.queries import appliances, cards, rights


def _rights(asked: Asked) -> list[dict]:
    found = rights.of(members=[asked.member.pk], now=asked.now)
    return [right_of(each) for each in found if each.organization in asked.around]


def right_of(each: rights.Entitlement) -> dict:
    names = "right name kind source serial quantity used left state valid_from valid_until code"
    return whole.picked(each, *names.split())


def _appliances(asked: Asked) -> list[dict]:
    """Those bought or connected in the node; a right of one is told with it."""
    found = appliances.goods(accounts=asked.seen)
    brought = defaultdict(list)
    for each in rights.of_serials(serials=[good.serial for good in found], now=asked.now):
        brought[each.serial].append(right_of(each))
    return [{**whole.fields(each), "rights": brought[each.serial]} for each in found]


def _purses(asked: Asked) -> list[dict]:
    names = "code name unit principal bonus balance"
    return [whole.picked(each, *names.split()) for each in _cards(asked).purses]


def _gift_cards(asked: Asked) -> list[dict]:
    """Without their numbers: who holds a card, shows it."""
    names = "state part unit amount left at"
    return [whole.picked(each, *names.split()) for each in _cards(asked).gift_cards]


def _cards(asked: Asked) -> cards.Cards:
    def read() -> cards.Cards:
        return cards.of(member=asked.member, now=asked.now, reach=asked.reach, held=asked.balances)

    return asked.once("cards", read)


blocks.register(Block("rights", _rights))
blocks.register(Block("appliances", _appliances))
blocks.register(Block("purses", _purses))
blocks.register(Block("gift_cards", _gift_cards))
