"""What a simulation found, as its page shows it."""

import datetime as dt

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.admin import simulation_charts, units
from campaigns.models import Simulation
from campaigns.offers.offer import Offer
from campaigns.queries.simulating import outcome
from campaigns.queries.simulating.progress import Progress
from members.admin.base import reach
from members.models import Order, Organization, Tier
from members.queries import scopes

BARS, ROWS = 12, 50
REASONS = {
    "applied": gettext_lazy("given"), "below": gettext_lazy("bought for less than it asks"),
    "fewer": gettext_lazy("bought fewer than it asks"), "choose": gettext_lazy("could have taken its goods"),
    "no_goods": gettext_lazy("none of its goods in the basket"), "guest": gettext_lazy("guests"),
    "tier": gettext_lazy("not of its tiers"), "tag": gettext_lazy("without its tags"),
    "audience": gettext_lazy("not in its audience"), "birthday": gettext_lazy("not at their birthday"),
    "new": gettext_lazy("had bought before"), "no_coupon": gettext_lazy("showed no coupon of it"),
    "channel": gettext_lazy("through other channels"), "place": gettext_lazy("in other shops"),
    "region": gettext_lazy("of other regions, or of none known"), "weekday": gettext_lazy("on other days of the week"),
    "day": gettext_lazy("on other days of the month"), "hours": gettext_lazy("at other hours"),
    "used_up_member": gettext_lazy("had it often enough"), "beaten": gettext_lazy("other offers are better"),
    "excluded_by": gettext_lazy("an offer that it excludes is better"), "alone": gettext_lazy("goes with no other, and others are better"),
    "pool": gettext_lazy("another offer uses the pieces"), "no_gain": gettext_lazy("nothing to take off"),
}  # fmt: skip
LEFT_OUT = {
    "currency": gettext_lazy("in another currency"), "no_lines": gettext_lazy("without lines"),
    "lines": gettext_lazy("with lines that cannot be priced"),
}  # fmt: skip
BUYERS = {
    "new": gettext_lazy("members, first purchase"), "back": gettext_lazy("members who had bought before"),
    "guest": gettext_lazy("guests"),
}  # fmt: skip
SCOPES = {
    "campaign": gettext_lazy("in all"), "day": gettext_lazy("a day"), "store": gettext_lazy("a shop"),
}  # fmt: skip


def context(request: HttpRequest, simulation: Simulation) -> dict:
    """Of ``campaigns/simulation.html`` once it is done."""
    told = _Told(request, simulation)
    return {
        "said": told.summary(), "tiles": told.tiles(), "burns": told.burns(), "charts": told.charts(), "own": told.own(),
        "others": told.others(), "places": told.places(), "samples": told.samples(), "notes": told.notes(),
        "who": [told.buyers(), told.tiers(), told.tenths()],
    }  # fmt: skip


