from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Purse(models.Model):
    """A sort of stored-value card, of a brand or a store: what was paid in and what was given on top are apart. What an
    account holds in the two books is its card.
    """

    class Spends(models.TextChoices):
        PRINCIPAL = "principal", _("what was paid in first")
        BONUS = "bonus", _("the bonus first")

    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("usable at"), on_delete=models.PROTECT, related_name="purses"
    )
    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200)
    principal = models.OneToOneField(
        "members.Book", verbose_name=_("principal"), on_delete=models.PROTECT, related_name="purse"
    )
    bonus = models.OneToOneField(
        "members.Book", verbose_name=_("bonus"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="purse_of_bonus",
    )  # fmt: skip
    spends = models.CharField(_("pays with"), max_length=9, choices=Spends, default=Spends.PRINCIPAL)
    pay_out_limit = models.DecimalField(
        _("paid out without a second person"), max_digits=18, decimal_places=4, null=True, blank=True,
        help_text=_("More at once needs somebody else's word. Empty: every pay-out does."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("stored-value card")
        verbose_name_plural = _("stored-value cards")
        permissions = [("pay_out_purse", _("Can pay out what customers paid into their cards"))]
        constraints = [
            models.CheckConstraint(
                name="purse_two_books", condition=Q(bonus=None) | ~Q(bonus=models.F("principal"))
            ),
            models.CheckConstraint(
                name="purse_pay_out_limit", condition=Q(pay_out_limit=None) | Q(pay_out_limit__gte=0)
            ),
            models.CheckConstraint(name="purse_spends_known", condition=Q(spends__in=["principal", "bonus"])),
        ]

    def __str__(self):
        return self.name


class GiftCard(models.Model):
    """A gift card. Until it is activated its value lies in a pot; then it belongs to the account that activated it.

    The code is kept as a keyed hash. Giving a card on makes a new code: the old one opens nothing any more.
    """

    class State(models.TextChoices):
        ISSUED = "issued", _("issued")
        GIVEN = "given", _("given")
        ACTIVE = "active", _("active")
        CANCELLED = "cancelled", _("cancelled")

    book = models.ForeignKey(
        "members.Book", verbose_name=_("book"), on_delete=models.PROTECT, related_name="gift_cards"
    )
    number = models.CharField(_("number"), max_length=20, help_text=_("Printed on it; opens nothing."))
    code_hash = models.CharField(_("hash of the code"), max_length=64, editable=False)
    amount = models.BigIntegerField(_("amount"))
    pot = models.OneToOneField(
        "members.Wallet", verbose_name=_("pot"), on_delete=models.PROTECT, related_name="gift_card"
    )
    issue = models.OneToOneField(
        "members.Posting", verbose_name=_("issued by"), on_delete=models.PROTECT, related_name="issued_card"
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.ISSUED)
    buyer = models.ForeignKey(
        "members.Account", verbose_name=_("buyer"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="bought_cards", db_constraint=False,
    )  # fmt: skip
    giver = models.ForeignKey(
        "members.Account", verbose_name=_("giver"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="given_cards", db_constraint=False,
    )  # fmt: skip
    receiver = models.ForeignKey(
        "members.Account", verbose_name=_("receiver"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="received_cards", db_constraint=False,
    )  # fmt: skip
    issued_at = models.DateTimeField(_("issued at"))
    given_at = models.DateTimeField(_("given at"), null=True, blank=True)
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True)
    activation = models.OneToOneField(
        "members.Posting", verbose_name=_("activated by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="activated_card",
    )  # fmt: skip
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("gift card")
        verbose_name_plural = _("gift cards")
        constraints = [
            models.UniqueConstraint(name="gift_card_number_unique", fields=["number"]),
            models.UniqueConstraint(name="gift_card_code_unique", fields=["code_hash"]),
            models.CheckConstraint(name="gift_card_worth_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="gift_card_active_is_somebodys",
                condition=Q(state="active", receiver__isnull=False, activated_at__isnull=False, activation__isnull=False)
                | Q(state__in=["issued", "given", "cancelled"], activated_at=None, activation=None),
            ),
            models.CheckConstraint(
                name="gift_card_given_by_somebody",
                condition=~Q(state="given") | Q(giver__isnull=False, given_at__isnull=False),
            ),
            models.CheckConstraint(
                name="gift_card_cancelled_has_a_time",
                condition=Q(state="cancelled", cancelled_at__isnull=False)
                | (~Q(state="cancelled") & Q(cancelled_at=None)),
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.number
