"""python -m benchmarks.till_client: one till, a process of its own that loads nothing of the house. Told by a line of JSON on its
standard input; says "ready" once it has quoted each of its sales, begins at the next line, and tells what it measured.

    {"address", "secret", "name", "sales": [...], "seconds", "mix": {"quote": 6, "commit": 3, "return": 1}}
"""

import json
import random
import socket
import sys
import time
import uuid
from decimal import Decimal

PATIENCE = 60
CENT = Decimal("0.01")


class Refused(RuntimeError):
    pass


class Till:
    """Asks over one connection, which it keeps as long as the server does."""

    def __init__(self, *, address: tuple[str, int], secret: str) -> None:
        self.address, self.secret = address, secret
        self.socket: socket.socket | None = None

    def ask(self, path: str, body: dict) -> dict:
        """What a POST is answered. Raises Refused."""
        sent = json.dumps(body).encode()
        head = (
            f"POST /api/v1/pos/{path} HTTP/1.1\r\nHost: {self.address[0]}\r\nAuthorization: Api-Key {self.secret}\r\n"
            f"Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
        )
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=PATIENCE)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(head.encode() + sent)
        status, content = self._answer()
        if status != 200:
            raise Refused(f"{path}: {status} {content[:500]!r}")
        return json.loads(content)

    def _answer(self) -> tuple[int, bytes]:
        read = b""
        while (end := read.find(b"\r\n\r\n")) < 0:
            read += self._some()
        head, content = read[:end].lower(), read[end + 4 :]
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(content) < length:
            content += self._some()
        if b"connection: close" in head:
            self.socket.close()
            self.socket = None
        return int(head[9:12]), content

    def _some(self) -> bytes:
        if not (some := self.socket.recv(65_536)):
            raise Refused("the server has hung up")
        return some


class Cashier:
    """Sells again and again what it was told, each time under a new number."""

    def __init__(self, *, till: Till, name: str, sales: list[dict]) -> None:
        self.till, self.name, self.sales = till, f"{name}-{uuid.uuid4().hex[:8]}", sales
        self.chance, self.number = random.Random(name), 0
        self.sold: list[tuple[dict, str]] = []
        for sale in sales:
            sale["total"] = Decimal(self.quote(sale)["total"])

    def next(self) -> dict:
        """One that has a coupon left, if it needs one."""
        while True:
            sale = self.chance.choice(self.sales)
            if sale["coupons"] is None or sale["coupons"]:
                return sale

    def quote(self, sale: dict) -> dict:
        return self.till.ask("quotes", self._basket(sale) | {"store": sale["store"]})

    def commit(self, sale: dict) -> None:
        """What a coupon costs that was used before is asked for again, as a till would."""
        try:
            self._commit(sale)
        except Refused as refused:
            if "payments-differ" not in str(refused):
                raise
            sale["total"] = Decimal(self.quote(sale)["total"])
            self._commit(sale)

    def _commit(self, sale: dict) -> None:
        number, body, due = self._number(), {"basket": self._basket(sale), "revision": 1}, sale["total"]
        if sale["coupons"]:
            sale["coupons"].pop()
        if sale["points"] and due >= CENT:
            body["pays"], due = [{"book": "points", "amount": "1"}], due - CENT
        body["payments"] = [{"method": "cash", "amount": str(due)}] if due else []
        self.till.ask(f"orders/{sale['store']}/{number}/commit", {"key": f"c{number}", **body})
        self.sold.append((sale, number))

    def take_back(self) -> None:
        """A piece of the first line of what it sold last."""
        sale, number = self.sold.pop()
        back = {"key": f"r{number}", "number": f"r{number}", "lines": [{"line": 1, "quantity": "1"}]}
        self.till.ask(f"orders/{sale['store']}/{number}/returns", back)

    def _number(self) -> str:
        self.number += 1
        return f"{self.name}-{self.number}"

    def _basket(self, sale: dict) -> dict:
        return sale["basket"] | {"coupons": sale["coupons"][-1:] if sale["coupons"] else []}


def main() -> None:
    told = json.loads(sys.stdin.readline())
    till = Till(address=tuple(told["address"]), secret=told["secret"])
    cashier = Cashier(till=till, name=told["name"], sales=told["sales"])
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(_work(cashier, told["mix"], told["seconds"])), flush=True)


def _work(cashier: Cashier, mix: dict[str, int], seconds: float) -> dict[str, list[float]]:
    """Milliseconds of each request, by its verb."""
    spent: dict[str, list[float]] = {verb: [] for verb in mix}
    verbs, weights = list(mix), list(mix.values())
    end = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < end:
        verb = cashier.chance.choices(verbs, weights)[0]
        if verb == "return" and cashier.sold:
            cashier.take_back()
        elif verb == "quote":
            cashier.quote(cashier.next())
        else:
            verb = "commit"
            cashier.commit(cashier.next())
        spent[verb].append((time.perf_counter() - begun) * 1000)
    return spent


if __name__ == "__main__":
    main()
