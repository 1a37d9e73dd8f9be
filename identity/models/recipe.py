from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class HashRecipe(models.Model):
    """How a platform makes the hashed form of an identifier, so that a plain value and its hash link.

    The salt or key itself is never kept here, only the name of the setting in the environment that holds it.
    ``applied`` is the seal of what was applied to everything stored, "" for nothing.
    """

    class Algorithm(models.TextChoices):
        MD5 = "md5", "MD5"
        SHA1 = "sha1", "SHA-1"
        SHA256 = "sha256", "SHA-256"
        HMAC_SHA256 = "hmac-sha256", "HMAC-SHA256"

    class Form(models.TextChoices):
        PLAIN = "plain", _("as it is kept (telephones: E.164, +8613800138000)")
        DIGITS = "digits", _("digits with country code (8613800138000)")
        NATIONAL = "national", _("national digits (13800138000)")
        LOWER = "lower", _("lower case")
        UPPER = "upper", _("upper case")

    class SaltPlace(models.TextChoices):
        AFTER = "after", _("after the value")
        BEFORE = "before", _("before the value")

    name = models.CharField(_("name"), max_length=100, unique=True)
    plain_kind = models.ForeignKey(
        "identity.IdentifierKind", verbose_name=_("plain kind"), on_delete=models.PROTECT, related_name="+"
    )
    hashed_kind = models.ForeignKey(
        "identity.IdentifierKind", verbose_name=_("hashed kind"), on_delete=models.PROTECT, related_name="+"
    )
    namespace = models.CharField(
        _("namespace"), max_length=100, blank=True, default="",
        help_text=_("That of the hashed values: the code of the platform's channel, unless its records name one."),
    )  # fmt: skip
    algorithm = models.CharField(_("algorithm"), max_length=11, choices=Algorithm)
    form = models.CharField(_("form of the plain value"), max_length=8, choices=Form, default=Form.PLAIN)
    secret_name = models.CharField(
        _("setting with the salt or key"), max_length=64, blank=True, default="",
        help_text=_("Name of an environment setting that begins with HASH_, such as HASH_JD_SALT. Empty: no salt."),
    )  # fmt: skip
    salt_place = models.CharField(_("salt stands"), max_length=6, choices=SaltPlace, default=SaltPlace.AFTER)
    active = models.BooleanField(_("active"), default=True)
    applied = models.CharField(_("applied"), max_length=64, blank=True, default="", editable=False)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("hash recipe")
        verbose_name_plural = _("hash recipes")
        constraints = [
            models.CheckConstraint(
                name="hash_recipe_changes_the_kind", condition=~Q(plain_kind=models.F("hashed_kind"))
            ),
            models.CheckConstraint(
                name="hash_recipe_names_a_setting_of_its_own",
                condition=Q(secret_name="") | Q(secret_name__regex=r"^HASH_[A-Z0-9_]+$"),  # noqa: S106 - a name
                violation_error_message=_(
                    "The name of the setting begins with HASH_ and has capitals, digits and _."
                ),
            ),
            models.CheckConstraint(
                name="hash_recipe_with_a_key",
                condition=~Q(algorithm="hmac-sha256") | ~Q(secret_name=""),
                violation_error_message=_("HMAC needs a key: name the setting that holds it."),
            ),
        ]

    def __str__(self):
        return self.name


class HashedForm(models.Model):
    """The hashed identifier that a recipe makes of a plain one."""

    recipe = models.ForeignKey(HashRecipe, on_delete=models.CASCADE, related_name="forms", db_index=False)
    plain = models.ForeignKey(
        "identity.Identifier", on_delete=models.CASCADE, related_name="forms", db_index=False
    )
    hashed = models.ForeignKey("identity.Identifier", on_delete=models.CASCADE, related_name="plains")

    class Meta:
        verbose_name = _("hashed form")
        verbose_name_plural = _("hashed forms")
        constraints = [models.UniqueConstraint(name="hashed_form_unique", fields=["plain", "recipe"])]

    def __str__(self):
        return f"{self.plain_id} → {self.hashed_id}"
