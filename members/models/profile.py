from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.order import money


class MemberProfile(models.Model):
    """Derived: what the accounts of a member say together. Rebuilt by ``members.actions.profiles``."""

    class Gender(models.TextChoices):
        MALE = "male", _("male")
        FEMALE = "female", _("female")

    member = models.OneToOneField(
        "members.Member", primary_key=True, on_delete=models.CASCADE, related_name="profile"
    )
    name = models.CharField(_("name"), max_length=200, blank=True, db_default="", default="")
    nickname = models.CharField(_("nickname"), max_length=200, blank=True, db_default="", default="")
    gender = models.CharField(
        _("gender"), max_length=6, choices=Gender, blank=True, db_default="", default=""
    )
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    province = models.CharField(_("province"), max_length=100, blank=True, db_default="", default="")
    city = models.CharField(_("city"), max_length=100, blank=True, db_default="", default="")
    account_count = models.PositiveIntegerField(_("accounts"), db_default=0, default=0)
    first_seen_at = models.DateTimeField(_("first seen"), null=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True)

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")
        indexes = [
            models.Index(name="profile_name_prefix", fields=["name"], opclasses=["varchar_pattern_ops"]),
            models.Index(name="profile_birth_date", fields=["birth_date"]),
            models.Index(name="profile_province", fields=["province", "city"]),
        ]

    def __str__(self):
        return self.name or self.nickname


class MemberFeatures(models.Model):
    """Derived: what a member bought, net of returns, as of ``as_of``. Windows of 365 days end there."""

    member = models.OneToOneField(
        "members.Member", primary_key=True, on_delete=models.CASCADE, related_name="features"
    )
    first_order_at = models.DateTimeField(_("first order"), null=True)
    last_order_at = models.DateTimeField(_("last order"), null=True)
    order_count = models.PositiveIntegerField(_("orders"), db_default=0, default=0)
    amount = money(_("amount"), db_default=0, default=0)
    order_count_365d = models.PositiveIntegerField(_("orders in 365 days"), db_default=0, default=0)
    amount_365d = money(_("amount in 365 days"), db_default=0, default=0)
    as_of = models.DateTimeField(_("as of"))

    class Meta:
        verbose_name = _("features")
        verbose_name_plural = _("features")
        indexes = [models.Index(name="features_last_order", fields=["last_order_at"])]

    def __str__(self):
        return str(self.member_id)
