from identity.models.candidate import CandidateModel, CandidateRun
from identity.models.datamap import GapPlan, Signal, Stage, Touchpoint, TouchpointKey
from identity.models.eventschema import EventSchema, EventSchemaVersion
from identity.models.identifier import Binding, Identifier, IdentifierKind, OrderContact
from identity.models.importing import FileImport
from identity.models.intake import (
    CleaningRule,
    IngestRun,
    IntakeRecord,
    Mapping,
    QuarantineItem,
    RecordType,
    Withdrawal,
)
from identity.models.lineage import LineageEntry
from identity.models.recipe import HashedForm, HashRecipe
from identity.models.review import BulkDecision, ReviewCase, ReviewDecision, SecondLook
from identity.models.tracking import TrackingKey
from identity.models.trial import Trial
from identity.models.verdict import Verdict

__all__ = [
    "Binding",
    "BulkDecision",
    "CandidateModel",
    "CandidateRun",
    "CleaningRule",
    "EventSchema",
    "EventSchemaVersion",
    "FileImport",
    "GapPlan",
    "HashRecipe",
    "HashedForm",
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
    "Signal",
    "Stage",
    "Touchpoint",
    "TouchpointKey",
    "TrackingKey",
    "Trial",
    "Verdict",
    "Withdrawal",
]
