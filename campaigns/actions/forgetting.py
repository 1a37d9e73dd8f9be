"""What campaigns forget of an erased person: addresses, messages, coupons not used. That somebody was reached still counts."""

from django.db import connection

from campaigns.actions.till import calling_off
from members.models import oneid
from members.privacy.rooms import Work

# A message to one of his addresses may belong to a decision about somebody else who shared it: that one keeps it.
STEPS = {
    "messages": """
        DELETE FROM campaigns_outboxmessage m USING campaigns_decision d
        WHERE d.id = m.decision_id AND (d.member_id = ANY(%(members)s) OR d.account_id = ANY(%(accounts)s))""",
    "decisions": """
        UPDATE campaigns_decision
        SET address = CASE address WHEN '' THEN '' ELSE 'erased-' || id END,
            reason = CASE WHEN reason ~* %(pattern)s THEN 'erased' ELSE reason END
        WHERE member_id = ANY(%(members)s) OR account_id = ANY(%(accounts)s)""",
    "coupons": """
        UPDATE campaigns_coupon SET reason = 'erased', state = 'withdrawn', ended_at = coalesce(ended_at, %(now)s)
        WHERE account_id = ANY(%(accounts)s) AND (state = 'claimed' OR state = 'withdrawn' AND reason <> 'erased')""",
    "coupons told": "DELETE FROM campaigns_toldcoupon WHERE account_id = ANY(%(accounts)s)",
    "sales": """
        UPDATE campaigns_tillorder SET asked = 'erased'
        WHERE account_id = ANY(%(accounts)s) AND asked <> 'erased'""",
    "bundles": """
        UPDATE campaigns_tillbundle SET facts = jsonb_set(facts::jsonb, '{allowances}', (
            SELECT coalesce(jsonb_agg(e), '[]') FROM jsonb_array_elements(facts::jsonb -> 'allowances') e
            WHERE e ->> 'oneid' <> ALL(%(oneids)s)))::text
        WHERE store_id IN (SELECT store_id FROM campaigns_spendallowance WHERE account_id = ANY(%(accounts)s))
            AND facts ~ ANY(%(oneids)s)""",
    "allowances": """
        UPDATE campaigns_spendallowance
        SET told = (told::jsonb - '{buyer,coupons,used}'::text[] || '{"oneid": "erased"}')::text
        WHERE account_id = ANY(%(accounts)s)""",
    "answers on allowances": """
        UPDATE campaigns_tilloperation o SET answer = jsonb_set(o.answer::jsonb, '{oneid}', '"erased"')::text
        FROM campaigns_spendallowance w JOIN members_channel c ON c.id = w.channel_id
        WHERE w.account_id = ANY(%(accounts)s) AND o.caller = c.code AND o.key = w.key AND o.verb = 'allow'""",
    "uploads": """
        UPDATE campaigns_uploadeditem SET body = 'erased', says = 'erased', code = 'erased', due_at = NULL,
            state = CASE state WHEN 'set_aside' THEN state ELSE 'refused' END,
            reason = CASE WHEN reason ~* ANY(%(written)s) OR reason ~* %(pattern)s THEN 'erased' ELSE reason END
        WHERE state IN ('waiting', 'refused', 'set_aside') AND (
            body ~* ANY(%(written)s) OR body ~* %(pattern)s OR reason ~* ANY(%(written)s) OR reason ~* %(pattern)s)""",
    "decisions of others": """
        UPDATE campaigns_decision SET reason = 'erased'
        WHERE reason ~* %(pattern)s AND member_id IN (
            SELECT from_member_id FROM identity_lineageentry WHERE to_member_id = ANY(%(members)s)
            UNION SELECT to_member_id FROM identity_lineageentry WHERE from_member_id = ANY(%(members)s))""",
    "entries": """
        UPDATE campaigns_campaignentry SET left_at = greatest(%(now)s, entered_at), left_because = 'erased'
        WHERE member_id = ANY(%(members)s) AND left_at IS NULL""",
    "waiting decisions": """
        UPDATE campaigns_decision SET outcome = 'unreachable', reason = 'erased', decided_at = %(now)s
        WHERE member_id = ANY(%(members)s) AND outcome = 'pending'""",
}


def erase(work: Work) -> dict[str, int]:
    given = {
        "members": list(work.person.members),
        "accounts": list(work.person.accounts),
        "oneids": list(work.person.oneids),
        "written": [oneid.written(each) for each in work.person.oneids],
        "pattern": work.person.pattern,
        "now": work.now,
    }
    counts = {"rewards": calling_off.of_accounts(accounts=work.person.accounts, now=work.now)}
    with connection.cursor() as cursor:
        for name, statement in STEPS.items():
            cursor.execute(statement, given)
            counts[name] = cursor.rowcount
    return counts
