"""What we may send, and how customers answer to it."""

from tags.library.definition import Definition, events, once, yes

PERMISSION, RESPONSE, PROMOTION, TIMING = (
    f"marketing_{name}" for name in ("permission", "response", "promotion", "timing")
)
WEEKDAYS = (
    "Monday 周一", "Tuesday 周二", "Wednesday 周三", "Thursday 周四", "Friday 周五", "Saturday 周六", "Sunday 周日",
)  # fmt: skip
ANSWERS = ["link_clicked", "push_opened", "email_opened"]


def permission(touchpoint: str, code: str, name: str, purpose: str) -> Definition:
    asked = {"purpose": "marketing", "touchpoint": touchpoint}
    return Definition(
        code,
        name,
        purpose,
        (
            ("agreed", "Agreed 同意", {"consent": asked}),
            ("refused", "Refused 拒绝", {"consent": asked | {"granted": False}}),
        ),
        category=PERMISSION,
        source="fact",
        definition="By the latest statements of all accounts: agreed when one agrees and none refuses.",
        benefit="Nobody is written to against their will.",
        expected_action="Write to those who agreed only.",
        owner="Privacy officer",
    )


DEFINITIONS = (
    permission("sms", "marketing_by_sms", "Marketing by SMS 短信营销许可", "Whom a text message may reach."),
    permission("email", "marketing_by_email", "Marketing by e-mail 邮件营销许可", "Whom a letter may reach."),
    Definition(
        "last_reached",
        "Last reached 最近触达",
        "Nobody should hear from us too often, or never.",
        (
            ("week", "Within a week 一周内", once(["message.sent"], 7)),
            ("month", "Within a month 一月内", once(["message.sent"], 30)),
            ("quarter", "Within 90 days 90天内", once(["message.sent"], 90)),
            ("earlier", "Earlier 更早", once(["message.sent"], 3650)),
        ),
        category=RESPONSE,
        kind="behaviour",
        source="fact",
        definition="When a message was last sent to the person, on any way.",
        expected_action="Wait with those of this week; begin with those who heard nothing for a quarter.",
    ),
    Definition(
        "answers",
        "Answers messages 响应消息",
        "Who reads what we send.",
        (
            ("often", "Three times and more 经常", events(ANSWERS, 90, ">=", 3)),
            ("some", "Once or twice 偶尔", once(ANSWERS, 90)),
            ("none", "Not at all 无", once(["message.sent"], 90)),
        ),
        category=RESPONSE,
        kind="behaviour",
        definition="Links clicked and messages opened in the last 90 days: 3 is the bound; none: messages came, no answer did.",
        benefit="Fewer messages for those who do not want them.",
        expected_action="Write less often to those who do not answer, and on another way.",
    ),
    Definition(
        "refuses",
        "Turned away 退订取关",
        "Why they leave, and how many.",
        yes(once(["unfollow", "unsubscribe", "delete_friend"], 180)),
        category=RESPONSE,
        kind="behaviour",
        source="fact",
        definition="Stopped following, refused messages or removed an adviser in the last 180 days.",
        expected_action="Respect it, and look at what was sent before.",
    ),
    Definition(
        "takes_coupons",
        "Takes coupons 领券用券",
        "Who is moved by a coupon, and who buys without one.",
        (
            ("uses", "Uses them 用券", once(["coupon_used", "user_consume_card", "coupon.redeemed"], 180)),
            (
                "only_takes",
                "Takes them only 只领不用",
                once(["coupon_received", "user_get_card", "coupon.claimed", "coupon.given"], 180),
            ),
        ),
        category=PROMOTION,
        kind="behaviour",
        definition="Coupons of the last 180 days: used, or taken and not used.",
        benefit="Coupons go where they bring an order.",
        expected_action="Remind of the coupon before it ends; give no coupon to those who never use one.",
    ),
    Definition(
        "sms_click_rate_90d",
        "Click rate of SMS 短信点击率",
        "Stop paying for messages that nobody reads.",
        model="rate",
        parameters={
            "done": ["link_clicked"],
            "occasions": ["message.sent", "message_sent"],
            "ways": ["sms"],
            "window": {"days": 90},
            "least": 5,
        },
        shape="number",
        unit="%",
        kind="behaviour",
        category=RESPONSE,
        definition="Of the text messages of the last 90 days, the part whose link was clicked; nothing below five messages.",
    ),
    Definition(
        "channel_preference",
        "Prefers the channel 渠道偏好",
        "One message on the right way instead of four.",
        model="channel_preference",
        kind="value",
        category=RESPONSE,
        definition="The way whose messages the person answers best, drawn towards the rate of everybody while messages are few;"
        " five on each of two ways at least.",
        expected_action="Send on this way first.",
    ),
    Definition(
        "best_hour",
        "Best hour 最佳时段",
        "Arrive when the person looks.",
        tuple((str(hour), f"{hour}:00 to {hour + 1}:00 {hour}–{hour + 1}点", None) for hour in range(24)),
        model="best_time",
        parameters={"part": "hour"},
        kind="value",
        category=TIMING,
        levels_reason="The hours of a day.",
        definition="The hour with the most answers and purchases of the last 365 days: five at least, and three in ten of them.",
        expected_action="Send within this hour, never at night.",
    ),
    Definition(
        "best_weekday",
        "Best day of the week 最佳星期",
        "Choose the day of a message.",
        tuple((str(place), name, None) for place, name in enumerate(WEEKDAYS, start=1)),
        model="best_time",
        parameters={"part": "weekday"},
        kind="value",
        category=TIMING,
        levels_reason="The days of a week.",
        definition="The day of the week with the most answers and purchases of the last 365 days: five at least, and three in ten of"
        " them.",
        expected_action="Send on this day.",
    ),
    Definition(
        "promotion_preference",
        "Prefers the promotion 促销偏好",
        "The form that moves the person, and no other discount.",
        model="promotion_preference",
        kind="value",
        category=PROMOTION,
        definition="The form that most orders with a promotion used in the last 365 days: three at least, and half of them.",
        benefit="The same effect with fewer discounts.",
        consumer="Marketing, when it chooses incentives and content; conditions of offers at tills.",
        expected_action="Send the version of an activity that has this form.",
    ),
)
