from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RuleSet(models.Model):
    """Which rules priced a sale, exactly (queries/rule_sets.py). Written with the first sale that they priced, perhaps more than
    once, for nobody waits to write it. Append-only (migration 0004)."""

    digest = models.BinaryField(_("digest"), max_length=32)
    content = models.TextField(_("rules, by table and id"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("set of rules")
        verbose_name_plural = _("sets of rules")
        indexes = [models.Index(name="rule_set_digest", fields=["digest"])]

    def __str__(self):
        return str(self.pk)


class ProofChain(models.Model):
    """How far the proofs of a store's day go: the row on which its commits queue. Counts by one only (migration 0004)."""

    store = models.ForeignKey(
        "members.Organization", verbose_name=_("store"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    day = models.DateField(_("day at the store"))
    number = models.PositiveIntegerField(_("number of the last proof"))
    hash = models.BinaryField(_("hash of the last proof"), max_length=32)

    class Meta:
        verbose_name = _("chain of price proofs")
        verbose_name_plural = _("chains of price proofs")
        constraints = [
            models.UniqueConstraint(name="proof_chain_of_day", fields=["store", "day"]),
            models.CheckConstraint(name="proof_chain_begun", condition=Q(number__gte=1)),
        ]

    def __str__(self):
        return f"{self.day}: {self.number}"


class PriceProof(models.Model):
    """Of what a sale's price came, so that it can be worked out again, and what it was. Append-only (migration 0004).

    ``inputs``, ``answer``: SHA-256 of the sale's basket and quote; ``digest``: of the whole proof; ``hash``: of the hash before it
    in the chain, its number and its digest (queries/till/proofs.py).
    """

    sale = models.OneToOneField(
        "campaigns.TillOrder", verbose_name=_("sale"), on_delete=models.PROTECT, related_name="proof"
    )
    store = models.ForeignKey(
        "members.Organization", verbose_name=_("store"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    day = models.DateField(_("day at the store"))
    number = models.PositiveIntegerField(_("number"))
    rules = models.ForeignKey(
        RuleSet, verbose_name=_("set of rules"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    inputs = models.BinaryField(_("digest of the basket"), max_length=32)
    answer = models.BinaryField(_("digest of the quote"), max_length=32)
    digest = models.BinaryField(_("digest"), max_length=32)
    hash = models.BinaryField(_("hash in the chain"), max_length=32)

    class Meta:
        verbose_name = _("price proof")
        verbose_name_plural = _("price proofs")
        constraints = [
            models.UniqueConstraint(name="price_proof_in_chain", fields=["store", "day", "number"])
        ]

    def __str__(self):
        return f"{self.day}: {self.number}"
