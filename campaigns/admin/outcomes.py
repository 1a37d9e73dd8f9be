"""The outcomes of a campaign as parts of one bar."""

from campaigns.models import Decision
from campaigns.queries.progress import Progress

COLORS = {
    "sent": "var(--color-primary-600)", "held_out": "#818cf8", "pending": "#fcd34d", "sending": "#fbbf24",
    "unknown": "#fb923c", "no_consent": "#94a3b8", "unreachable": "#cbd5e1", "capped": "#a78bfa",
    "failed": "#ef4444", "stopped": "#f87171", "left": "#94a3b8",
}  # fmt: skip


def parts(progress: Progress) -> list[dict]:
    """Label, count, share of 100 and colour of each outcome that occurs."""
    return [
        {
            "label": Decision.Outcome(outcome).label,
            "count": progress.outcomes[outcome],
            "share": 100 * progress.outcomes[outcome] / progress.members,
            "color": color,
        }
        for outcome, color in COLORS.items()
        if progress.outcomes.get(outcome)
    ]
