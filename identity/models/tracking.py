import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


def new_key() -> str:
    return secrets.token_hex(10)


class TrackingKey(models.Model):
    """The public key of own pages: it adds events of anonymous visitors to one channel, and reads nothing."""

    key = models.CharField(_("public key"), max_length=20, unique=True, default=new_key, editable=False)
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), on_delete=models.PROTECT, related_name="tracking_keys"
    )
    origins = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("pages"),
        help_text=_("Origins that may send, such as https://www.example.com, separated by commas."),
    )
    forms_join = models.BooleanField(
        _("forms join"),
        default=False,
        help_text=_(
            "The e-mail of a marked form joins the visitor to that e-mail. Only for forms whose address the "
            "site confirms: otherwise anybody could type somebody else's."
        ),
    )
    active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("tracking key")
        verbose_name_plural = _("tracking keys")
        constraints = [
            models.CheckConstraint(name="tracking_key_names_its_pages", condition=Q(origins__len__gt=0)),
        ]

    def __str__(self):
        return self.key
