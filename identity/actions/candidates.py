"""Looks for people who are probably one person, and puts them into the review queue. Training stands apart."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from django.conf import settings as house
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from identity.actions import races, verdicts
from identity.candidates import backends, clusters, exclusive, people, scoring, settings, training
from identity.candidates.scoring import Pair
from identity.models import CandidateModel, CandidateRun, ReviewCase, Verdict
from identity.queries import candidates, prepared

# Two searches at once would undo each other's cases.
ALONE = "SELECT pg_try_advisory_lock(hashtext('identity.candidates'))"
LET_GO = "SELECT pg_advisory_unlock(hashtext('identity.candidates'))"
LINKED_PEOPLE = 5_000
PARTS = 2_000
MEAN = 0.5

WRITE = """
INSERT INTO identity_reviewcase AS old (sort, key, reason, "left", "right", evidence, probability, pairs, run_id,
                                        decision, state, opened_at)
SELECT 'candidate', new.key, 'probable', l.accounts, r.accounts, new.evidence, new.probability,
       cardinality(l.accounts) * cardinality(r.accounts), %s, '', 'open', %s
FROM jsonb_to_recordset(%s::jsonb) AS new (key text, "left" bigint, "right" bigint, evidence jsonb, probability float)
CROSS JOIN LATERAL (SELECT array_agg(id ORDER BY id) AS accounts FROM members_account WHERE member_id = new."left") l
CROSS JOIN LATERAL (SELECT array_agg(id ORDER BY id) AS accounts FROM members_account WHERE member_id = new."right") r
WHERE l.accounts IS NOT NULL AND r.accounts IS NOT NULL
ORDER BY new.key
ON CONFLICT (key) DO UPDATE
SET "left" = excluded."left", "right" = excluded."right", evidence = excluded.evidence, pairs = excluded.pairs,
    probability = excluded.probability, run_id = excluded.run_id, state = 'open', closed_at = NULL,
    opened_at = CASE old.state WHEN 'open' THEN old.opened_at ELSE excluded.opened_at END,
    snoozed_until = CASE old.state WHEN 'open' THEN old.snoozed_until END,
    snoozed_by_id = CASE old.state WHEN 'open' THEN old.snoozed_by_id END,
    bulk_id = CASE old.state WHEN 'open' THEN old.bulk_id END
WHERE old.state = 'obsolete'
   OR (old.state = 'open' AND (old."left", old."right", old.evidence, old.probability)
       IS DISTINCT FROM (excluded."left", excluded."right", excluded.evidence, excluded.probability))
RETURNING key
"""
CLOSE = """
UPDATE identity_reviewcase SET state = 'obsolete', closed_at = %s
WHERE sort = 'candidate' AND state = 'open' AND key <> ALL(%s::text[]) RETURNING key
"""


class Busy(RuntimeError):
    """Another search or training is running."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """`threshold`: least probability of a case. `accept`: from this probability on the model joins by itself; None
    is never. `memory` (as DuckDB writes it) and `threads` bound the work of this machine."""

    backend: str = backends.DUCKDB
    threshold: float = 0.2
    accept: float | None = None
    memory: str = "2GB"
    threads: int | None = None


DEFAULT = Options()


def configured() -> Options:
    """As the house's settings CANDIDATES_… say."""
    return Options(
        backend=house.CANDIDATES_BACKEND,
        threshold=house.CANDIDATES_THRESHOLD,
        accept=house.CANDIDATES_ACCEPT or None,
        memory=house.CANDIDATES_MEMORY,
        threads=house.CANDIDATES_THREADS or None,
    )


def train(*, now, clock: Callable, options: Options = DEFAULT) -> CandidateModel:
    """Estimate the model's figures from the people there are and keep them as its next version."""
    with _running(CandidateRun.Kind.TRAINING, now, clock, options) as run:
        everybody = _everybody()
        linked = candidates.said_of_linked(people=LINKED_PEOPLE)
        known = candidates.known_pairs(linked)
        with backends.opened(options.backend, memory=options.memory, threads=options.threads) as backend:
            found = training.train(
                backend=backend,
                people=everybody,
                linked=people.table(linked, by="account"),
                pairs=len(known),
            )
        run.people, run.blocking = len(everybody), {"known_pairs": len(known)}
        run.model = _keep(parameters=found, people=len(everybody), now=now)
        return run.model


def _keep(*, parameters: dict, people: int, now) -> CandidateModel:
    last = CandidateModel.objects.order_by("-version").first()
    first_seen, last_seen = candidates.span()
    return CandidateModel.objects.create(
        version=last.version + 1 if last else 1,
        structure=settings.structure(),
        parameters=parameters,
        people=people,
        data_from=first_seen,
        data_to=last_seen,
        trained_at=now,
    )


def find(
    *, now, clock: Callable, options: Options = DEFAULT, model: CandidateModel | None = None
) -> CandidateRun:
    """Score everybody by a model (the newest that fits, else the default one) and bring the queue up to date.

    Repeating it changes nothing. `now` is the time of what it writes; `clock` gives the time at which it ended.
    """
    with _running(CandidateRun.Kind.SEARCH, now, clock, options) as run:
        run.model = model or newest()
        pairs, scores = _search(run, options)
        _propose(run, pairs, now)
        if options.accept is not None:
            run.accepted = _accept(run, pairs, scores, options.accept, now)
    return run


