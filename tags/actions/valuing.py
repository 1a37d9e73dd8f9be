"""The values of a tag: added, renamed, put in order; one with history is dropped, not deleted."""

from collections.abc import Sequence

from tags.models import Tag, TagValue
from tags.models_of import MODELS


def put(*, tag: Tag, values: Sequence[tuple[str, str, object]]) -> None:
    """Exactly these (code, name, condition), in this order. One that comes back is the same value again."""
    there = {value.code: value for value in tag.values.all()}
    for position, (code, name, condition) in enumerate(values, start=1):
        value = there.pop(code, None) or TagValue(tag=tag, code=code)
        value.name, value.position, value.dropped = name, position, False
        value.condition = None if tag.model else condition
        value.save()
    if tag.model and not values:
        return
    gone = TagValue.objects.filter(pk__in=[value.pk for value in there.values()])
    if tag.approved_at is None:
        gone.delete()
    else:
        gone.update(dropped=True)


def of_model(*, tag: Tag) -> None:
    """The values of a model tag that it does not have yet, in the model's order, the best class first."""
    if not tag.model:
        return
    made = reversed(MODELS[tag.model].VALUES)
    TagValue.objects.bulk_create(
        [
            TagValue(tag=tag, code=code, name=f"{english} {chinese}", position=position)
            for position, (code, english, chinese) in enumerate(made, start=1)
        ],
        ignore_conflicts=True,
    )
