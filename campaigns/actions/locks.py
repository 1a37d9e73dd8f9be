"""Batches of a campaign run side by side; whoever changes its state waits for them and holds up new ones.

Advisory locks, because they queue fairly: row locks shared by ever new batches could starve a pause for ever.
"""

SPACE = 0x4E43  # the campaigns' own number space among advisory locks
ENTRIES = 0x4E45  # another space, with one place


def alone(cursor, *, campaign_id: int) -> None:
    """Wait for batches under way and keep new ones out until the transaction ends."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [SPACE, campaign_id])


def together(cursor, *, campaign_id: int) -> None:
    """Run beside other batches. A batch is small beside its tables: probe by index, and compile no plans."""
    cursor.execute(
        "SELECT pg_advisory_xact_lock_shared(%s, %s),"
        " set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)",
        [SPACE, campaign_id],
    )


def entries(cursor) -> None:
    """One at a time compares audiences with who has entered. Taken before the locks of campaigns, never after."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [ENTRIES])
