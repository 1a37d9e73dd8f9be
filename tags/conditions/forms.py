"""What a visual builder needs to know of the language: each leaf with its fields, told by the leaves themselves.

``{leaf: {"label", "fields": [{"name", "label", "kind", "ops", "options", "optional", "many", "default"[, "by", "cases"]}]}}``,
all of it JSON; labels in the reader's language. See ``tags.conditions.form`` for what the words mean.
"""

from tags.conditions.leaves.registry import FORMS


def told() -> dict[str, dict]:
    return {name: form.told() for name, form in FORMS.items()}
