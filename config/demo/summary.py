"""The table that the demo ends with."""

from collections.abc import Iterator

from config.demo import story, table
from config.demo.play import Outcome
from identity.models import QuarantineItem
from identity.records import verdicts
from members.models import Account, Conversion, Event, Member, Order, Posting, TierGrant
from reports.queries.effect import Effect
from tags.models import MemberTags, Tag


def text(*, outcome: Outcome, size: story.Size) -> str:
    times = [(name, f"{seconds:.1f} s") for name, seconds in outcome.steps]
    times.append(("altogether", f"{sum(seconds for _name, seconds in outcome.steps):.1f} s"))
    return "\n\n".join(
        [
            table.text(head=("what", "how many"), rows=_counts(outcome, size)),
            table.text(head=("step", "time"), rows=times),
        ]
    )


def _counts(outcome: Outcome, size: story.Size) -> Iterator[tuple[str, object]]:
    yield "records in", sum(outcome.verdicts.values())
    for name in verdicts.ALL:
        yield f"  {name}", outcome.verdicts[name]
    yield "single values left out and listed", _values_left_out()
    yield "orders", Order.objects.count()
    yield "events", Event.objects.count()
    yield "accounts", Account.objects.count()
    yield "people found", Member.objects.active().count()
    yield "people there are", size.people
    yield "precision of joined accounts", f"{outcome.score.precision:.4f}"
    yield "recall of joined accounts", f"{outcome.score.recall:.4f}"
    yield "movements of points and growth", Posting.objects.count()
    yield "  for sign-ins and reviews", Posting.objects.filter(key__startswith="event:").count()
    yield "  taken over from the old mall", Conversion.objects.exclude(opening=None).count()
    yield "  what does not add up", outcome.faults
    yield "changes of tiers", TierGrant.objects.count()
    yield "tags", Tag.objects.live().count()
    yield "people with a tag", MemberTags.objects.exclude(values=[]).count()
    yield f"audience “{outcome.audience.name}”", outcome.audience.count
    for name, count in outcome.decisions.items():
        yield f"  {name.replace('_', ' ')}", count
    yield from _effect(outcome.effect)
    yield "waits for approval", f"{outcome.second.name}: {outcome.second.audience.count:,}"


def _effect(effect: Effect) -> Iterator[tuple[str, str]]:
    yield "bought since, of those written to", _share(effect.treated.conversion)
    yield "bought since, of those held out", _share(effect.holdout.conversion)
    if lift := effect.lift:
        yield "effect, 95 percent interval", f"{lift.value:+.1%} ({lift.low:+.1%} to {lift.high:+.1%})"


def _share(value: float | None) -> str:
    return "nobody" if value is None else f"{value:.1%}"


def _values_left_out() -> int:
    return QuarantineItem.objects.filter(scope=QuarantineItem.Scope.VALUE).count()
