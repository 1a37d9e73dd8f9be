from identity.models.identifier import Binding, Identifier, IdentifierKind, OrderContact
from identity.models.intake import CleaningRule, IngestRun, IntakeRecord, Mapping, QuarantineItem, RecordType
from identity.models.review import (
    BulkDecision,
    LineageEntry,
    ReviewCase,
    ReviewDecision,
    SecondLook,
    Verdict,
)

__all__ = [
    "Binding",
    "BulkDecision",
    "CleaningRule",
    "Identifier",
    "IdentifierKind",
    "IngestRun",
    "IntakeRecord",
    "LineageEntry",
    "Mapping",
    "OrderContact",
    "QuarantineItem",
    "RecordType",
    "ReviewCase",
    "ReviewDecision",
    "SecondLook",
    "Verdict",
]
