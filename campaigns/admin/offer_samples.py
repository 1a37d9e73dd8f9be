"""The sample basket beside a draft: lines typed, or taken from an order of the store; priced by the engine of the tills."""

import datetime as dt
from decimal import Decimal

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.admin import units, verdict_words
from campaigns.admin.offer_choices import Offered
from campaigns.admin.offer_fields import choice, yes
from campaigns.admin.offer_form import wall
from campaigns.models import ActivityVersion
from campaigns.offers.basket import Buyer, Held, Line
from campaigns.queries import trying
from campaigns.queries.trying import Tried
from members.admin.base import reach
from members.models import Order, Organization
from members.queries import scopes

ROWS, MOST_LINES = 4, 100
ORDER = "sample"
BUYERS = [("member", _("a member")), ("new", _("a member who has never bought")), ("guest", _("a guest"))]


def _box(width: str, label: str, **attrs) -> forms.TextInput:
    """Of a table, where the label stands above the column."""
    style = {"class": "nf-input", "style": f"width: {width}", "autocomplete": "off"}
    return forms.TextInput(attrs={**style, "aria-label": label, **attrs})


class LineForm(forms.Form):
    sku = forms.CharField(label=_("SKU"), max_length=100, required=False, widget=_box("8rem", _("SKU")))
    category = forms.CharField(
        label=_("category"), max_length=100, required=False, widget=_box("8rem", _("category"))
    )
    brand = forms.CharField(label=_("brand"), max_length=100, required=False, widget=_box("7rem", _("brand")))
    quantity = forms.DecimalField(
        label=_("pieces"), required=False, min_value=Decimal("0.001"), max_value=1_000_000, max_digits=10,
        decimal_places=3, initial=1, widget=_box("4.5rem", _("pieces"), inputmode="decimal"),
    )  # fmt: skip
    price = forms.DecimalField(
        label=_("price of a piece"), required=False, min_value=0, max_digits=13, decimal_places=4,
        widget=_box("7rem", _("price of a piece"), inputmode="decimal"),
    )  # fmt: skip

    def clean(self) -> dict:
        given = super().clean()
        if given.get("sku") and given.get("price") is None and "price" not in self.errors:
            self.add_error("price", _("What does a piece cost?"))
        if given.get("price") is not None and not given.get("sku"):
            self.add_error("sku", _("Which article?"))
        return given


Lines = forms.formset_factory(LineForm, extra=ROWS, max_num=MOST_LINES, absolute_max=MOST_LINES)


class SampleForm(forms.Form):
    store = choice(_("at the store"), [], required=True)
    at = forms.DateTimeField(label=_("at the time"), widget=wall())
    channel = choice(_("through"), [])
    buyer = choice(_("bought by"), BUYERS, required=True)
    tier = choice(_("of the tier"), [])
    tag = choice(_("with the tag"), [])
    audience = choice(_("of the audience"), [])
    birthday = yes(_("on the birthday"))
    coupon = choice(_("with a coupon"), [])
    alone = yes(_("without what else is live there"))
    order = forms.CharField(
        label=_("number of an order"), required=False, max_length=200,
        widget=_box("11rem", _("number of an order")),
    )  # fmt: skip

    def __init__(self, *given, offered: Offered, stores: dict[str, str], **named) -> None:
        super().__init__(*given, **named)
        none = ("", "–")
        self.fields["store"].choices = list(stores.items())
        for name, found in (
            ("channel", offered.channels), ("tier", offered.tiers), ("tag", offered.tags),
            ("audience", offered.audiences),
        ):  # fmt: skip
            self.fields[name].choices = [none, *found.items()]
        self.fields["coupon"].choices = [
            none,
            *((code, each.name) for code, each in offered.templates.items()),
        ]

    def made_buyer(self) -> Buyer | None:
        given = self.cleaned_data
        if given["buyer"] == "guest":
            return None
        day = timezone.localtime(given["at"])
        return Buyer(
            tiers=_one(given["tier"]), tags=_one(given["tag"]), audiences=_one(given["audience"]),
            birthday=(day.month, day.day) if given["birthday"] else None, new=given["buyer"] == "new",
        )  # fmt: skip

    def coupons(self) -> list[Held]:
        template = self.cleaned_data["coupon"]
        return [Held(code="sample", template=template)] if template else []


class OrderForm(forms.Form):
    """An order to read a draft on: of a store, the one named or the newest, as if this buyer had bought it."""

    store = forms.ChoiceField(label=_("the order of"), widget=forms.Select(attrs={"class": "nf-input"}))
    order = forms.CharField(
        label=_("its number; empty: the newest"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"class": "nf-input", "autocomplete": "off"}),
    )  # fmt: skip
    who = forms.ChoiceField(
        label=_("bought by"), choices=BUYERS, widget=forms.Select(attrs={"class": "nf-input"})
    )

    def __init__(self, *given, stores: dict[str, str], **named) -> None:
        super().__init__(*given, **named)
        self.fields["store"].choices = list(stores.items())

    def buyer(self) -> Buyer | None:
        who = self.cleaned_data["who"]
        return None if who == "guest" else Buyer(new=who == "new")


def _one(code: str) -> frozenset[str]:
    return frozenset([code] if code else [])


