"""Everything that happens by itself: jobs by the clock, and readers that follow the event log."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Job:
    """A function that the worker calls every so many minutes, or at the times of a cron line (local time)."""

    name: str
    function: str
    what: str
    minutes: int | None = None
    cron: str | None = None


JOBS = [
    Job(
        name="heartbeat",
        function="config.heartbeat.beat",
        minutes=1,
        what="Shows in /readyz that schedules reach the workers.",
    ),
    Job(
        name="campaigns",
        function="campaigns.tasks.run_due",
        minutes=1,
        what="Starts campaigns whose time has come and goes on with those that run.",
    ),
    Job(
        name="coupon codes",
        function="campaigns.tasks.make_coupons",
        minutes=1,
        what="Makes the unique codes of coupons that staff asked for, and withdraws those of withdrawn batches.",
    ),
    Job(
        name="coupons over",
        function="campaigns.tasks.expire_coupons",
        minutes=5,
        what="Marks the coupons whose last day has passed.",
    ),
    Job(
        name="coupons told",
        function="campaigns.tasks.look_at_coupons_again",
        minutes=10,
        what="Decides anew on coupons that orders named before the coupon was there or free.",
    ),
    Job(
        name="simulations",
        function="campaigns.tasks.simulate",
        minutes=1,
        what="Tries drafts of activities on past orders, and goes on where that was broken off.",
    ),
    Job(
        name="sales over",
        function="campaigns.tasks.lapse_sales",
        minutes=1,
        what="Opens sales that tills held for longer than they might, with all that they had reserved.",
    ),
    Job(
        name="uploads",
        function="campaigns.tasks.retry_uploads",
        minutes=5,
        what="Tries once more what tills did without a line and could not be taken in yet.",
    ),
    Job(
        name="rewards",
        function="campaigns.tasks.give_rewards",
        minutes=1,
        what="Gives what sales bring later: once goods were received, or days after.",
    ),
    Job(
        name="returns told",
        function="campaigns.tasks.undo_told_returns",
        minutes=1,
        what="Undoes what sales at tills gave for goods whose return a file told of.",
    ),
    Job(
        name="operations of tills",
        function="campaigns.tasks.forget_operations",
        cron="40 3 * * *",
        what="Forgets what tills were answered more than 400 days ago.",
    ),
    Job(
        name="carts left",
        function="campaigns.tasks.leave_carts",
        minutes=1,
        what="Ends the carts whose customers let the wait pass, and tells the event log.",
    ),
    Job(
        name="entries",
        function="campaigns.tasks.look_at_entries",
        cron="25 1 * * *",
        what="Compares the audiences of campaigns that people enter with who has entered: windows of plain facts move with the clock.",
    ),
    Job(
        name="waiting",
        function="identity.tasks.join_waiting",
        minutes=10,
        what="Joins what a process that was killed just after its commit left waiting.",
    ),
    Job(
        name="appliances",
        function="identity.tasks.own_devices",
        minutes=5,
        what="Takes in events of appliances that waited in quarantine until somebody connected them.",
    ),
    Job(
        name="erasures",
        function="config.privacy.carry_out_erasures",
        minutes=1,
        what="Erases the people whose erasure a second person agreed to.",
    ),
    Job(
        name="retention",
        function="config.privacy.carry_out_retention",
        cron="40 3 * * *",
        what="Deletes what is past the time for which it may be kept.",
    ),
    Job(
        name="imports",
        function="identity.tasks.work_imports",
        minutes=1,
        what="Tries and reads files that staff brought, takes imports back, and goes on where that was broken off.",
    ),
    Job(
        name="import files",
        function="identity.tasks.tidy_imports",
        cron="20 3 * * *",
        what="Removes files of imports a week after they were read.",
    ),
    Job(
        name="features",
        function="members.tasks.rebuild_profiles",
        cron="1 0 * * *",
        what="Derives every member's profile and features again: windows of 365 days move with the clock.",
    ),
    Job(
        name="points expiry",
        function="members.tasks.expire_points",
        cron="5 0 * * *",
        what="Takes out of the wallets what has expired.",
    ),
    Job(
        name="tiers",
        function="members.tasks.review_tiers",
        cron="15 0 * * *",
        what="Decides on the tiers whose validity has ended, and on all others once more.",
    ),
    Job(
        name="holds",
        function="members.tasks.lapse_holds",
        minutes=1,
        what="Gives back what tills held for longer than they might.",
    ),
    Job(
        name="candidates",
        function="identity.tasks.find_candidates",
        cron="30 2 * * *",
        what="Looks for people who are probably one person, for the review queue (where installed).",
    ),
    Job(
        name="signals",
        function="tags.tasks.look_at_deliveries",
        cron="30 1 * * *",
        what="Looks up which facts each channel delivers: what tags and wishes can stand on.",
    ),
    Job(
        name="retired tags",
        function="tags.tasks.end_values",
        cron="5 1 * * *",
        what="Takes tags that were retired, and values that were dropped, off the members who still carry them.",
    ),
    Job(
        name="uses",
        function="campaigns.tasks.record_uses",
        cron="35 1 * * *",
        what="Ends the uses of tags and audiences by activities that are over.",
    ),
    Job(
        name="tags",
        function="tags.tasks.compute_all",
        cron="10 0 * * *",
        what="Computes all tags of everybody: ages and windows move without an event.",
    ),
    Job(
        name="audiences",
        function="tags.tasks.count_audiences",
        cron="50 0 * * *",
        what="Counts every dynamic audience again, for the history of its size.",
    ),
]

# Each does one batch and returns how many rows it handled; called again at once while there are any,
# else every second.
FOLLOWERS: list[str] = [
    "members.tasks.earn_points",
    "members.tasks.settle_rights",
    "members.tasks.open_balances",
    "members.tasks.follow_tiers",
    "tags.tasks.compute_changed",
    "tags.tasks.compute_turned",
    "campaigns.tasks.follow_entries",
    "campaigns.tasks.free_vouchers",
    "campaigns.tasks.follow_rewards",
    "campaigns.tasks.follow_carts",
    "campaigns.tasks.follow_coupons",
]
