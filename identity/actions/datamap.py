"""Setting up the data map."""

from django.db import transaction

from identity.actions import seeds
from identity.datamap import catalogue
from identity.models import Signal, Touchpoint, TouchpointKey


@transaction.atomic
def install() -> int:
    """Add the usual touchpoints with their keys and signals; how many were missing. What is there stays as it is."""
    seeds.first()
    return sum(_add(each) for each in catalogue.TOUCHPOINTS)


def _add(wanted: catalogue.Touchpoint) -> bool:
    made, is_new = Touchpoint.objects.get_or_create(
        kind=wanted.kind,
        place=wanted.place,
        defaults={
            "code": wanted.code,
            "name": wanted.name,
            "ecosystem": wanted.ecosystem,
            "stage": wanted.stage,
            "operable": wanted.operable,
        },
    )
    if is_new:
        TouchpointKey.objects.bulk_create(_keys(made, wanted))
        Signal.objects.bulk_create(_signals(made, wanted))
    return is_new


def _keys(made, wanted):
    how = {True: TouchpointKey.How.AUTHORISED, False: TouchpointKey.How.GIVEN}
    for position, key in enumerate(wanted.keys):
        yield TouchpointKey(
            touchpoint=made, kind_id=key.kind, realm=key.realm, how=how[key.authorised], position=position
        )


def _signals(made, wanted):
    for each in wanted.signals:
        yield Signal(touchpoint=made, **{**each._asdict(), "events": list(each.events)})
