from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

SAID = ("definition", "direction", "benefit", "purpose", "consumer", "expected_action", "owner")


def _all_said() -> Q:
    """Everything that a tag must say of itself before it is approved."""
    said = Q(category__isnull=False)
    for field in SAID:
        said &= ~Q(**{field: ""})
    return said


class TagQuerySet(models.QuerySet):
    def live(self):
        """Tags that are computed, shown and used."""
        return self.filter(status=Tag.Status.APPROVED)


class Tag(models.Model):
    """What is said of members: its place in the three facets, why it is there, and how its values are found.

    Values are found by a ``model``, by a ``measure`` (a leaf of the condition language without a comparison), or else
    by the conditions of its values; a value that staff or a channel gave goes before all of these.
    """

    class Source(models.TextChoices):
        FACT = "fact", _("fact")
        RULE = "rule", _("rule")
        MODEL = "model", _("model")
        STRATEGY = "strategy", _("strategy")
        IDEAL = "ideal", _("ideal (a wish)")

    class Kind(models.TextChoices):
        ATTRIBUTE = "attribute", _("attribute")
        BEHAVIOUR = "behaviour", _("behaviour")
        VALUE = "value", _("value")

    class Shape(models.TextChoices):
        ONE = "one", _("one of its values")
        SEVERAL = "several", _("several of its values")
        NUMBER = "number", _("a number")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        APPROVED = "approved", _("approved")
        RETIRED = "retired", _("retired")

    code = models.SlugField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=100)
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT
    )
    category = models.ForeignKey(
        "tags.Category", verbose_name=_("category"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="tags",
    )  # fmt: skip
    source = models.CharField(_("source"), max_length=8, choices=Source, default=Source.RULE)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind, default=Kind.ATTRIBUTE)

    definition = models.TextField(_("what it means"), max_length=1000, blank=True, default="")
    direction = models.CharField(
        _("business direction"), max_length=300, blank=True, default="",
        help_text=_("Which part of the business it points at."),
    )  # fmt: skip
    benefit = models.CharField(
        _("what it is worth"), max_length=300, blank=True, default="",
        help_text=_("What becomes better because of it."),
    )  # fmt: skip
    purpose = models.CharField(
        _("purpose"), max_length=300, blank=True, default="", help_text=_("Why this tag is consumed.")
    )
    consumer = models.CharField(
        _("consumer"), max_length=300, blank=True, default="", help_text=_("Who uses it, and where.")
    )
    expected_action = models.CharField(
        _("expected action"), max_length=300, blank=True, default="",
        help_text=_("What is done differently with whoever carries it."),
    )  # fmt: skip
    owner = models.CharField(
        _("owner"), max_length=100, blank=True, default="",
        help_text=_("Who answers for it: a person or a team."),
    )  # fmt: skip

    shape = models.CharField(_("holds"), max_length=7, choices=Shape, default=Shape.ONE)
    model = models.CharField(_("model"), max_length=32, blank=True, default="", help_text=_("Such as rfm."))
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    measure = models.JSONField(
        _("measure"), null=True, blank=True,
        help_text=_("A leaf of the condition language without a comparison: what it counts is the value."),
    )  # fmt: skip
    unit = models.CharField(_("unit"), max_length=20, blank=True, default="")
    slot = models.PositiveSmallIntegerField(
        _("place among a member's numbers"), null=True, blank=True, unique=True, editable=False
    )
    levels_reason = models.CharField(
        _("why more than five levels"), max_length=300, blank=True, default="",
        help_text=_("Layers have at most five levels unless there is a reason."),
    )  # fmt: skip
    wanted_signals = ArrayField(
        models.CharField(max_length=100), verbose_name=_("signals it needs"), default=list, blank=True,
        help_text=_("Of an ideal tag: what channels must deliver before it can be real."),
    )  # fmt: skip
    expires_at = models.DateTimeField(
        _("expires"), null=True, blank=True, help_text=_("Of a strategy tag: nobody carries it afterwards.")
    )

    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("created by"), null=True, blank=True, editable=False,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    created_at = models.DateTimeField(_("created at"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("approved by"), null=True, blank=True, editable=False,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True, editable=False)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True, editable=False)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        permissions = [
            ("approve_tag", _("Can approve and retire tags")),
            ("give_tag", _("Can give a tag to members by hand")),
        ]
        constraints = [
            models.CheckConstraint(
                name="tag_approved_says_why",
                condition=~Q(status="approved") | (Q(approved_at__isnull=False) & _all_said()),
            ),
            models.CheckConstraint(
                name="tag_retired_at_a_time", condition=~Q(status="retired") | Q(retired_at__isnull=False)
            ),
            models.CheckConstraint(
                name="tag_found_in_one_way", condition=Q(model="") | Q(measure__isnull=True)
            ),
            models.CheckConstraint(
                name="tag_number_has_a_slot",
                condition=Q(shape="number", slot__isnull=False) | (~Q(shape="number") & Q(slot=None)),
            ),
            models.CheckConstraint(
                name="tag_ideal_is_not_live", condition=~Q(source="ideal") | ~Q(status="approved")
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def active(self) -> bool:
        return self.status == self.Status.APPROVED

    @property
    def counts_days(self) -> bool:
        """Whether its number tells how many days ago something was: one more each day, of itself."""
        asked = self.measure.values() if isinstance(self.measure, dict) else ()
        return any(isinstance(each, dict) and each.get("aggregate") == "days_since_last" for each in asked)

    @property
    def unsaid(self) -> list[str]:
        """Names of the fields that must be filled before it can be approved."""
        return [name for name in ("category", *SAID) if not getattr(self, name)]


class TagValue(models.Model):
    """One value of a tag. Of a tag with one value at a time the first, by position, whose condition holds is given.

    Values that data brings (a province, an article in a cart) are added when they are met first.
    """

    tag = models.ForeignKey(Tag, verbose_name=_("tag"), on_delete=models.CASCADE, related_name="values")
    code = models.CharField(_("code"), max_length=100)
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(_("position"), default=0)
    condition = models.JSONField(_("condition"), null=True, blank=True)
    dropped = models.BooleanField(
        _("no longer given"), default=False, help_text=_("A value with history is kept, and given to nobody.")
    )

    class Meta:
        verbose_name = _("tag value")
        verbose_name_plural = _("tag values")
        constraints = [
            models.UniqueConstraint(name="tag_value_unique", fields=["tag", "code"]),
            models.CheckConstraint(name="tag_value_has_a_code", condition=~Q(code="")),
        ]

    def __str__(self):
        return self.name


class TagVersion(models.Model):
    """What ruled a tag's values from a time on. Append-only: the history of a tag stays as it was (migration 0002)."""

    tag = models.ForeignKey(Tag, verbose_name=_("tag"), on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    document = models.JSONField(
        _("rules"), help_text=_("Shape, model, parameters, measure, and the values with their conditions.")
    )
    note = models.CharField(_("why it was changed"), max_length=300, blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("changed by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    created_at = models.DateTimeField(_("valid from"))

    class Meta:
        verbose_name = _("tag version")
        verbose_name_plural = _("tag versions")
        constraints = [models.UniqueConstraint(name="tag_version_unique", fields=["tag", "number"])]

    def __str__(self):
        return f"{self.tag_id} v{self.number}"
