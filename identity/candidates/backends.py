"""Where the work is done: DuckDB in this process, or Spark where one machine is too small."""

from __future__ import annotations

import contextlib
import importlib.util
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

DUCKDB, SPARK = "duckdb", "spark"
NEEDED = {DUCKDB: ("splink", "duckdb", "pypinyin"), SPARK: ("splink", "duckdb", "pypinyin", "pyspark")}
EXTRA = {DUCKDB: "candidates", SPARK: "spark"}
# One character more, fewer, other or exchanged between any two elements.
NEAR = """
CREATE MACRO near(one, other) AS coalesce(list_bool_or(flatten(list_transform(one, lambda x: list_transform(other,
    lambda y: CASE WHEN abs(length(x) - length(y)) <= 1 THEN damerau_levenshtein(x, y) = 1 ELSE false END)))), false)
"""

# DuckDB's distances count bytes, of which a Chinese character has three.
ONE_CHARACTER = """
CREATE MACRO one_character(one, other) AS CASE length(one) - length(other)
    WHEN 0 THEN list_sum(list_transform(range(1, length(one) + 1), lambda i: CAST(one[i] <> other[i] AS INT))) = 1
    WHEN 1 THEN list_contains(list_transform(range(1, length(one) + 1),
                                             lambda i: left(one, i - 1) || substr(one, i + 1)), other)
    WHEN -1 THEN list_contains(list_transform(range(1, length(other) + 1),
                                              lambda i: left(other, i - 1) || substr(other, i + 1)), one)
    ELSE false END
"""

# The same for elements in any script; bytes first, because they are quickly counted and leave few to look at.
NEAR_WRITTEN = """
CREATE MACRO near_written(one, other) AS coalesce(list_bool_or(flatten(list_transform(one, lambda x: list_transform(
    other, lambda y: CASE WHEN abs(length(x) - length(y)) > 1 OR levenshtein(x, y) > 3 THEN false
                     WHEN damerau_levenshtein(x, y) = 1 THEN true ELSE one_character(x, y) END)))), false)
"""


class Missing(RuntimeError):
    """A library of the optional extra is not installed."""


def missing(name: str) -> list[str]:
    """Libraries that this backend needs and that are not installed."""
    return [library for library in NEEDED[name] if importlib.util.find_spec(library) is None]


def require(name: str) -> None:
    """Raises Missing, with what to install."""
    if name not in NEEDED:
        raise Missing(f"There is no backend {name!r}. There are: {', '.join(NEEDED)}.")
    if wanted := missing(name):
        raise Missing(
            f"Looking for candidates needs {' and '.join(wanted)}, which a plain installation leaves out. "
            f"Install them with: pip install '.[{EXTRA[name]}]'"
        )


@contextlib.contextmanager
def opened(name: str, *, memory: str = "2GB", threads: int | None = None) -> Iterator[Backend]:
    """A backend for one run; its temporary files are gone afterwards. `memory` as DuckDB writes it."""
    require(name)
    if name == SPARK:
        yield _spark()
        return
    with tempfile.TemporaryDirectory() as folder:
        yield _duckdb(memory=memory, threads=threads, folder=folder)


class Backend:
    """Tables in, SQL, tables out: what Splink's interface leaves to each database."""

    def __init__(self, *, name: str, api: Any, session: Any):
        self.name, self.api, self.session = name, api, session

    def register(self, table: pa.Table, name: str) -> None:
        """Make a table of this name."""
        if self.name == SPARK:
            self.session.createDataFrame(table).createOrReplaceTempView(name)
            return
        self.session.register(f"{name}_arrow", table)
        self.create(f"SELECT * FROM {name}_arrow", name)

    def create(self, sql: str, name: str) -> None:
        """Keep the rows of this SQL as a table."""
        if self.name == SPARK:
            self.session.sql(sql).cache().createOrReplaceTempView(name)
            return
        self.session.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")

    def frame(self, name: str) -> Any:
        """A table as Splink's dataframe."""
        return self.api.table_to_splink_dataframe(name, name)

    def rows(self, sql: str) -> list[tuple]:
        if self.name == SPARK:
            return [tuple(row) for row in self.session.sql(sql).collect()]
        return self.session.execute(sql).fetchall()

    def arrow(self, sql: str) -> pa.Table:
        if self.name == SPARK:
            return self.session.sql(sql).toArrow()
        return self.session.sql(sql).to_arrow_table()


def _duckdb(*, memory: str, threads: int | None, folder: str) -> Backend:
    import duckdb
    from splink import DuckDBAPI

    limits = {"memory_limit": memory, "temp_directory": folder, "preserve_insertion_order": "false"}
    session = duckdb.connect(":memory:", config=limits | ({"threads": str(threads)} if threads else {}))
    for macro in (NEAR, ONE_CHARACTER, NEAR_WRITTEN):
        session.execute(macro)
    return Backend(name=DUCKDB, api=DuckDBAPI(connection=session), session=session)


def _spark() -> Backend:
    """The session that is running, or a local one with Splink's functions for names and dates."""
    from pyspark.sql import SparkSession
    from splink import SparkAPI
    from splink.backends.spark import similarity_jar_location

    session = (
        SparkSession.builder.appName("ninefold candidates")
        .config("spark.jars", similarity_jar_location())
        .config("spark.sql.ansi.enabled", "false")
        .getOrCreate()
    )
    return Backend(
        name=SPARK, api=SparkAPI(spark_session=session, break_lineage_method="persist"), session=session
    )
