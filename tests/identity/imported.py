"""Files of customers as staff bring them, in tests."""

from identity.actions import due, imports
from members.models import Channel
from tests.identity.company import NOW

HEADINGS = "手机号,姓名,性别,城市,建档时间"


def clock():
    return NOW


def work():
    return due.work(clock=clock, minutes=5)


def customers():
    """100 rows: 92 people, 5 rows that repeat others, 3 bad telephones."""
    rows = [f"138{n:08},客户{n},{'男女'[n % 2]},青岛,2026-01-02 03:04:05" for n in range(92)]
    rows += [
        *rows[:5],
        "123,坏一,男,青岛,2026-01-02",
        ",坏二,男,青岛,2026-01-02",
        "abc,坏三,男,青岛,2026-01-02",
    ]
    return "\n".join([HEADINGS, *rows])


def bring(text, by, name="客户.csv", channel="pos", encoding="gb18030"):
    content = text if isinstance(text, bytes) else text.encode(encoding)
    made = imports.bring(name=name, content=[content], by=by, now=NOW)
    if channel:
        imports.arrange(imported=made, by=by, now=NOW, channel=Channel.objects.get(code=channel))
    return made


def read(imported, by):
    imports.check(imported=imported, by=by, now=NOW)
    assert work() == 1
    imported.refresh_from_db()
    imports.start(imported=imported, by=by, now=NOW)
    assert work() == 1
    imported.refresh_from_db()
    return imported
