"""What can be wrong with a record, in one table: message, remedy and what happens then."""

from msgspec import Struct

DROP = "drop"  # the value is left out and listed; the record goes on
QUARANTINE = "quarantine"  # the record is kept aside until it is corrected
NOTE = "note"  # the value is kept and listed
REJECT = "reject"  # there is no record to keep

EXCERPT = 120


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault: `place` is a JSON path ($.lines[0].amount), a column or a line of a file."""

    code: str
    place: str
    message: str
    remedy: str
    effect: str
    value: str = ""


# code: (effect unless a cleaning rule says otherwise, message, remedy)
CATALOGUE = {
    "line.json": (REJECT, "The line is not JSON.", "Write one JSON object a line."),
    "line.encoding": (REJECT, "The line cannot be read in the file's encoding.", "Save the file as UTF-8."),
    "line.long": (
        REJECT,
        "The line is longer than the limit.",
        "Send the record in parts or without attachments.",
    ),
    "line.columns": (REJECT, "The row has more cells than the header has columns.", "Quote the separator."),
    "file.truncated": (
        REJECT,
        "The compressed file ends too early.",
        "Send the whole file again; nothing doubles.",
    ),
    "record.object": (REJECT, "The record is not an object.", 'Send {"type": …, "channel": …} objects.'),
    "record.size": (
        REJECT,
        "The record is larger than 1 MiB.",
        "Leave out what is not part of the contract.",
    ),
    "record.depth": (REJECT, "The record is nested too deeply.", "Flatten its properties."),
    "record.type": (QUARANTINE, "The type is not known.", "Use account, order, return, review or event."),
    "record.shape": (QUARANTINE, "The field has the wrong form.", "Give the form that the message names."),
    "record.missing": (QUARANTINE, "A required field is missing.", "Add the field that the message names."),
    "record.dropped": (
        DROP,
        "The value has the wrong form and was left out.",
        "Give the form that is named.",
    ),
    "record.unkeyed": (
        QUARANTINE,
        "Nothing is left to know the customer by.",
        "Give an external_id or a valid identifier.",
    ),
    "key.blank": (QUARANTINE, "The id is blank.", "Give the id that the source uses."),
    "key.long": (QUARANTINE, "The id is longer than 200 characters.", "Give the id that the source uses."),
    "key.hostile": (QUARANTINE, "The id has control characters.", "Remove them at the source."),
    "time.offset": (QUARANTINE, "The time is not a time with an offset.", "Write 2026-01-02T03:04:05+08:00."),
    "time.future": (QUARANTINE, "The time lies in the future.", "Correct the source's clock, then retry."),
    "time.ancient": (QUARANTINE, "The time lies before 1970.", "Give the time when it happened."),
    "money.float": (
        QUARANTINE,
        "A JSON number with a fraction is not exact.",
        'Send amounts as decimal strings: "199.10".',
    ),
    "money.malformed": (QUARANTINE, "The amount is not a decimal number.", 'Write it as "1234.50".'),
    "money.decimals": (QUARANTINE, "The amount has more than 4 decimals.", "Round it at the source."),
    "money.too_large": (QUARANTINE, "The amount is 10^12 or more.", "Correct the amount at the source."),
    "money.negative": (QUARANTINE, "The amount is negative.", "Send what was given back as a return."),
    "money.unusual": (NOTE, "The amount is 10^9 or more; kept out of models.", "Check it at the source."),
    "quantity.malformed": (
        QUARANTINE,
        "The quantity is not a decimal number.",
        'Write it as "1" or "0.250".',
    ),
    "quantity.decimals": (QUARANTINE, "The quantity has more than 3 decimals.", "Round it at the source."),
    "quantity.too_large": (QUARANTINE, "The quantity is 10^9 or more.", "Correct it at the source."),
    "currency.unknown": (QUARANTINE, "The currency is not a three-letter code.", 'Write it as "CNY".'),
    "event.reserved": (
        QUARANTINE,
        "Events of this name are written by the system itself.",
        "Use a name of your own, such as order_paid.",
    ),
    "event.unknown": (
        QUARANTINE,
        "This event is not defined.",
        "Define it on the page of event definitions, then retry.",
    ),
    "event.property": (
        DROP,
        "The property has another type than its definition says.",
        "Correct it at the source, or the definition.",
    ),
    "event.missing": (
        NOTE,
        "A property that the definition requires is missing.",
        "Add it at the source, or correct the definition.",
    ),
    "order.status": (
        QUARANTINE,
        "The order status is not known.",
        "Use created, paid, completed or cancelled.",
    ),
    "order.line_twice": (QUARANTINE, "Two lines have the same number.", "Number the lines of an order."),
    "order.negative": (QUARANTINE, "The order's total is negative.", "Send what was given back as a return."),
    "return.amount": (QUARANTINE, "The line does not say what was refunded.", "Give its refund."),
    "phone.malformed": (
        DROP,
        "This is not a telephone number.",
        "Correct it at the source and send it again.",
    ),
    "phone.test": (DROP, "This is a test telephone number.", "Ask the customer for the real one."),
    "email.malformed": (
        DROP,
        "This is not an e-mail address.",
        "Correct it at the source and send it again.",
    ),
    "email.test": (DROP, "This is a test e-mail address.", "Ask the customer for the real one."),
    "identifier.blank": (DROP, "The identifier is blank.", "Leave it out, or give its value."),
    "identifier.kind": (
        DROP,
        "The kind of this identifier is not known.",
        "Add the kind, then send it again.",
    ),
    "identifier.long": (DROP, "The identifier is longer than 200 characters.", "Give the id of the source."),
    "identifier.act": (NOTE, "The act is not known.", "Use authorise, bind, join or login."),
    "identifier.role": (DROP, "The role is not known.", "Use buyer, contact or receiver."),
    "identifier.hostile": (DROP, "The identifier has control characters.", "Remove them at the source."),
    "sex.unknown": (DROP, "The sex cannot be read.", "Add the code to the cleaning rules."),
    "date.malformed": (DROP, "This is not a date.", "Write it as 1984-05-06."),
    "date.implausible": (DROP, "The date lies before 1900 or in the future.", "Correct it at the source."),
    "name.test": (DROP, "This is a test name.", "Ask the customer for the real one."),
    "text.malformed": (DROP, "The value is not text.", "Send it as a string."),
    "text.long": (DROP, "The text is longer than the limit.", "Shorten it at the source."),
    "text.hostile": (NOTE, "Control characters were taken out of the text.", "Remove them at the source."),
    "rating.malformed": (DROP, "The rating is not a whole number from 1 to 5.", "Convert it to 1..5."),
    "tags.malformed": (
        DROP,
        "The tags are no list of words.",
        'Send all the tags that the customer has now: ["vip", "gift buyer"]; [] if there are none.',
    ),
    "tags.many": (DROP, "There are more than 500 tags.", "Send those that say something of the customer."),
    "consent.proof": (
        DROP,
        "This proof of a consent cannot be read.",
        "Send a SHA-256 in hex, an IP address.",
    ),
    "points.malformed": (DROP, "The points are not a decimal number.", 'Write them as "1200".'),
    "device.serial": (
        QUARANTINE,
        "The event of an appliance does not say which one.",
        "Give properties.serial, the serial number.",
    ),
    "device.unbound": (
        QUARANTINE,
        "Nobody has bought or connected the appliance with this serial number.",
        "Bind it to an account (event bind_device); then this record comes in by itself.",
    ),
    "channel.unknown": (QUARANTINE, "The channel is not known.", "Add the channel, then retry."),
    "channel.foreign": (QUARANTINE, "The key may not send for this channel.", "Use the key of the channel."),
    "organization.foreign": (
        QUARANTINE,
        "The key may not speak of this organization.",
        "Use a key of that organization, or of one above it.",
    ),
    "organization.unknown": (QUARANTINE, "The organization is not known.", "Add it, then retry."),
}


def of(code, *, place, value="", effect=None, message=None):
    """A Problem of this code; `value` is shortened so that a report stays small."""
    default, text, remedy = CATALOGUE[code]
    return Problem(
        code=code,
        place=place,
        value=excerpt(value),
        message=message or text,
        remedy=remedy,
        effect=effect or default,
    )


def excerpt(value):
    """At most EXCERPT printable characters of any value."""
    text = value if isinstance(value, str) else "" if value is None else _shown(value)
    short = text[:EXCERPT] + "…" if len(text) > EXCERPT else text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in short)


def _shown(value):
    try:
        return repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, a bottomless list
        return f"<{type(value).__name__}>"
