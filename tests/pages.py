"""What a browser would send from a page: its fields as they are filled in."""

from html.parser import HTMLParser

TICKED = ("checkbox", "radio")


class _Fields(HTMLParser):
    def __init__(self):
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.select = self.area = None
        self.first: dict[str, str] = {}

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name")
        match tag:
            case "input" if name and self._is_sent(given):
                self._add(name, given.get("value") or ("on" if given.get("type") in TICKED else ""))
            case "textarea" if name:
                self.area = name
                self._add(name, "")
            case "select":
                self.select = name
            case "option" if self.select:
                self.first.setdefault(self.select, given.get("value", ""))
                if "selected" in given:
                    self._add(self.select, given.get("value", ""))

    def handle_data(self, data):
        if self.area:
            self.sent[self.area][-1] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area = None
            return
        if tag == "select" and self.select:
            self.sent.setdefault(self.select, [self.first.get(self.select, "")])
            self.select = None

    def _is_sent(self, given):
        kind = given.get("type", "text")
        return kind not in ("submit", "button", "file") and (kind not in TICKED or "checked" in given)

    def _add(self, name, value):
        self.sent.setdefault(name, []).append(value)


def fields(answer) -> dict[str, list[str]]:
    """{name: values} of every field on the page, ready to be changed and posted."""
    parser = _Fields()
    parser.feed(answer.content.decode())
    return {name: values for name, values in parser.sent.items() if name != "csrfmiddlewaretoken"}
