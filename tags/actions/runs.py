import datetime as dt

from tags.models import TagRun

KEPT = dt.timedelta(days=14)


def forget(*, now: dt.datetime) -> int:
    """Delete old runs over changed members, of which there are thousands a day; those over everybody stay."""
    old = TagRun.objects.filter(scope=TagRun.Scope.CHANGED, started_at__lt=now - KEPT)
    return old.delete()[0]
