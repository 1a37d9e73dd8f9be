"""The OpenAPI document of the till's doors, from the very structs that read and write."""

import msgspec


def body(kind: type) -> dict:
    return {"application/json": _whole(kind)}


def answer(kind: type) -> dict:
    return _whole(kind)


def _whole(kind: type) -> dict:
    """With its parts written out, for the document has no room of ours for them."""
    [named], parts = msgspec.json.schema_components([kind], ref_template="{name}")
    return _written_out(named, parts)


def _written_out(node: object, parts: dict[str, dict]) -> object:
    if isinstance(node, list):
        return [_written_out(each, parts) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        more = {name: each for name, each in node.items() if name != "$ref"}
        return {**_written_out(parts[node["$ref"]], parts), **more}
    return {name: _written_out(each, parts) for name, each in node.items()}
