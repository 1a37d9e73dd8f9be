"""How personal data is shown to whoever may not see it in full. Pure text in, text out."""


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


def record(value: object, *, key: str = "") -> object:
    """A raw record or an event's properties, with every value under a personal key masked."""
    if isinstance(value, dict):
        return {name: record(inner, key=name) for name, inner in value.items()}
    if isinstance(value, list):
        return [record(inner, key=key) for inner in value]
    if key.lower() in PERSONAL and isinstance(value, str | int) and not isinstance(value, bool):
        return identifier(str(value))
    return value
