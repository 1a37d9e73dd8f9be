"""From the fields of the form to the elements that the engine reads, and back."""

from decimal import Decimal

from django.utils import timezone

from campaigns.admin import units
from campaigns.admin.offer_choices import Offered
from campaigns.models.elements import FourElements

OF_GOODS = {
    "goods_skus": "skus", "categories": "categories", "brands": "brands", "sets": "sets", "except_skus": "except_skus",
    "except_categories": "except_categories", "except_brands": "except_brands",
}  # fmt: skip
LISTS = ("regions", "channels", "organizations", "tiers", "tags")
OF_TRIGGER = (
    *OF_GOODS, "threshold", "threshold_least", "starts", "ends", "weekdays", "days", "hours", *LISTS, "whom", "birthday",
    "audience",
)  # fmt: skip
COUNTS = ("most_times", "per_member", "per_day", "per_store", "per_campaign")
OF_LIMITS = (*COUNTS, "most_amount", "alone", "groups", "pool")


def written(given: dict, *, offered: Offered, coupon: bool = False) -> dict:
    """Trigger, execution, form and limits as the engine reads them (None: missing); the audience, and what comes after."""
    later = given["execution"] == "return"
    found = {
        "trigger": _trigger(given) if given["goods"] else None,
        "execution": given["execution"],
        "form": _form(given, offered) if given["kind"] else None,
        "limits": _limits(given) if given["every"] else None,
    }
    if coupon:
        return found
    return {
        **found,
        "audience_id": int(given["audience"]) if given["audience"] else None,
        "after": given["after"] or "paid" if later else "",
        "after_days": given["after_days"] or 0 if later else 0,
    }


def _trigger(given: dict) -> dict:
    named = given["goods"] == "some"
    goods = {name: given[field] for field, name in OF_GOODS.items() if given[field]} if named else {}
    often = {
        "weekdays": sorted(map(int, given["weekdays"])), "days": given["days"], "hours": given["hours"],
    }  # fmt: skip
    found = {
        "goods": goods,
        "threshold": _threshold(given),
        "starts": _wall(given["starts"]),
        "ends": _wall(given["ends"]),
        "recurrence": _filled(often),
        **{name: given[name] for name in LISTS},
        "members": given["whom"] == "members",
        "new": given["whom"] == "new",
        "birthday": given["birthday"],
    }
    return _filled(found)


def _threshold(given: dict) -> dict | None:
    of, least = given["threshold"], given["threshold_least"]
    if not of:
        return None
    counted = {
        "amount": lambda: units.minor(least, given["currency"]),
        "quantity": lambda: units.milli(least),
        "kinds": lambda: int(least),
    }
    return {"of": of, "least": counted[of]()}


def _form(given: dict, offered: Offered) -> dict:
    kind, currency = given["kind"], given["currency"]

    def money(name: str) -> int | None:
        return None if given[name] is None else units.minor(given[name], currency)

    made = {
        "cash": lambda: {"amount": money("amount")},
        "per_piece": lambda: {"amount": money("amount")},
        "packet": lambda: {
            "least": money("least"), "most": money("most"), "total": money("total"), "count": given["packets"],
        },
        "percentage": lambda: {"off": units.points(given["off"]), "cap": money("cap")},
        "price": lambda: {"pieces": given["pieces"], "amount": money("together")},
        "pieces": lambda: {
            "buy": given["buy"], "cheapest": given["cheapest"], "off": units.points(given["off"]),
        },
        "points": lambda: {
            "book": given["book"], "amount": _steps(given, offered), "worth": money("worth"),
        },
        "multiplier": lambda: {
            "book": given["book"], "times": int(given["times"] * units.WHOLE), "worth": units.points(given["worth_percent"]),
        },
        "voucher": lambda: {
            "template": given["template"], "of": _sort(given, offered), "count": given["coupons"], "worth": money("worth"),
        },
        "goods": lambda: {
            "skus": given["skus"], "quantity": units.milli(given["given"]), "price": money("price") or 0,
            "worth": money("worth"),
        },
    }  # fmt: skip
    return {"kind": kind, **{name: value for name, value in made[kind]().items() if value is not None}}


def _steps(given: dict, offered: Offered) -> int:
    book = offered.points_books.get(given["book"])
    return int(given["points"].scaleb(book.scale if book else 0))


def _sort(given: dict, offered: Offered) -> str:
    template = offered.templates.get(given["template"])
    return template.kind if template else "consumption"


