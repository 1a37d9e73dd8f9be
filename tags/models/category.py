from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """A branch of the tree of tags: what is observed (crowd, member, behaviour, …), and below it the dimensions of that.

    A category of a node is seen on the node's own branch: so every brand can have a tree of its own.
    """

    code = models.SlugField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=100)
    parent = models.ForeignKey(
        "self", verbose_name=_("part of"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="dimensions",
    )  # fmt: skip
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("tag category")
        verbose_name_plural = _("tag categories")
        constraints = [models.CheckConstraint(name="category_not_its_own_part", condition=~Q(parent=F("id")))]

    def __str__(self):
        return self.name
