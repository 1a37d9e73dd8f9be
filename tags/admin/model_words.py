"""What a tag's page says of the model behind it: of which sort it is, and what each of its values holds, with its bounds."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions.faults import Fault
from tags.models import ModelRun, Tag
from tags.models_of import MODELS

SORTS = {
    "layer": gettext_noop("Layering: people in an order, by one indicator"),
    "group": gettext_noop("Grouping: people of a kind, in no order"),
    "score": gettext_noop("Score: a number that is counted or added up"),
    "prediction": gettext_noop("Prediction: judged on what the model had not seen"),
}


def sort(tag: Tag) -> str:
    """In words; empty of a tag without a model."""
    return _(SORTS[MODELS[tag.model].SORT]) if tag.model in MODELS else ""


def held(tag: Tag) -> dict[str, str]:
    """Value code → what it holds by the bounds given or found last; nothing where the model tells none."""
    if tag.model not in MODELS:
        return {}
    try:
        model = MODELS[tag.model].parse(tag.parameters)
    except Fault:
        return {}
    if not hasattr(model, "told"):
        return {}
    last = ModelRun.objects.filter(tag=tag, state=ModelRun.State.FITTED).order_by("-id").first()
    return model.told(last.fitted if last else None)
