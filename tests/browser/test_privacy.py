"""Two of staff forget a person, as they see it."""

import pytest
from playwright.sync_api import expect

from config import privacy, roles
from members.models import Account, Erasure, MemberProfile
from tests.identity import company

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "Xu Wenjun"


@pytest.fixture
def member():
    nodes = company.build()
    company.accept(company.account("u-0001-aaaa", phone="13812340001", profile={"name": NAME}))
    return nodes, Account.objects.get().member


def test_a_copy_is_taken_and_the_person_forgotten_by_two(page, log_in, member):
    nodes, person = member
    roles.create()
    log_in(organization=nodes["g"], role="steward")
    page.goto(f"/admin/members/member/{person.oneid}/change/")
    expect(page.get_by_text("Rights of the person")).to_be_visible()

    page.get_by_role("link", name="Copy of everything").click()
    page.fill("[name=reason]", "asked for it at the desk")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Page to read").click()
    assert NAME in taken.value.path().read_text("utf-8")

    page.get_by_role("link", name="Back to the person").click()
    page.get_by_role("link", name="Ask for erasure").click()
    page.fill("[name=reason]", f"{NAME} asked")
    page.get_by_role("button", name="Ask for erasure").click()
    expect(page.get_by_text("The reason names the person")).to_be_visible()
    page.fill("[name=reason]", "asked at the desk, case 17")
    page.get_by_role("button", name="Ask for erasure").click()
    expect(page.get_by_text("You asked for it: somebody else has to decide.")).to_be_visible()

    page.context.clear_cookies()
    log_in(organization=nodes["g"], role="administrator")
    page.goto(f"/admin/members/erasure/{Erasure.objects.get().pk}/change/")
    page.get_by_role("button", name="Agree: erase the person").click()
    expect(page.get_by_text("The worker erases the person within a minute.")).to_be_visible()

    assert privacy.carry_out_erasures() == 1
    page.reload()
    expect(page.get_by_text("What was erased")).to_be_visible()
    assert not MemberProfile.objects.exists()


def test_a_name_is_corrected_at_the_desk(page, log_in, member):
    nodes, person = member
    roles.create()
    log_in(organization=nodes["g"], role="store manager")
    page.goto(f"/admin/members/member/{person.oneid}/change/")
    page.get_by_role("link", name="Correct the profile…").click()
    expect(page.get_by_text("now: X* W*****")).to_be_visible()
    page.fill("[name=reason]", "showed her card at the desk")
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_text("Fill in what is to be corrected.")).to_be_visible()

    page.fill("[name=name]", "Xu Wenjuan")
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_text("Corrected.")).to_be_visible()
    assert MemberProfile.objects.get().name == "Xu Wenjuan"
