"""What is settled by one at a time: two would compute the same difference."""

from django.db import connection

RIGHTS = 7_765_022  # rights, codes and appliances
# A few thousand keys are found by index and joined by hash, whatever the server thinks of tables that grew since it last
# looked; to compile such statements takes longer than to run them.
BY_INDEX = """
SELECT set_config('jit', 'off', true), set_config('enable_seqscan', 'off', true), set_config('enable_mergejoin', 'off', true)
"""
ALONE = f"{BY_INDEX}, pg_advisory_xact_lock(%s)"


def alone(*, lock: int = RIGHTS) -> None:
    """Wait until nobody else settles; held to the end of the transaction, and taken before any lock of a row."""
    with connection.cursor() as cursor:
        cursor.execute(ALONE, [lock])


def by_index() -> None:
    """To the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(BY_INDEX)
