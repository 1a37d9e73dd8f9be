"""Rights, codes and appliances are settled by one at a time: two would compute the same difference."""

from django.db import connection

ALONE = 7_765_022


def alone() -> None:
    """Wait until nobody else settles; held to the end of the transaction, and taken before any lock of a row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ALONE])
