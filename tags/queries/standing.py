"""What a tag says and how it is found, as a mark: whoever changes or approves it says which state of it he saw."""

import hashlib
import json

from django.core.serializers.json import DjangoJSONEncoder

from tags.models import Tag
from tags.models.tag import SAID
from tags.queries import definitions

FIELDS = (
    *SAID, "name", "category_id", "kind", "source", "unit", "levels_reason", "wanted_signals", "expires_at", "status",
)  # fmt: skip


def mark(*, tag: Tag) -> str:
    """Another text as soon as anything of it is another: 16 hexadecimal digits of SHA-256."""
    told = {name: getattr(tag, name) for name in FIELDS}
    rules = definitions.document(tag=tag)
    written = json.dumps([told, rules], cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:16]
