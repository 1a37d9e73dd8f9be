"""By which path somebody joined: what first brought him, and where he then became a member: ``store QR → mini-program``.

He joined on the channel of his first event of joining, or where an organization says that he joined, whichever is earlier.
What brought him is his first touch of the ``within`` days before that (a code scanned, an ad, a friend's share, a live
stream, a form); without one, the path is the channel alone. Who has not joined has no path.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build, join
from tags.conditions.window import EVER
from tags.models_of import facts

CODE = "join_path"
VERSION = "1"
SHAPE = "one"
SORT = "group"
VALUES = ()
FORMULA = gettext_noop("First touch before joining → channel of joining.")
JOINING = ("join_membership", "register", "join", "bind", "follow", "add_friend")
TOUCHES = (
    ("scan", "store QR"), ("ad_impression", "ad"), ("ad_click", "ad"), ("landing", "ad"), ("share_opened", "friend"),
    ("enter_live", "live stream"), ("watch_live", "live stream"), ("form_submit", "form"), ("lead", "form"),
    ("store_visit", "store"), ("book_visit", "store"), ("join_group", "group chat"),
)  # fmt: skip

PATHS = """
WITH joined AS MATERIALIZED (
    SELECT DISTINCT ON (j.member_id) j.member_id, j.at, replace(c.kind, '_', '-') AS kind
    FROM ({events} UNION ALL
          SELECT a.member_id, m.joined_at, a.channel_id FROM members_membership m
          JOIN members_account a ON a.id = m.account_id AND a.emptied_at IS NULL
          WHERE m.joined_at <= {as_of}{only}) j (member_id, at, channel_id)
    JOIN members_channel c ON c.id = j.channel_id
    ORDER BY j.member_id, j.at, c.code
), touched AS (
    SELECT DISTINCT ON (t.member_id) t.member_id, w.word
    FROM ({touches}) t JOIN (VALUES {words}) w (name, word) USING (name) JOIN joined j USING (member_id)
    WHERE t.at <= j.at AND t.at >= j.at - make_interval(days => {within})
    ORDER BY t.member_id, t.at, w.word
)
SELECT member_id, concat_ws(' → ', t.word, j.kind) FROM joined j LEFT JOIN touched t USING (member_id)"""


@dataclass(frozen=True)
class JoinPath:
    joining: tuple[str, ...] = JOINING
    within: int = 30

    def signals(self) -> set[str]:
        return {f"event.{name}" for name in self.joining} | {"membership.joined"}

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        names = tuple(dict.fromkeys(name for name, _word in TOUCHES))
        words = [build("({name}::text, {word}::text)", name=name, word=word) for name, word in TOUCHES]
        return build(
            PATHS,
            events=facts.events(
                setting, names=self.joining, window=EVER, columns=Sql("e.occurred_at, e.channel_id")
            ),
            touches=facts.events(
                setting, names=names, window=EVER, columns=Sql("e.name, e.occurred_at AS at")
            ),
            as_of=setting.as_of,
            only=facts.only(setting, Sql("a.member_id")),
            words=join(words, ", "),
            within=self.within,
        )


def parse(parameters: object, place: str = "parameters") -> JoinPath:
    """``{"joining": ["join_membership"], "within": 30}``; all may be left out."""
    fields = reading.mapping(parameters, place, optional=["joining", "within"])
    return JoinPath(
        joining=facts.texts(fields, "joining", place, default=JOINING),
        within=facts.number(fields, "within", place, default=30, least=0, most=3_650),
    )
