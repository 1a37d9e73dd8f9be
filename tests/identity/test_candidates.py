"""People who are probably one person: into the queue, never by themselves into one."""

import datetime as dt
import sys

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.urls import reverse

from identity.actions import candidates, verdicts
from identity.candidates import backends
from identity.models import CandidateModel, CandidateRun, ReviewCase, Verdict
from members.models import Account, ClosedLink
from tests.identity import oneids
from tests.identity.oneids import NOW, account, people, resolve

pytestmark = pytest.mark.django_db
WHERE = {"province": "山东", "city": "青岛", "address": "香港中路367号中海国际1号楼3单元201"}
SAME = {"province": "山东", "city": "青岛", "address": "香港中路367号中海国际1栋3-201"}


@pytest.fixture
def steward():
    return User.objects.create_user("steward")


@pytest.fixture
def channels():
    return oneids.house(mall={}, pos={}, app={"one_account_a_person": True})


def crowd(channel, count=40):
    """People who have nothing to do with each other, so that what two share means something."""
    surnames, given = "王李张刘陈杨黄赵周吴", "伟芳娜敏静丽强磊洋艳"
    for number in range(count):
        name = surnames[number % 10] + given[number // 10 % 10] + given[(number * 7 + 3) % 10]
        account(
            channel, f"crowd-{number}", f"phone:+86138{number * 7919 + 10_000_000:08}",
            name=name, birth_date=f"{1960 + number}-03-{number % 27 + 1:02}", city=f"City {number % 5}",
        )  # fmt: skip
    return Account.objects.filter(external_id__startswith="crowd")


def find(**options):
    return candidates.find(
        now=NOW, clock=lambda: NOW + dt.timedelta(seconds=9), options=candidates.Options(**options)
    )


def pair(channels):
    """Same name, same address, different telephones."""
    crowd(channels["mall"])
    left = account(channels["mall"], "left", "phone:+8613800138001", name="欧阳振蓉", **WHERE)
    right = account(channels["pos"], "right", "phone:+8618912345678", name="欧阳振蓉", **SAME)
    resolve(*Account.objects.all())
    return left, right


def proposed():
    return ReviewCase.objects.filter(sort="candidate", state="open")


@pytest.mark.requirement("IDN-073")
def test_same_name_and_address_with_other_phone_is_queued_with_a_score_and_not_same_is_for_ever(
    channels, steward
):
    left, right = pair(channels)
    run = find()
    case = proposed().get()
    assert {case.left[0], case.right[0]} == {left.pk, right.pk}
    assert case.probability > 0.9
    assert (case.pairs, case.run, case.value) == (1, run, pytest.approx(case.probability))
    assert [block for block in people() if block[0] in ("left", "right")] == [["left"], ["right"]]

    verdicts.not_same(left=case.left, right=case.right, by=steward, now=NOW)
    assert find().closed == 1
    for _again in range(2):
        assert find().opened == 0
    assert not proposed().exists()


def test_evidence_is_a_waterfall_whose_weights_add_up_to_the_probability(channels):
    pair(channels)
    find()
    case = proposed().get()
    fields = {field["field"]: field for field in case.evidence["fields"]}
    assert fields["name"]["level"] == "exact"
    assert {fields["name"]["left"], fields["name"]["right"]} == {"欧阳振蓉"}
    assert fields["address"]["level"] == "exact"
    assert fields["phone"]["level"] == "differs"
    assert fields["phone"]["weight"] < 0
    bits = case.evidence["prior"] + sum(field["weight"] for field in case.evidence["fields"])
    assert 2**bits / (1 + 2**bits) == pytest.approx(case.probability, abs=1e-3)
    assert case.evidence["model"] == "people 0"


def test_a_second_run_changes_nothing(channels):
    pair(channels)
    find()
    before = list(ReviewCase.objects.values())
    run = find()
    assert (run.opened, run.closed) == (0, 0)
    assert list(ReviewCase.objects.values()) == before


def test_what_is_decided_is_not_asked_again_and_what_is_not_true_any_more_is_closed(channels):
    left, _right = pair(channels)
    find()
    proposed().update(state="decided", decision="not_same", closed_at=NOW)
    assert find().proposed == 0
    ReviewCase.objects.update(state="open", decision="", closed_at=None)
    left.traits = {}
    left.save()
    assert find().closed == 1
    assert ReviewCase.objects.get().state == "obsolete"


def test_people_already_one_are_no_pair(channels):
    left, right = pair(channels)
    verdicts.same(left=[left.pk], right=[right.pk], by=None, now=NOW)
    assert find().proposed == 0


def test_nobody_is_proposed_who_withdrew_identification(channels):
    left, _right = pair(channels)
    assert find().proposed == 1
    ClosedLink.objects.create(account=left, closed_at=NOW)
    assert (find().proposed, ReviewCase.objects.get().state) == (0, "obsolete")


def test_two_ids_of_one_platform_are_two_people_unless_one_is_shared(channels):
    left, right = pair(channels)
    oneids.bind(left, "unionid@open:shop")
    oneids.bind(right, "unionid@open:own")
    resolve(left, right)
    assert find().proposed == 0
    others = [account(channels["mall"], name, "unionid@open:shop", name=name) for name in ("李佳", "赵大海")]
    resolve(left, *others)
    assert find().proposed == 1


def test_at_a_channel_with_one_account_a_person_each_gets_one_partner(channels):
    crowd(channels["mall"])
    account(channels["mall"], "left", name="欧阳振蓉", birth_date="1991-04-10", **WHERE)
    account(channels["app"], "near", name="欧阳振蓉", birth_date="1991-04-10", **SAME)
    account(channels["app"], "far", name="欧阳振蓉", **SAME)
    resolve(*Account.objects.all())
    assert find().proposed == 1
    sides = {id for case in proposed() for id in [*case.left, *case.right]}
    assert set(Account.objects.filter(pk__in=sides).values_list("external_id", flat=True)) == {"left", "near"}


def test_a_receiver_gives_the_address_of_who_ordered(channels):
    from tests.identity import company

    company.accept(
        company.account("a", channel="mall", profile={"name": "欧阳振蓉"}),
        company.order(
            "o",
            "a",
            channel="mall",
            receiver={"name": "欧阳振蓉", "address": WHERE["address"], "city": "青岛"},
        ),
        company.account("b", channel="pos", profile={"name": "欧阳振蓉"} | SAME),
    )
    crowd(channels["mall"])
    find(threshold=0.05)
    fields = {field["field"]: field["level"] for field in proposed().get().evidence["fields"]}
    assert fields["address"] == "exact"


def test_the_run_tells_what_it_did(channels):
    pair(channels)
    find()
    run = CandidateRun.objects.get()
    assert (run.state, run.backend, run.people, run.proposed, run.opened) == ("finished", "duckdb", 42, 1, 1)
    assert run.duration == dt.timedelta(seconds=9)
    assert run.cluster_sizes == {"1": 40, "2": 1}
    assert run.blocked >= 1
    assert run.blocking["first_by"]["address"] == 1


def test_blocking_is_measured_on_pairs_that_identifiers_linked(channels):
    pair(channels)
    told = {"name": "司马相如", "birth_date": "1988-08-08"}
    account(channels["mall"], "m", "email:sima@example.com", **told)
    account(channels["pos"], "p", "email:sima@example.com", **told)
    account(channels["mall"], "n", "email:other@example.com", name="诸葛亮")
    account(channels["pos"], "q", "email:other@example.com")
    resolve(*Account.objects.all())
    known = find().blocking["known"]
    assert known["pairs"] == 2
    assert known["recall"] == 1
    assert known["without_identifiers"] == 0.5
    assert known["rules"]["name_birth_year"] == 0.5


def test_the_model_joins_nobody_unless_it_may_and_stays_taken_back(channels, steward):
    left, right = pair(channels)
    find()
    assert not Verdict.objects.exists()
    assert find(accept=0.9).accepted == 1
    verdict = Verdict.objects.get()
    assert (verdict.kind, verdict.model) == ("same", "people 0")
    left.refresh_from_db()
    right.refresh_from_db()
    assert left.member_id == right.member_id
    verdicts.withdraw(verdict=verdict, by=steward, now=NOW)
    for _again in range(2):
        assert find(accept=0.9).accepted == 0
        assert proposed().get().left == [left.pk]


def test_a_failed_run_is_on_record_and_the_next_one_may_start(channels, monkeypatch):
    pair(channels)
    with monkeypatch.context() as broken:
        broken.setattr(candidates.scoring, "score", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            find()
    run = CandidateRun.objects.get()
    assert (run.state, run.error) == ("failed", "ZeroDivisionError: division by zero")
    assert find().proposed == 1


def test_training_needs_known_pairs_and_says_so(channels):
    pair(channels)
    with pytest.raises(CommandError, match="made 0 pairs of accounts one person so far"):
        call_command("train_candidates")
    assert CandidateRun.objects.get().state == "failed"


def test_a_trained_model_is_kept_with_its_version_and_used_from_then_on(channels, monkeypatch):
    pair(channels)
    linked = []
    for number in range(12):
        told = {"name": f"司马{'一二三四五六七八九十百千'[number]}", "birth_date": f"1988-08-{number + 1:02}"}
        linked += [
            account(channels[c], f"{c}-{number}", f"email:{number}@example.com", **told)
            for c in ("mall", "pos")
        ]
    resolve(*Account.objects.all())
    monkeypatch.setattr(candidates.training, "LEAST_PAIRS", 12)
    call_command("train_candidates")
    model = CandidateModel.objects.get()
    assert (model.version, model.people, str(model)) == (1, 54, "people 1")
    assert model.data_from == NOW
    run = find()
    assert run.model == model
    assert {case.evidence["model"] for case in proposed()} == {"people 1"}
    CandidateModel.objects.update(structure="of other comparisons")
    assert find().model is None


def test_a_plain_installation_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(backends.NEEDED, "duckdb", ("splink", "no_such_library"))
    with pytest.raises(CommandError, match=r"needs no_such_library.*pip install '\.\[candidates\]'"):
        call_command("find_candidates")
    assert not CandidateRun.objects.exists()


def test_the_job_does_nothing_in_a_plain_installation(monkeypatch):
    from identity import tasks

    monkeypatch.setitem(backends.NEEDED, "duckdb", ("no_such_library",))
    assert tasks.find_candidates() == 0
    assert not CandidateRun.objects.exists()


def test_an_empty_pool_is_no_fault(capsys):
    call_command("find_candidates")
    assert "0 people by the default model" in capsys.readouterr().out


def test_the_doors_open_without_the_optional_libraries():
    """Nothing that a plain installation imports may need them."""
    import subprocess

    blocked = "import sys\nfor name in ('splink','duckdb','pyarrow','pypinyin','pyspark'): sys.modules[name] = None\n"
    code = blocked + "import django; django.setup(); import identity.tasks, identity.admin.candidates"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_run_is_shown_with_its_figures(channels, client):
    pair(channels)
    find()
    run = CandidateRun.objects.get()
    client.force_login(User.objects.create_superuser("chief"))
    listed = client.get(reverse("admin:identity_candidaterun_changelist")).content.decode()
    assert "default" in listed
    shown = client.get(reverse("admin:identity_candidaterun_change", args=[run.pk])).content.decode()
    assert "40 × 1, 1 × 2" in shown
    assert "address 1" in shown
    assert "9 s" in shown
