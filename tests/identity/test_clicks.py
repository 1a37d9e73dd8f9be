import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.events import clicks


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://a.cn/?utm_source=douyin&utm_campaign=SUMMER&x=1", {"utm_source": "douyin", "utm_campaign": "SUMMER"}),
        ("https://a.cn/p?GCLID=Cj0K&name=Li", {"gclid": "Cj0K"}),
        ("https://a.cn/p?qz_gdt=w1&bd_vid=b2&clickid=c3", {"qz_gdt": "w1", "bd_vid": "b2", "clickid": "c3"}),
        ("https://a.cn/p?callback=ks%2B1", {"callback": "ks+1"}),
        ("https://a.cn/p?gclid=first&gclid=second", {"gclid": "first"}),
        ("https://a.cn/p?gclid=" + "x" * 301, {}),
        ("https://a.cn/p?gclid=%00%E2%80%AE", {}),
        ("https://a.cn/p#gclid=1", {}),
        ("https://[half", {}),
        (None, {}),
        (7, {}),
    ],
)  # fmt: skip
def test_click_parameters_of_an_address(url, found):
    assert clicks.of_url(url) == found


def test_what_is_said_outranks_the_property_and_that_the_address():
    told = clicks.gathered(
        attribution={"utm_source": "said"},
        properties={"url": "https://a.cn/?utm_source=address&utm_term=t&gclid=g", "gclid": "property"},
    )
    assert told == {"utm_source": "said", "utm_term": "t", "gclid": "property"}


def test_the_platform_is_told_by_its_click_id_before_the_source():
    assert clicks.platform({"utm_source": "wechat", "qz_gdt": "w1"}) == "Tencent Ads"
    assert clicks.platform({"utm_source": "wechat"}) == "wechat"
    assert clicks.platform({"campaign": "SUMMER"}) == ""


def test_an_address_is_kept_without_what_may_be_personal():
    assert clicks.without_query("https://a.cn/p?email=a@b.cn#top") == "https://a.cn/p"


@given(st.text())
def test_any_text_is_survived(text):
    assert clicks.of_url(text).keys() <= clicks.NAMES
    assert "?" not in clicks.without_query(text)
