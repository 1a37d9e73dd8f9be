"""The screens of imports: what is shown of a file, to whom, and what each may do."""

import csv
import io

import pytest
from django.urls import reverse

from identity.actions import imports
from members.models import Channel
from tests import factories, pages
from tests.identity import company
from tests.identity.company import NOW
from tests.identity.imported import bring, customers, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nodes(db, tmp_path, settings):
    settings.VAR = tmp_path
    return company.build()


class TestScreen:
    def page(self, client, imported):
        return client.get(reverse("admin:identity_fileimport_change", args=[imported.pk]))

    def test_values_are_masked_and_the_report_downloaded(self, client, steward):
        client.force_login(steward)
        answer = client.post(
            reverse("admin:identity_fileimport_add"),
            {"file": io.BytesIO(customers().encode("gb18030"))},
        )
        assert "CSV" in str(next(iter(answer.wsgi_request._messages)))
        brought = bring(customers(), steward)
        shown = self.page(client, brought).content.decode()
        assert "13800000001" not in shown
        assert "138****0000" in shown
        imports.check(imported=brought, by=steward, now=NOW)
        work()
        got = client.get(reverse("admin:identity_fileimport_report", args=[brought.pk]))
        rows = list(csv.reader(io.StringIO(got.content.decode("utf-8-sig"))))
        assert {row[0] for row in rows[1:]} == {"99", "100", "101"}

    def test_it_is_for_those_who_may(self, client, nodes, steward):
        brought = bring(customers(), steward, channel="pos2")
        client.force_login(factories.staff(organization=nodes["s1"], permissions="identity.view_fileimport"))
        assert self.page(client, brought).status_code == 404
        client.force_login(factories.staff(organization=nodes["s2"], permissions="identity.view_fileimport"))
        assert self.page(client, brought).status_code == 200
        for name in ("check", "read", "arrange", "undo"):
            url = reverse(f"admin:identity_fileimport_{name}", args=[brought.pk])
            assert client.post(url).status_code == 403
        assert client.get(reverse("admin:identity_fileimport_add")).status_code == 403

    def test_a_channel_beyond_reach_cannot_be_chosen(self, client, nodes):
        user = factories.staff(
            organization=nodes["s1"],
            permissions="identity.view_fileimport identity.change_fileimport identity.add_fileimport",
        )
        client.force_login(user)
        brought = bring(customers(), user, channel="pos")
        other = Channel.objects.get(code="pos2")
        client.post(
            reverse("admin:identity_fileimport_arrange", args=[brought.pk]),
            {
                "channel": other.pk,
                "time_zone": "Asia/Shanghai",
                "column-0": "identifiers.phone",
                "type": "account",
            },
        )
        brought.refresh_from_db()
        assert brought.channel.code == "pos"


def test_what_is_wrong_is_shown_by_column_and_a_code_so_that_it_can_be_read(client):
    user = factories.staff(superuser=True)
    client.force_login(user)
    content = "会员号,手机号,性别\nK-1,12345,male?\n".encode("gb18030")
    imported = imports.bring(name="list.csv", content=[content], by=user, now=NOW)
    address = reverse("admin:identity_fileimport_change", args=[imported.pk])
    assert "Choose the channel" in client.get(address).content.decode()
    imports.arrange(imported=imported, by=user, now=NOW, channel=Channel.objects.get(code="app"))
    page = client.get(address).content.decode()
    assert "性别: The sex cannot be read." in page
    assert "手机号: This is not a telephone number." in page
    assert "$." not in page
    imports.check(imported=imported, by=user, now=NOW)
    imports.work(imported=imported, clock=lambda: NOW, until=NOW)
    told = {each["column"]: each["value"] for each in imported.report["listed"]}
    assert told == {"性别": "male?", "手机号": "****"}

    def test_tiers_without_an_organization_are_of_where_the_channel_belongs_unless_another_is_chosen(
        self, client, steward, nodes
    ):
        client.force_login(steward)
        brought = bring("手机号,会员等级\n13800000001,gold\n13800000002,silver\n", steward, channel="")
        url = reverse("admin:identity_fileimport_arrange", args=[brought.pk])
        sent = pages.fields(self.page(client, brought)) | {
            "channel": Channel.objects.get(code="pos").pk,
            "keep": "",
        }
        for chosen, code in (("", "s1"), ("b1", "b1")):
            client.post(url, sent | {"member_of": chosen})
            brought.refresh_from_db()
            assert brought.constants["membership.organization"] == code
        shown = self.page(client, brought).content.decode()
        assert "Member of</span> b1" in shown
        assert "Tier</span> gold" in shown
        assert "kept out" not in shown

    def test_a_file_of_which_no_row_would_be_taken_in_cannot_be_read(self, client, steward):
        client.force_login(steward)
        brought = bring("手机号,姓名\n12345,坏一\n,坏二\n", steward)
        imports.check(imported=brought, by=steward, now=NOW)
        work()
        shown = self.page(client, brought).content.decode()
        assert "No row would be taken in." in shown
        assert "Read it into the pool" not in shown
        assert "2 × Nothing is left to know the customer by." in shown
