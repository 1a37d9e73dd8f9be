"""Whom a campaign would meet."""

import datetime as dt

from tags.models import Audience


def members_sql(*, audience: Audience, as_of: dt.datetime) -> tuple[str, list]:
    """A statement whose one column is the ids of the audience's members at ``as_of``, and its parameters."""
    return "SELECT member_id FROM tags_audiencemember WHERE audience_id = %s", [audience.pk]
