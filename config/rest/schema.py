"""What the OpenAPI document says of every operation: its scope, its key, its problems."""

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from identity.records import shapes

TEXT = {"type": "string"}
PROBLEM = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri", "example": "urn:ninefold:problem:invalid"},
        "title": {"type": "string", "example": "Bad Request"},
        "status": {"type": "integer", "example": 400},
        "detail": {"type": "string", "example": "The request is not valid: see errors."},
        "instance": {"type": "string", "example": "/api/v1/members"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["place", "message", "remedy"],
                "properties": {"place": TEXT, "message": TEXT, "remedy": TEXT},
            },
        },
    },
}
ALWAYS = {
    "401": "No key, or one that is unknown, revoked or expired.",
    "403": "The key lacks the scope of this operation.",
    "406": "Only `application/json` is answered.",
    "429": "Too many calls: wait the seconds of `Retry-After`.",
    "500": "A fault on our side; it has been logged.",
    "503": "The database cannot be reached just now: send the same again.",
}
WITH_PARAMETERS = {"400": "A parameter or the body is not valid: `errors` names the place and the remedy."}
WITH_PATH = {"404": "Not there, or outside the organization of the key."}
WITH_BODY = {"413": "The body is too large.", "415": "The body must be `application/json`."}


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "config.rest.admission.ChannelKeyAuthentication"
    name = "ChannelKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Api-Key PREFIX.SECRET`, made by `manage.py create_key` and shown once.",
        }


class Schema(AutoSchema):
    def get_description(self) -> str:
        scope = getattr(self.view, "scopes", {}).get(self.method)
        described = super().get_description()
        return f"{described}\n\nScope: `{scope}`." if scope else described


def add_problems(result: dict, generator: object, **_more: object) -> dict:
    """Every operation answers its refusals with the same document."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status, description in _refusals(path, operation).items():
                operation["responses"].setdefault(status, _problem(description))
            operation["responses"] = dict(sorted(operation["responses"].items()))
    return result


def _refusals(path: str, operation: dict) -> dict[str, str]:
    found = {**ALWAYS, **WITH_PARAMETERS}
    if "{" in path or path.endswith("/lookup"):
        found |= WITH_PATH
    if "requestBody" in operation:
        found |= WITH_BODY
    return found


def _problem(description: str) -> dict:
    body = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if description.startswith("Too many"):
        header = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
        return {"description": description, "headers": header, "content": body}
    return {"description": description, "content": body}


def add_records(result: dict, generator: object, **_more: object) -> dict:
    """The intake contract, from the very structs that read it."""
    union = shapes.Account | shapes.Order | shapes.Return | shapes.Review | shapes.Event
    [record], parts = msgspec.json.schema_components(
        [union],
        schema_hook=lambda _type: {"description": "Read by cleaning."},
        ref_template="#/components/schemas/Record{name}",
    )
    described = "One fact of one channel. Unknown fields are kept in the raw record, never dropped."
    result["components"]["schemas"]["Record"] = {**record, "description": described}
    result["components"]["schemas"] |= {f"Record{name}": part for name, part in parts.items()}
    return result
