from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Simulation(models.Model):
    """Past orders priced anew, without a version of an activity and with it. Nothing is promised, nobody is told.

    ``draft`` and ``others`` are the rules as they were when it was asked for (JSON of the engine's Structs), so that every
    worker prices by the same ones. ``found`` is what all parts found together, once it is done. ``broken``: how often one after
    another the database broke it off; until ``again_at`` no worker goes on with it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for a worker")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    class Beside(models.TextChoices):
        START = "start", _("what holds when the draft begins")
        THEN = "then", _("what held when each order was placed")

    version = models.ForeignKey(
        "campaigns.ActivityVersion", verbose_name=_("version"), on_delete=models.PROTECT,
        related_name="simulations",
    )  # fmt: skip
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("orders of"), on_delete=models.PROTECT, related_name="+"
    )
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    since = models.DateField(_("from"))
    until = models.DateField(_("to, not with it"))
    beside = models.CharField(_("beside"), max_length=5, choices=Beside, default=Beside.START)
    currency = models.CharField(_("currency"), max_length=3)
    draft = models.JSONField(_("rules of the draft"))
    others = models.JSONField(_("rules beside it"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.WAITING)
    orders = models.PositiveBigIntegerField(_("orders to price"), null=True, blank=True)
    found = models.JSONField(_("found"), null=True, blank=True)
    fault = models.CharField(_("fault"), max_length=300, blank=True, default="")
    broken = models.PositiveSmallIntegerField(_("broken off"), default=0)
    again_at = models.DateTimeField(_("tried again"), null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("simulation")
        verbose_name_plural = _("simulations")
        constraints = [
            models.CheckConstraint(name="simulation_lasts", condition=Q(until__gt=F("since"))),
            models.CheckConstraint(
                name="simulation_beside_known", condition=Q(beside__in=["start", "then"])
            ),
            models.CheckConstraint(
                name="simulation_state_has_its_facts",
                condition=Q(state="waiting", started_at=None, ended_at=None, found=None)
                | Q(state="running", started_at__isnull=False, orders__isnull=False, ended_at=None, found=None)
                | Q(state="done", orders__isnull=False, ended_at__isnull=False, found__isnull=False)
                | Q(state__in=["failed", "cancelled"], ended_at__isnull=False, found=None),
            ),
            models.UniqueConstraint(
                name="simulation_one_at_a_time", fields=["version"],
                condition=Q(state__in=["waiting", "running"]),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.version}: {self.since} – {self.until}"


class SimulationPart(models.Model):
    """Some of the orders, those of whole members: (``low``, ``high``] are ids of members, of guests' orders where ``guests``.

    Its figures and that it is done are one write: a worker that is killed leaves it to be done, and nothing counted.
    """

    simulation = models.ForeignKey(Simulation, on_delete=models.CASCADE, related_name="parts")
    guests = models.BooleanField(_("guests"))
    low = models.BigIntegerField(_("after"))
    high = models.BigIntegerField(_("to"))
    orders = models.PositiveIntegerField(_("orders"), default=0)
    figures = models.JSONField(_("figures"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("part of a simulation")
        verbose_name_plural = _("parts of simulations")
        constraints = [
            models.UniqueConstraint(name="simulation_part_once", fields=["simulation", "guests", "low"]),
            models.CheckConstraint(name="simulation_part_is_a_range", condition=Q(high__gt=F("low"))),
            models.CheckConstraint(
                name="simulation_part_done_with_figures",
                condition=Q(done_at=None, figures=None) | Q(done_at__isnull=False, figures__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="simulation_part_left", fields=["simulation"], condition=Q(done_at=None))
        ]

    def __str__(self):
        return f"{self.simulation_id}: {self.low}–{self.high}"
