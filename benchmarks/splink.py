"""OneID beside Splink's deterministic linking and clustering, on the same accounts and identifiers.

Compared are the steps that both have: what `rebuild` calls parting, and Splink's deterministic_link with
cluster_pairwise_predictions_at_threshold on records that already stand in DuckDB. Then both with what surrounds them in
this process's database: reading, and moving the accounts to their people; `rebuild` also writes lineage and events there.
Deriving the people's profiles is no part of linking and is shown alone.

Nothing in the records is carried by so many that Splink would compare all with all, and nothing expires or is unclear: both
must find the same people. Then one person in fifty gets a housemate's telephone: there Splink joins two people, and OneID
does not where their names differ. To settle that is work which Splink leaves undone, so it has no limit.
"""

import datetime as dt
import itertools
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.db import connection, transaction

from benchmarks import fixtures, house
from benchmarks.measures import Measure, shown, times, times_at_most
from identity.actions import oneid, seeds
from identity.candidates import backends
from identity.candidates.backends import Backend
from members.models import Account

FULL = 1_000_000
THREADS = 2
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
KINDS = ("phone", "unionid", "email", "device", "card")


def run(*, scale: float) -> list[Measure]:
    try:
        backends.require(backends.DUCKDB)
    except backends.Missing as missing:
        print(f"splink: left out. {missing}", file=sys.stderr)
        return []
    count = max(1_000, int(FULL * scale))
    links = fill(count=count)
    alone = _side_by_side()
    with fixtures.filling() as cursor:
        cursor.execute(MOVED_IN)
    shared = _side_by_side()
    what = f"linking {count:,} accounts by {links:,} links"
    return [
        times_at_most(f"{what}, beside Splink", alone.ours["parting"], "s", 1.0, yardstick=alone.theirs["linking"]),
        times(f"{what}, with reads and writes", alone.spent, "s", yardstick=sum(alone.theirs.values())),
        *(shown(f"of our time, {step}", spent, "s") for step, spent in alone.ours.items()),
        *(shown(f"of Splink's time, {step}", spent, "s") for step, spent in alone.theirs.items()),
        shown("people of both", alone.people(parted=False), "people"),
        times(
            "linking where one in fifty has a housemate's telephone", shared.ours["parting"], "s",
            yardstick=shared.theirs["linking"],
        ),
        shown("clusters of Splink in which OneID keeps people apart", shared.people(parted=True), "clusters"),
    ]  # fmt: skip


@dataclass
class Compared:
    """Seconds by step of both, and each account's member and cluster."""

    ours: dict[str, float]
    theirs: dict[str, float]
    member: np.ndarray
    cluster: np.ndarray

    @property
    def spent(self) -> float:
        return sum(spent for step, spent in self.ours.items() if step != "deriving")

    def people(self, *, parted: bool) -> int:
        """How many people both found; or, where households share telephones, how many clusters are several people."""
        apart = _apart(self.member, self.cluster)
        if bool(apart) != parted:
            raise RuntimeError(f"OneID keeps people apart in {apart} clusters")
        return apart or len(np.unique(self.member))


def _side_by_side() -> Compared:
    with backends.opened(backends.DUCKDB, threads=THREADS) as backend:
        theirs, cluster = _splink(backend)
    ours, member = _ours()
    return Compared(ours, theirs, member, cluster)


def fill(*, count: int) -> int:
    """Accounts of persons with two or three of them, with 2.5 identifiers each on average; how many links."""
    house.build(channels=["mini"])
    seeds.kinds()
    fixtures.people(count=count)
    with fixtures.filling() as cursor:
        cursor.execute(TRAITS)
        cursor.execute(CARRIED, {"count": count})
        cursor.execute(NAMED)
        cursor.execute(BOUND)
        return cursor.rowcount


def _ours() -> tuple[dict[str, float], np.ndarray]:
    """Seconds by step, and each account's member."""
    connection.cursor().execute("VACUUM ANALYZE members_account")
    begun = []
    oneid.rebuild(now=NOW, progress=lambda step: begun.append((step, time.perf_counter())))
    begun.append(("", time.perf_counter()))
    spent = {step: end - start for (step, start), (_, end) in itertools.pairwise(begun)}
    return spent, np.array(Account.objects.order_by("id").values_list("member_id", flat=True))


def _splink(backend: Backend) -> tuple[dict[str, float], np.ndarray]:
    """Seconds by step, and each account's cluster. What is written is taken back."""
    laps = [time.perf_counter()]
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        _read(backend, Path(folder) / "records.csv")
        laps.append(time.perf_counter())
        clusters = _clustered(backend)
        laps.append(time.perf_counter())
        _write(backend, clusters, Path(folder) / "clusters.csv")
        laps.append(time.perf_counter())
        transaction.set_rollback(True)
    found = backend.arrow(f"SELECT cluster_id FROM {clusters} ORDER BY id")["cluster_id"].to_numpy()
    steps = ("reading", "linking", "moving the accounts")
    return dict(zip(steps, np.diff(laps).tolist(), strict=True)), found


def _read(backend: Backend, path: Path) -> None:
    """A row an account, a column a kind."""
    told = f"COPY ({RECORDS}) TO STDOUT (FORMAT csv)"
    with path.open("wb") as out, connection.cursor() as cursor, cursor.copy(told) as blocks:
        for block in blocks:
            out.write(block)
    types = {"id": "BIGINT"} | dict.fromkeys(KINDS, "VARCHAR")
    backend.create(f"SELECT * FROM read_csv('{path}', header = false, columns = {types})", "records")


