"""Models learn from everybody, and what they learned is kept: members are measured by it until the next time."""

import dataclasses
from collections.abc import Iterable

from tags.actions import trying
from tags.actions.statements import Fit
from tags.conditions.nodes import Any
from tags.conditions.setting import Setting
from tags.models import ModelRun
from tags.models_of.learning import Fitted, TooLittle
from tags.queries import columns
from tags.queries.definitions import Definition


def learned(
    definitions: Iterable[Definition], setting: Setting, faults: dict[str, str]
) -> tuple[dict[int, Fit], list[ModelRun]]:
    """What each model finds now, and the runs to be kept once the values are. A model that may not tag has no fit: its run
    says why."""
    fits, runs = {}, []
    for definition in definitions:
        if not definition.learns:
            continue
        with trying.tried(definition, faults):
            run = _learned(definition, setting)
            runs.append(run)
            if run.state == ModelRun.State.FITTED:
                fits[definition.id] = Fit(run.fitted)
    return fits, runs


def _learned(definition: Definition, setting: Setting) -> ModelRun:
    try:
        found = _fitted(definition, setting.at(definition.node))
    except TooLittle as reason:
        said = str(reason)[:500]
        return _run(definition, setting, state=ModelRun.State.REFUSED, reason=said, members=0)
    return _run(definition, setting, fitted=found.parameters, quality=found.quality, members=found.members)


def stored(definitions: Iterable[Definition]) -> dict[int, Fit]:
    """What each model learned last, where that was with today's parameters and version."""
    models = {each.id: each for each in definitions if each.learns}
    runs = ModelRun.objects.filter(tag__in=models, state=ModelRun.State.FITTED)
    latest = runs.order_by("tag", "-id").distinct("tag")
    return {pk: Fit(known) for pk, each in models.items() if (known := _known(each))} | {
        run.tag_id: Fit(run.fitted)
        for run in latest
        if (run.parameters, run.version) == (models[run.tag_id].parameters, models[run.tag_id].version)
    }


def by_hand(definitions: Iterable[Definition], fits: dict[int, Fit]) -> list[Definition]:
    """Tags whose model never learned anything, and which were given: all that they say is what was given."""
    waiting = {
        each.id: each for each in definitions if each.learns and each.holds_given and each.id not in fits
    }
    if not waiting:
        return []
    learned = ModelRun.objects.filter(tag__in=waiting, state=ModelRun.State.FITTED)
    ever = set(learned.values_list("tag_id", flat=True))
    nothing = Any(())
    return [
        dataclasses.replace(each, model=None, open=False, conditions=(nothing,) * len(each.values))
        for pk, each in waiting.items()
        if pk not in ever
    ]


def _known(definition: Definition) -> dict | None:
    """What need not be learned: bounds that were given."""
    return definition.model.known() if hasattr(definition.model, "known") else None


def _fitted(definition: Definition, setting: Setting) -> Fitted:
    asked = definition.model.learns(setting)
    if asked is None:
        return definition.model.fitted({}, as_of=setting.as_of)
    before = {"before": _last(definition)} if getattr(definition.model, "follows", False) else {}
    return definition.model.fitted(columns.columns(asked), as_of=setting.as_of, **before)


def _last(definition: Definition) -> dict | None:
    """What a model that goes on from its last fit found then, whatever its parameters were."""
    runs = ModelRun.objects.filter(tag=definition.id, state=ModelRun.State.FITTED)
    return runs.order_by("-id").values_list("fitted", flat=True).first()


def _run(definition: Definition, setting: Setting, **found: object) -> ModelRun:
    return ModelRun(
        tag_id=definition.id,
        version=definition.version,
        parameters=definition.parameters,
        as_of=setting.as_of,
        **found,
    )
