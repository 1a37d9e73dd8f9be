from identity.models.identifier import Binding, Identifier, IdentifierKind, OrderContact
from identity.models.intake import CleaningRule, IngestRun, IntakeRecord, Mapping, QuarantineItem, RecordType
from identity.models.review import LineageEntry, ReviewCase, Verdict

__all__ = [
    "Binding",
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
    "Verdict",
]
