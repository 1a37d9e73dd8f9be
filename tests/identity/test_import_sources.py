"""Sources that give only files, orders or logins: whom they make, and how sure that is."""

import pytest

from identity.actions import imports
from identity.queries import origins
from members.models import Account, Channel, Event, Member, Membership, Order
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, day, event
from tests.identity.imported import read

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nodes(db, tmp_path, settings):
    settings.VAR = tmp_path
    found = company.build()
    for code, kind, source_class in (
        ("xhs", "xiaohongshu", "ecommerce"),
        ("crm", "crm", "self_operated"),
        ("weibo", "weibo", "social"),
        ("jd", "jd", "ecommerce"),
    ):
        factories.channel(organization=found["b1"], code=code, kind=kind, source_class=source_class)
    return found


def brought(text, channel, steward, mapping):
    made = imports.bring(name="export.csv", content=[text.encode("gb18030")], by=steward, now=NOW)
    assert mapping in made.mapping.name
    imports.arrange(imported=made, by=steward, now=NOW, channel=Channel.objects.get(code=channel))
    return read(made, steward)


XHS = "订单号,订单创建时间,订单状态,商品编码,商品名称,SKU件数,商品实付,收件人姓名,收件人手机号,收件人省,收件人市\n"


@pytest.mark.requirement("IDN-009")
def test_a_xiaohongshu_order_makes_or_joins_a_customer_who_is_less_sure(steward):
    accept(account("u1", phone="13800000001", profile={"name": "李雷"}))
    text = XHS + "P1,2026-01-02 03:04:05,已完成,S1,Kettle,1,99.00,李雷,13800000001,山东省,青岛市\n"
    text += "P1,2026-01-02 03:04:05,已完成,S2,Cup,2,10.00,李雷,13800000001,山东省,青岛市\n"
    text += "P2,2026-01-03 03:04:05,待发货,S1,Kettle,1,99.00,韩梅梅,13800000002,山东省,济南市\n"
    done = brought(text, "xhs", steward, "Xiaohongshu")
    assert done.run.verdicts == {"accepted": 2}
    assert dict(Order.objects.values_list("external_id", "amount")) == {"P1": 109, "P2": 99}
    made = Account.objects.filter(channel__code="xhs")
    found = origins.of(accounts=list(Account.objects.values_list("pk", flat=True)))
    named = found[Account.objects.get(external_id="u1").pk]
    assert (named.source, named.confidence) == ("account", 1.0)
    assert {found[each.pk] for each in made} == {origins.Origin("order", 0.6)}
    merged = Order.objects.get(external_id="P1").account.member
    assert merged.accounts.filter(external_id="u1").exists()
    assert Member.objects.active().count() == 2


@pytest.mark.requirement("IDN-012")
def test_a_login_links_device_and_telephone():
    device = {"kind": "device", "value": "A1-7"}
    accept(
        event("open_app", channel="ad", identifiers=[device]),
        account("card-1", channel="pos", phone="13800000001"),
    )
    assert Member.objects.active().count() == 2
    token = {"kind": "push_token", "value": "tok-1"}
    login = event("login", "u1", on=2, identifiers=[device, {"kind": "phone", "value": "13800000001"}, token])
    [said] = accept(login)
    assert (said.verdict, said.waiting) == ("accepted", "")
    assert Member.objects.active().count() == 1
    app = Account.objects.get(external_id="u1")
    kinds = set(app.bindings.filter(source=None).values_list("identifier__kind", flat=True))
    assert kinds == {"device", "phone", "push_token"}
    assert origins.of(accounts=[app.pk])[app.pk] == origins.Origin("event", 0.9)


@pytest.mark.requirement("IDN-014")
def test_a_scanned_store_code_makes_a_member_who_joined_there(nodes):
    factories.organization(code="store-12", kind="store", parent=nodes["d2"])
    scanned = event(
        "scan",
        channel="pos",
        identifiers=[{"kind": "openid", "value": "o6-1"}],
        properties={"scene": "store_12"},
    )
    accept(scanned)
    joined = Membership.objects.get(joined_at__isnull=False)
    assert joined.organization.code == joined.join_source.code == "store-12"
    assert joined.account.channel.source_class == "offline"
    assert joined.account.member.retired_at is None


def test_a_scene_that_is_no_store_joins_nothing():
    accept(
        event(
            "scan",
            channel="pos",
            identifiers=[{"kind": "openid", "value": "o1"}],
            properties={"scene": "spring"},
        )
    )
    assert not Membership.objects.filter(joined_at__isnull=False).exists()


@pytest.mark.requirement("IDN-016")
def test_the_number_of_the_crm_is_kept_as_child_id(steward):
    text = "客户编号,客户姓名,手机号,生日,创建时间\nC-0001,李雷,13800000001,1984/5/6,2025-01-02 03:04:05\n"
    brought(text, "crm", steward, "CRM")
    child = Account.objects.get()
    assert (child.channel.code, child.external_id, child.is_contact) == ("crm", "C-0001", False)
    assert child.traits["birth_date"]["value"] == "1984-05-06"
    assert child.member.oneid


@pytest.mark.requirement("IDN-017")
def test_a_weibo_uid_is_an_identifier_and_the_follow_is_kept(steward):
    text = "微博UID,昵称,性别,关注时间\n5187664653,李雷,男,2026-01-02 03:04:05\n"
    brought(text, "weibo", steward, "Weibo")
    fan = Account.objects.get()
    assert fan.external_id == "5187664653"
    assert fan.bindings.get().identifier.kind_id == "weibo_uid"
    assert Event.objects.get(name="follow").account == fan


def test_jd_lines_are_put_together_and_a_receiver_is_not_the_buyer(steward):
    text = "订单号,下单帐号,下单时间,订单状态,商品ID,商品名称,订购数量,京东价,运费金额,客户姓名,联系电话\n"
    text += "9001,pin-1,2026-01-02 03:04:05,完成,S1,Kettle,1,99.00,6.00,李雷,13800000001\n"
    text += "9001,pin-1,2026-01-02 03:04:05,完成,S2,Cup,2,10.00,6.00,李雷,13800000001\n"
    brought(text, "jd", steward, "JD")
    order = Order.objects.get()
    assert (order.amount, order.status, order.account_key) == (125, "completed", "pin-1")
    assert order.contacts.get().role == "receiver"
    assert not Account.objects.exists()


def test_a_tmall_export_states_what_was_paid(steward):
    text = "订单编号,买家会员名,买家实际支付金额,订单状态,订单创建时间,订单付款时间,宝贝标题,联系手机\n"
    text += 'T1,tb-9,"1,299.00",交易成功,2026-01-02 03:04:05,2026-01-02 03:05:00,Kettle,\'13800000001\n'
    accept(account("tb-9", channel="tmall"))
    brought(text, "tmall", steward, "Tmall")
    order = Order.objects.get()
    assert (order.amount, order.status, order.account.external_id) == (1299, "completed", "tb-9")


def test_staff_keep_their_version_of_a_mapping(steward):
    from identity.actions import seeds
    from identity.models import Mapping

    seeds.mappings()
    Mapping.objects.filter(name__startswith="CRM").update(columns={"编号": "external_id"})
    seeds.mappings()
    assert Mapping.objects.get(name__startswith="CRM").columns == {"编号": "external_id"}


def test_an_event_without_identifiers_still_waits_for_its_account():
    [said] = accept(event("login", "u1", occurred_at=day(3)))
    assert said.waiting == "account"
