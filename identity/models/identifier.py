from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from identity.models.verdict import Verdict


class IdentifierKind(models.Model):
    """A kind of identifier: how close it stands to a real person, and where its links end.

    Seeded from ``identity.matching.policy``; a null limit means none.
    """

    class Normaliser(models.TextChoices):
        TEXT = "text", _("as it comes, trimmed")
        PHONE = "phone", _("telephone number, to E.164")
        EMAIL = "email", _("e-mail address, lower case")
        LOWER = "lower", _("lower case")
        UPPER = "upper", _("upper case")

    code = models.CharField(_("code"), max_length=32, primary_key=True)
    name = models.CharField(_("name"), max_length=100)
    normaliser = models.CharField(
        _("how values are written"), max_length=5, choices=Normaliser, db_default="text", default="text",
        help_text=_("Two spellings of one value must become the same."),
    )  # fmt: skip
    scoped = models.BooleanField(
        _("of one application"),
        db_default=False,
        default=False,
        help_text=_("Means something within its namespace only: the channel's code, if none is named."),
    )
    strength = models.PositiveSmallIntegerField(
        _("strength"), help_text=_("Higher is closer to the real person.")
    )
    links = models.BooleanField(
        _("links"), default=True, help_text=_("Off: kept and shown, but joins nobody.")
    )
    max_accounts = models.PositiveIntegerField(_("accounts at most"), null=True, blank=True)
    max_per_channel = models.PositiveIntegerField(_("accounts of one channel at most"), null=True, blank=True)
    max_members = models.PositiveIntegerField(
        _("people at most"),
        null=True,
        blank=True,
        help_text=_("Counted against people that stronger kinds built."),
    )
    max_distinct = models.JSONField(
        _("distinct values among its carriers, at most"),
        default=dict,
        blank=True,
        help_text=_('Such as {"phone": 3, "name": 2}: a device whose carriers have more is shared.'),
    )
    max_per_person = models.PositiveIntegerField(
        _("values a person, at most"),
        null=True,
        blank=True,
        help_text=_("In one namespace. Links that would give a person more are refused."),
    )
    agreement = models.BooleanField(
        _("profiles must agree"),
        default=True,
        help_text=_("Refuse a link between people whose names and birthdays contradict each other."),
    )

    validity_days = models.PositiveIntegerField(
        _("valid for days"),
        null=True,
        blank=True,
        help_text=_(
            "An account last seen with it longer before another was first seen with it does not link to it."
        ),
    )

    class Meta:
        verbose_name = _("identifier kind")
        verbose_name_plural = _("identifier kinds")

    def __str__(self):
        return self.name


class Identifier(models.Model):
    """A normalised value of one kind in one namespace. Shared ones are kept and link nobody."""

    kind = models.ForeignKey(IdentifierKind, verbose_name=_("kind"), on_delete=models.PROTECT, db_index=False)
    namespace = models.CharField(_("namespace"), max_length=100, blank=True, db_default="", default="")
    value = models.TextField(_("value"))
    blocked = models.BooleanField(_("blocked"), db_default=False, default=False)
    shared = models.CharField(
        _("shared because"),
        max_length=32,
        blank=True,
        db_default="",
        default="",
        help_text=_("Empty: not shared."),
    )

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints = [
            models.UniqueConstraint(name="identifier_unique", fields=["value", "kind", "namespace"]),
            models.CheckConstraint(name="identifier_value_given", condition=~Q(value="")),
        ]

    def __str__(self):
        return f"{self.kind_id}:{self.value}"


class BindingQuerySet(models.QuerySet):
    def holding(self):
        """Without those of which a steward says that the identifier was never the account's."""
        never = Verdict.objects.filter(
            kind=Verdict.Kind.NOT_HIS,
            withdrawn_at=None,
            identifier=models.OuterRef("identifier"),
            left__contains=[models.OuterRef("account")],
        )
        return self.filter(~models.Exists(never))


class Binding(models.Model):
    """A fact: this account carried this identifier, in this role, first and last at these times.

    One with a ``source`` was derived from that binding by a hash recipe; it goes when its source goes.
    """

    class Role(models.TextChoices):
        HOLDER = "holder", _("holder")
        BUYER = "buyer", _("buyer")
        CONTACT = "contact", _("contact on an order")
        RECEIVER = "receiver", _("receiver of an order")

    class Act(models.TextChoices):
        AUTHORISE = "authorise", _("authorised")
        BIND = "bind", _("bound")
        JOIN = "join", _("joined as a member")
        LOGIN = "login", _("logged in jointly")

    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), on_delete=models.CASCADE, related_name="bindings"
    )
    identifier = models.ForeignKey(
        Identifier,
        verbose_name=_("identifier"),
        on_delete=models.PROTECT,
        related_name="bindings",
        db_index=False,
    )
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.HOLDER)
    act = models.CharField(
        _("by an act of the customer"), max_length=9, choices=Act, blank=True, db_default="", default="",
        help_text=_("Empty: the channel saw it."),
    )  # fmt: skip
    source = models.ForeignKey(
        "self", verbose_name=_("derived from"), null=True, blank=True, on_delete=models.CASCADE, related_name="derived",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    first_at = models.DateTimeField(_("first seen"))
    last_at = models.DateTimeField(_("last seen"))
    orders = models.PositiveIntegerField(_("orders that carry it"), db_default=0, default=0)

    objects = BindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("binding")
        verbose_name_plural = _("bindings")
        constraints = [
            models.UniqueConstraint(
                name="binding_unique",
                fields=["identifier", "account", "role", "source"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="binding_in_order", condition=Q(first_at__lte=models.F("last_at"))),
        ]
        indexes = [
            models.Index(name="binding_source", fields=["source"], condition=Q(source__isnull=False)),
        ]

    def __str__(self):
        return f"{self.account_id} ~ {self.identifier_id}"


class OrderContact(models.Model):
    """A fact: this order named this identifier in this role. Counted into ``Binding.orders``."""

    order = models.ForeignKey(
        "members.Order", on_delete=models.CASCADE, related_name="contacts", db_index=False
    )
    identifier = models.ForeignKey(Identifier, on_delete=models.PROTECT, related_name="order_contacts")
    role = models.CharField(_("role"), max_length=8, choices=Binding.Role)
    name = models.CharField(_("name given"), max_length=200, blank=True, db_default="", default="")

    class Meta:
        verbose_name = _("order contact")
        verbose_name_plural = _("order contacts")
        constraints = [
            models.UniqueConstraint(name="order_contact_unique", fields=["order", "identifier", "role"])
        ]

    def __str__(self):
        return f"{self.order_id} ~ {self.identifier_id}"
