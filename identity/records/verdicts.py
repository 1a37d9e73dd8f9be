"""The answer to each record of a batch."""

from msgspec import Struct, structs

from identity.records.problems import Problem

ACCEPTED = "accepted"
DUPLICATE = "duplicate"
UPDATED = "updated"
QUARANTINED = "quarantined"
REJECTED = "rejected"
ERASED = "erased"  # of somebody who was erased: counted, and not kept
ALL = (ACCEPTED, UPDATED, DUPLICATE, QUARANTINED, REJECTED, ERASED)


class Verdict(Struct, kw_only=True, omit_defaults=True):
    """`waiting` names what the record waits for: "account" or "order"; `quarantine` is the kept item's id."""

    verdict: str
    type: str = ""
    channel: str = ""
    external_id: str = ""
    waiting: str = ""
    quarantine: int | None = None
    problems: list[Problem] = []


def as_json(verdict: Verdict) -> dict:
    """The verdict as the API and `ingest --json` show it."""
    shown = {name: value for name, value in structs.asdict(verdict).items() if value or name == "verdict"}
    shown["problems"] = [structs.asdict(problem) for problem in verdict.problems]
    return shown
