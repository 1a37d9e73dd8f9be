"""The four elements of an offer as one form that reads as a sentence. What is missing is left empty: a draft may lack it."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns.admin import offer_elements
from campaigns.admin.offer_choices import Offered
from campaigns.admin.offer_fields import Codes, Days, Hours, choice, count, number, some, text, yes

CHOOSE = ("", _("– choose –"))
GOODS = [CHOOSE, ("all", _("any goods")), ("some", _("the goods named here"))]
THRESHOLDS = [
    ("", _("whatever they cost")), ("amount", _("for at least, in money")), ("quantity", _("at least so many pieces")),
    ("kinds", _("at least so many different articles")),
]  # fmt: skip
WEEKDAYS = [
    ("1", _("Monday")), ("2", _("Tuesday")), ("3", _("Wednesday")), ("4", _("Thursday")), ("5", _("Friday")),
    ("6", _("Saturday")), ("7", _("Sunday")),
]  # fmt: skip
WHOM = [
    ("", _("everybody, guests too")),
    ("members", _("members")),
    ("new", _("members who have never bought")),
]
BIRTHDAYS = [
    ("", _("on any day")), ("day", _("on the birthday")), ("week", _("in the week of the birthday")),
    ("month", _("in the month of the birthday")),
]  # fmt: skip
EXECUTIONS = [
    CHOOSE, ("reduce", _("pays less")), ("add", _("gets something on top")), ("return", _("gets something back later")),
    ("exchange", _("may take more goods for a small price")),
]  # fmt: skip
AFTER = [("paid", _("once it is paid")), ("received", _("once the goods are received"))]
KINDS = [
    CHOOSE, ("cash", _("so much money")), ("percentage", _("a percentage")), ("price", _("several pieces at one price")),
    ("pieces", _("the cheapest pieces cheaper")), ("per_piece", _("so much on each piece")),
    ("packet", _("a red packet of random size")), ("points", _("points")), ("multiplier", _("a multiple of the points")),
    ("voucher", _("a coupon")), ("goods", _("goods")),
]  # fmt: skip
OF_EXECUTION = {
    "reduce": {"cash", "percentage", "price", "pieces", "per_piece"},
    "add": {"cash", "packet", "points", "multiplier", "voucher", "goods"},
    "return": {"cash", "packet", "points", "multiplier", "voucher", "goods"},
    "exchange": {"goods"},
}
REPEATED = {"cash", "packet", "points", "voucher", "goods"}
EVERY = [CHOOSE, ("once", _("once in a basket")), ("every", _("again for each multiple of the threshold"))]
BASES = [("net", _("the prices that earlier steps left")), ("list", _("the prices on the shelf"))]
PAYERS = 3
# Of each field the forms that have it.
FORM_FIELDS = {
    "amount": "cash per_piece", "least": "packet", "most": "packet", "total": "packet", "packets": "packet",
    "off": "percentage pieces", "cap": "percentage",
    "pieces": "price", "together": "price", "buy": "pieces", "cheapest": "pieces", "book": "points multiplier",
    "points": "points", "times": "multiplier", "worth_percent": "multiplier", "template": "voucher", "coupons": "voucher",
    "skus": "goods", "given": "goods", "price": "goods", "worth": "points voucher goods",
}  # fmt: skip
PARTS = {
    "goods": (
        "sets",
        "goods_skus",
        "categories",
        "brands",
        "except_skus",
        "except_categories",
        "except_brands",
    ),
    "people": ("whom", "tiers", "tags", "audience", "birthday"),
    "places": ("organizations", "channels", "regions"),
    "times": ("starts", "ends", "weekdays", "days", "hours"),
    "caps": ("most_times", "most_amount", "per_member", "per_day", "per_store", "per_campaign"),
    "beside": ("alone", "groups", "pool", "stack", "base"),
}


class OfferForm(forms.Form):
    """``cleaned_data`` becomes what the verb takes by ``fields()`` and ``shares()``."""

    name = text(_("Name"), max_length=100, help_text=_("What tills and receipts call it."))
    currency = text(_("Currency"), max_length=3, min_length=3, initial="CNY")
    goods = choice(_("buys"), GOODS)
    sets = some(_("goods sets"))
    goods_skus = Codes(label=_("SKUs"), help_text=_("With commas between them."))
    categories = Codes(label=_("categories"))
    brands = Codes(label=_("brands"), help_text=_("Of the goods named, or of any."))
    except_skus = Codes(label=_("but not the SKUs"))
    except_categories = Codes(label=_("but not the categories"))
    except_brands = Codes(label=_("but not the brands"))
    threshold = choice(_("for how much"), THRESHOLDS)
    threshold_least = number(_("at least"))
    starts = forms.DateTimeField(
        label=_("from"), required=False, help_text=_("Empty: as long as the activity.")
    )
    ends = forms.DateTimeField(label=_("until"), required=False)
    weekdays = some(_("on weekdays"), help_text=_("Empty: on all."))
    days = Days(label=_("on days of the month"), help_text=_("Such as 1, 15. Empty: on all."))
    hours = Hours(label=_("in the hours"), help_text=_("Such as 10:00-12:00, 22:00-02:00. Empty: all day."))
    organizations = some(_("at"), help_text=_("Empty: wherever the activity holds."))
    channels = some(_("through"), help_text=_("Empty: through any channel."))
    regions = Codes(label=_("in the regions"), help_text=_("As tills name them. Empty: in all."))
    whom = choice(_("and is one of"), WHOM)
    birthday = choice(_("buys it"), BIRTHDAYS)
    tiers = some(_("has one of the tiers"))
    tags = some(_("has one of the tags"))
    audience = choice(_("belongs to the audience"), [])
    execution = choice(_("does what"), EXECUTIONS)
    after = choice(_("given"), AFTER)
    after_days = forms.IntegerField(
        label=_("so many days later"), min_value=0, max_value=3650, required=False, initial=0
    )
    kind = choice(_("what"), KINDS)
    amount = number(_("amount"))
    least = number(_("at least"))
    most = number(_("at most"))
    total = number(
        _("from so much money"), help_text=_("Divided when it is published. Empty: each is drawn by itself.")
    )
    packets = count(_("into so many packets"))
    off = number(_("percent off"), max_value=100)
    cap = number(_("together at most"), help_text=_("Empty: without end."))
    pieces = count(_("pieces"))
    together = number(_("together for"))
    buy = count(_("of each so many pieces"))
    cheapest = count(_("the cheapest"), initial=1)
    book = choice(_("of the book"), [])
    points = number(_("points"))
    times = number(_("times as many points"), help_text=_("2 doubles them."))
    worth_percent = number(_("worth percent of the price"), max_value=100)
    template = choice(_("coupon"), [])
    coupons = count(_("how many"), initial=1)
    skus = Codes(label=_("SKUs to choose from"))
    given = number(_("pieces of it"), initial=1)
    price = number(_("for the price"), help_text=_("Of a piece. 0 for a gift."), initial=0)
    worth = number(
        _("worth to the customer"), help_text=_("In money, one of it: the best combination is sought by it.")
    )
    every = choice(_("It is given"), EVERY)
    most_times = count(_("in a basket at most"), help_text=_("times"))
    most_amount = number(_("off a basket at most"), help_text=_("in money"))
    per_member = count(_("for a member at most"), help_text=_("times"))
    per_day = count(_("on a day at most"), help_text=_("times"))
    per_store = count(_("in a store at most"), help_text=_("times"))
    per_campaign = count(_("in all at most"), help_text=_("times"))
    alone = yes(_("with no other offer beside it"))
    groups = Codes(
        label=_("with none other of the groups"), help_text=_("At most one offer of a group in a basket.")
    )
    pool = forms.CharField(label=_("shares no piece with others of the pool"), required=False, max_length=100)
    stack = forms.IntegerField(
        label=_("at step"), min_value=1, max_value=99, initial=1, required=False,
        help_text=_("1 comes first; offers of one step look at the same prices."),
    )  # fmt: skip
    base = choice(_("looking at"), BASES, initial="net")

    def __init__(self, *given, offered: Offered, coupon: bool = False, **named) -> None:
        super().__init__(*given, **named)
        self.offered, self.coupon = offered, coupon
        self._fill()
        for name in ("starts", "ends"):
            self.fields[name].widget = wall()
        for name in ("after_days", "stack", "pool"):
            self.fields[name].widget.attrs["class"] = "nf-input"
        for number_ in range(1, PAYERS + 1):
            budgets = {code: each.name for code, each in offered.budgets.items()}
            self.fields[f"budget_{number_}"] = choice(
                _("paid by"), [("", _("nobody’s budget")), *budgets.items()]
            )
            self.fields[f"percent_{number_}"] = number(_("percent"), max_value=100)

    def _fill(self) -> None:
        offered = self.offered
        for name in ("sets", "organizations", "channels", "tiers", "tags"):
            self._choices(name, getattr(offered, name))
        self.fields["weekdays"].choices = WEEKDAYS
        for name, found in (("audience", offered.audiences), ("book", offered.books)):
            self._choices(name, found, empty=CHOOSE if name == "book" else ("", _("any, or none")))
        self._choices("template", {code: each.name for code, each in offered.templates.items()}, empty=CHOOSE)
        if self.coupon:
            del self.fields["audience"]
            self.fields["execution"].choices = EXECUTIONS[:3]

    def _choices(self, name, found, empty=None) -> None:
        """What is there already stays a choice, even if its reader cannot name it."""
        kept = self.initial.get(name) or []
        kept = kept if isinstance(kept, list) else [kept]
        more = [(code, code) for code in kept if code and code not in found]
        self.fields[name].choices = [*([empty] if empty else []), *found.items(), *more]

    def parts(self) -> dict[str, dict]:
        """The fields that stand together, and whether one of them says something."""
        return {
            part: self._part([name for name in names if name in self.fields]) for part, names in PARTS.items()
        }

    def _part(self, names) -> dict:
        said = [
            name for name in names if _said(self[name].value()) and str(self[name].value()) != str(self.fields[name].initial)
        ]  # fmt: skip
        return {
            "fields": [self[name] for name in names],
            "said": bool(said) or any(name in self.errors for name in names),
        }

    def fields_of_form(self) -> list:
        """Of what the customer gets: (field, the kinds that have it)."""
        return [(self[name], kinds) for name, kinds in FORM_FIELDS.items()]

    def payers(self) -> list:
        return [(self[f"budget_{number_}"], self[f"percent_{number_}"]) for number_ in range(1, PAYERS + 1)]

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].upper()
        if not (code.isascii() and code.isalpha()):
            raise ValidationError(_("Three letters, such as CNY."))
        return code

    def clean(self) -> dict:
        given = super().clean()
        self._check_said()
        self._check_form()
        self._check_shares()
        if not self.errors:
            self.elements = offer_elements.written(given, offered=self.offered, coupon=self.coupon)
        return given

    def _check_said(self) -> None:
        """An element that is begun has its first word, too."""
        given = self.cleaned_data
        lacking = {
            "goods": offer_elements.OF_TRIGGER,
            "kind": tuple(FORM_FIELDS),
            "every": offer_elements.OF_LIMITS,
        }
        told = {
            "goods": _("Say which goods: any, or those named here."),
            "kind": _("Say what it is: money, a percentage, points …"),
            "every": _("Say how often it is given in a basket."),
        }
        for first, others in lacking.items():
            begun = [
                name for name in others if _said(given.get(name)) and given[name] != self.fields[name].initial
            ]
            if not given.get(first) and begun:
                self.add_error(first, told[first])
        if given.get("goods") == "some" and not any(given.get(name) for name in offer_elements.OF_GOODS):
            self.add_error("goods", _("Name some goods, or choose any goods."))
        unread = "threshold_least" in self.errors
        if not unread and bool(given.get("threshold")) != bool(given.get("threshold_least")):
            self.add_error("threshold_least", _("Say of what and how much, or neither."))
        if given.get("starts") and given.get("ends") and given["ends"] <= given["starts"]:
            self.add_error("ends", _("It ends before it begins."))

    def _check_form(self) -> None:
        given = self.cleaned_data
        kind, execution = given.get("kind"), given.get("execution")
        if kind and execution and kind not in OF_EXECUTION[execution]:
            allowed = ", ".join(str(label) for code, label in KINDS if code in OF_EXECUTION[execution])
            self.add_error("kind", _("That does not go with it. Choose one of: %s.") % allowed)
        if given.get("every") == "every" and not (given.get("threshold") or self.coupon):
            self.add_error("every", _("Each multiple of what? Give it a threshold, or once in a basket."))
        if given.get("every") == "every" and kind and kind not in REPEATED:
            self.add_error("every", _("That is taken off all its goods already: once in a basket."))
        if given.get("most_amount") and execution not in (None, "", "reduce"):
            self.add_error("most_amount", _("Only of what is paid less. Say how many times instead."))
        optional = {"cap", "price", "total", "packets"}
        for name, kinds in FORM_FIELDS.items():
            missing = kind in kinds.split() and name not in optional and name not in self.errors
            if missing and not given.get(name):
                self.add_error(name, _("Say how much, or which."))
        if kind == "multiplier" and given.get("times") and given["times"] <= 1:
            self.add_error("times", _("More than 1: 2 doubles them."))
        if kind == "packet" and given.get("least") and given.get("most") and given["least"] > given["most"]:
            self.add_error("most", _("It is less than the least."))
        if kind == "packet":
            self._check_packets(given)

    def _check_packets(self, given: dict) -> None:
        total, packets, least, most = (given.get(name) for name in ("total", "packets", "least", "most"))
        if bool(total) != bool(packets):
            self.add_error("packets", _("Say how much money and into how many packets, or neither."))
        elif total and least and most and not least * packets <= total <= most * packets:
            self.add_error("total", _("So much cannot be divided into so many packets of that size."))

    def _check_shares(self) -> None:
        given = self.cleaned_data
        paid = [given.get(f"percent_{each}") for each in range(1, PAYERS + 1) if given.get(f"budget_{each}")]
        if paid and (None in paid or sum(paid) != 100):
            self.add_error("percent_1", _("The shares of those who pay add up to 100 percent."))
        codes = [given.get(f"budget_{each}") for each in range(1, PAYERS + 1) if given.get(f"budget_{each}")]
        if len(codes) != len(set(codes)):
            self.add_error("budget_1", _("Name each budget once."))

    def values(self) -> dict:
        """The fields of the offer, as the verb takes them."""
        return {"name": self.cleaned_data["name"], "currency": self.cleaned_data["currency"], **self.elements}

    def shares(self) -> dict:
        """{budget: basis points}"""
        return offer_elements.shares(self.cleaned_data, offered=self.offered, payers=PAYERS)


def wall() -> forms.DateTimeInput:
    """A day and a time, as a browser asks for them."""
    return forms.DateTimeInput(attrs={"type": "datetime-local", "class": "nf-input"}, format="%Y-%m-%dT%H:%M")


def _said(value: object) -> bool:
    return value not in (None, "", [], False)
