"""Events of connected appliances name a serial number and no account: they belong to whoever owns the appliance."""

from identity.records import problems
from members.queries import appliances

UNBOUND = "device.unbound"


def own(*, entries) -> None:
    """Give entries that tell a serial number the account of its owner; keep out those of appliances that nobody owns.

    One look-up for a batch, and none where no such entry is in it.
    """
    told = [entry for entry in entries if entry.serial and not entry.cleaned.stops]
    if not told:
        return
    owners = appliances.owners(serials={entry.serial for entry in told})
    for entry in told:
        entry.owner = owners.get(entry.serial)
        if entry.owner is None:
            found = problems.of(UNBOUND, place="$.properties.serial", value=entry.serial)
            entry.cleaned.problems = [*entry.cleaned.problems, found]
            entry.cleaned.stops = True
