"""The data map: where customers meet the group, what each place tells of them, and by which key he is known there."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models import Channel


class Stage(models.IntegerChoices):
    """The stages of a customer's journey, in order. What comes from the purchase on is the lower funnel."""

    ATTRACT = 1, _("attract")
    CONSIDER = 2, _("consider")
    PURCHASE = 3, _("purchase")
    USE = 4, _("use")
    STAY = 5, _("stay")
    RECOMMEND = 6, _("recommend")


class Touchpoint(models.Model):
    """A place where customers meet the group: the channels of one kind, or one place within them."""

    class Ecosystem(models.TextChoices):
        OWN = "own", _("own")
        WECHAT = "wechat", _("WeChat")
        ALIBABA = "alibaba", _("Alibaba")
        JD = "jd", _("JD")
        BYTEDANCE = "bytedance", _("ByteDance")
        XIAOHONGSHU = "xiaohongshu", _("Xiaohongshu")
        WEIBO = "weibo", _("Weibo")
        YOUZAN = "youzan", _("Youzan")
        OFFLINE = "offline", _("offline")
        ADVERTISING = "advertising", _("advertising")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind of channel"), max_length=20, choices=Channel.Kind)
    place = models.CharField(
        _("place within the channel"),
        max_length=100,
        blank=True,
        default="",
        help_text=_("The touchpoint that its events name, such as group; empty for all of the channel."),
    )
    ecosystem = models.CharField(_("ecosystem"), max_length=12, choices=Ecosystem)
    stage = models.PositiveSmallIntegerField(_("stage of the journey"), choices=Stage)
    operable = models.BooleanField(
        _("can be operated by ourselves"),
        default=True,
        help_text=_("We can reach customers there without asking the platform each time."),
    )

    class Meta:
        verbose_name = _("touchpoint")
        verbose_name_plural = _("touchpoints")
        constraints = [models.UniqueConstraint(name="touchpoint_place_unique", fields=["kind", "place"])]

    def __str__(self):
        return self.name


class TouchpointKey(models.Model):
    """An identifier by which a touchpoint knows its customers: the first one is the primary key there."""

    class How(models.TextChoices):
        GIVEN = "given", _("always there")
        AUTHORISED = "authorised", _("when the customer authorises it")

    touchpoint = models.ForeignKey(
        Touchpoint, verbose_name=_("touchpoint"), on_delete=models.CASCADE, related_name="keys"
    )
    kind = models.ForeignKey(
        "identity.IdentifierKind",
        verbose_name=_("kind of identifier"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    realm = models.CharField(
        _("realm"),
        max_length=40,
        blank=True,
        default="",
        help_text=_(
            "Values are the same person's only within it, such as one WeChat open platform. Empty: everywhere."
        ),
    )
    how = models.CharField(_("how it comes"), max_length=10, choices=How, default=How.GIVEN)
    position = models.PositiveSmallIntegerField(_("rank"), default=0)

    class Meta:
        verbose_name = _("key")
        verbose_name_plural = _("keys")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(name="touchpoint_key_unique", fields=["touchpoint", "kind"])]

    def __str__(self):
        return self.kind_id


class Signal(models.Model):
    """Something that a touchpoint tells of its customers. Its live count is that of the events it is made of."""

    touchpoint = models.ForeignKey(
        Touchpoint, verbose_name=_("touchpoint"), on_delete=models.CASCADE, related_name="signals"
    )
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=100)
    events = ArrayField(
        models.CharField(max_length=100), verbose_name=_("events"), help_text=_("Names of events, by commas.")
    )
    stage = models.PositiveSmallIntegerField(
        _("stage"), choices=Stage, null=True, blank=True, help_text=_("Empty: that of the touchpoint.")
    )
    first_party = models.BooleanField(
        _("stored first-party"), help_text=_("We hold the records ourselves, not only the platform.")
    )
    core = models.BooleanField(
        _("core"), default=False, help_text=_("The business cannot do without: must be first-party.")
    )

    class Meta:
        verbose_name = _("signal")
        verbose_name_plural = _("signals")
        ordering = ["touchpoint_id", "id"]
        constraints = [
            models.UniqueConstraint(name="signal_unique", fields=["touchpoint", "code"]),
            models.CheckConstraint(name="signal_has_events", condition=Q(events__len__gt=0)),
        ]

    def __str__(self):
        return self.name


class GapPlan(models.Model):
    """What the business does to join two touchpoints whose data break, and how many joined people close the gap."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        RUNNING = "running", _("running")
        DROPPED = "dropped", _("dropped")

    left = models.ForeignKey(
        Touchpoint, verbose_name=_("between"), on_delete=models.CASCADE, related_name="+"
    )
    right = models.ForeignKey(Touchpoint, verbose_name=_("and"), on_delete=models.CASCADE, related_name="+")
    action = models.CharField(_("action"), max_length=200, help_text=_("Such as: scan a code at the till."))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PLANNED)
    target = models.PositiveIntegerField(
        _("joined people that close the gap"), help_text=_("Counted: people with an account at both.")
    )

    class Meta:
        verbose_name = _("gap plan")
        verbose_name_plural = _("gap plans")
        constraints = [
            models.UniqueConstraint(name="gap_plan_unique", fields=["left", "right"]),
            models.CheckConstraint(name="gap_plan_in_order", condition=Q(left__lt=F("right"))),
            models.CheckConstraint(name="gap_plan_target", condition=Q(target__gt=0)),
        ]

    def __str__(self):
        return self.action
