"""The terms of a sort of coupons: who may claim how many and when, and how long one is good."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from campaigns.admin.offer_fields import choice, count, text, yes
from campaigns.admin.offer_form import wall
from campaigns.models import CouponTemplate
from members.models import Organization, Ticket

Kind = CouponTemplate.Kind
FIELDS = (
    "name", "claim_from", "claim_until", "self_service", "quota", "per_person", "valid_from", "valid_until", "valid_days", "stock",
    "returnable", "ticket_kind",
)  # fmt: skip


def _moment(label: str, **options) -> forms.DateTimeField:
    return forms.DateTimeField(label=label, widget=wall(), **{"required": False, **options})


class TermsForm(forms.Form):
    """``values()``: as the verbs take them."""

    name = text(_("Name"), max_length=100, help_text=_("What customers read."))
    claim_from = _moment(_("Can be claimed from"), required=True)
    claim_until = _moment(_("until"), help_text=_("Empty: until it is closed."))
    self_service = yes(
        _("Customers claim it themselves"),
        initial=True,
        help_text=_("Otherwise it is got by a code, or given by staff, a campaign or an offer."),
    )
    quota = count(_("Given in all"), max_value=2**31 - 1, help_text=_("Empty: as many as wanted."))
    per_person = count(
        _("for each person"), max_value=1000, initial=1, help_text=_("Empty: as many as wanted.")
    )
    valid_from = _moment(_("Good from"), help_text=_("Empty: once it is claimed."))
    valid_until = _moment(_("good until"))
    valid_days = count(
        _("good for days"), max_value=3650, help_text=_("From the claim; what ends first counts.")
    )
    stock = count(_("Gifts in stock"), max_value=2**31 - 1, help_text=_("Empty: as many as wanted."))
    returnable = yes(
        _("Comes back"),
        initial=True,
        help_text=_(
            "When all goods of its order come back, or it is cancelled, the customer has the coupon again."
        ),
    )
    ticket_kind = choice(_("Opens a ticket for"), Ticket.Kind.choices, required=True)

    def __init__(self, *given, kind: str = "", **named) -> None:
        super().__init__(*given, **named)
        self.kind = kind
        if kind and kind != Kind.GIFT:
            del self.fields["stock"]
        if kind and kind != Kind.SERVICE:
            del self.fields["ticket_kind"]
        if kind == Kind.SERVICE:
            del self.fields["returnable"]

    def clean(self) -> dict:
        given = super().clean()
        for begin, end in (("claim_from", "claim_until"), ("valid_from", "valid_until")):
            if given.get(begin) and given.get(end) and given[end] <= given[begin]:
                self.add_error(end, _("It ends before it begins."))
        return given

    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in FIELDS if name in self.cleaned_data}


class NewForm(TermsForm):
    kind = choice(_("Kind"), Kind.choices, required=True)
    code = text(_("Code"), max_length=48, help_text=_("Letters, digits and hyphens, such as SPRING-26."))
    organization = forms.ModelChoiceField(
        label=_("Usable at"), queryset=Organization.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget,
        help_text=_("This organization and all shops below it."),
    )  # fmt: skip
    field_order = ("name", "code", "kind", "organization")

    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        self.fields["ticket_kind"].required = False
        self.fields["ticket_kind"].choices = [("", "–"), *Ticket.Kind.choices]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if CouponTemplate.objects.filter(code=code).exists():
            raise ValidationError(_("There is a coupon of this code already."))
        return code

    def clean(self) -> dict:
        given = super().clean()
        if given.get("kind") == Kind.SERVICE and not given.get("ticket_kind"):
            self.add_error("ticket_kind", _("A service voucher opens a ticket: say for what."))
        if given.get("kind") not in (None, Kind.GIFT) and given.get("stock"):
            self.add_error("stock", _("Only gift vouchers have a stock."))
        return given

    def values(self) -> dict:
        service = self.cleaned_data["kind"] == Kind.SERVICE
        ticket = self.cleaned_data["ticket_kind"] if service else ""
        names = ("code", "kind", "organization")
        return {
            **super().values(),
            "ticket_kind": ticket,
            **{name: self.cleaned_data[name] for name in names},
        }


def shown(template: CouponTemplate) -> dict:
    return {name: getattr(template, name) for name in FIELDS}