def context(request: HttpRequest, *, version: ActivityVersion, offered: Offered, now: dt.datetime) -> dict:
    """Of ``campaigns/sample.html``: the forms, and what the engine says if they were sent."""
    stores = seen_stores(request, version)
    currency = _currency(version)
    told = {"version": version, "currency": currency, "stores": stores}
    if not stores:
        return told
    if request.method != "POST":
        begin = timezone.localtime(max(now, version.starts_at))
        form = SampleForm(offered=offered, stores=stores, initial={"at": begin})
        return {**told, "form": form, "lines": Lines(prefix="line")}
    form = SampleForm(request.POST, offered=offered, stores=stores)
    if "take" in request.POST:
        return {**told, "form": form, **_taken(request, form)}
    lines = Lines(request.POST, prefix="line")
    told |= {"form": form, "lines": lines}
    if not (form.is_valid() and lines.is_valid()):
        return told
    return told | _priced(version, form, lines, currency, offered)


def asked(request: HttpRequest, version: ActivityVersion) -> OrderForm | None:
    """Which order a draft is read on; None where no store is seen."""
    stores = seen_stores(request, version)
    return OrderForm(stores=stores, prefix=ORDER) if stores else None


def seen_stores(request: HttpRequest, version: ActivityVersion) -> dict[str, str]:
    """{code: name} of the stores at which it shall hold, as far as the reader sees them."""
    here = Organization.objects.under(version.activity.organization).order_by("path")
    seen = scopes.at_organization(here, reach=reach(request), field="pk")
    found = list(seen.filter(kind=Organization.Kind.STORE)[:500]) or list(seen[:500])
    return {each.code: each.name for each in found}


def _currency(version) -> str:
    """Of the first offer that names one."""
    first = version.offers.exclude(currency="").order_by("position").first()
    return first.currency if first else "CNY"


def _taken(request, form) -> dict:
    """The lines of the order named, else of the newest order of the store."""
    form.is_valid()
    given = form.cleaned_data
    taken = order(request, store=given.get("store", ""), number=given.get("order", ""))
    if taken is None:
        form.add_error("order", _("There is no such order at this store."))
        return {"lines": Lines(prefix="line")}
    rows = [
        {**row, **{name: f"{row[name].normalize():f}" for name in ("quantity", "price")}}
        for row in _bought(taken)
    ]
    return {"lines": Lines(prefix="line", initial=rows), "taken": taken}


def order(request: HttpRequest, *, store: str, number: str) -> Order | None:
    """The one named, else the newest of the store."""
    seen = scopes.at_organization(Order.objects.filter(organization__code=store), reach=reach(request))
    if number := number.strip():
        return seen.filter(external_id=number).first()
    return seen.order_by("-occurred_at").first()


def _bought(order: Order) -> list[dict]:
    return [
        {
            "sku": line.sku,
            "category": line.category,
            "brand": "",
            "quantity": line.quantity,
            "price": line.unit_price,
        }
        for line in order.lines.order_by("line")[:MOST_LINES]
    ]


def lines_of(order: Order, currency: str) -> list[Line]:
    """What was bought, at list prices, as the engine takes it; without what it does not take."""
    rows = [row for row in _bought(order) if row["quantity"] > 0 and row["price"] >= 0]
    return [_line(number, row, currency) for number, row in enumerate(rows, start=1)]


def _priced(version, form, lines, currency: str, offered: Offered) -> dict:
    given = form.cleaned_data
    rows = [each.cleaned_data for each in lines if each.cleaned_data.get("sku")]
    basket = [_line(number, row, currency) for number, row in enumerate(rows, start=1)]
    if not basket:
        return {"empty": True}
    tried = trying.price(
        version=version, store=Organization.objects.get(code=given["store"]), lines=basket, currency=currency,
        at=timezone.localtime(given["at"]), channel=given["channel"], buyer=form.made_buyer(),
        coupons=form.coupons(), alone=given["alone"],
    )  # fmt: skip
    return {
        "tried": tried,
        "rows": verdict_words.rows(tried, currency=currency, offered=offered),
        "priced": _shown(basket, tried, currency),
    }


def _line(number: int, row: dict, currency: str) -> Line:
    pieces = units.milli(row["quantity"] or Decimal(1))
    price = units.minor(row["price"], currency)
    told = {name: row[name] for name in ("sku", "category", "brand")}
    return Line(number=number, quantity=pieces, unit_price=price, **told)


def totals(tried: Tried, currency: str) -> dict:
    quote = tried.quote
    return {
        "total_list": units.money(quote.total_list, currency), "total": units.money(quote.total, currency),
        "discount": units.money(quote.discount, currency),
    }  # fmt: skip


def _shown(basket, tried: Tried, currency: str) -> dict:
    skus = {line.number: line for line in basket}
    quote = tried.quote
    lines = [
        {
            "sku": skus[line.number].sku, "pieces": units.pieces(line.quantity),
            "list": units.money(line.list, currency), "net": units.money(line.net, currency), "less": units.money(line.list - line.net, currency) if line.list != line.net else "",
            "parts": [(tried.name(part.offer), units.money(part.amount, currency)) for part in line.parts],
        }
        for line in quote.lines
    ]  # fmt: skip
    return {
        **totals(tried, currency),
        "lines": lines,
        "proven": quote.proven,
        "gap": units.money(quote.bound - quote.gain, currency),
    }
