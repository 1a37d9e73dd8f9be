"""How values are written for people."""

import json
from decimal import Decimal

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html
from django.utils.translation import gettext as _

from members import masking
from members.lifecycle import house
from members.models import oneid as oneids

register = template.Library()
SIGNS = {"CNY": "¥", "EUR": "€", "USD": "$", "GBP": "£"}


@register.filter
def oneid(text):
    """``7K2MQ4TX8B3DA`` → ``7K2M Q4TX 8B3D A``."""
    return oneids.grouped(text)


@register.filter
def money(amount, currency=""):
    if amount in (None, ""):
        return "–"
    sign = SIGNS.get(currency, "")
    written = f"{abs(Decimal(amount)):,.2f}"
    minus = "−" if amount < 0 else ""
    return f"{minus}{sign}{written}" if sign or not currency else f"{minus}{written} {currency}"


@register.filter
def amount(value):
    """Of a book: with the decimals it comes with, such as 1,234.50, and a true minus."""
    return "–" if value in (None, "") else f"{value:,f}".replace("-", "−")


@register.filter
def trimmed(value):
    """A rate or a remainder without the zeros at its end: 0.50000000 → 0.5."""
    return f"{Decimal(value).normalize():f}"


@register.filter
def number(value):
    return "–" if value in (None, "") else intcomma(value)


@register.filter
def share(value, digits=1):
    """0.1234 → 12.3 %."""
    return "–" if value is None else f"{float(value) * 100:.{digits}f} %"


@register.filter
def masked_name(text):
    return masking.name(text) if text else ""


@register.filter
def masked(text, kind="other"):
    return masking.contact(kind=kind, value=str(text)) if text else ""


@register.filter
def stars(rating):
    """Five stars, as many filled as were given; read out as a number."""
    filled, empty = "★" * rating, "★" * (5 - rating)
    label = _("%(rating)s of 5 stars") % {"rating": rating}
    return format_html(
        '<span class="nf-stars" role="img" aria-label="{}">{}<span>{}</span></span>', label, filled, empty
    )


@register.filter
def duration(seconds):
    """Seconds in the unit a person would use."""
    if seconds is None:
        return "–"
    seconds = float(seconds)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


@register.filter
def get(mapping, key):
    return mapping.get(key) if mapping else None


@register.filter
def add_text(prefix, value):
    return f"{prefix}{value}"


@register.filter
def as_json(value):
    return json.dumps(value, ensure_ascii=False, indent=2)


@register.filter
def event_name(name):
    """``add_to_cart`` → ``Add to cart``; ``order.paid`` → ``Order paid``."""
    return house.in_words(name)


@register.filter
def masked_json(value):
    return as_json(masking.record(value))