def _clustered(backend: Backend) -> str:
    """The table that Splink makes of the records."""
    from splink import Linker, SettingsCreator, block_on

    rules = [block_on(kind) for kind in KINDS]
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="id",
        blocking_rules_to_generate_predictions=rules,
        retain_matching_columns=False,
    )
    linker = Linker(backend.frame("records"), settings, log_level=None)
    pairs = linker.inference.deterministic_link()
    return linker.clustering.cluster_pairwise_predictions_at_threshold(pairs).physical_name


def _write(backend: Backend, clusters: str, path: Path) -> None:
    backend.session.execute(
        f"COPY (SELECT id, cluster_id FROM {clusters}) TO '{path}' (FORMAT csv, HEADER false)"
    )
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE clusters (id bigint, member_id bigint) ON COMMIT DROP")
        with cursor.copy("COPY clusters FROM STDIN (FORMAT csv)") as pipe:
            pipe.write(path.read_bytes())
        cursor.execute(MOVED)


def _apart(member: np.ndarray, cluster: np.ndarray) -> int:
    """In how many clusters we keep people apart. Raises if we join two clusters, or part one with no shared telephone."""
    pairs = np.unique(np.stack([member, cluster]), axis=1)
    joined = len(pairs[0]) - len(np.unique(pairs[0]))
    parted, counts = np.unique(pairs[1], return_counts=True)
    parted = parted[counts > 1]
    housemates = cluster[np.isin(_persons(len(cluster)) % 50, (0, 1))]
    if joined or not np.isin(parted, housemates).all():
        raise RuntimeError(f"OneID joins {joined} clusters and parts {len(parted)}, some without a reason")
    return len(parted)


def _persons(count: int) -> np.ndarray:
    """As PERSON says it in SQL."""
    return np.arange(1, count + 1) * 2 // 5


PERSON = "i * 2 / 5"
RECORDS = """
SELECT a.id, {columns}
FROM members_account a LEFT JOIN identity_binding b ON b.account_id = a.id LEFT JOIN identity_identifier i ON i.id = b.identifier_id
GROUP BY a.id ORDER BY a.id
""".format(columns=", ".join(f"max(i.value) FILTER (WHERE i.kind_id = '{kind}') AS {kind}" for kind in KINDS))
TRAITS = f"""
UPDATE members_account SET traits = told.traits FROM (
    SELECT i, jsonb_strip_nulls(jsonb_build_object(
        'name', CASE WHEN i %% 5 < 3 THEN jsonb_build_object('value',
            substr('王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗', 1 + (({PERSON}) %% 20)::int, 1) ||
            substr('伟芳娜敏静丽强磊洋艳勇军杰娟涛明超秀霞平', 1 + (({PERSON}) / 20 %% 20)::int, 1) ||
            CASE WHEN i %% 101 = 0 THEN '花' ELSE substr('文宇浩然子轩梓涵欣怡', 1 + (({PERSON}) / 400 %% 10)::int, 1) END) END,
        'birth_date', CASE WHEN i %% 5 < 2 THEN jsonb_build_object('value', date '1950-02-03' + (({PERSON}) %% 20000)::int) END
    )) AS traits FROM members_account CROSS JOIN LATERAL (SELECT id AS i) AS n
) AS told WHERE told.i = members_account.id
""".replace("%%", "%")
CARRIED = f"""
CREATE TEMP TABLE carried ON COMMIT DROP AS
SELECT i AS account_id, kind, value FROM generate_series(1::bigint, %(count)s) AS i CROSS JOIN LATERAL (VALUES
    ('phone', i * 7919 %% 100 < 80, '+86138' || lpad(({PERSON})::text, 8, '0')),
    ('unionid', i * 104729 %% 100 < 60, 'u' || {PERSON}),
    ('email', i * 1299709 %% 100 < 40, 'e' || {PERSON} || '@example.com'),
    ('device', i * 15485863 %% 100 < 50, 'd' || {PERSON}),
    ('card', i * 32452843 %% 100 < 20, 'c' || i)
) AS told (kind, given, value) WHERE given
"""
NAMED = "INSERT INTO identity_identifier (kind_id, value) SELECT DISTINCT kind, value FROM carried"
BOUND = f"""
INSERT INTO identity_binding (account_id, identifier_id, role, first_at, last_at)
SELECT c.account_id, i.id, 'holder', at, at
FROM carried c JOIN identity_identifier i ON i.kind_id = c.kind AND i.value = c.value
CROSS JOIN LATERAL (SELECT {fixtures.BEGIN} + c.account_id * interval '1 minute' AS at) AS seen
"""
MOVED_IN = f"""
UPDATE identity_binding b SET identifier_id = theirs.id
FROM (SELECT id AS account_id, '+86138' || lpad((n.person - 1)::text, 8, '0') AS phone
      FROM members_account CROSS JOIN LATERAL (SELECT id AS i) AS a CROSS JOIN LATERAL (SELECT {PERSON} AS person) AS n
      WHERE n.person %% 50 = 1) mine
JOIN identity_identifier theirs ON theirs.kind_id = 'phone' AND theirs.value = mine.phone
JOIN identity_identifier own ON own.kind_id = 'phone'
WHERE b.account_id = mine.account_id AND b.identifier_id = own.id
""".replace("%%", "%")
MOVED = """
UPDATE members_account a SET member_id = c.member_id FROM clusters c WHERE c.id = a.id AND c.member_id <> a.member_id
"""
