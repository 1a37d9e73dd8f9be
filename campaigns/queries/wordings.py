"""What staff wrote, as the engine's nouns: each element by itself while a draft, the whole offer when it is approved."""

import datetime as dt
from collections.abc import Mapping

import msgspec
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Budget
from campaigns.models.elements import FourElements
from campaigns.offers import currencies, forms, reading
from campaigns.offers.offer import Goods, Limits, Offer, Trigger
from members.models import Book, GoodsSet, Organization
from tags.models import Audience

WHOLE = 10_000
RED_PACKETS = ("cash", "packet")
KINDS = {"trigger": Trigger, "form": forms.Form, "limits": Limits}
NAMES = {
    "trigger": gettext_lazy("a trigger"),
    "execution": gettext_lazy("an execution"),
    "form": gettext_lazy("a form"),
    "limits": gettext_lazy("limits"),
}


class Unfit(ValueError):
    """It means nothing to the engine, or lacks something. The message names the place."""


def element(*, name: str, value: object) -> object:
    """An element as it is stored: in the engine's own spelling. Raises Unfit."""
    if value is None or name not in KINDS:
        return value
    try:
        return _of_book(reading.to_builtins(reading.from_builtins(value, KINDS[name])))
    except (reading.Unreadable, ValueError) as fault:
        raise Unfit(f"{name}: {fault}") from fault


def _of_book(value: dict) -> dict:
    """Points with the digits of their book, which never change."""
    if value.get("kind") != "points":
        return value
    scale = Book.objects.filter(code=value["book"]).values_list("scale", flat=True).first()
    return {name: each for name, each in value.items() if name != "digits"} | (
        {"digits": scale} if scale else {}
    )


def lacking(*, elements: FourElements) -> str:
    """What is missing, in words; empty: nothing."""
    return ", ".join(str(NAMES[name]) for name in elements.missing)


def check_paid(*, elements: FourElements) -> None:
    """Who pays adds up, and pays in minor units of its currency. Raises Unfit."""
    shares = list(elements.shares.select_related("budget__book"))
    if not shares:
        return
    if (paid := sum(share.basis_points for share in shares)) != WHOLE:
        raise Unfit(_("its shares add up to %s of 10000 basis points.") % paid)
    if not elements.currency:
        raise Unfit(_("currency: budgets pay for it. Say in which currency it is given."))
    for share in shares:
        _check_budget(share.budget, elements.currency)


def _check_budget(budget: Budget, currency: str) -> None:
    """What it costs is told in minor units: the steps of the book have to be those. Raises Unfit."""
    book, digits = budget.book, currencies.digits(currency)
    told = {"name": budget.name, "unit": book.unit, "currency": currency, "book": book.name}
    if book.unit != currency:
        raise Unfit(_("“%(name)s” pays in %(unit)s, and it costs %(currency)s.") % told)
    if book.scale != digits:
        said = _(
            "the book “%(book)s” of the budget “%(name)s” counts %(currency)s with %(scale)s digits, and prices have"
            " %(digits)s. Take a budget whose book counts as prices do."
        )
        raise Unfit(said % (told | {"scale": book.scale, "digits": digits}))


def check_purse(*, elements: FourElements, node: Organization, now: dt.datetime) -> None:
    """A red packet goes into the nearest book of red packets at or above the store: there has to be one for some store of
    the ``node`` at least. Raises Unfit."""
    given = elements.execution in (FourElements.Execution.ADD, FourElements.Execution.RETURN)
    if not given or (elements.form or {}).get("kind") not in RED_PACKETS:
        return
    currency, digits = elements.currency, currencies.digits(elements.currency)
    books = Book.objects.filter(kind=Book.Kind.RED_PACKET, unit=currency, scale=digits)
    places = Q(organization__path__startswith=node.path) | Q(organization__in=_and_above(node))
    if not books.filter(Q(closed_at=None) | Q(closed_at__gt=now), places).exists():
        told = {"currency": currency, "digits": digits, "place": node.name}
        said = _(
            "form: it gives a red packet in %(currency)s, and for “%(place)s” there is no open book that it could go into."
            " Make a book of red packets in %(currency)s with %(digits)s digits there or above, and submit it again."
        )
        raise Unfit(said % told)


def _and_above(node: Organization) -> list[int]:
    return [int(id) for id in node.path.strip("/").split("/")]


def offer(
    *, elements: FourElements, code: str, activity: str = "", version: int = 1, audience: int | None = None,
    coupon: str = "",
) -> Offer:  # fmt: skip
    """All of it, for the engine: goods sets written out, bound to an audience or a coupon. Raises Unfit."""
    if missing := lacking(elements=elements):
        raise Unfit(_("It lacks %(missing)s: an offer has all four elements.") % {"missing": missing})
    told = {
        "code": code, "name": elements.name, "activity": activity, "version": version,
        "currency": elements.currency, "trigger": _trigger(elements.trigger, audience, coupon),
        "execution": elements.execution, "form": elements.form, "limits": elements.limits,
        "after": elements.after, "days": elements.after_days,
    }  # fmt: skip
    try:
        return reading.from_builtins(told, Offer)
    except (reading.Unreadable, ValueError) as fault:
        raise Unfit(str(fault)) from fault


def _trigger(written: Mapping, audience: int | None, coupon: str) -> dict:
    trigger = reading.from_builtins(written, Trigger)
    _check_audiences(trigger.audiences)
    changed = {"goods": _written_out(trigger.goods)}
    if audience:
        changed["audiences"] = frozenset([str(audience)])
    if coupon:
        changed["coupon"] = coupon
    return reading.to_builtins(msgspec.structs.replace(trigger, **changed))


def _check_audiences(named: frozenset[str]) -> None:
    """The engine knows audiences by their ids."""
    known = Audience.objects.filter(pk__in=[each for each in named if each.isdecimal()])
    if unknown := sorted(named - {str(pk) for pk in known.values_list("pk", flat=True)}):
        raise Unfit(_("There is no audience with the id “%s”.") % unknown[0])


def _written_out(goods: Goods) -> Goods:
    """A set's goods as they are now: changing it later changes no offer that was approved."""
    found = {each.code: each for each in GoodsSet.objects.filter(code__in=goods.sets)}
    if unknown := sorted(goods.sets - found.keys()):
        raise Unfit(_("There is no goods set “%(code)s”.") % {"code": unknown[0]})
    return msgspec.structs.replace(
        goods,
        sets=frozenset(),
        skus=goods.skus.union(*(each.skus for each in found.values())),
        categories=goods.categories.union(*(each.categories for each in found.values())),
    )
