"""Click parameters: what advertisers' links carry, told by platform, and where they stand in a record."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

# parameter → the platform that writes it. Several platforms share a name: the one that uses it most stands here.
PLATFORMS = {
    "utm_source": "utm", "utm_medium": "utm", "utm_campaign": "utm", "utm_term": "utm", "utm_content": "utm",
    "utm_id": "utm",
    "gclid": "Google Ads", "gbraid": "Google Ads", "wbraid": "Google Ads",
    "qz_gdt": "Tencent Ads", "gdt_vid": "Tencent Ads", "weixinadinfo": "Tencent Ads",
    "clickid": "Ocean Engine", "adid": "Ocean Engine", "creativeid": "Ocean Engine",
    "callback": "Kuaishou", "ksuid": "Kuaishou",
    "bd_vid": "Baidu", "click_id": "Xiaohongshu", "track_id": "Bilibili", "trackid": "Bilibili",
    "mark_id": "Weibo", "ali_trackid": "Alimama", "fbclid": "Meta", "msclkid": "Microsoft Ads",
    "ttclid": "TikTok", "twclid": "X", "yclid": "Yandex",
}  # fmt: skip
NAMES = frozenset(PLATFORMS)
# Own words for the same thing, as other systems send them in `attribution`.
OWN = frozenset({"campaign", "ad", "source", "medium"})
TELLING = NAMES | OWN
LIMIT = 300  # a click id is an opaque text; the longest known are about 200 characters


def of_url(url: Any) -> dict[str, str]:
    """The click parameters in the query of an address; {} for anything else. Never raises."""
    if not isinstance(url, str) or "?" not in url:
        return {}
    try:
        pairs = parse_qsl(urlsplit(url[:8000]).query, max_num_fields=200)
    except ValueError:
        return {}
    return _known(dict(reversed(pairs)))


def _known(given: Mapping[str, Any]) -> dict[str, str]:
    known = {}
    for name, value in given.items():
        name = name.lower() if isinstance(name, str) else ""
        if name in NAMES and isinstance(value, str) and 0 < len(value) <= LIMIT and value.isprintable():
            known[name] = value
    return known


def gathered(*, attribution: dict | None, properties: Mapping[str, Any]) -> dict:
    """An event's attribution: as it was sent, then what stands in its properties, then in its ``url``."""
    found = of_url(properties.get("url")) if "url" in properties else {}
    if not NAMES.isdisjoint(properties):
        found |= _known({name: properties[name] for name in NAMES.intersection(properties)})
    return found | attribution if attribution else found


def platform(attribution: Mapping[str, Any]) -> str:
    """Who sold the click: by its click id, else by ``utm_source`` or ``source``; "" if nothing tells."""
    for name in sorted(NAMES.intersection(attribution)):
        if PLATFORMS[name] != "utm":
            return PLATFORMS[name]
    told = attribution.get("utm_source") or attribution.get("source") or ""
    return told if isinstance(told, str) else ""


def without_query(url: str) -> str:
    """An address without its query and fragment, where names and tokens may stand; at most 500 characters."""
    return url.partition("#")[0].partition("?")[0][:500]
