from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.activity import CODE
from members.models import staff


class Budget(models.Model):
    """What an organization may spend on offers, in one currency. Its money comes from the budget above it, and lies in
    pots of a ledger book, one a slice: what tills reserve and spend are postings.
    """

    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT, related_name="+"
    )
    parent = models.ForeignKey(
        "self", verbose_name=_("part of"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="children",
    )  # fmt: skip
    book = models.ForeignKey(
        "members.Book", verbose_name=_("book"), on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(_("code"), max_length=48, unique=True)
    name = models.CharField(_("name"), max_length=100)
    owner = staff.somebody(_("owner"), required=True)
    slices = models.PositiveSmallIntegerField(
        _("slices"), default=1, help_text=_("Tills of a busy budget queue at its slices: several wait less.")
    )
    created_by = staff.somebody(_("created by"), required=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        permissions = [("move_budget", _("Can put money into budgets and move it between them"))]
        constraints = [
            models.CheckConstraint(name="budget_code_plain", condition=Q(code__regex=CODE)),
            models.CheckConstraint(name="budget_not_its_own_parent", condition=~Q(parent=F("id"))),
            models.CheckConstraint(name="budget_slices", condition=Q(slices__gte=1, slices__lte=64)),
            models.UniqueConstraint(name="budget_in_its_book", fields=["id", "book"]),
        ]

    def __str__(self):
        return self.name

    @property
    def pots(self) -> list[str]:
        """The names of its pots."""
        return [f"budget:{self.pk}:{number}" for number in range(self.slices)]


class BudgetShare(models.Model):
    """Who pays which share of an offer, in basis points: those of an offer add up to 10,000."""

    offer = models.ForeignKey(
        "campaigns.ActivityOffer", verbose_name=_("offer"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="shares",
    )  # fmt: skip
    template = models.ForeignKey(
        "campaigns.CouponTemplate", verbose_name=_("coupon"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="shares",
    )  # fmt: skip
    budget = models.ForeignKey(
        Budget, verbose_name=_("budget"), on_delete=models.PROTECT, related_name="shares"
    )
    basis_points = models.PositiveSmallIntegerField(_("basis points"), default=10_000)

    class Meta:
        verbose_name = _("share of a budget")
        verbose_name_plural = _("shares of budgets")
        constraints = [
            models.CheckConstraint(
                name="budget_share_of_one",
                condition=Q(offer__isnull=False, template=None) | Q(offer=None, template__isnull=False),
            ),
            models.CheckConstraint(
                name="budget_share_some", condition=Q(basis_points__gte=1, basis_points__lte=10_000)
            ),
            models.UniqueConstraint(
                name="budget_share_once_an_offer",
                fields=["offer", "budget"],
                condition=Q(offer__isnull=False),
            ),
            models.UniqueConstraint(
                name="budget_share_once_a_coupon",
                fields=["template", "budget"],
                condition=Q(template__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.budget_id}: {self.basis_points}"


class BudgetMove(models.Model):
    """Money that came into a budget: from outside (no ``source``), from the one above it, or back from one below it."""

    posting = models.OneToOneField(
        "members.Posting", verbose_name=_("posting"), primary_key=True, on_delete=models.PROTECT,
        related_name="+", db_constraint=False,
    )  # fmt: skip
    source = models.ForeignKey(
        Budget,
        verbose_name=_("from"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="moves_out",
    )
    budget = models.ForeignKey(
        Budget, verbose_name=_("into"), on_delete=models.PROTECT, related_name="moves_in"
    )
    steps = models.BigIntegerField(_("amount in the book's steps"))

    class Meta:
        verbose_name = _("movement of budgets")
        verbose_name_plural = _("movements of budgets")
        constraints = [
            models.CheckConstraint(
                name="budget_move_somewhere",
                condition=Q(steps__gt=0) & (Q(source=None) | ~Q(source=F("budget"))),
            )
        ]

    def __str__(self):
        return f"{self.budget_id}: {self.steps}"


class BudgetDraw(models.Model):
    """What a posting that reserved money of a budget is for: which offer, at which place, for which order.

    How much, and what came of it, says the ledger: the posting that ends it, and those that reverse that.
    """

    posting = models.OneToOneField(
        "members.Posting", verbose_name=_("posting"), primary_key=True, on_delete=models.PROTECT,
        related_name="+", db_constraint=False,
    )  # fmt: skip
    budget = models.ForeignKey(
        Budget, verbose_name=_("budget"), on_delete=models.PROTECT, related_name="draws", db_constraint=False
    )
    offer = models.CharField(_("offer"), max_length=80)
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("place"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    cause = models.TextField(_("for"), help_text=_("The number of the order."))

    class Meta:
        verbose_name = _("draw on a budget")
        verbose_name_plural = _("draws on budgets")
        constraints = [
            models.CheckConstraint(name="budget_draw_for_an_offer", condition=~Q(offer="") & ~Q(cause=""))
        ]

    def __str__(self):
        return f"{self.budget_id}: {self.offer}"
