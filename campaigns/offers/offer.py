"""An offer: when it holds, what it does, what it gives, how far it goes."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from campaigns.offers import forms
from campaigns.offers.scales import Code, Count, Currency, Days, Positive, Wall, Word

Weekday = Annotated[int, Meta(ge=1, le=7)]
DayOfMonth = Annotated[int, Meta(ge=1, le=31)]
Hours = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$(?!\n)")]


class _Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Goods(_Part, kw_only=True):
    """A line belongs if its SKU, its category or one of its sets is named (none of the three named: any line), its brand is
    named (none named: any brand), and none of the exceptions is true of it. Excluded lines never belong."""

    skus: frozenset[Code] = frozenset()
    categories: frozenset[Code] = frozenset()
    brands: frozenset[Code] = frozenset()
    sets: frozenset[Code] = frozenset()
    except_skus: frozenset[Code] = frozenset()
    except_categories: frozenset[Code] = frozenset()
    except_brands: frozenset[Code] = frozenset()


class Threshold(_Part, kw_only=True):
    """At least so much of the goods: ``amount`` in minor units, ``quantity`` in thousandths of a piece, ``kinds`` different SKUs."""

    of: Literal["amount", "quantity", "kinds"]
    least: Positive


class Recurrence(_Part, kw_only=True):
    """Within its window an offer holds on these ISO weekdays (1 Monday), days of the month and hours only; empty: all.
    Hours are half-open; 22:00-02:00 goes over midnight and belongs to the day on which it began."""

    weekdays: frozenset[Weekday] = frozenset()
    days: frozenset[DayOfMonth] = frozenset()
    hours: tuple[Hours, ...] = ()

    def __post_init__(self) -> None:
        for hours in self.hours:
            if hours[:5] == hours[6:]:
                raise ValueError(f"hours {hours} are empty: write 00:00-24:00 for the whole day")


class Trigger(_Part, kw_only=True):
    """``starts`` and ``ends``: wall time of the store, half-open; None: without end. Of each filled set the basket needs one.
    ``coupon``: code of the template of which each time takes a coupon. ``members``: not for guests."""

    goods: Goods = Goods()
    threshold: Threshold | None = None
    starts: Wall | None = None
    ends: Wall | None = None
    recurrence: Recurrence | None = None
    regions: frozenset[Code] = frozenset()
    channels: frozenset[Code] = frozenset()
    organizations: frozenset[Code] = frozenset()
    members: bool = False
    tiers: frozenset[Code] = frozenset()
    tags: frozenset[Code] = frozenset()
    audiences: frozenset[Code] = frozenset()
    birthday: Literal["", "day", "week", "month"] = ""
    new: bool = False
    coupon: Word = ""

    def __post_init__(self) -> None:
        if self.starts and self.ends and self.starts >= self.ends:
            raise ValueError("the window ends before it begins: let ends be later than starts")

    def asks_member(self) -> bool:
        asked = self.tiers or self.tags or self.audiences or self.birthday
        return bool(self.members or self.new or asked)


class Limits(_Part, kw_only=True):
    """``stack``: offers of a lower step come first, those of one step look at the same prices. ``base``: ``net``, the prices
    that earlier steps left, or ``list``. ``pool``: a piece used by one offer of a pool is used by no other of it. ``groups``: at
    most one offer of each in a basket. ``alone``: with no other. ``every``: for each multiple of the threshold, or for each
    coupon if there is no threshold. ``most_times``: a basket; ``most_amount``: minor units a basket. Caps ``per_…``: times."""

    stack: Annotated[int, Meta(ge=1, le=99)] = 1
    base: Literal["net", "list"] = "net"
    pool: Word = ""
    groups: frozenset[Code] = frozenset()
    alone: bool = False
    every: bool = False
    most_times: Count | None = None
    most_amount: Positive | None = None
    per_member: Count | None = None
    per_day: Count | None = None
    per_store: Count | None = None
    per_campaign: Count | None = None


class Offer(_Part, kw_only=True):
    """``currency`` of its amounts; empty: any (only where it names no amount). ``after`` and ``days``: when what is returned is
    given. Raises ValueError for what can't mean anything."""

    code: Code
    name: Word = ""
    activity: Word = ""
    version: Annotated[int, Meta(ge=1)] = 1
    currency: Currency = ""
    trigger: Trigger = Trigger()
    execution: Literal["add", "reduce", "return", "exchange"]
    form: forms.Form
    limits: Limits = Limits()
    after: Literal["", "paid", "received"] = ""
    days: Days = 0

    def __post_init__(self) -> None:
        if fault := _fault(self):
            raise ValueError(f"offer {self.code}: {fault}")


def _fault(offer: Offer) -> str:
    return _fault_of_form(offer) or _fault_of_time(offer) or _fault_of_limits(offer)


def _fault_of_form(offer: Offer) -> str:
    form, execution = offer.form, offer.execution
    if not isinstance(form, forms.ALLOWED[execution]):
        allowed = ", ".join(kind.__struct_config__.tag for kind in forms.ALLOWED[execution])
        return f"{execution} can't give {forms.name(form)}: choose one of {allowed}"
    if isinstance(form, forms.Article) and (form.price > 0) != (execution == forms.EXCHANGE):
        return "goods for a price are an exchange, goods for nothing are not: set price or execution"
    if not offer.currency and _names_amount(offer):
        return "it names an amount without a currency: set currency"
    return ""


def _fault_of_time(offer: Offer) -> str:
    if (offer.execution == forms.RETURN) != bool(offer.after):
        return "after says when something is returned: set it to paid or received for return, and leave it empty otherwise"
    if offer.days and not offer.after:
        return "days count from after: set after, or days to 0"
    return ""


def _fault_of_limits(offer: Offer) -> str:
    limits, trigger = offer.limits, offer.trigger
    if limits.every and not isinstance(offer.form, forms.REPEATED):
        return f"every multiple means nothing for {forms.name(offer.form)}: set every to false"
    if limits.most_amount and offer.execution != forms.REDUCE:
        return "most_amount caps a discount: use most_times for what is given"
    if limits.every and not trigger.threshold and not trigger.coupon:
        return "every needs something to count: set a threshold or a coupon, or every to false"
    return ""


def _names_amount(offer: Offer) -> bool:
    threshold, form = offer.trigger.threshold, offer.form
    named = isinstance(form, forms.Cash | forms.Packet | forms.Price | forms.PerPiece)
    priced = isinstance(form, forms.Article) and form.price
    capped = isinstance(form, forms.Percentage) and form.cap
    counted = threshold is not None and threshold.of == "amount"
    return bool(named or priced or capped or counted or offer.limits.most_amount)
