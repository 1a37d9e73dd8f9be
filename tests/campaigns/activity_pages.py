"""The pages of an activity, filled in and pressed as a marketer does."""

from django.urls import reverse


def fields(**changed):
    """A form as it is filled in for: from 300.00 on, 50.00 less."""
    return {
        "name": "50 off", "currency": "CNY", "goods": "all", "threshold": "amount", "threshold_least": "300",
        "execution": "reduce", "kind": "cash", "amount": "50", "every": "once", **changed,
    }  # fmt: skip


def offer_page(version, position=1):
    return reverse("admin:campaigns_activity_offer", args=[version.activity_id, position])


def page(version):
    return reverse("admin:campaigns_activity_change", args=[version.activity_id])


def put(client, version, position=1, **changed):
    answer = client.post(offer_page(version, position), fields(**changed))
    assert answer.status_code == 302, answer.context["form"].errors
    return version.offers.get(position=position)


def press(client, version, verb, **given):
    address = reverse("admin:campaigns_activity_do", args=[version.activity_id, verb])
    answer = client.post(address, {"version": version.number, **given}, follow=True)
    version.refresh_from_db()
    return answer


def verbs(client, version):
    return [verb.code for verb in client.get(page(version)).context["verbs"]]


def errors(client, version, **changed):
    return client.post(offer_page(version), fields(**changed)).context["form"].errors
