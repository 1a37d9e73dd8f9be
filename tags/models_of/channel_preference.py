"""On which way somebody answers best: SMS, e-mail, push, template message, WeCom.

For each way the rate of answered messages is drawn towards the rate of everybody, the more the fewer messages he had: the
posterior mean (a + answered) / (a + b + sent) of a beta-binomial. Prior (a, b) of a way: by moments over everybody, as in
Kleinman, "Proportions with extraneous variance", JASA 68 (1973) 46-54. A way counts with ``least`` messages; who had
fewer than two such ways, or never answered, prefers nothing.
"""

from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import reading, window
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build, join
from tags.conditions.window import Window
from tags.models_of import facts
from tags.models_of.learning import Columns, Fitted, TooLittle

CODE = "channel_preference"
VERSION = "1"
SHAPE = "one"
SORT = "group"
VALUES = (
    ("sms", gettext_noop("SMS"), "短信"),
    ("email", gettext_noop("E-mail"), "邮件"),
    ("push", gettext_noop("Push"), "推送"),
    ("template_message", gettext_noop("Template message"), "模板消息"),
    ("wecom", gettext_noop("WeCom"), "企业微信"),
    ("sandbox", gettext_noop("Sandbox"), "测试通道"),
)
WAYS = tuple(code for code, _english, _chinese in VALUES)
FORMULA = gettext_noop(
    "The way with the highest (a + answered) ÷ (a + b + sent); a and b of each way from everybody, by moments (Kleinman 1973)."
)

SENT = ("message.sent", "message_sent")
ANSWERED = ("link_clicked", "push_opened")
WEAKEST = 0.5  # messages: a prior is worth at least so many,
STRONGEST = 10_000.0  # and at most so many, where everybody seems alike

# An opened push is an answer to a push, wherever it was opened. Of one message one answer counts.
TOLD = """
CASE e.name WHEN 'push_opened' THEN 'push' ELSE e.touchpoint END AS way, e.name = ANY({sent}) AS sent,
coalesce(e.properties ->> 'message', e.id::text) AS message"""

BY_WAY = """
SELECT member_id, way, count(*) FILTER (WHERE sent) AS sent,
       least(count(DISTINCT message) FILTER (WHERE NOT sent), count(*) FILTER (WHERE sent)) AS answered
FROM ({told}) t WHERE way = ANY({ways}) GROUP BY member_id, way HAVING count(*) FILTER (WHERE sent) > 0"""

BEST = """
SELECT DISTINCT ON (b.member_id) b.member_id, b.way
FROM (SELECT w.*, count(*) OVER (PARTITION BY w.member_id) AS ways, sum(w.answered) OVER (PARTITION BY w.member_id) AS all_answered
      FROM ({by_way}) w WHERE w.sent >= {least}) b
JOIN (VALUES {priors}) p (way, a, b) ON p.way = b.way
WHERE b.ways >= 2 AND b.all_answered > 0
ORDER BY b.member_id, (p.a + b.answered) / (p.a + p.b + b.sent) DESC, b.sent DESC, b.way"""


@dataclass(frozen=True)
class ChannelPreference:
    ways: tuple[str, ...] = WAYS
    sent: tuple[str, ...] = SENT
    answered: tuple[str, ...] = ANSWERED
    window: Window = facts.YEAR
    least: int = 5

    def signals(self) -> set[str]:
        return {f"event.{name}" for name in (*self.sent, *self.answered)}

    def sources(self) -> tuple:
        return ()

    def learns(self, setting: Setting) -> Sql:
        columns = [
            build(
                "coalesce(sum({what}) FILTER (WHERE way = {way}), 0)::float8 AS {name}",
                what=Sql(what),
                way=way,
                name=Sql(f"{what}_{number}"),
            )
            for number, way in enumerate(self.ways)
            for what in ("sent", "answered")
        ]
        return build(
            "SELECT {columns} FROM ({by_way}) w GROUP BY member_id",
            columns=join(columns, ", "),
            by_way=self._by_way(setting),
        )

    def fitted(self, columns: Columns, *, as_of: object) -> Fitted:
        found = {}
        for number, way in enumerate(self.ways):
            sent, answered = columns[f"sent_{number}"], columns[f"answered_{number}"]
            if (sent >= self.least).any() and answered.sum() > 0:
                found[way] = prior(sent, answered)
        if len(found) < 2:
            raise TooLittle(
                _("A preference needs answers on two ways; messages were answered on %(count)d.")
                % {"count": len(found)}
            )
        rates = {way: round(a / (a + b), 6) for way, (a, b) in found.items()}
        return Fitted(
            {way: list(each) for way, each in found.items()},
            members=len(columns["sent_0"]),
            quality={"rates": rates},
        )

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        priors = [
            build("({way}, {a}::float8, {b}::float8)", way=way, a=a, b=b)
            for way, (a, b) in sorted(fitted.items())
            if way in self.ways
        ]
        return build(BEST, by_way=self._by_way(setting), least=self.least, priors=join(priors, ", "))

    def _by_way(self, setting: Setting) -> Sql:
        told = facts.events(
            setting,
            names=(*self.sent, *self.answered),
            window=self.window,
            columns=build(TOLD, sent=list(self.sent)),
        )
        return build(BY_WAY, told=told, ways=list(self.ways))


def prior(sent: np.ndarray, answered: np.ndarray) -> tuple[float, float]:
    """(a, b) of the beta distribution from which the rates of people seem to come, by moments weighted with messages."""
    known = sent > 0
    n, x = sent[known], answered[known]
    total, people = n.sum(), len(n)
    mean = x.sum() / total
    between = (n * (x / n - mean) ** 2).sum()
    spread, whole = mean * (1 - mean), total - (n**2).sum() / total
    # The expected sum of squares is spread × ((people − 1) (1 − r) + whole × r): solved for r.
    strength = STRONGEST
    if spread > 0 and whole > people - 1:
        r = (between / spread - (people - 1)) / (whole - (people - 1))
        strength = 1 / r - 1 if r > 0 else STRONGEST
    strength = float(np.clip(strength, WEAKEST, STRONGEST))
    mean = float(np.clip(mean, 1e-6, 1 - 1e-6))
    return mean * strength, (1 - mean) * strength


def parse(parameters: object, place: str = "parameters") -> ChannelPreference:
    """``{"ways": ["sms", "push"], "window": {"days": 365}, "least": 5}``; all may be left out."""
    fields = reading.mapping(parameters, place, optional=["ways", "sent", "answered", "window", "least"])
    made = ChannelPreference(
        ways=facts.texts(fields, "ways", place, default=WAYS),
        sent=facts.texts(fields, "sent", place, default=SENT),
        answered=facts.texts(fields, "answered", place, default=ANSWERED),
        window=window.parse(fields.get("window", {"days": 365}), reading.inside(place, "window")),
        least=facts.number(fields, "least", place, default=5),
    )
    if unknown := set(made.ways) - set(WAYS):
        raise Fault(
            reading.inside(place, "ways"),
            _("“%(way)s” is no way that messages go") % {"way": min(unknown)},
            _("Choose of %(ways)s.") % {"ways": ", ".join(WAYS)},
        )
    return made
