"""What a tag's page shows: its card, values and members, what uses it, what it needs, its runs and its history."""

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

from members.admin.base import at_the_top, reach
from members.models import Channel
from members.queries import scopes
from tags.admin import model_words, tag_verbs, words
from tags.models import ModelRun, Tag, TagRun, Use
from tags.models.tag import SAID
from tags.models_of import MODELS
from tags.queries import holders, needs, standing, unused, versions

KEPT = 60  # seconds; a count over a million members takes about two
RUNS = 5
SHOWN = 200


def counted(request: HttpRequest) -> dict[int, int]:
    mine = reach(request)
    key = f"tag-holders-{'all' if mine.everything else mine.node and mine.node.pk}"
    return cache.get_or_set(key, lambda: holders.counts(reach=mine), KEPT)


def about(request: HttpRequest, tag: Tag, *, his: bool) -> dict:
    """``his``: whether the tag belongs to the reader's own branch, so that he may act on it."""
    now = timezone.now()
    runs = TagRun.objects.filter(tags__contains=[tag.code], ended_at__isnull=False).order_by("-id")
    return {
        "tag": tag,
        "said": [(Tag._meta.get_field(name).verbose_name, getattr(tag, name)) for name in SAID],
        "unsaid": [Tag._meta.get_field(name).verbose_name for name in tag.unsaid],
        "path": _path(tag),
        "values": _values(request, tag),
        "dropped": tag.values.filter(dropped=True).order_by("position", "id"),
        "last_run": runs.first(),
        "formula": getattr(MODELS.get(tag.model), "FORMULA", ""),
        "sort": model_words.sort(tag),
        "model_runs": _model_runs(tag, his=his),
        "whole": at_the_top(reach(request)),
        "his": his,
        "seen": standing.mark(tag=tag),
        **_uses(request, tag),
        "lines": _lines(request, tag, now),
        "looked_at": needs.looked_at(),
        "missing": needs.missing(tag=tag, now=now) if tag.source == Tag.Source.IDEAL else [],
        "history": versions.history(tag=tag),
        "to_retire": unused.to_retire(Tag.objects.filter(pk=tag.pk), now=now).exists(),
        "verbs": tag_verbs.open_to(request.user, tag) if his else [],
        "own": tag_verbs.own(request.user, tag),
        "may_edit": his and tag_verbs.may_edit(request.user, tag),
    }


def _model_runs(tag: Tag, *, his: bool) -> list[ModelRun]:
    """With their ``figures``: of a tag above the reader's branch only how good it is, not how many there are of whom."""
    runs = list(ModelRun.objects.filter(tag=tag).order_by("-id")[:RUNS])
    for run in runs:
        run.figures = [pair for pair in run.quality.items() if his or isinstance(pair[1], float)]
    return runs


def _uses(request: HttpRequest, tag: Tag) -> dict:
    """What uses it, of the reader's branch; of other branches only how much does now."""
    rows = Use.objects.filter(tag=tag)
    mine = scopes.at_organization(rows, reach=reach(request))
    elsewhere = rows.filter(until=None).exclude(pk__in=mine.values("pk")).count()
    return {"uses": mine.order_by("-until", "by", "name")[:SHOWN], "uses_elsewhere": elsewhere}


def _path(tag: Tag) -> list[str]:
    """From the category at the top down to the tag's own."""
    found, category = [], tag.category
    while category is not None:
        found.append(category.name)
        category = category.parent
    return found[::-1]


def _values(request: HttpRequest, tag: Tag) -> list[dict]:
    counts, held = counted(request), model_words.held(tag)
    rows = [
        {"value": value, "count": counts.get(value.pk, 0), "said": held.get(value.code) or _said(tag, value)}
        for value in tag.values.filter(dropped=False).order_by("position", "id")[:SHOWN]
    ]
    most = max((row["count"] for row in rows), default=0) or 1
    for row in rows:
        row["width"] = round(100 * row["count"] / most)
    return rows


def _said(tag: Tag, value: object) -> str:
    if tag.model or tag.measure is not None or (value.condition is None and tag.source != Tag.Source.RULE):
        return ""
    return words.said(value.condition, node=tag.organization)


def _lines(request: HttpRequest, tag: Tag, now: object) -> list[needs.Line]:
    mine = scopes.at_organization(Channel.objects.all(), reach=reach(request)).values("pk")
    around = {each.pk for each in needs.channels_around(node=tag.organization)}
    channels = Channel.objects.filter(pk__in=around).filter(pk__in=mine).order_by("name")
    return needs.lines(signals=needs.signals(tag=tag), channels=list(channels), now=now)
