from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class OrganizationQuerySet(models.QuerySet):
    def under(self, node: "Organization"):
        """The node itself and everything below it."""
        return self.filter(path__startswith=node.path)


class Organization(models.Model):
    """A node of the group's tree: group > brand > dealer > store (a store may hang on a brand)."""

    class Kind(models.TextChoices):
        GROUP = "group", _("group")
        BRAND = "brand", _("brand")
        DEALER = "dealer", _("dealer")
        STORE = "store", _("store")

    PARENT_KINDS = {
        Kind.GROUP: {None},
        Kind.BRAND: {Kind.GROUP},
        Kind.DEALER: {Kind.BRAND},
        Kind.STORE: {Kind.DEALER, Kind.BRAND},
    }

    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("part of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    path = models.CharField(
        _("path"), max_length=200, editable=False, help_text=_("Ids from the group down, such as /1/4/9/.")
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = [
            models.CheckConstraint(
                name="organization_only_a_group_stands_alone",
                condition=Q(kind="group", parent__isnull=True) | (~Q(kind="group") & Q(parent__isnull=False)),
            ),
            models.CheckConstraint(name="organization_not_its_own_parent", condition=~Q(parent=F("id"))),
            models.UniqueConstraint(name="organization_path_unique", fields=["path"]),
        ]
        indexes = [
            models.Index(name="organization_path_prefix", fields=["path"], opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self):
        return self.name
