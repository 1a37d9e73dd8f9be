"""Why accounts are one person, and which OneIDs changed."""

from django.db.models import Exists, OuterRef, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.models import LineageEntry
from identity.queries import lineage, links
from members import masking
from members.models import Account, ChannelKey
from members.queries import people


class AccountSerializer(serializers.Serializer):
    """An account as a key may see it: by name if it is the key's own channel's, not at all if it is elsewhere."""

    number = serializers.IntegerField(help_text="Tells the accounts of this answer apart.")
    channel = serializers.CharField(allow_null=True, help_text="null: an account beyond the key's node.")
    external_id = serializers.CharField(
        allow_null=True, help_text="Whole for your own channel, else masked; null for a till's contact."
    )


class SharedIdentifierSerializer(serializers.Serializer):
    kind = serializers.CharField()
    masked = serializers.CharField(help_text="138****1234; stars between two accounts beyond the key's node.")
    strength = serializers.IntegerField(help_text="Closeness to the real person.")


class LinkSerializer(serializers.Serializer):
    left = serializers.IntegerField(help_text="Number of an account.")
    right = serializers.IntegerField()
    by = serializers.CharField(
        help_text="business: the customer bound, authorised, joined or logged in, or a steward said so; "
        "observed: channels saw the same identifier; model: an accepted score."
    )
    identifier = SharedIdentifierSerializer(allow_null=True)
    verdict = serializers.CharField(allow_null=True, help_text="A steward's word, such as same.")


class ReasonSerializer(serializers.Serializer):
    account = AccountSerializer()
    chain = LinkSerializer(many=True, help_text="From the account that gives the OneID to this one.")


class WhyLinkedSerializer(serializers.Serializer):
    oneid = serializers.CharField()
    accounts = ReasonSerializer(many=True)
    others = AccountSerializer(many=True, help_text="Accounts that chains lead over.")


class LineageSerializer(serializers.ModelSerializer):
    channel = serializers.CharField(source="account.channel.code")
    external_id = serializers.SerializerMethodField()
    previous = serializers.CharField(source="from_member.oneid")
    current = serializers.CharField(source="to_member.oneid", help_text="As of this move.")

    class Meta:
        model = LineageEntry
        fields = ["at", "channel", "external_id", "previous", "current"]

    def get_external_id(self, entry: LineageEntry) -> str | None:
        return _external_id(entry.account, key=self.context["request"].auth)


@extend_schema(tags=["members"], summary="Show why accounts are one person", responses=WhyLinkedSerializer)
class WhyLinked(APIView):
    """For each account of the member that the key sees, the chain of shared identifiers that joins it."""

    scopes = {"GET": "query"}

    def get(self, request: Request, oneid: str) -> Response:
        member = people.current(oneid_text=oneid, node=request.auth.organization)
        return Response(
            _Explanation(links.why_linked(member=member), key=request.auth).shown(oneid=member.oneid)
        )


@extend_schema(tags=["members"], summary="Follow changes of OneIDs")
class Lineage(generics.ListAPIView):
    """Accounts that went from one OneID to another, in the order of the changes.

    A feed without an end: keep `next`, and ask it again later.
    """

    scopes = {"GET": "browse"}
    serializer_class = LineageSerializer
    queryset = LineageEntry.objects.none()
    keyset = ("tx", "id")
    feed = True

    def get_queryset(self) -> QuerySet[LineageEntry]:
        here = people.accounts(node=self.request.auth.organization).filter(pk=OuterRef("account"))
        return lineage.since().filter(Exists(here))


class _Explanation:
    """Reasons as one key may read them: each account gets a number; those elsewhere have nothing else."""

    def __init__(self, reasons: list[links.Reason], *, key: ChannelKey):
        self.key = key
        self.reasons = reasons
        met = [reason.account for reason in reasons]
        met += [side for reason in reasons for link in reason.chain for side in (link.left, link.right)]
        self.numbers = {account: number for number, account in enumerate(dict.fromkeys(met), start=1)}
        here = people.accounts(node=key.organization).filter(pk__in=[account.pk for account in self.numbers])
        self.here = set(here)

    def shown(self, *, oneid: str) -> dict:
        seen = [reason for reason in self.reasons if reason.account in self.here]
        chains = [[self._link(link) for link in reason.chain] for reason in seen]
        over = {number for chain in chains for link in chain for number in (link["left"], link["right"])}
        over -= {self.numbers[reason.account] for reason in seen}
        return {
            "oneid": oneid,
            "accounts": [
                {"account": self._account(reason.account), "chain": chain}
                for reason, chain in zip(seen, chains, strict=True)
            ],
            "others": [self._account(account) for account, number in self.numbers.items() if number in over],
        }

    def _account(self, account: Account) -> dict:
        shown = {"number": self.numbers[account], "channel": None, "external_id": None}
        if account in self.here:
            shown |= {"channel": account.channel.code, "external_id": _external_id(account, key=self.key)}
        return shown

    def _link(self, link: links.Link) -> dict:
        return {
            "left": self.numbers[link.left],
            "right": self.numbers[link.right],
            "by": link.by,
            "identifier": self._identifier(link) if link.identifier else None,
            "verdict": link.verdict.kind if link.verdict else None,
        }

    def _identifier(self, link: links.Link) -> dict:
        kind = link.identifier.kind
        near = link.left in self.here or link.right in self.here
        masked = masking.contact(kind=kind.code, value=link.identifier.value) if near else "****"
        return {"kind": kind.code, "masked": masked, "strength": kind.strength}


def _external_id(account: Account, *, key: ChannelKey) -> str | None:
    """The account's name at its channel; a contact account is named by a contact, which is not shown."""
    if account.is_contact:
        return None
    if account.channel_id == key.channel_id:
        return account.external_id
    return masking.identifier(account.external_id)
