"""How personal data is shown to whoever may not see it in full. Pure text in, text out."""

import re


def phone(value: str) -> str:
    """``+8613812341234`` → ``138****1234``; a number of another country keeps its last four digits."""
    national = value.removeprefix("+86") if value.startswith("+86") else value
    if value.startswith("+86") and len(national) == 11:
        return f"{national[:3]}****{national[-4:]}"
    return "*" * max(len(national) - 4, 4) + national[-4:] if len(national) > 4 else "****"


def email(value: str) -> str:
    """``anna.li@example.com`` → ``a***@example.com``."""
    local, at, domain = value.partition("@")
    return f"{local[:1]}***{at}{domain}"


def name(value: str) -> str:
    """``王小明`` → ``王**``; ``Anna Li`` → ``A*** L*``."""
    return " ".join(word and word[0] + "*" * max(len(word) - 1, 1) for word in value.split(" "))


def identifier(value: str) -> str:
    """Any other identifier: its first two and last two characters, or only stars if it is short."""
    return f"{value[:2]}****{value[-2:]}" if len(value) >= 8 else "****"


def contact(*, kind: str, value: str) -> str:
    """An identifier of ``kind`` (phone, email, …) in its masked form."""
    return {"phone": phone, "email": email}.get(kind, identifier)(value)


PERSONAL = frozenset(
    "account address birth_date birthday card cookie device email external_id external_userid mobile name"
    " nickname number openid phone phone_masked postcode receiver tel unionid value".split()
)
# Of names that senders choose: in any of these words there may be something of a person.
TELLING = re.compile(
    "phone|mobile|mail|openid|unionid|addr|birth|passport|id_?card|real_?name|user_?name|full_?name"
    "|first_?name|last_?name|receiver|consignee|contact|手机|电话|邮箱|邮件|姓名|名字|昵称|收货|收件|地址"
    "|身份证|证件|生日|出生|微信|联系",
    re.IGNORECASE,
)
UNMAPPED = "columns"  # columns of a file that nobody gave a place: anything may stand there
CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![0-9A-Za-z])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9A-Za-z])"
)


def record(value: object, *, key: str = "") -> object:
    """A raw record or an event's properties, with every value under a personal key masked, and every telephone and
    e-mail wherever it stands.
    """
    if isinstance(value, dict):
        return {
            name: record(inner, key=UNMAPPED if key == UNMAPPED else name) for name, inner in value.items()
        }
    if isinstance(value, list):
        return [record(inner, key=key) for inner in value]
    if not isinstance(value, str | int) or isinstance(value, bool):
        return value
    if _is_personal(key):
        return identifier(str(value))
    masked = CONTACT.sub(_hidden, str(value))
    return value if masked == str(value) else masked


def _is_personal(key: str) -> bool:
    return key == UNMAPPED or key.lower() in PERSONAL or TELLING.search(key) is not None


def _hidden(found: re.Match) -> str:
    text = found.group()
    return email(text) if "@" in text else identifier(text)
