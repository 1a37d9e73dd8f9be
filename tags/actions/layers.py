"""A tag that divides members into layers has at most five of them: more say nothing that staff could act on (TAG-050)."""

from django.utils.translation import gettext as _

from tags.conditions.faults import Fault
from tags.models import Tag

MOST = 5


def check(*, tag: Tag, values: int) -> None:
    """Raises ``Fault`` for a sixth level without a reason. Layers are the values that staff wrote of a tag that gives one
    of them to a member; values that a model or the data brings are counted by whoever brings them."""
    written = not tag.model and tag.measure is None and tag.source != Tag.Source.IDEAL
    if written and tag.shape == Tag.Shape.ONE and values > MOST and not tag.levels_reason.strip():
        raise Fault(
            "values",
            _("these are %(count)d levels, and a tag has at most %(most)d") % {"count": values, "most": MOST},
            _("Join some of them, let a member carry several, or say in “%(field)s” why there must be more.")
            % {"field": tag._meta.get_field("levels_reason").verbose_name},
        )
