"""The register of identity: which of its fields are about a person."""

from members.privacy.register import CLEARED, DELETED, REDUCED, REPLACED, Period, impersonal, personal

ASIDE_DAYS = 180
ERROR_DAYS = 365
QUARANTINE = {
    "key": "the channel's id of the record", "raw": "the record as it came", "message": "what is wrong with it",
    "note": "what a steward wrote", "serial": "serial number of the appliance",
}  # fmt: skip

PERSONAL = [
    *personal("identity.Identifier", why="identification", erased=REPLACED, value="telephone, e-mail, openid or another identifier"),
    *personal("identity.OrderContact", why="service", erased=DELETED, name="name given with an order"),
    *personal("identity.IntakeRecord", why="legal", erased=REPLACED, key="the channel's id of the record"),
    *personal("identity.IntakeRecord", why="legal", erased=REDUCED, raw="the record as it came"),
    *personal("identity.IntakeRecord", why="legal", erased=CLEARED, contact="the contact that a till told"),
    *personal("identity.QuarantineItem", why="operation", erased=DELETED, days=ASIDE_DAYS, **QUARANTINE),
    *personal("identity.Verdict", why="operation", erased=CLEARED, reason="why a steward decided so"),
    *personal("identity.ReviewCase", why="identification", erased=CLEARED, evidence="what two people have in common"),
    *personal("identity.BulkDecision", why="operation", erased=CLEARED, note="what a steward wrote"),
    *personal("identity.ReviewDecision", why="operation", erased=CLEARED, note="what a steward wrote"),
    *personal("identity.IngestRun", why="operation", erased=CLEARED, days=ERROR_DAYS, error="why a run failed"),
    *personal("identity.FileImport", why="operation", erased=CLEARED, error="why an import failed", report="what a trial of the file found"),
    *personal("identity.CandidateRun", why="operation", erased=CLEARED, error="why a run failed"),
    *personal("identity.Trial", why="operation", erased=CLEARED, reason="why a rule is tried", outcome="whom it would merge or part"),
]  # fmt: skip

IMPERSONAL = [
    *impersonal("identity.CandidateModel", "of a model", "name structure parameters"),
    *impersonal("identity.CandidateRun", "numbers over everybody", "backend cluster_sizes blocking"),
    *impersonal("identity.Touchpoint", "of a touchpoint", "code name place"),
    *impersonal("identity.TouchpointKey", "of a touchpoint", "realm"),
    *impersonal("identity.Signal", "of a touchpoint", "code name events"),
    *impersonal("identity.GapPlan", "a plan of the house", "action"),
    *impersonal("identity.EventSchema", "of a sort of events", "name title title_zh properties ends"),
    *impersonal("identity.EventSchemaVersion", "of a sort of events", "definition"),
    *impersonal("identity.Verdict", "of a model", "model"),
    *impersonal("identity.ReviewCase", "a hash, and a word of the house", "key reason"),
    *impersonal("identity.BulkDecision", "words of the house", "reason pattern"),
    *impersonal("identity.IdentifierKind", "of a kind", "code name max_distinct"),
    *impersonal("identity.Identifier", "where the value holds", "namespace shared"),
    *impersonal("identity.IngestRun", "of a file", "source fingerprint parts verdicts"),
    *impersonal("identity.Withdrawal", "why a file was taken back, and numbers", "reason counts"),
    *impersonal("identity.QuarantineItem", "where it came from, and a word of the house", "channel_code type code place position"),
    *impersonal("identity.CleaningRule", "of a rule", "field pattern result reason"),
    *impersonal("identity.Mapping", "of a sort of files", "name columns constants time_zone"),
    *impersonal("identity.FileImport", "of a file", "name path form headings columns constants time_zone"),
    *impersonal("identity.HashRecipe", "of a recipe", "name namespace secret_name applied"),
    *impersonal("identity.TrackingKey", "of a page", "key origins"),
    *impersonal("identity.Trial", "of a rule", "name kinds channels progress former former_channels"),
]  # fmt: skip

PERIODS = [
    Period(
        "identity.QuarantineItem",
        ASIDE_DAYS,
        "DELETE FROM identity_quarantineitem WHERE state <> 'open' AND decided_at < %(before)s",
    ),
    Period(
        "identity.IngestRun",
        ERROR_DAYS,
        "UPDATE identity_ingestrun SET error = '' WHERE ended_at < %(before)s AND error <> ''",
    ),
]
