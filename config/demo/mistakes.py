"""The traps of real life: what people mistype, tills make up and networks repeat."""

from random import Random

from config.demo.people import Person

TEST_PHONES = ("13800138000", "11111111111", "12345678901", "00000000000")
TEST_EMAILS = ("test@test.com", "none@none.com", "a@a.a")
TEST_UNIONID = "test-unionid"


def phone(*, rng: Random, person: Person) -> str:
    """The number as typed: mostly right, in many spellings, sometimes another's or made up."""
    chance = rng.random()
    if chance < 0.012:
        return _slip(rng=rng, digits=person.phone)
    if chance < 0.016:
        return rng.choice(TEST_PHONES)
    if chance < 0.019:
        return f"139{rng.randrange(10**4):04}0000"
    if chance < 0.022:
        return person.phone[:-2]
    return _spelling(rng=rng, digits=person.phone)


def _slip(*, rng: Random, digits: str) -> str:
    at = rng.randrange(3, 10)
    return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]


def _spelling(*, rng: Random, digits: str) -> str:
    return rng.choices(
        (
            digits,
            f"+86{digits}",
            f"+86 {digits[:3]} {digits[3:7]} {digits[7:]}",
            f"{digits[:3]}-{digits[3:7]}-{digits[7:]}",
            f"0086{digits}",
            digits.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        ),
        (80, 7, 5, 4, 3, 1),
    )[0]


def email(*, rng: Random, person: Person) -> str:
    chance = rng.random()
    if chance < 0.01:
        return rng.choice(TEST_EMAILS)
    if chance < 0.02:
        return person.email.replace("@", "")
    return person.email.upper() if chance < 0.06 else person.email


def unionid(*, rng: Random, person: Person) -> str:
    return TEST_UNIONID if rng.random() < 0.008 else f"oU{person.number:06}x{person.number * 7919 % 99991:05}"


def name(*, rng: Random, person: Person) -> str:
    chance = rng.random()
    if chance < 0.02:
        return person.name[:-1] + rng.choice("丽莉伟玮静婧")
    if chance < 0.03:
        return f" {person.name} "
    return "测试" if chance < 0.032 else person.name


def gender(*, rng: Random, person: Person) -> str:
    spellings = {"female": ("female", "F", "女"), "male": ("male", "M", "男")}[person.gender]
    return rng.choices((*spellings, "unknown"), (80, 6, 10, 4))[0]


def birth_date(*, rng: Random, person: Person) -> str:
    chance = rng.random()
    if chance < 0.015:
        return "1900-01-01"
    return f"{person.birth_date:%Y/%m/%d}" if chance < 0.04 else person.birth_date.isoformat()


def malformed(*, rng: Random, record: dict) -> dict:
    """The record with one fault; every one of them must land in quarantine or be rejected, never lost."""
    spoilt = {**record, "external_id": f"{record.get('external_id') or 'EV'}-x{rng.getrandbits(24):06x}"}
    fault = rng.randrange(8)
    if fault == 0:
        spoilt["occurred_at"] = "yesterday"
    elif fault == 1:
        spoilt["occurred_at"] = record["occurred_at"][:19]
    elif fault == 2:
        del spoilt["occurred_at"]
    elif fault == 3:
        spoilt["type"] = "purchase"
    elif fault == 4:
        spoilt["channel"] = "tmal"
    elif fault == 5:
        spoilt["occurred_at"] = "2199-01-01T00:00:00+08:00"
    elif fault == 6:
        spoilt |= {
            "type": "order",
            "lines": [{"line": 1, "sku": "FR-500", "quantity": "1", "unit_price": "1" + "0" * 30}],
        }
    else:
        spoilt |= {
            "type": "order",
            "lines": [{"line": 1, "sku": "FR-500", "quantity": "one", "unit_price": "3999"}],
        }
    return spoilt
