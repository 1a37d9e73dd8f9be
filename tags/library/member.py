"""How members and the brand stand to each other: tier, loyalty, participation, join path, lifecycle, self-propagation."""

from tags.library.definition import Definition, events, once, orders, profile, yes

LIFECYCLE, PARTICIPATION, JOIN_PATH = "member_lifecycle", "member_participation", "member_join_path"
PROPAGATION, LOYALTY = "member_self_propagation", "member_loyalty"
JOINED = ["join_membership", "register", "join", "bind", "follow", "add_friend"]
INVITED = ["referral"]

DEFINITIONS = (
    Definition(
        "newcomer",
        "Newcomer 新会员",
        "Welcome those first seen in the last 30 days.",
        yes(profile("first_seen_at", ">=", {"days_ago": 30})),
        category=LIFECYCLE,
        definition="First seen on any channel today or in the 30 days before.",
        expected_action="Welcome them within the first days, and show what membership gives.",
    ),
    Definition(
        "lifecycle",
        "Lifecycle 生命周期",
        "What to do next: convert, keep, wake up, win back.",
        (
            ("prospect", "Prospect 潜客", orders("count", "=", 0)),
            ("new", "New 新客", {"all": [orders("count", "=", 1), orders("days_since_last", "<=", 30)]}),
            ("active", "Active 活跃", orders("days_since_last", "<=", 90)),
            ("silent", "Silent 沉默", orders("days_since_last", "<=", 180)),
            ("dormant", "Dormant 沉睡", orders("days_since_last", "<=", 365)),
            ("lost", "Lost 流失", orders("days_since_last", ">", 365)),
        ),
        category=LIFECYCLE,
        levels_reason="Each stage has a next step of its own.",
        definition="By days since the last purchase that was kept: 90, 180 and 365 days; new: one order, of the last 30.",
    ),
    Definition(
        "seen_lately",
        "Seen lately 最近到访",
        "Tells those who still look from those who are gone.",
        (
            ("week", "Within a week 一周内", profile("last_seen_at", ">=", {"days_ago": 7})),
            ("month", "Within a month 一月内", profile("last_seen_at", ">=", {"days_ago": 30})),
            ("quarter", "Within 90 days 90天内", profile("last_seen_at", ">=", {"days_ago": 90})),
            ("earlier", "Earlier 更早", profile("last_seen_at", "known")),
        ),
        category=LIFECYCLE,
        definition="Days since any account of the person told of anything, bought or not.",
        expected_action="Write to those seen within a month before those who were not.",
    ),
    Definition(
        "years_with_us",
        "Years with us 会员年资",
        "Thank long-standing members, and learn what keeps them.",
        (
            ("five", "Five years and more 五年以上", profile("first_seen_at", "<=", {"days_ago": 1826})),
            ("three", "Three to five 三至五年", profile("first_seen_at", "<=", {"days_ago": 1096})),
            ("one", "One to three 一至三年", profile("first_seen_at", "<=", {"days_ago": 365})),
            ("less", "Less than one 不满一年", profile("first_seen_at", "known")),
        ),
        category=LOYALTY,
        definition="Time since the person was first seen on any channel.",
        expected_action="Send an anniversary greeting; give long-standing members the first invitation.",
    ),
    Definition(
        "joins_channels",
        "Joined within the last year 近一年入会",
        "Shows where membership grows.",
        (
            ("several", "On several ways 多次", events(JOINED, 365, ">=", 2)),
            ("once", "Once 一次", once(JOINED, 365)),
        ),
        category=JOIN_PATH,
        kind="behaviour",
        source="fact",
        definition="How often the person registered, followed or added an adviser in the last 365 days.",
        expected_action="Invite those who joined on one channel to the next one.",
    ),
    Definition(
        "group_chat",
        "In a group chat 社群成员",
        "Whom a group chat reaches.",
        yes({"all": [once(["join_group"], 3650), {"not": once(["leave_group"], 365)}]}),
        category=PARTICIPATION,
        kind="behaviour",
        source="fact",
        definition="Joined a group chat, and left none in the last year.",
        expected_action="Tell the group first, and leave its members out of the same mass message.",
    ),
    Definition(
        "daily_sign_in",
        "Daily sign-in 签到",
        "Who comes by habit.",
        (
            ("often", "Eight days and more in a month 经常", events(["sign_in"], 30, ">=", 8)),
            ("sometimes", "Sometimes 偶尔", once(["sign_in"], 30)),
        ),
        category=PARTICIPATION,
        kind="behaviour",
        definition="Daily sign-ins of the last 30 days: 8 is the bound.",
        expected_action="Show new things first to those who come often.",
    ),
    Definition(
        "plays",
        "Plays and answers 互动参与",
        "Who takes part in games and surveys.",
        yes(once(["game_played", "survey_answered"], 180)),
        category=PARTICIPATION,
        kind="behaviour",
        definition="Played a game or answered a survey in the last 180 days.",
        expected_action="Ask them first when a new activity is tried.",
    ),
    Definition(
        "invites",
        "Invites friends 邀请好友",
        "Invitations of the last year, whether or not the friends came.",
        (
            ("often", "Five and more 经常", events(INVITED, 365, ">=", 5)),
            ("some", "One to four 有过", once(INVITED, 365)),
        ),
        category=PROPAGATION,
        kind="behaviour",
        source="fact",
        definition="Number of invitations sent in the last 365 days: 5 is the bound.",
        benefit="New members at the price of a thank-you.",
        expected_action="Give them a link of their own, and thank them for each friend who came.",
    ),
)