class _Told:
    def __init__(self, request: HttpRequest, simulation: Simulation) -> None:
        self.request, self.simulation, self.found = request, simulation, simulation.found
        self.offers = outcome.offers(simulation)
        self.cost = sum(row["discount"] + row["worth"] for row in self.found["own"].values())
        self.more = sum(self.found["after"]) - sum(self.found["before"])

    def money(self, amount: int) -> str:
        return units.money(amount, self.simulation.currency).replace("-", "−")

    def bare(self, amount: int) -> str:
        """Under a heading that names the currency."""
        return self.money(amount).removesuffix(f" {self.simulation.currency}")

    def major(self, amount: int) -> float:
        return float(units.major(amount, self.simulation.currency))

    def summary(self) -> str:
        found = self.found
        if not found["touched"]:
            return _("No order of these days would have got it.")
        told = {
            "touched": f"{found['touched']:,}", "share": _share(found["touched"], found["priced"]), "cost": self.money(self.cost),
            "more": self.money(abs(self.more)), "sales": _share(abs(self.more), found["list"]), "less": self.money(self.cost - self.more),
        }  # fmt: skip
        first = _("%(touched)s orders, %(share)s, would have got it, for %(cost)s.") % told
        if self.more < 0:
            second = _("Other offers would have given %(less)s less: all together cost %(more)s less.")
        elif self.cost > self.more:
            second = _(
                "Other offers would have given %(less)s less: all together cost %(more)s more, %(sales)s of the sales."
            )
        else:
            second = _("No other offer would have given less: that is %(sales)s of the sales.")
        return f"{first} {second % told}"

    def tiles(self) -> list[dict]:
        found = self.found
        out = [f"{count:,} {LEFT_OUT[reason]}" for reason, count in sorted(found["left_out"].items())]
        discount = sum(row["discount"] for row in found["own"].values())
        given = {"less": self.money(discount), "worth": self.money(self.cost - discount)}
        return [
            _tile(_("orders tried"), f"{found['priced']:,}", _("left out: %s") % ", ".join(out) if out else ""),
            _tile(_("would have got it"), f"{found['touched']:,}", _share(found["touched"], found["priced"])),
            _tile(_("it would have given"), self.money(self.cost), _("%(less)s off prices, gifts worth %(worth)s") % given),
            _tile(_("other offers, less"), self.money(self.cost - self.more), ""),
            _tile(_("more in all"), self.money(self.more), _("%s of the sales") % _share(self.more, found["list"])),
            _tile(
                _("sales at list prices"), self.money(found["list"]),
                _("%s off them in fact") % self.money(found["given"]),
            ),
        ]  # fmt: skip

    def burns(self) -> list[dict]:
        """Of the budgets that the reader may see."""
        if not self.request.user.has_perm("campaigns.view_budget"):
            return []
        mine = reach(self.request)
        seen = scopes.at_organization(Organization.objects.all(), reach=mine, field="pk")
        seen = set(seen.values_list("pk", flat=True))
        return [
            self._burn(each) for each in outcome.burns(self.simulation) if each.budget.organization_id in seen
        ]

    def _burn(self, burn: outcome.Burn) -> dict:
        told = {"name": burn.budget.name, "cost": self.money(burn.cost), "left": self.money(burn.left)}
        if burn.empty:
            said = _(
                "“%(name)s” has %(left)s left and would have been empty on %(day)s; the whole period asks for %(cost)s."
            )
            told["day"] = date_format(burn.empty, "j M Y")
        else:
            said = _("“%(name)s” has %(left)s left and would have paid %(cost)s.")
        chart = simulation_charts.burn(
            [date_format(day, "j M") for day, _cost in burn.days], [self.major(cost) for _day, cost in burn.days],
            name=_("paid up to then"), limit=self.major(burn.left), limit_name=_("left of the budget now"),
        )  # fmt: skip
        return {
            "said": said % told,
            "bad": burn.empty is not None,
            "config": chart,
            "title": burn.budget.name,
        }

    def charts(self) -> list[dict]:
        days = list(outcome.calendar(self.simulation))
        rows = [self.found["days"].get(day.isoformat(), [0, 0, 0, 0]) for day in days]
        labels = [date_format(day, "j M") for day in days]
        cost, more = ([self.major(row[place]) for row in rows] for place in (2, 3))
        daily = simulation_charts.bars(labels, {_("it gives"): cost, _("more in all"): more})
        shops = self._places()[:BARS]
        by_shop = simulation_charts.bars(
            [name for name, _row in shops],
            {_("it gives"): [self.major(row[2]) for _name, row in shops]},
            sideways=True,
        )
        charts = [{"title": _("Day by day, %s") % self.simulation.currency, "config": daily}]
        if len(shops) > 1:
            charts.append(
                {"title": _("Where most is given, %s") % self.simulation.currency, "config": by_shop}
            )
        return charts

    def own(self) -> list[dict]:
        caps: dict[str, list[str]] = {}
        for each in outcome.reached(self.simulation):
            told = {"most": f"{each.most:,}", "scope": SCOPES[each.scope], "beyond": f"{each.beyond:,}"}
            said = _("Its limit of %(most)s %(scope)s would have kept back %(beyond)s of these.") % told
            caps.setdefault(each.offer, []).append(said)
        return [self._own(code, row, caps.get(code, [])) for code, row in sorted(self.found["own"].items())]

    def _own(self, code: str, row: dict, caps: list[str]) -> dict:
        why = sorted(row["reasons"].items(), key=lambda each: (-each[1], each[0]))
        return {
            "name": self.name(code), "code": code, "uses": row["uses"], "cost": self.money(row["discount"] + row["worth"]),
            "reached": row["reached"], "missed": row["missed"], "caps": caps,
            "threshold": self.offers[code].trigger.threshold is not None,
            "why": [(reason, REASONS.get(reason, reason), count, _share(count, self.found["priced"])) for reason, count in why],
        }  # fmt: skip

    def others(self) -> list[dict]:
        """Those that lose most first."""
        rows = []
        for code, (uses, discount, worth, uses_now, discount_now, worth_now) in self.found["others"].items():
            before, after = discount + worth, discount_now + worth_now
            rows.append((before - after, code, uses, uses_now, before, after))
        rows.sort(key=lambda row: (-row[0], row[1]))
        return [
            {
                "name": self.name(code), "code": code, "uses": uses, "uses_now": uses_now, "before": self.money(before),
                "after": self.money(after), "less": self.money(-less), "loses": less > 0,
            }
            for less, code, uses, uses_now, before, after in rows[:ROWS]
        ]  # fmt: skip

    def name(self, code: str) -> str:
        offer: Offer | None = self.offers.get(code)
        return (offer and offer.name) or code

    def _places(self) -> list[tuple[str, list[int]]]:
        names = dict(Organization.objects.filter(pk__in=self.found["places"]).values_list("pk", "name"))
        rows = [(names.get(int(pk), pk), row) for pk, row in self.found["places"].items()]
        return sorted(rows, key=lambda each: (-each[1][2], each[0]))

    def places(self) -> dict:
        rows = self._places()
        return {
            "rows": [self._row(name, row) for name, row in rows[:ROWS]],
            "all": len(rows),
            "shown": min(ROWS, len(rows)),
        }

    def _row(self, name: str, row: list[int]) -> dict:
        orders, touched, cost, more = row
        return {
            "name": name, "orders": orders, "touched": touched, "share": _share(touched, orders), "cost": self.money(cost),
            "more": self.money(more),
        }  # fmt: skip

    def buyers(self) -> dict:
        found = self.found["buyers"]
        return {
            "title": _("New and old customers"),
            "rows": [self._row(name, found[kind]) for kind, name in BUYERS.items() if kind in found],
        }

    def tiers(self) -> dict:
        """Members, the highest tier first."""
        names: dict[str, tuple[int, str]] = {}
        for code, rank, name in Tier.objects.order_by("rank").values_list("code", "rank", "name"):
            names[code] = rank, name
        found = sorted(self.found["tiers"].items(), key=lambda each: -names.get(each[0], (-1, ""))[0])
        rows = [self._row(names.get(code, (0, code))[1] or _("no tier"), row) for code, row in found]
        return {"title": _("By tier, as it was then"), "rows": rows}

    def tenths(self) -> dict:
        rows = []
        for number, tenth in enumerate(outcome.tenths(self.found["spending"]), start=1):
            name = {1: _("1. paid most"), outcome.TENTHS: _("10. paid least")}.get(number, f"{number}.")
            rows.append(
                {
                    "name": name, "members": tenth.members, "paid": self.bare(tenth.paid), "more": self.bare(tenth.more),
                    "of": _share(tenth.more, tenth.paid),
                }
            )  # fmt: skip
        members = sum(row["members"] for row in rows)
        return {"title": _("Members by what they paid, in tenths"), "tenths": rows if members >= 10 else []}

    def samples(self) -> list[dict]:
        rows = self.found["samples"]
        orders = Order.objects.select_related("organization").in_bulk([row[1] for row in rows])
        return [
            {
                "order": orders[order], "list": self.money(whole), "before": self.money(before), "after": self.money(after),
                "cost": self.money(cost),
            }
            for _rank, order, whole, before, after, cost in rows
            if order in orders
        ]  # fmt: skip

    def notes(self) -> list[str]:
        unknown = outcome.unknown(self.simulation)
        return [str(note) for name, note in NOTES.items() if unknown.get(name, True)]


