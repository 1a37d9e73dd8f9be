import datetime as dt

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from members.actions import keys
from members.models import Channel, ChannelKey, Organization


class Command(BaseCommand):
    help = "Make an API key for a channel and show its secret, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("channel", help="code of the channel that will use the key")
        parser.add_argument("--scope", action="append", required=True, choices=ChannelKey.Scope.values,
                            dest="scopes", help="what the key may do; give it once for each scope")  # fmt: skip
        parser.add_argument(
            "--organization", help="code of the node whose members it sees; the channel's own"
        )
        parser.add_argument("--name", default="", help="what the key is for")
        parser.add_argument("--days", type=int, help="the key expires after so many days")

    def handle(self, *, channel: str, scopes: list[str], organization: str | None, name: str,
               days: int | None, **_options: object) -> None:  # fmt: skip
        owner = _named(Channel, code=channel)
        node = _named(Organization, code=organization) if organization else owner.organization
        if days is not None and not 1 <= days <= 36_500:
            raise CommandError("--days must be between 1 and 36500.")
        expires_at = timezone.now() + dt.timedelta(days=days) if days else None
        _key, secret = keys.issue(
            channel=owner, organization=node, scopes=scopes, name=name or owner.name, expires_at=expires_at
        )
        self.stdout.write(secret)
        self.stderr.write(
            f"Key of {owner.code} at {node.code} for {', '.join(scopes)}: it is not shown again."
        )


def _named(model: type, *, code: str) -> Channel | Organization:
    found = model.objects.filter(code=code).first()
    if found is None:
        known = ", ".join(model.objects.order_by("code").values_list("code", flat=True)[:20])
        raise CommandError(f"There is no {model._meta.verbose_name} {code!r}. Known: {known or 'none yet'}.")
    return found
