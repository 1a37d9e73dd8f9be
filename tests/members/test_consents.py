"""Consents with the words they were given for, their proof, their withdrawal, and what follows from both."""

import datetime as dt
import itertools

import pytest
from django.db import DatabaseError, connection, transaction

from identity.actions import oneid
from members.actions import benefits, consents
from members.models import Account, BenefitGrant, ClosedLink, Consent, Member, PromiseText
from tags.actions import compute
from tags.models import MemberTags, TagValue
from tests import factories
from tests.campaigns import making
from tests.identity import company

pytestmark = pytest.mark.django_db
NOW = company.NOW
WORDS = "We recognise you in every shop, and you get a coupon of 20."


def promise(version="v1", *, purpose="identification", benefit="welcome-20", language="en", text=WORDS):
    return PromiseText.objects.create(
        purpose=purpose, language=language, version=version, text=text, benefit=benefit, valid_from=NOW
    )


def said(purpose="identification", *, granted=True, on=1, version="v1", **more):
    return {"purpose": purpose, "granted": granted, "at": company.day(on), "text_version": version, **more}


@pytest.mark.requirement("IDN-083")
def test_a_consent_keeps_the_version_of_the_promise_and_the_words_cannot_change():
    company.build()
    text = promise()
    company.accept(company.account("u1", consents=[said(language="en", shown=text.digest, ip="203.0.113.7")]))
    kept = Consent.objects.get()
    assert (kept.text_version, kept.shown, kept.ip) == ("v1", text.digest, "203.0.113.7")
    assert PromiseText.objects.get(purpose=kept.purpose, version=kept.text_version).text == WORDS
    for change in ("UPDATE members_promisetext SET text = 'less'", "DELETE FROM members_promisetext"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(change)


@pytest.mark.requirement("IDN-084")
def test_authorising_grants_a_benefit_and_withdrawing_closes_the_identity_link():
    company.build()
    promise()
    phone = {"phone": "13812340001"}
    company.accept(
        company.account("u1", consents=[said(on=1)], **phone), company.account("m1", channel="mall", **phone)
    )
    assert Member.objects.active().count() == 1
    grant = BenefitGrant.objects.get()
    assert (grant.benefit, grant.ended_at) == ("welcome-20", None)

    company.accept(company.account("u1", on=5, consents=[said(granted=False, on=5)], **phone))
    assert Member.objects.active().count() == 2
    assert ClosedLink.objects.get().account.external_id == "u1"
    assert BenefitGrant.objects.get().ended_at.isoformat() == company.day(5)
    company.accept(company.account("new-one", channel="mall", on=6, **phone))
    assert Account.objects.get(external_id="u1").member.accounts.count() == 1
    assert not oneid.rebuild(now=NOW)

    company.accept(company.account("u1", on=9, consents=[said(on=9, version="v2")], **phone))
    assert Member.objects.active().count() == 1
    again = BenefitGrant.objects.get()
    assert (again.ended_at, again.granted_at) == (None, grant.granted_at)


def test_a_withdrawal_counts_whenever_it_arrives_and_however_often():
    outcomes = set()
    for order in itertools.permutations(range(3)):
        with transaction.atomic():
            company.build()
            promise()
            phone = {"phone": "13812340001"}
            records = [
                company.account("u1", on=1, consents=[said(on=1)], **phone),
                company.account("u1", on=5, consents=[said(granted=False, on=5)], **phone),
                company.account("m1", channel="mall", on=2, **phone),
            ]
            for place in (*order, *order):
                company.accept(records[place])
            grant = BenefitGrant.objects.get()
            outcomes.add((Member.objects.active().count(), grant.granted_at, grant.ended_at))
            transaction.set_rollback(True)
    assert len(outcomes) == 1
    assert next(iter(outcomes))[0] == 2


@pytest.mark.requirement("IDN-086")
def test_a_profile_without_consent_to_sms_gets_no_sms_and_the_reason_says_so():
    tree = factories.tree()
    channel = factories.channel(organization=tree["g"])
    silent, asked, other = (factories.account(channel=channel) for _ in range(3))
    for number, account in enumerate((silent, asked, other)):
        making.identifier(account=account, kind="phone", value=f"+861380013800{number}")
    making.consent(account=asked, touchpoint="sms")
    making.consent(account=other, touchpoint="email")
    audience = making.audience(organization=tree["g"], members=[silent.member, asked.member, other.member])
    campaign = making.run(making.approved(organization=tree["g"], audience=audience))
    rows = {row.member_id: row for row in campaign.decisions.all()}
    assert rows[asked.member_id].outcome == "sent"
    for account in (silent, other):
        assert rows[account.member_id].get_outcome_display() == "no consent"
    assert rows[silent.member_id].reason == "consent was never given"


@pytest.mark.requirement("PLT-008")
def test_after_a_withdrawal_nothing_is_sent_and_nothing_concluded():
    tree = factories.tree()
    account = making.reachable(channel=factories.channel(organization=tree["g"]), phone="+8613800138000")
    later = making.NOW + dt.timedelta(days=1)
    making.consent(account=account, granted=False, at=later)
    audience = making.audience(organization=tree["g"], members=[account.member])
    campaign = making.run(
        making.approved(organization=tree["g"], audience=audience, starts_at=later), now=later
    )
    assert making.outcomes(campaign) == {account.member_id: "no_consent"}

    factories.order(account=account)
    tag = factories.tag(code="buyer", name="Buyer", source="rule", organization=tree["g"])
    TagValue.objects.create(tag=tag, code="yes", name="yes", condition={"orders": {"aggregate": "count"}})
    counted = []
    for day, granted in ((None, None), (2, False), (3, True), (4, False)):
        if day:
            at = making.NOW + dt.timedelta(days=day)
            making.consent(account=account, purpose="profiling", granted=granted, at=at)
        for only in ([account.member_id], None):
            compute.compute(now=later, members=only)
            counted.append(MemberTags.objects.filter(member=account.member).exclude(values=[]).count())
    assert counted == [1, 1, 0, 0, 1, 1, 0, 0]


def test_a_statement_with_two_proofs_keeps_the_same_one_in_any_order():
    tree = factories.tree()
    account = factories.account(channel=factories.channel(organization=tree["g"]))
    statement = (account.pk, "marketing", "sms", True, NOW)
    proofs = [("v1", "en", "", "203.0.113.9", "", None), ("v1", "en", "", None, "phone", "0" * 32)]
    kept = set()
    for order in (proofs, proofs[::-1]):
        Consent.objects.all().delete()
        for proof in order:
            consents.state(statements=[(*statement, *proof)])
        kept.add(Consent.objects.values_list("ip", "device", "record").get())
    assert len(kept) == 1


def test_deriving_again_changes_nothing():
    company.build()
    promise()
    company.accept(company.account("u1", consents=[said(), said("marketing")]))
    account = Account.objects.get()
    before = list(BenefitGrant.objects.values())
    assert benefits.derive(accounts=[account.pk]) == set()
    assert list(BenefitGrant.objects.values()) == before


def test_a_proof_that_cannot_be_read_is_left_out_and_the_consent_holds():
    company.build()
    given = company.accept(company.account("u1", consents=[said(ip="not an address", shown="xyz")]))
    assert [problem.code for problem in given[0].problems] == ["consent.proof", "consent.proof"]
    assert Consent.objects.get().granted
