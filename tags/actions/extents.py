"""What a merge is about: which values and numbers were computed, and which stay as they are."""

from collections.abc import Iterable

from django.db.models import Max

from tags.actions.merging import Extent
from tags.models import Tag, TagValue
from tags.queries.definitions import Definition


def of(computed: Iterable[Definition], *, everything: bool, first: bool) -> Extent:
    """``first``: of the levels of a run. Values and numbers of other tags stay, those of tags that are no longer live only where not everything is computed."""
    done = {definition.id for definition in computed}
    others = Tag.objects.exclude(pk__in=done)
    if everything:
        others = others.filter(status=Tag.Status.APPROVED)
    numbers = Tag.objects.exclude(slot=None).only("pk", "slot", "measure")
    staying = set(others.exclude(slot=None).values_list("slot", flat=True))
    return Extent(
        kept=list(TagValue.objects.filter(tag__in=others, dropped=False).values_list("id", flat=True)),
        slots=[tag.slot for tag in numbers if tag.pk in done],
        days=[tag.slot for tag in numbers if tag.pk in done and tag.counts_days],
        kept_slots=sorted(staying),
        width=width(),
        anew=everything and first,
    )


def width() -> int:
    """How many places a member's numbers have."""
    return Tag.objects.aggregate(last=Max("slot"))["last"] or 0
