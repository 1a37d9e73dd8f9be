"""Orders and returns: numbered lines, exact amounts, a known status."""

from identity.cleaning import amounts, texts
from identity.cleaning.amounts import ONE, ZERO
from identity.records.shapes import STATUSES
from members import provinces

DEFAULT_STATUS = "paid"
SKU_LIMIT = 100
NUMBERS = 2**31


def clean(order, *, faults):
    rules = faults.rules
    status = order.status.strip().lower() if order.status else DEFAULT_STATUS
    status = rules.translated("status", status) or status
    if status not in STATUSES:
        faults.add("order.status", "$.status", order.status)
    order.status = status
    order.currency = (order.currency or rules.default_currency).strip().upper()
    if len(order.currency) != 3 or not (order.currency.isascii() and order.currency.isalpha()):
        faults.add("currency.unknown", "$.currency", order.currency)
    order.lines = order.lines or []
    for index, line in enumerate(order.lines):
        _line(line, index, faults)
    _numbered(order.lines, faults)
    order.discount = amounts.money(order.discount, place="$.discount", faults=faults, default=ZERO)
    order.shipping = amounts.money(order.shipping, place="$.shipping", faults=faults, default=ZERO)
    _payments(order, faults)
    _people(order, faults)
    if not faults.stops:
        _total(order, faults)


def _line(line, index, faults):
    place = f"$.lines[{index}]"
    line.sku = texts.key(line.sku, place=f"{place}.sku", faults=faults)[:SKU_LIMIT]
    line.name = texts.trait(line.name, limit=300, place=f"{place}.name", faults=faults)
    line.category = category(line.category, place=f"{place}.category", faults=faults)
    line.serial = texts.trait(line.serial, limit=100, place=f"{place}.serial", faults=faults)
    line.quantity = amounts.quantity(line.quantity, place=f"{place}.quantity", faults=faults, default=ONE)
    line.unit_price = amounts.money(line.unit_price, place=f"{place}.unit_price", faults=faults)
    line.discount = amounts.money(line.discount, place=f"{place}.discount", faults=faults, default=ZERO)
    line.amount = amounts.money(line.amount, place=f"{place}.amount", faults=faults)
    if line.unit_price is None:
        line.unit_price = _unit_price(line)
    if not faults.stops:
        line.amount = amounts.line_amount(line)
        if abs(line.amount) >= faults.rules.max_money:
            faults.add("money.too_large", f"{place}.amount", str(line.amount))


def _unit_price(line):
    """The price of one piece, when only what was paid for the line is given."""
    if line.amount is None or line.quantity < 1:
        return line.amount or ZERO
    return ((line.amount + line.discount) / line.quantity).quantize(amounts.CENT_OF_CENT)


def category(value, *, place, faults):
    text = texts.trait(value, limit=100, place=place, faults=faults)
    known = faults.rules.translated("category", text) if text else None
    return text if known is None else known


def _numbered(lines, faults):
    """Lines without a number take the next free one, from 1 on."""
    given = [line.line for line in lines if line.line is not None]
    taken = set(given)
    if len(taken) < len(given):
        faults.add("order.line_twice", "$.lines", given)
    elif given and not 0 <= min(given) <= max(given) < NUMBERS:
        faults.add("record.shape", "$.lines", max(given, key=abs))
    number = 0
    for line in lines:
        if line.line is None:
            number += 1
            while number in taken:
                number += 1
            line.line = number


def _payments(order, faults):
    order.payments = order.payments or []
    for index, payment in enumerate(order.payments):
        place = f"$.payments[{index}]"
        payment.method = texts.key(payment.method, place=f"{place}.method", faults=faults)[:50]
        payment.amount = amounts.money(payment.amount, place=f"{place}.amount", faults=faults, default=ZERO)


def _people(order, faults):
    order.cashier = texts.trait(order.cashier, limit=100, place="$.cashier", faults=faults)
    order.guide = texts.trait(order.guide, limit=100, place="$.guide", faults=faults)
    if order.receiver:
        name = texts.trait(order.receiver.get("name"), limit=200, place="$.receiver.name", faults=faults)
        order.receiver = {"name": name, "province": _province(order.receiver, faults)}
    order.coupons = [
        code
        for index, value in enumerate(order.coupons or ())
        if (code := texts.trait(value, limit=100, place=f"$.coupons[{index}]", faults=faults))
    ]


def _province(receiver, faults):
    """In its one spelling; what is no province of China is kept as it is written."""
    return provinces.spelt(
        texts.trait(receiver.get("province"), limit=100, place="$.receiver.province", faults=faults) or ""
    )


def _total(order, faults):
    total = sum((line.amount for line in order.lines), ZERO) - order.discount + order.shipping
    if total < 0:
        faults.add("order.negative", "$", str(total))
    elif total >= faults.rules.max_money:
        faults.add("money.too_large", "$", str(total))
    elif total >= faults.rules.unusual_money:
        order.flagged = True
        if not any(problem.code == "money.unusual" for problem in faults.found):
            faults.add("money.unusual", "$", str(total))
    order.amount = total


def clean_return(record, *, faults):
    record.lines = record.lines or []
    for index, line in enumerate(record.lines):
        _return_line(line, f"$.lines[{index}]", faults)
    record.reason = texts.trait(record.reason, limit=300, place="$.reason", faults=faults)
    if not faults.stops:
        record.amount = sum((line.refund for line in record.lines), ZERO)
        record.flagged = record.amount >= faults.rules.unusual_money
        if record.amount >= faults.rules.max_money:
            faults.add("money.too_large", "$", str(record.amount))


def _return_line(line, place, faults):
    line.sku = texts.key(line.sku, place=f"{place}.sku", faults=faults)[:SKU_LIMIT]
    line.quantity = amounts.quantity(line.quantity, place=f"{place}.quantity", faults=faults, default=ONE)
    refund = amounts.money(line.refund, place=f"{place}.refund", faults=faults)
    amount = amounts.money(line.amount, place=f"{place}.amount", faults=faults)
    line.refund = amount if refund is None else refund
    if line.refund is None:
        if not faults.stops:
            faults.add("return.amount", place)
    elif line.refund < 0:
        faults.add("money.negative", f"{place}.refund", str(line.refund))
    if line.line is not None and not 0 <= line.line < NUMBERS:
        faults.add("record.shape", f"{place}.line", line.line)
