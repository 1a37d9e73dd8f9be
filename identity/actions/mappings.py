"""Saved mappings of a platform's columns onto the intake record."""

from django.utils.translation import gettext as _

from identity.files.items import Unusable
from identity.files.shaping import Shape
from identity.models import FileImport, Mapping


def save(
    *,
    name,
    type,
    columns,
    channel=None,
    constants=None,
    time_zone="Asia/Shanghai",
    rows_are_lines=False,
    own=False,
) -> Mapping:
    """Make the mapping `name`, or replace it if it is `own`. Raises identity.files.items.Unusable naming a wrong
    column or place, or a name that another mapping has."""
    if not own and Mapping.objects.filter(name=name).exists():
        raise Unusable(
            _("There is a mapping “%(name)s” already. Save this one under another name.") % {"name": name}
        )
    Shape(columns=columns, constants=constants, time_zone=time_zone)
    mapping, _made = Mapping.objects.update_or_create(
        name=name,
        defaults={
            "type": type,
            "columns": columns,
            "channel": channel,
            "constants": constants or {},
            "time_zone": time_zone,
            "rows_are_lines": rows_are_lines,
        },
    )
    return mapping


def shape(*, mapping: Mapping | FileImport) -> Shape:
    """What turns rows of a file into records, as a saved mapping or that of one import says."""
    constants = {"type": mapping.type}
    if mapping.channel_id:
        constants["channel"] = mapping.channel.code
    return Shape(
        columns=mapping.columns,
        constants=constants | mapping.constants,
        time_zone=mapping.time_zone,
        rows_are_lines=mapping.rows_are_lines,
    )
