"""What the terminal prints."""

from campaigns.till.sale import Sale
from campaigns.till.telling import Told

MARKS = {"applied": "✓", "near": "→", "beaten": "·", "refused": "✗"}
WORDS = {
    "accepted": "taken in", "corrected": "taken in, with a difference", "waiting": "kept, it waits",
    "refused": "refused, kept for staff to see", "set_aside": "set aside by staff",
}  # fmt: skip


def quote(told: Told, sale: Sale) -> str:
    lines = {line.line: line for line in sale.lines}
    rows = [
        f"{each.line:>3}. {lines[each.line].sku:<16} {lines[each.line].quantity:>6} ×"
        f" {lines[each.line].unit_price:>10} {each.net:>12}{f'  (list {each.list})' if each.net != each.list else ''}"
        for each in told.lines
    ]
    rows += [f"   {MARKS[each.state]} {each.name}: {each.says}" for each in told.said]
    rows += [f"   + {each}" for each in (*told.gifts, *told.rewards)]
    rows += [f"   ? {each}" for each in told.choices]
    saved = f", {told.discount} less" if float(told.discount) else ""
    by = "" if not told.alone else " by the rules kept here" if told.ruled else " at list prices"
    proof = "" if told.proven else " (a better combination may exist)"
    return "\n".join([*rows, f"   total {told.total} {sale.currency}{saved}{by}{proof}"])


def customer(found: dict) -> str:
    if not found.get("known"):
        return "Nobody is known by that: serve him as a guest."
    tier = f", {found['tier_name']}" if found.get("tier_name") else ""
    held = [
        f"   {each['name']} ({each['book']}): {each['available']} {each['unit']}"
        for each in found["balances"]
    ]
    return "\n".join([f"{found['name'] or 'somebody without a name'}{tier}  {found['oneid']}", *held])


def sold(answer: dict) -> str:
    """``answer``: of a commit, or of the till itself."""
    if answer["state"] != "committed":
        return f"{answer['number']}: {answer['total']}, written down here; the house is told when the line is back."
    rows = [f"{answer['number']}: {answer['total']}, sold."]
    rows += [f"   + {_given(each)}" for each in answer.get("rewards", ())]
    return "\n".join(rows)


def _given(reward: dict) -> str:
    told = [reward.get("kind", ""), reward.get("amount", ""), reward.get("what", ""), reward.get("state", "")]
    return " ".join(str(each) for each in told if each)


def returned(answer: dict) -> str:
    if "refund" not in answer:
        return f"{answer['number']}: written down here; the house works the refund out when the line is back."
    paid = [f"{each['method']} {each['amount']}" for each in answer.get("payments", ())]
    rows = [f"{answer['number']}: {answer['refund']} back" + (f" ({', '.join(paid)})" if paid else "")]
    rows += [f"   - {_given(each)}" for each in answer.get("rewards", ())]
    rows += [
        f"   ask for {each['quantity']} × {each['sku']}: it was given for these goods"
        for each in answer["kept"]
    ]
    return "\n".join(rows)


def named(item: dict) -> str:
    """Of what was written down: the sale, or the return and its sale."""
    return f"{item['number']} of {item['order']}" if item["kind"] == "return" else item["order"]


def verdict(told: dict, item: dict) -> str:
    """``item``: what it is on."""
    rows = [f"   {named(item)}: {WORDS[told['state']]}" + (f": {told['says']}" if told["says"] else "")]
    return "\n".join([*rows, *(f"      {note['says']}" for note in told["notes"])])


def status(sale: Sale, *, plugged: bool) -> str:
    state = f"held until {sale.held_until}" if sale.held_until else "open"
    rows = [
        f"{sale.number}, {state}, {'with' if plugged else 'without'} a line",
        f"   {sale.oneid or 'a guest'}" + (f", coupons {', '.join(sale.coupons)}" if sale.coupons else ""),
    ]
    rows += [f"   {each.line}. {each.sku} {each.quantity} × {each.unit_price}" for each in sale.lines]
    rows += [f"   {each.amount} of {each.book}" for each in sale.pays]
    rows += [f"   {each.method} {each.amount}" for each in sale.payments]
    return "\n".join([*rows, f"   total {sale.total or 'not priced yet'}"])
