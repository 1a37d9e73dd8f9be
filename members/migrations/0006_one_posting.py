"""One posting with all that belongs to it, written by one call: what `postings.WRITE` writes of many, at a till's pace."""

from django.db import migrations

# Wallets are locked first, so that calls wait for one another before they wait for a key. NULL: its key is used, or it moves
# the wallet of its own account (0) and there is none. 0: somebody else is at the wallets, or took meanwhile what it was to
# take from a lot. Whoever holds the locks already never gets that.
FORWARD = """
CREATE FUNCTION members_post(
    _book bigint, _account bigint, _verb text, _key text, _content uuid, _amount bigint, _short bigint,
    _occurred_at timestamptz, _by bigint, _reason text, _corrects bigint, _channel bigint, _order text, _role text,
    _event text, _properties jsonb, _plan bigint, _hold bigint, _from_held bigint,
    _organization bigint, _now timestamptz, _wallets bigint[], _moves bigint[],
    _into bigint[], _brought bigint[], _remaining bigint[], _ready timestamptz[], _ends timestamptz[],
    _lots bigint[], _taken bigint[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    own bigint;
    made bigint;
    locked bigint;
BEGIN
    IF _wallets = '{0}' THEN
        SELECT id INTO own FROM members_wallet WHERE book_id = _book AND account_id = _account FOR NO KEY UPDATE;
        IF own IS NULL THEN
            RETURN NULL;
        END IF;
        _wallets := ARRAY[own];
        _into := array_replace(_into, 0, own);
    ELSE
        PERFORM FROM members_wallet WHERE id = ANY(_wallets) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED;
        GET DIAGNOSTICS locked = ROW_COUNT;
        IF locked < cardinality(_wallets) THEN
            RETURN 0;
        END IF;
    END IF;
    IF _lots <> '{}' AND EXISTS (
        SELECT FROM unnest(_lots, _taken) AS u (id, amount) JOIN members_lot l USING (id)
        WHERE u.amount > 0 AND l.remaining < u.amount
    ) THEN
        RETURN 0;
    END IF;
    INSERT INTO members_posting (book_id, account_id, verb, key, content, amount, short, occurred_at, recorded_at, by_id,
                                 reason, corrects_id, channel_id, order_key, plan_id, hold_id)
    VALUES (_book, _account, _verb, _key, _content, _amount, _short, _occurred_at, _now, _by,
            _reason, _corrects, _channel, _order, _plan, _hold)
    ON CONFLICT (key) DO NOTHING RETURNING id INTO made;
    IF made IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO members_entry (posting_id, wallet_id, amount)
    SELECT made, m.id, m.amount FROM unnest(_wallets, _moves) AS m (id, amount)
    UNION ALL
    SELECT made, w.id, _from_held - _amount FROM members_wallet w
    WHERE w.book_id = _book AND w.role = _role AND w.role <> '' AND _from_held <> _amount
    UNION ALL
    SELECT made, w.id, -_from_held FROM members_wallet w
    WHERE w.book_id = _book AND w.role = 'held' AND _from_held <> 0;
    UPDATE members_wallet w SET balance = w.balance + m.amount
    FROM unnest(_wallets, _moves) AS m (id, amount) WHERE w.id = m.id;
    IF _into <> '{}' THEN
        WITH brought AS (
            INSERT INTO members_lot (wallet_id, posting_id, amount, remaining, available_from, expires_at)
            SELECT l.wallet_id, made, l.amount, l.remaining, l.ready, l.ends
            FROM unnest(_into, _brought, _remaining, _ready, _ends) AS l (wallet_id, amount, remaining, ready, ends)
            RETURNING id, amount, remaining
        )
        INSERT INTO members_lotuse (posting_id, lot_id, amount)
        SELECT made, id, amount - remaining FROM brought WHERE amount <> remaining;
    END IF;
    IF _lots <> '{}' THEN
        UPDATE members_lot l SET remaining = l.remaining - u.amount
        FROM unnest(_lots, _taken) AS u (id, amount) WHERE l.id = u.id;
        INSERT INTO members_lotuse (posting_id, lot_id, amount)
        SELECT made, u.id, u.amount FROM unnest(_lots, _taken) AS u (id, amount);
    END IF;
    INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
    SELECT id, channel_id, _organization, _event, _occurred_at, _properties FROM members_account WHERE id = _account;
    RETURN made;
END $$;
"""

BACKWARD = "DROP FUNCTION members_post;"


class Migration(migrations.Migration):
    dependencies = [("members", "0005_value")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