def _tile(label: str, value: str, hint: str) -> dict:
    return {"label": label, "value": value, "hint": hint}


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %".replace("-", "−") if whole else "–"


def left(progress: Progress) -> str:
    """How long the rest takes, in words; empty: not known."""
    if not progress.left:
        return ""
    seconds = round(progress.left.total_seconds())
    if seconds < 100:
        return ngettext("about %s second more", "about %s seconds more", seconds) % seconds
    minutes = round(seconds / 60)
    return ngettext("about %s minute more", "about %s minutes more", minutes) % minutes


def day(at: dt.date) -> str:
    return date_format(at, "j M Y")


def last_day(simulation: Simulation) -> str:
    return day(simulation.until - dt.timedelta(days=1))


NOTES = {
    "same": gettext_lazy("Everybody is taken to buy what he bought. Whom the draft would have made buy more is not known: look at those who just missed it."),
    "days": gettext_lazy("The draft is tried on each of these days, whatever its own beginning and end; days of the week and hours count."),
    "limits": gettext_lazy("How often a member may have an offer is counted from the first of these days. Budgets and limits over many sales hold nothing back here: what goes beyond them is told above."),
    "people": gettext_lazy("Tags and audiences are those of now, for the house does not know whom they held then. Tiers are those of the day of each order."),
    "coupons": gettext_lazy("Of coupons only those are known that were shown with the order."),
    "exchanges": gettext_lazy("Nobody knows who would have taken goods for a price: such offers are only counted where they could have been taken."),
    "brands": gettext_lazy("Past orders do not tell brands: offers that ask for one find no goods."),
    "regions": gettext_lazy("Past orders do not tell regions: offers that ask for one are not given."),
    "returns": gettext_lazy("What came back later counts as bought."),
}  # fmt: skip
