"""E-mail leaves the house: claimed first, sent once, every answer noted."""

import datetime as dt
import smtplib

import pytest
from django.core import mail

from campaigns.actions import deliveries, running
from members.models import Event
from tests.campaigns import making
from tests.campaigns.making import NOW


@pytest.fixture
def campaign(nodes, app):
    accounts = [
        making.reachable(channel=app, email=f"m{n}@example.com", phone=f"+86138{n:08}", name=f"M{n}")
        for n in range(3)
    ]
    audience = making.audience(organization=nodes["g"], members=[account.member for account in accounts])
    made = making.approved(
        organization=nodes["g"],
        audience=audience,
        touchpoint="email",
        subject="For {name}",
        body="Dear {name}",
    )
    running.start(campaign=made, now=NOW)
    return made


@pytest.fixture
def answers(monkeypatch):
    """What the mail server answers to each message in turn; after the last one it accepts everything."""
    waiting = []

    def backend(**_options):
        return Server(waiting)

    monkeypatch.setattr(mail, "get_connection", backend)
    return waiting


class Server:
    tried = []

    def __init__(self, answers):
        self.answers = answers
        Server.tried = []

    def open(self):
        if self.answers and self.answers[0] == "down":
            self.answers.pop(0)
            raise ConnectionRefusedError("no server")

    def close(self):
        pass

    def send_messages(self, messages):
        Server.tried += [message.to[0] for message in messages]
        if self.answers:
            raise self.answers.pop(0)


def test_each_gets_one_mail_with_a_lasting_id_and_a_way_out(campaign):
    making.run(campaign)

    assert campaign.state == "finished"
    assert sorted(message.to for message in mail.outbox) == [[f"m{n}@example.com"] for n in range(3)]
    assert {message.subject for message in mail.outbox} == {"For M0", "For M1", "For M2"}
    keys = {deliveries.key(decision) for decision in campaign.decisions.all()}
    assert {m.extra_headers["Message-ID"] for m in mail.outbox} == {f"<{key}@localhost>" for key in keys}
    assert all("mailto:" in message.extra_headers["List-Unsubscribe"] for message in mail.outbox)
    assert Event.objects.filter(name="message.sent", touchpoint="email").count() == 3


def test_the_claim_is_on_the_decision_before_anything_is_sent(campaign, monkeypatch):
    seen = []

    def send(messages):
        seen.extend(campaign.decisions.values_list("outcome", "claimed_at"))
        return iter(())

    touchpoint = running.touchpoints.ALL["email"]
    monkeypatch.setitem(
        running.touchpoints.ALL, "email", type(touchpoint)(**{**vars(touchpoint), "send": send})
    )
    running.advance(campaign=campaign, now=NOW)

    assert seen == [("sending", NOW)] * 3


def test_a_worker_that_died_while_sending_leaves_unknown_and_nobody_sends_again(campaign, monkeypatch):
    class Killed(BaseException):
        pass

    def send(messages):
        raise Killed
        yield

    touchpoint = running.touchpoints.ALL["email"]
    dying = type(touchpoint)(**{**vars(touchpoint), "send": send})
    with monkeypatch.context() as patch:
        patch.setitem(running.touchpoints.ALL, "email", dying)
        with pytest.raises(Killed):
            running.advance(campaign=campaign, now=NOW, size=2)

    making.run(campaign, now=NOW + dt.timedelta(minutes=1))
    assert campaign.state == "running"
    assert deliveries.expire(now=NOW + deliveries.LEASE) == 0
    assert deliveries.expire(now=NOW + deliveries.LEASE + dt.timedelta(seconds=1)) == 2
    making.run(campaign, now=NOW + dt.timedelta(hours=1))

    assert campaign.state == "finished"
    assert sorted(making.outcomes(campaign).values()) == ["sent", "unknown", "unknown"]
    assert len(mail.outbox) == 1


def test_refused_addresses_fail_and_the_others_go_on(campaign, answers):
    answers += [
        smtplib.SMTPRecipientsRefused({"m0@example.com": (550, b"no such user")}),
        smtplib.SMTPDataError(554, b"spam"),
    ]
    making.run(campaign)

    reasons = list(campaign.decisions.order_by("id").values_list("outcome", "reason"))
    assert reasons == [
        ("failed", "refused: 550 no such user"), ("failed", "refused: 554 spam"), ("sent", "")
    ]  # fmt: skip
    assert Event.objects.filter(name="message.sent").count() == 1


def test_a_lost_connection_is_unknown_for_one_and_later_for_the_rest(campaign, answers):
    answers.append(smtplib.SMTPServerDisconnected("gone"))
    making.run(campaign)
    assert list(campaign.decisions.order_by("id").values_list("outcome", flat=True)) == [
        "unknown", "pending", "pending"
    ]  # fmt: skip

    making.run(campaign)
    assert campaign.state == "finished"
    assert sorted(making.outcomes(campaign).values()) == ["sent", "sent", "unknown"]
    assert Server.tried == ["m1@example.com", "m2@example.com"]


def test_while_the_server_is_down_everybody_waits(campaign, answers):
    answers.append("down")
    making.run(campaign)
    assert set(making.outcomes(campaign).values()) == {"pending"}
    assert not campaign.decisions.exclude(address="", claimed_at=None, decided_at=None).exists()

    making.run(campaign)
    assert set(making.outcomes(campaign).values()) == {"sent"}


def test_a_bounce_turns_sent_into_failed(campaign):
    making.run(campaign)
    decision = campaign.decisions.first()

    assert deliveries.bounced(key=deliveries.key(decision), reason="mailbox full", now=NOW)

    decision.refresh_from_db()
    assert (decision.outcome, decision.reason) == ("failed", "bounced: mailbox full")
    assert Event.objects.filter(name="message.bounced", properties__decision=decision.pk).count() == 1
    assert not deliveries.bounced(key=deliveries.key(decision), reason="again", now=NOW)
    assert not deliveries.bounced(key="somebody.else@example.com", reason="full", now=NOW)
