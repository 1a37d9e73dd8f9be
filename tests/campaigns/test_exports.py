"""The export of an audience: consented members only, never without a row that says who took it."""

import csv
import hashlib
import io

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from campaigns.actions import exports
from campaigns.models import AudienceExport
from members.models import AccessRecord, Account
from tags.actions import audiences
from tags.queries import reach, sets
from tests import factories
from tests.campaigns import making
from tests.campaigns.making import NOW

pytestmark = pytest.mark.django_db
PHONE, EMAIL = "+8613800138000", "Anna@Example.com"


@pytest.fixture
def everybody(tree):
    """Anna agreed; Bo refused SMS later; Cai was never asked; Dai agreed and has no telephone; Eve's is shared."""
    app = factories.channel(organization=tree["g"])
    anna = making.reachable(channel=app, phone=PHONE, email=EMAIL.lower(), name="=Anna Li")
    bo = making.reachable(channel=app, phone="+8613800138001")
    making.consent(account=bo, touchpoint="sms", granted=False, at=NOW + NOW.resolution)
    cai = factories.account(channel=app)
    making.identifier(account=cai, kind="phone", value="+8613800138002")
    making.reachable(channel=app, email="dai@example.com")
    eve = making.reachable(channel=app)
    making.identifier(account=eve, kind="phone", value="+8613800138004", shared="shop")
    audience = audiences.save(
        name="Everybody", organization=tree["g"], condition={"all": []}, by=None, now=NOW
    )
    audience.anna = anna
    return audience


def taken(audience, **asked):
    asked = {"way": "sms", "purpose": "marketing", "form": "plain", "columns": [], "reason": "spring"} | asked
    row, file = exports.export(
        audience=audience, by=making.staff("anna"), now=NOW + 2 * NOW.resolution, **asked
    )
    with file:
        return row, file.read()


@pytest.mark.requirement("TAG-101")
def test_only_who_agreed_is_in_the_file_and_the_row_says_the_rest(everybody):
    row, data = taken(everybody, columns=["oneid", "name"])

    lines = list(csv.reader(io.StringIO(data.decode())))
    assert lines == [["sms", "oneid", "name"], [PHONE, everybody.anna.member.oneid, "'=Anna Li"]]
    assert row.exported == 1
    assert row.left_out == {"never asked": 1, "refused": 1, "no address": 2}
    assert row.digest == hashlib.sha256(data).hexdigest()
    assert (row.by.username, row.reason) == ("anna", "spring")
    record = AccessRecord.objects.get(action="export", field="audience")
    assert record.details["members"] == 1


def test_no_address_is_a_formula_and_a_number_stays_as_it_is(everybody, tree):
    making.reachable(channel=everybody.anna.channel, email="=1+1@example.com")
    making.reachable(channel=everybody.anna.channel, email="-2+cmd|x@example.com")
    _row, data = taken(everybody, way="email")
    lines = data.decode().split()
    assert {"'=1+1@example.com", "'-2+cmd|x@example.com", "anna@example.com"} <= set(lines)
    assert not any(line.startswith(("=", "-")) for line in lines)
    _row, data = taken(everybody)
    assert data.decode().split() == ["sms", PHONE]


@pytest.mark.parametrize(
    ("way", "form", "hashed"),
    [
        ("sms", "sha256", "+8613800138000"),
        ("sms", "sha256_digits", "8613800138000"),
        ("email", "sha256", "anna@example.com"),
    ],
)
def test_what_is_hashed_is_the_normal_form(everybody, way, form, hashed):
    _row, data = taken(everybody, way=way, form=form)
    head, *lines = data.decode().split()
    assert head == f"{way}_sha256"
    assert hashlib.sha256(hashed.encode()).hexdigest() in lines
    assert PHONE not in data.decode()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"reason": "  "}, "Say why"),
        ({"way": "pigeon"}, "Choose a way"),
        ({"form": "md5"}, "from the lists"),
        ({"columns": ["password"]}, "from the lists"),
        ({"form": "sha256", "columns": ["name"]}, "nothing but hashes"),
    ],
)
def test_what_may_not_be_is_refused_and_nothing_is_logged(everybody, asked, said):
    with pytest.raises(exports.Refused, match=said):
        taken(everybody, **asked)
    assert not AudienceExport.objects.exists()


def test_the_log_is_only_written(everybody):
    row, _data = taken(everybody)
    for statement in (
        "UPDATE campaigns_audienceexport SET reason = 'x'",
        "DELETE FROM campaigns_audienceexport",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    row.refresh_from_db()


@pytest.mark.requirement("TAG-101")
def test_the_reach_counts_whom_an_export_would_hold(everybody):
    members = sets.fetched(audiences.audiences.members(audience=everybody, as_of=NOW))
    now = NOW + sets.SLOT
    assert {way.code: way.count for way in reach.of(members, now=now)} == {
        "sms": 1, "email": 2, "push": 0, "wecom": 0,
    }  # fmt: skip
    Account.objects.filter(pk=everybody.anna.pk).update(revoked_at=NOW, revoke_reason="left")
    assert reach.of(members, now=now)[0].count == 0
    size = everybody.sizes.get()
    assert (size.count, size.reach["email"]) == (5, 2)


def test_the_door_needs_the_right_and_the_reach(client, tree, everybody):
    page = reverse("admin:campaigns_audienceexport_of", args=[everybody.pk])
    asked = {"way": "sms", "purpose": "marketing", "form": "plain", "reason": "spring"}

    client.force_login(factories.staff(organization=tree["g"], permissions="tags.view_audience"))
    assert client.post(page, asked).status_code == 403

    rights = "tags.view_audience tags.export_audience campaigns.view_audienceexport"
    client.force_login(factories.staff(organization=tree["b1"], permissions=rights))
    assert client.post(page, asked).status_code == 404

    client.force_login(factories.staff(organization=tree["g"], permissions=rights))
    assert client.post(page, asked | {"reason": ""}).status_code == 200
    assert not AudienceExport.objects.exists()
    answer = client.post(page, asked)
    assert PHONE in b"".join(answer.streaming_content).decode()
    assert "no-store" in answer["Cache-Control"]
    log = client.get(reverse("admin:campaigns_audienceexport_changelist")).content.decode()
    assert "spring" in log
    shown = client.get(reverse("admin:tags_audience_change", args=[everybody.pk])).content.decode()
    assert page in shown
