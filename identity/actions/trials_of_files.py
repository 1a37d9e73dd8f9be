"""A file tried before it is read: what each row would do, by the same steps as the reading itself, written nowhere."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import islice
from types import SimpleNamespace

from identity.actions import deliveries, intake, runs
from identity.files.opening import Source
from identity.models import FileImport
from identity.records import verdicts
from members import masking
from members.models import Organization
from members.queries import scopes

BATCH = 2_000
LISTED = 5_000
NEW, MERGED, UPDATED, REJECTED = "new", "merged", "updated", "rejected"
OPEN = ("sex.", "money.", "quantity.", "currency.", "time.", "order.", "return.", "rating.", "points.")
OUTCOMES = {
    verdicts.ACCEPTED: NEW,
    verdicts.DUPLICATE: MERGED,
    verdicts.UPDATED: UPDATED,
    verdicts.QUARANTINED: REJECTED,
    verdicts.REJECTED: REJECTED,
}


def guard(imported: FileImport) -> Callable | None:
    """What says why a record may not come in by this import: it speaks of another channel than the chosen one, or
    of an organization beyond the reach of whoever brought the file."""
    reach = scopes.reach_of(user=imported.started_by or imported.uploaded_by)
    if reach.everything and imported.channel is None:
        return None
    if reach.everything:
        elsewhere = set()
    else:
        beyond = Organization.objects.all()
        beyond = beyond.exclude(path__startswith=reach.node.path) if reach.node else beyond
        elsewhere = set(beyond.values_list("code", flat=True))
    return partial(_foreign, by=SimpleNamespace(channel=imported.channel), elsewhere=elsewhere)


def _foreign(raw, *, by, elsewhere):
    found = deliveries.foreign(raw, by=by, elsewhere=elsewhere)
    return found.problems[0] if found else None


def report(*, imported: FileImport, source: Source, clock: Callable) -> dict:
    """Counts of rows that are new, merged, updated and rejected, and what is wrong, by line and column.

    New: the first that is heard of it. Merged: just this is known already. Updated: another version of what is
    known. Rejected: kept aside with the reason.
    """
    counts, codes, listed, seen = Counter(), Counter(), [], {}
    channel, check = imported.channel.code if imported.channel else "", guard(imported)
    items = source.items()
    while group := list(islice(items, BATCH)):
        runs.fill_in(group, channel, check)
        now = clock()
        given = intake.prepare(records=group, known=intake.known(now=now), now=now)
        told = intake.take_in(given=given, now=now, dry_run=True)
        for item, entry, verdict in zip(group, given, told, strict=True):
            outcome = OUTCOMES[_among(entry, verdict.verdict, seen)]
            counts[outcome] += 1
            for problem in verdict.problems:
                codes[problem.code] += 1
                if len(listed) < LISTED:
                    listed.append(_told(item, outcome, problem, source.shape))
    names = (NEW, MERGED, UPDATED, REJECTED)
    return {
        "records": sum(counts.values()),
        "counts": {name: counts[name] for name in names},
        "codes": dict(codes.most_common()),
        "listed": listed,
    }


def _among(entry, verdict, seen):
    """The verdict that the row gets when the whole file is read, not its batch alone."""
    if verdict not in (verdicts.ACCEPTED, verdicts.UPDATED):
        return verdict
    known = seen.setdefault(entry.identity(), set())
    before = bool(known)
    repeated = entry.digest in known
    known.add(entry.digest)
    if repeated:
        return verdicts.DUPLICATE
    return verdicts.UPDATED if before else verdict


def _shown(problem):
    """A code or an amount that cannot be read is shown, to be corrected; anything that may be a person's is masked."""
    if problem.code.startswith(OPEN):
        return problem.value[:40]
    return masking.identifier(problem.value) if problem.value else ""


def _told(item, outcome, problem, shape):
    return {
        "line": item.line,
        "column": shape.column_of(problem.place, item.raw) if problem.place.startswith("$") else "",
        "place": problem.place,
        "value": _shown(problem),
        "reason": problem.message,
        "remedy": problem.remedy,
        "outcome": outcome,
        "code": problem.code,
    }