def newest() -> CandidateModel | None:
    """The newest trained model whose figures belong to the comparisons as they are."""
    return CandidateModel.objects.filter(structure=settings.structure()).order_by("-version").first()


def _everybody():
    with transaction.atomic():
        return people.table(candidates.said())


def _search(run: CandidateRun, options: Options) -> tuple[list[Pair], dict]:
    parameters = run.model.parameters if run.model else settings.default()
    everybody = _everybody()
    run.people, run.threshold = len(everybody), options.threshold
    if len(everybody) < 2:
        run.cluster_sizes = {"1": len(everybody)}
        return [], {}
    linked = candidates.said_of_linked(people=LINKED_PEOPLE)
    with backends.opened(options.backend, memory=options.memory, threads=options.threads) as backend:
        blocked = scoring.block(backend=backend, people=everybody, forbidden=candidates.said_apart())
        found = scoring.score(
            backend=backend, parameters=parameters, people=everybody, threshold=options.threshold
        )
        recall = training.recall(
            backend=backend,
            linked=people.table(linked, by="account"),
            known=candidates.known_pairs(linked),
        )
    fitting = exclusive.compatible(found, minted=candidates.minted())
    pairs = list(exclusive.one_to_one(fitting, alone=candidates.alone()))
    run.blocked, run.proposed = blocked.pairs, len(pairs)
    run.blocking = {"known": recall, "first_by": blocked.first_by}
    run.cluster_sizes = clusters.sizes(pairs, people=len(everybody))
    return pairs, {(pair.left, pair.right): pair.probability for pair in found}


@transaction.atomic
def _propose(run: CandidateRun, pairs: list[Pair], now) -> None:
    """What was decided while the search ran is left out."""
    apart = candidates.said_apart()
    name = _name(run.model)
    wanted = [pair for pair in pairs if (pair.left, pair.right) not in apart]
    for start in range(0, len(wanted), PARTS):
        part = json.dumps([_case(pair, name) for pair in wanted[start : start + PARTS]])
        run.opened += len(prepared.fetch(WRITE, run.pk, now, part))
    run.closed = len(prepared.fetch(CLOSE, now, [_key(pair) for pair in wanted]))


def _name(model: CandidateModel | None) -> str:
    return str(model) if model else "people 0"


def _case(pair: Pair, model: str) -> dict:
    return {
        "key": _key(pair),
        "left": pair.left,
        "right": pair.right,
        "probability": round(pair.probability, 6),
        "evidence": {
            "prior": pair.prior,
            "model": model,
            "fields": [
                {"field": f.field, "left": f.left, "right": f.right, "level": f.level, "weight": f.weight}
                for f in pair.fields
            ],
        },
    }


def _key(pair: Pair) -> str:
    """A member's id stays with the account that minted it, so the pair's key survives merges and their undoing."""
    return f"candidate {pair.left} {pair.right}"


def _accept(run: CandidateRun, pairs: list[Pair], scores: dict, sure: float, now) -> int:
    joined = clusters.joinable(pairs, scores=scores, sure=sure, mean=MEAN)
    return sum(_join(run, pair, now) for pair in joined)


def _join(run: CandidateRun, pair: Pair, now) -> bool:
    """The model's *same*, which every rule may still refuse; taken back, it is not said again."""
    return races.again(partial(_joined, run, pair, now))


@transaction.atomic
def _joined(run, pair, now) -> bool:
    waiting = ReviewCase.objects.filter(key=_key(pair), state="open", snoozed_until=None, bulk=None)
    if (case := waiting.first()) is None:
        return False
    verdicts.hold(accounts=[*case.left, *case.right])
    case = waiting.select_for_update().first()
    if case is None or _taken_back(case):
        return False
    verdict = verdicts.same(
        left=case.left, right=case.right, by=None, now=now, model=_name(run.model),
        reason=_("probability %(share).4f") % {"share": pair.probability},
    )  # fmt: skip
    ReviewCase.objects.filter(pk=case.pk).update(
        state="decided", decision="merge", verdict=verdict, closed_at=now
    )
    return True


def _taken_back(case: ReviewCase) -> bool:
    """Whether somebody withdrew what a model had said of these people: then it is theirs to decide."""
    said = Verdict.objects.filter(kind=Verdict.Kind.SAME, withdrawn_at__isnull=False).exclude(model="")
    return said.filter(
        Q(left__overlap=case.left, right__overlap=case.right)
        | Q(left__overlap=case.right, right__overlap=case.left)
    ).exists()


@contextmanager
def _running(kind: str, now, clock: Callable, options: Options) -> Iterator[CandidateRun]:
    """A run on record, however it ends; never two at once."""
    backends.require(options.backend)
    if not prepared.fetch(ALONE)[0][0]:
        raise Busy(_("Candidates are being searched or trained already. Try again when that has ended."))
    run = CandidateRun.objects.create(kind=kind, backend=options.backend, started_at=now)
    try:
        yield run
        run.state = CandidateRun.State.FINISHED
    except BaseException as error:
        run.state, run.error = CandidateRun.State.FAILED, f"{type(error).__name__}: {error}"[:2000]
        raise
    finally:
        run.ended_at = clock()
        connection.ensure_connection()
        run.save()
        prepared.fetch(LET_GO)
