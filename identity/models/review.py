from django.contrib.auth.models import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from identity.models.verdict import Verdict
from members.models import staff

# What looking at a case brings: what was refused first, then what is shared or disagrees, then candidates by
# chance × gain.
EXPECTED_VALUE = Case(
    When(sort="candidate", then=F("probability") * Cast(F("pairs"), models.FloatField())),
    When(sort__in=["refused", "contradiction"], then=Value(2e6)),
    default=Value(1e6),
    output_field=models.FloatField(),
)

# Which fields of a candidate were compared and what came out, in their order; [] for other sorts.
LEVELS = Func(
    F("evidence"),
    Value('$."fields"[*].keyvalue() ? (@.key == "field" || @.key == "level").value'),
    function="jsonb_path_query_array",
    template="%(function)s(%(expressions)s::jsonpath)",
    output_field=models.JSONField(),
)


class ReviewCase(models.Model):
    """Something that a person should look at: a refused link, a contradiction, a conflict, a candidate."""

    class Sort(models.TextChoices):
        REFUSED = "refused", _("refused link")
        CONTRADICTION = "contradiction", _("contradiction")
        CONFLICT = "conflict", _("conflict")
        SHARED = "shared", _("shared identifier")
        CANDIDATE = "candidate", _("candidate")

    class Decision(models.TextChoices):
        MERGE = "merge", _("one person")
        NOT_SAME = "not_same", _("not the same person")
        SHARED = "shared", _("shared identifier")
        NOT_SHARED = "not_shared", _("not a shared identifier")
        KEEP = "keep", _("left as it is")
        LATER = "later", _("put off")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DECIDED = "decided", _("decided")
        OBSOLETE = "obsolete", _("no longer true")

    sort = models.CharField(_("sort"), max_length=13, choices=Sort)
    key = models.CharField(_("natural key"), max_length=64, unique=True)
    reason = models.CharField(_("reason"), max_length=40)
    identifier = models.ForeignKey(
        "identity.Identifier", verbose_name=_("identifier"), null=True, blank=True, on_delete=models.PROTECT
    )
    left = ArrayField(models.BigIntegerField(), verbose_name=_("accounts"))
    right = ArrayField(models.BigIntegerField(), verbose_name=_("against accounts"))
    evidence = models.JSONField(_("evidence"), default=dict)
    probability = models.FloatField(_("probability"), null=True, blank=True)
    pairs = models.IntegerField(_("account pairs gained"), null=True, blank=True)
    value = models.GeneratedField(
        verbose_name=_("expected value"), expression=EXPECTED_VALUE, output_field=models.FloatField(),
        db_persist=True,
    )  # fmt: skip
    snoozed_until = models.DateTimeField(_("put off until"), null=True, blank=True)
    snoozed_by = staff.somebody(_("put off by"))
    decision = models.CharField(
        _("decision"), max_length=10, choices=Decision, blank=True, db_default="", default=""
    )
    decided_by = staff.somebody(_("decided by"))
    verdict = models.ForeignKey(
        Verdict,
        verbose_name=_("verdict"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="cases",
    )
    bulk = models.ForeignKey(
        "identity.BulkDecision", verbose_name=_("decided together"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="cases",
    )  # fmt: skip
    run = models.ForeignKey(
        "identity.CandidateRun", verbose_name=_("proposed by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="cases",
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("review case")
        verbose_name_plural = _("review cases")
        constraints = [
            models.CheckConstraint(
                name="review_case_closed_has_a_time",
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="review_case_candidate_has_a_value",
                condition=~Q(sort="candidate")
                | Q(probability__isnull=False, probability__range=(0, 1), pairs__isnull=False, pairs__gte=1),
            ),
            models.CheckConstraint(
                name="review_case_put_off_by_somebody",
                condition=Q(snoozed_until=None, snoozed_by=None)
                | Q(snoozed_until__isnull=False, snoozed_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="review_case_open", fields=["sort", "opened_at"], condition=Q(state="open")),
            models.Index(LEVELS, name="review_case_levels", condition=Q(state="open", sort="candidate")),
            models.Index(name="review_case_queue", fields=["-value", "id"], condition=Q(state="open")),
            GinIndex(
                name="review_case_accounts", fields=["left"], fastupdate=False, condition=Q(state="open")
            ),
        ]

    def __str__(self):
        return f"{self.get_sort_display()}: {self.reason}"

    @property
    def confirmed_by(self) -> AbstractBaseUser | None:
        """The second person, where many cases were decided together."""
        return self.bulk.confirmed_by if self.bulk else None


class BulkDecision(models.Model):
    """One decision on all cases that one rule explains; a large one waits for a second person."""

    decision = models.CharField(_("decision"), max_length=10, choices=ReviewCase.Decision)
    sort = models.CharField(_("sort"), max_length=13, choices=ReviewCase.Sort)
    reason = models.CharField(_("reason"), max_length=40)
    identifier = models.ForeignKey(
        "identity.Identifier", verbose_name=_("identifier"), null=True, blank=True, on_delete=models.PROTECT
    )
    pattern = models.JSONField(_("levels"), null=True, blank=True)
    count = models.IntegerField(_("cases"))
    note = models.TextField(_("why"), blank=True, default="")
    proposed_at = models.DateTimeField(_("proposed"))
    proposed_by = staff.somebody(_("proposed by"), required=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    confirmed_by = staff.somebody(_("confirmed by"))
    refused_by = staff.somebody(_("refused by"))

    class Meta:
        verbose_name = _("bulk decision")
        verbose_name_plural = _("bulk decisions")
        constraints = [
            models.CheckConstraint(
                name="bulk_decision_confirmed_by_a_second_person",
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="bulk_decision_closed_has_a_time",
                condition=Q(confirmed_by=None, refused_by=None)
                | Q(closed_at__isnull=False, refused_by=None)
                | Q(closed_at__isnull=False, confirmed_by=None),
            ),
        ]

    def __str__(self):
        return f"{self.get_decision_display()}: {self.count}"


class ReviewDecision(models.Model):
    """What was decided of a case, by whom, when. Append-only: a case that comes back keeps its history."""

    case = models.ForeignKey(
        ReviewCase, verbose_name=_("case"), on_delete=models.PROTECT, related_name="decisions"
    )
    decision = models.CharField(_("decision"), max_length=10, choices=ReviewCase.Decision)
    probability = models.FloatField(_("probability"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True, default="")
    at = models.DateTimeField(_("time"))
    by = staff.somebody(_("by"), required=True)
    verdict = models.ForeignKey(
        Verdict,
        verbose_name=_("verdict"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="decisions",
    )
    bulk = models.ForeignKey(
        BulkDecision, verbose_name=_("decided together"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="decisions",
    )  # fmt: skip

    class Meta:
        verbose_name = _("review decision")
        verbose_name_plural = _("review decisions")
        indexes = [models.Index(name="review_decision_at", fields=["-at", "-id"])]

    def __str__(self):
        return self.get_decision_display()

    @property
    def confirmed_by(self) -> AbstractBaseUser | None:
        """The second person, where many cases were decided together."""
        return self.bulk.confirmed_by if self.bulk else None


class SecondLook(models.Model):
    """Somebody else's answer to a decided case, given without seeing the first one: measures how right we are."""

    decision = models.OneToOneField(
        ReviewDecision, verbose_name=_("decision"), on_delete=models.PROTECT, related_name="second_look"
    )
    answer = models.CharField(_("answer"), max_length=10, choices=ReviewCase.Decision)
    at = models.DateTimeField(_("time"))
    by = staff.somebody(_("by"), required=True)

    class Meta:
        verbose_name = _("second look")
        verbose_name_plural = _("second looks")

    def __str__(self):
        return self.get_answer_display()
