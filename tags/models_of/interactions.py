"""What a customer does by himself that tells of interest: looking, choosing, answering, taking part, sharing."""

from tags.conditions.sources import Happened
from tags.conditions.where import ANY_CHANNEL, ANYWHERE
from tags.conditions.window import Window

NAMES = (
    "page_view", "product_view", "search", "article_view", "video_view", "enter_live", "watch_live", "live_comment",
    "live_like", "collect", "add_to_cart", "checkout", "follow", "add_friend", "join_group", "menu_click", "message_in",
    "sign_in", "game_played", "survey_answered", "like", "comment", "repost", "share", "referral", "link_clicked",
    "push_opened", "email_opened", "store_visit", "book_visit", "fitting", "device_used",
)  # fmt: skip


def within(*, days: int, names: tuple[str, ...] = NAMES) -> Happened:
    return happened(names, Window(days=days))


def happened(names: tuple[str, ...], window: Window) -> Happened:
    return Happened(names, window, ANY_CHANNEL, ANYWHERE, (), (), needs=("events",))
