"""Who they are, and how well we know them."""

from tags.library.definition import Definition, profile, yes

PERSON, KNOWN = "crowd_person", "crowd_known"
EVERYTHING = ("name", "gender", "birth_date", "province")

DEFINITIONS = (
    Definition(
        "gender",
        "Gender 性别",
        "Words and goods that suit the person.",
        (
            ("female", "Female 女", profile("gender", "=", "female")),
            ("male", "Male 男", profile("gender", "=", "male")),
            ("unknown", "Unknown 未知", profile("gender", "unknown")),
        ),
        category=PERSON,
        source="fact",
        definition="As the person's accounts say last; whom nobody said it of stays unknown, it is never guessed.",
        expected_action="Say nothing that depends on it to those of whom it is unknown.",
    ),
    Definition(
        "age_group",
        "Age group 年龄段",
        "Offers by stage of life; changes on the birthday.",
        (
            ("under_18", "Under 18 未成年", profile("age", "<", 18)),
            ("young", "18 to 24 青年", profile("age", "between", [18, 24])),
            ("adult", "25 to 39 成年", profile("age", "between", [25, 39])),
            ("middle_aged", "40 to 60 中年", profile("age", "between", [40, 60])),
            ("senior", "Over 60 老年", profile("age", ">", 60)),
        ),
        category=PERSON,
        definition="Full years on the day, from the birthday; both bounds of a group belong to it.",
        expected_action="Offer no alcohol and no credit to those under 18; choose content by stage of life.",
    ),
    Definition(
        "birthday_season",
        "Birthday in which quarter 生日季度",
        "Plan birthday gifts and their budget by quarter.",
        tuple(
            (f"q{n}", f"Quarter {n} 第{n}季度", profile("birth_month", "between", [3 * n - 2, 3 * n]))
            for n in (1, 2, 3, 4)
        ),
        category=PERSON,
        definition="The quarter of the birthday; nothing where it is not known.",
        benefit="Birthday gifts are ordered in time, and in the right number.",
        consumer="Member operations, in budgets and birthday journeys.",
        expected_action="Reserve gifts and send the invitation in the birthday month.",
    ),
    Definition(
        "many_accounts",
        "Known through several accounts 多账号",
        "Shows whom we meet on more than one channel.",
        yes(profile("account_count", ">=", 2)),
        category=KNOWN,
        definition="Two or more accounts belong to the person.",
        expected_action="Talk to them once, on the channel that they answer on.",
    ),
    Definition(
        "profile_known",
        "How much of the profile is known 资料完整度",
        "Ask for what is missing, and only for that.",
        (
            ("full", "Full 完整", {"all": [profile(name, "known") for name in EVERYTHING]}),
            ("part", "In part 部分", {"any": [profile(name, "known") for name in EVERYTHING]}),
            ("bare", "Nothing 空白", {"all": []}),
        ),
        category=KNOWN,
        definition="Name, gender, birthday and province: all known, some, or none.",
        benefit="Content and birthday gifts reach more people.",
        consumer="Member operations, in forms and journeys.",
        expected_action="Offer points for completing the profile to those of whom little is known.",
    ),
    Definition(
        "domain",
        "Public or private domain 公域私域",
        "Private: we can speak to them on a channel of our own.",
        (
            ("private", "Private 私域", {"channel": {"first_party": True}}),
            ("public", "Public 公域", {"channel": {"first_party": False}}),
        ),
        category=KNOWN,
        source="fact",
        definition="Private: an account on a channel of ours. Public: known through platforms only.",
        expected_action="Invite those of the public domain to the mini-program, WeCom or the app.",
    ),
    Definition(
        "social_contact",
        "Contact on social channels of ours 社交触点",
        "Whom advisers can write to in person.",
        yes({"channel": {"source_class": "social", "first_party": True}}),
        category=KNOWN,
        source="fact",
        definition="Has an account on an own social channel: the official account or an adviser's WeCom.",
        consumer="Store advisers, in WeCom; marketing, in journeys.",
        expected_action="Let the adviser speak first, and send mass messages later.",
    ),
    Definition(
        "age",
        "Age 年龄",
        "Exact bounds for packs such as 40 to 60.",
        model="age",
        shape="number",
        unit="years",
        category=PERSON,
        definition="Full years by the birthday, on which it changes; nothing where it is not known.",
        expected_action="Choose goods and words by the stage of life.",
    ),
    Definition(
        "province",
        "Province 省份",
        "Goods, weather and stores of the place.",
        model="province",
        category="crowd_place",
        definition="Where the latest kept order was sent to; else as accounts state, the telephone's segment or the IP address tells.",
        expected_action="Name the nearest stores; leave out what is not delivered there.",
    ),
    Definition(
        "zodiac",
        "Zodiac 星座",
        "A personal word in birthday greetings.",
        model="zodiac",
        category=PERSON,
        definition="The sign of the birthday; nothing where it is not known.",
        expected_action="Use it in greetings and games, never in prices.",
    ),
)
