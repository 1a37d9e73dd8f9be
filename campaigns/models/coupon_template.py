from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.activity import CODE
from campaigns.models.elements import FourElements
from members.models import Ticket, staff


class CouponTemplate(FourElements):
    """A sort of coupon: what it does, who may claim how many and when, and how long one is good.

    A service voucher has no offer: it opens a ticket. Once open, it stays as it is until it is closed (migration 0003).
    """

    class Kind(models.TextChoices):
        CONSUMPTION = "consumption", _("consumption voucher")
        GIFT = "gift", _("gift voucher")
        SERVICE = "service", _("service voucher")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("usable at"), on_delete=models.PROTECT, related_name="+",
        help_text=_("This organization and all below it."),
    )  # fmt: skip
    code = models.CharField(_("code"), max_length=48, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.DRAFT)
    claim_from = models.DateTimeField(_("claimed from"))
    claim_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    quota = models.PositiveIntegerField(
        _("quota"), null=True, blank=True, help_text=_("So many are given in all. Empty: as many as wanted.")
    )
    per_person = models.PositiveSmallIntegerField(
        _("for each person"), null=True, blank=True, default=1, help_text=_("Empty: as many as wanted.")
    )
    self_service = models.BooleanField(
        _("customers claim it themselves"), default=True, db_default=True,
        help_text=_("Otherwise it is got by a code, or given by staff, a campaign or an offer."),
    )  # fmt: skip
    valid_from = models.DateTimeField(
        _("good from"), null=True, blank=True, help_text=_("Empty: once claimed.")
    )
    valid_until = models.DateTimeField(_("good until"), null=True, blank=True)
    valid_days = models.PositiveSmallIntegerField(
        _("good for days"), null=True, blank=True, help_text=_("From when it is claimed, or can be used.")
    )
    stock = models.PositiveIntegerField(
        _("gifts in stock"),
        null=True,
        blank=True,
        help_text=_("Of a gift voucher. Empty: as many as wanted."),
    )
    returnable = models.BooleanField(
        _("comes back"), default=True, db_default=True,
        help_text=_("With all goods of its order, or when that is cancelled, the customer has the coupon again."),
    )  # fmt: skip
    ticket_kind = models.CharField(
        _("opens a ticket for"), max_length=12, choices=Ticket.Kind, blank=True, default=""
    )
    created_by = staff.somebody(_("created by"), required=True)
    created_at = models.DateTimeField(_("created at"))
    changed_by = staff.somebody(_("last changed by"))
    approved_by = staff.somebody(_("approved by"))
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    closed_by = staff.somebody(_("closed by"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    close_reason = models.CharField(_("why it was closed"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("coupon template")
        verbose_name_plural = _("coupon templates")
        permissions = [
            ("approve_coupontemplate", _("Can open coupon templates of others")),
            ("make_coupons", _("Can make and give coupons")),
            ("withdraw_coupons", _("Can withdraw coupons")),
        ]
        constraints = [
            models.CheckConstraint(name="coupon_template_code_plain", condition=Q(code__regex=CODE)),
            models.CheckConstraint(
                name="coupon_template_kind_known", condition=Q(kind__in=["consumption", "gift", "service"])
            ),
            models.CheckConstraint(
                name="coupon_template_claim_window",
                condition=Q(claim_until=None) | Q(claim_until__gt=F("claim_from")),
            ),
            models.CheckConstraint(
                name="coupon_template_validity",
                condition=Q(valid_until=None)
                | Q(valid_from=None)
                | Q(valid_until__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="coupon_template_some_days", condition=Q(valid_days=None) | Q(valid_days__gt=0)
            ),
            models.CheckConstraint(
                name="coupon_template_some_a_person", condition=Q(per_person=None) | Q(per_person__gt=0)
            ),
            models.CheckConstraint(
                name="coupon_template_stock_of_gifts", condition=Q(stock=None) | Q(kind="gift")
            ),
            models.CheckConstraint(
                name="coupon_template_ticket_of_services",
                condition=Q(kind="service", ticket_kind__in=["installation", "repair", "care"])
                | (~Q(kind="service") & Q(ticket_kind="")),
            ),
            models.CheckConstraint(
                name="coupon_template_second_person",
                condition=Q(approved_by=None)
                | (
                    ~Q(approved_by=F("created_by"))
                    & (Q(changed_by=None) | ~Q(approved_by=F("changed_by")))
                ),
            ),
            models.CheckConstraint(
                name="coupon_template_opened_by_two",
                condition=Q(state="draft", approved_by=None, opened_at=None)
                | Q(state__in=["open", "closed"], approved_by__isnull=False, opened_at__isnull=False),
            ),
            models.CheckConstraint(
                name="coupon_template_all_four",
                condition=Q(state="draft")
                | Q(kind="service")
                | Q(
                    execution__in=["add", "reduce"], trigger__isnull=False, form__isnull=False,
                    limits__isnull=False, frozen__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="coupon_template_closed_with_a_reason",
                condition=Q(state="closed", closed_at__isnull=False, closed_by__isnull=False)
                & ~Q(close_reason="")
                | ~Q(state="closed") & Q(closed_at=None, closed_by=None, close_reason=""),
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name


class CouponCounter(models.Model):
    """How many coupons of a template there are, and how many gifts went out: the row on which claims queue up, so that
    the last one is given once.
    """

    template = models.OneToOneField(
        CouponTemplate, verbose_name=_("template"), primary_key=True, on_delete=models.PROTECT,
        related_name="counter",
    )  # fmt: skip
    quota = models.PositiveIntegerField(_("quota"), null=True, blank=True)
    issued = models.PositiveIntegerField(_("issued"), default=0)
    stock = models.PositiveIntegerField(_("gifts in stock"), null=True, blank=True)
    given = models.PositiveIntegerField(_("gifts given or set aside"), default=0)

    class Meta:
        verbose_name = _("coupon counter")
        verbose_name_plural = _("coupon counters")
        constraints = [
            models.CheckConstraint(
                name="coupon_counter_within_quota",
                condition=Q(issued__gte=0) & (Q(quota=None) | Q(issued__lte=F("quota"))),
            ),
            models.CheckConstraint(
                name="coupon_counter_within_stock",
                condition=Q(given__gte=0) & (Q(stock=None) | Q(given__lte=F("stock"))),
            ),
        ]

    def __str__(self):
        return f"{self.template_id}: {self.issued}"