def _limits(given: dict) -> dict:
    most = given["most_amount"]
    return _filled(
        {
            "every": given["every"] == "every",
            **{name: given[name] for name in COUNTS},
            "most_amount": units.minor(most, given["currency"]) if most else None,
            "alone": given["alone"],
            "groups": given["groups"],
            "pool": given["pool"],
            "stack": given["stack"] or 1,
            "base": given["base"] or "net",
        }
    )


def _filled(found: dict) -> dict:
    return {name: value for name, value in found.items() if value not in (None, "", [], {}, False)}


def _wall(at) -> str | None:
    return timezone.make_naive(at).isoformat() if at else None


def shares(given: dict, *, offered: Offered, payers: int) -> dict:
    """{budget: basis points}"""
    named = [(given[f"budget_{each}"], given[f"percent_{each}"]) for each in range(1, payers + 1)]
    return {offered.budgets[code]: units.points(percent) for code, percent in named if code}


def shown(offer: FourElements, *, offered: Offered) -> dict:
    """The fields of the form for what is written in the offer."""
    found = {"name": offer.name, "currency": offer.currency, "execution": offer.execution}
    found |= {"after": offer.after, "after_days": offer.after_days}
    if audience := getattr(offer, "audience_id", None):
        found["audience"] = str(audience)
    for name, read in (("trigger", _shown_trigger), ("limits", _shown_limits)):
        if (element := getattr(offer, name)) is not None:
            found |= read(element, offer.currency)
    if offer.form is not None:
        found |= _shown_form(offer.form, offer.currency, offered)
    for number, share in enumerate(offer.shares.select_related("budget").order_by("pk"), start=1):
        found |= {
            f"budget_{number}": share.budget.code,
            f"percent_{number}": Decimal(share.basis_points) / 100,
        }
    return found


def _shown_trigger(trigger: dict, currency: str) -> dict:
    goods, often = trigger.get("goods") or {}, trigger.get("recurrence") or {}
    whom = "new" if trigger.get("new") else "members" if trigger.get("members") else ""
    found = {
        "goods": "some" if goods else "all",
        **{field: goods.get(name, []) for field, name in OF_GOODS.items()},
        **{
            name: trigger.get(name, [])
            for name in (*LISTS, "starts", "ends", "birthday")
            if trigger.get(name)
        },
        "weekdays": [str(day) for day in often.get("weekdays", [])],
        "days": often.get("days", []),
        "hours": often.get("hours", []),
        "whom": whom,
    }
    if threshold := trigger.get("threshold"):
        of, least = threshold["of"], threshold["least"]
        found["threshold"] = of
        scaled = {
            "amount": lambda: units.major(least, currency),
            "quantity": lambda: Decimal(least) / units.PIECE,
        }
        found["threshold_least"] = _plain(scaled.get(of, lambda: Decimal(least))())
    return found


def _shown_limits(limits: dict, currency: str) -> dict:
    found = {"every": "every" if limits.get("every") else "once"}
    found |= {
        name: limits[name] for name in (*COUNTS, "alone", "groups", "pool", "stack", "base") if name in limits
    }
    if most := limits.get("most_amount"):
        found["most_amount"] = _plain(units.major(most, currency))
    return found


def _shown_form(form: dict, currency: str, offered: Offered) -> dict:
    kind = form["kind"]
    found = {"kind": kind}
    money = {
        "least": "least",
        "most": "most",
        "total": "total",
        "cap": "cap",
        "price": "price",
        "worth": "worth",
        "amount": "amount",
    }
    if kind == "price":
        money["amount"] = "together"
    if kind == "points":
        del money["amount"]
        book = offered.points_books.get(form["book"])
        found["points"] = _plain(Decimal(form["amount"]).scaleb(-book.scale if book else 0))
    if kind == "multiplier":
        del money["worth"]
        found |= {
            "times": _plain(Decimal(form["times"]) / units.WHOLE),
            "worth_percent": _plain(Decimal(form["worth"]) / 100),
        }
    found |= {
        field: _plain(units.major(form[name], currency)) for name, field in money.items() if name in form
    }
    if "off" in form or kind == "pieces":
        found["off"] = _plain(Decimal(form.get("off", units.WHOLE)) / 100)
    if kind == "goods":
        found["given"] = _plain(Decimal(form.get("quantity", units.PIECE)) / units.PIECE)
    found |= {
        name: form[name] for name in ("pieces", "buy", "cheapest", "book", "template", "skus") if name in form
    }
    counted = "packets" if kind == "packet" else "coupons"
    return found | ({counted: form["count"]} if "count" in form else {})


def _plain(value: Decimal) -> str:
    """100 rather than 1E+2, and without zeros at its end."""
    return f"{value.normalize():f}"
