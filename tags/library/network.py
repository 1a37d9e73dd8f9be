"""Who brings whom, and who is listened to."""

from tags.library.definition import Definition

PROPAGATION = "member_self_propagation"

DEFINITIONS = (
    Definition(
        "brought",
        "People brought 带来人数",
        "Thank those who bring others, by what they did.",
        model="brought",
        shape="number",
        unit="people",
        kind="behaviour",
        category=PROPAGATION,
        definition="People of whom the member is the first who invited them.",
        benefit="New members at the price of a thank-you.",
        expected_action="Thank, and ask for one more.",
    ),
    Definition(
        "koc",
        "Key opinion consumer 关键意见消费者",
        "Those whom others follow of their own accord.",
        model="koc",
        kind="value",
        category=PROPAGATION,
        definition="The first hundredth by own measured spreading, five people and more; recruited ones among themselves.",
        benefit="Reach that is trusted, and not paid for.",
        consumer="Content and community teams.",
        expected_action="Invite hidden ones to try new goods; look after recruited ones by contract.",
        owner="Community team",
    ),
    Definition(
        "recruited_koc",
        "Recruited KOL or KOC 已签约达人",
        "Keeps those with a contract apart from those who spread of their own accord.",
        (("recruited", "Recruited 已签约", None),),
        source="strategy",
        category=PROPAGATION,
        definition="Given by hand to opinion leaders with whom there is a contract; it may end with the contract.",
        benefit="Nobody hidden is overshadowed by somebody paid.",
        consumer="The ranking of spreaders, and the tag koc.",
        expected_action="Give it when a contract is signed, take it back when it ends.",
        owner="Community team",
    ),
)
