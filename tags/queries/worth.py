"""What models say of one member in numbers: each with its formula, its version and its date; a sum with its parts."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from members.models import Member
from tags.models import MemberTags, ModelRun, Tag
from tags.models_of import MODELS, real_value

CHANCES = ("propensity",)


@dataclass(frozen=True)
class Score:
    """``as_of``: when the model learned what it measures by; of one that learns nothing, when the number last changed."""

    tag: Tag
    number: float | None
    formula: str
    version: str
    as_of: dt.datetime | None
    weeks: int | None = None
    days: int | None = None

    @property
    def percent(self) -> float | None:
        return None if self.number is None else 100 * self.number


@dataclass(frozen=True)
class Worth:
    total: Score | None
    parts: list[Score]
    chances: list[Score]


def of(*, member: Member, tags: Iterable[Tag]) -> Worth | None:
    """By the number tags among these; nothing where no model says anything."""
    numbered = {tag.code: tag for tag in tags if tag.shape == Tag.Shape.NUMBER and tag.model in MODELS}
    held = MemberTags.objects.filter(member=member).first()
    runs = _runs(numbered.values())
    scores = {code: _score(tag, held, runs.get(tag.pk)) for code, tag in numbered.items()}
    total = next((score for score in scores.values() if score.tag.model == real_value.CODE), None)
    codes = real_value.parse(total.tag.parameters).parts if total else real_value.PARTS
    parts = [scores[code] for code in codes if code in scores]
    chances = [score for score in scores.values() if score.tag.model in CHANCES and score.number is not None]
    if not chances and all(part.number is None for part in parts):
        return None
    return Worth(total, parts, chances)


def _runs(tags: Iterable[Tag]) -> dict[int, ModelRun]:
    """The last fit of each tag's model."""
    fitted = ModelRun.objects.filter(tag__in=[tag.pk for tag in tags], state=ModelRun.State.FITTED)
    return {run.tag_id: run for run in fitted.order_by("tag", "-id").distinct("tag")}


def _score(tag: Tag, held: MemberTags | None, run: ModelRun | None) -> Score:
    numbers = held.numbers if held else []
    module = MODELS[tag.model]
    parsed = module.parse(tag.parameters)
    return Score(
        tag=tag,
        number=numbers[tag.slot - 1] if tag.slot and len(numbers) >= tag.slot else None,
        formula=str(module.FORMULA),
        version=run.version if run else module.VERSION,
        as_of=run.as_of if run else held and held.computed_at,
        weeks=getattr(parsed, "horizon_weeks", None),
        days=getattr(parsed, "horizon_days", None),
    )
