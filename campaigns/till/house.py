"""The line to the house: one request, one answer, or no line."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, NamedTuple

SECONDS = 10
NO_LINE = (502, 503, 504)


class Unreachable(ConnectionError):
    """No answer came: it may have happened or not."""

    remedy = "`cable out` goes on without it"


class Unplugged(Unreachable):
    """Nothing was asked."""

    remedy = "`cable in` first"


class Answer(NamedTuple):
    status: int
    body: Any

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """Of a problem document."""
        return str(self.body.get("type", "")).rpartition(":")[2] if isinstance(self.body, dict) else ""

    def said(self) -> str:
        """What is wrong, for people."""
        if not isinstance(self.body, dict):
            return f"the house answered {self.status}"
        faults = [
            f"{each.get('place', '')}: {each.get('message', '')} {each.get('remedy', '')}".strip(": ")
            for each in self.body.get("errors", ())
        ]
        return "\n".join(faults) or self.body.get("detail") or self.body.get("title") or self.code


class House:
    """``plugged``: the network cable is in. Raises ValueError for an address that is none."""

    def __init__(self, *, url: str, key: str, seconds: float = SECONDS, language: str = "en") -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(f"{url} is no address of a house: give one like http://127.0.0.1:8000")
        self.url, self.seconds, self.plugged = f"{url.rstrip('/')}/api/v1/", seconds, True
        self.headers = {
            "Authorization": f"Api-Key {key}", "Content-Type": "application/json", "Accept-Language": language,
        }  # fmt: skip

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Raises Unreachable."""
        if not self.plugged:
            raise Unplugged("the cable is out")
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.url + path, data, self.headers, method=method)  # noqa: S310 checked above
        try:
            with urllib.request.urlopen(asked, timeout=self.seconds) as answer:  # noqa: S310
                return _read(answer.status, answer.read())
        except urllib.error.HTTPError as problem:
            if problem.code in NO_LINE and "problem" not in (problem.headers.get_content_type() or ""):
                raise Unreachable(f"the house answers {problem.code}") from problem
            return _read(problem.code, problem.read())
        except (OSError, http.client.HTTPException) as cut:
            raise Unreachable(str(getattr(cut, "reason", cut)) or type(cut).__name__) from cut


def path(*parts: str) -> str:
    return "/".join(urllib.parse.quote(part, safe="") for part in parts)


def _read(status: int, text: bytes) -> Answer:
    try:
        return Answer(status, json.loads(text) if text else None)
    except ValueError:
        return Answer(status, text.decode(errors="replace"))
