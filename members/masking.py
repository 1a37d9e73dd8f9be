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
    return " ".join(word[:1] + "*" * (len(word) - 1) for word in value.split(" "))


def identifier(value: str) -> str:
    """Any other identifier: its first two and last two characters, or only stars if it is short."""
    return f"{value[:2]}****{value[-2:]}" if len(value) >= 8 else "****"


def contact(*, kind: str, value: str) -> str:
    """An identifier of ``kind`` (phone, email, …) in its masked form."""
    return {"phone": phone, "email": email}.get(kind, identifier)(value)
