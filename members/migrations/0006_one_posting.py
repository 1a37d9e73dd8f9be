"""One posting with all that belongs to it, written by one call: what `postings.WRITE` writes of many, at a till's pace."""

from django.db import migrations

# What is spent first, oldest expiry first, as `members.ledger.drawing` would choose it. All wallets of the person are
# locked before it is read. Without an answer: somebody else is at one of them, or too little is there; it is not waited for.
DRAW = """
CREATE FUNCTION members_draw(
    _book bigint, _account bigint, _steps bigint, _now timestamptz,
    OUT _wallets bigint[], OUT _moves bigint[], OUT _lots bigint[], OUT _taken bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    own bigint[] := ARRAY(
        SELECT (SELECT id FROM members_wallet WHERE id = w.id FOR NO KEY UPDATE SKIP LOCKED)
        FROM members_account a JOIN members_account mate ON mate.member_id = a.member_id
        JOIN members_wallet w ON w.book_id = _book AND w.account_id = mate.id WHERE a.id = _account
    );
    lot record;
    part bigint;
    place int;
BEGIN
    IF array_position(own, NULL) IS NOT NULL THEN
        RETURN;
    END IF;
    FOR lot IN
        SELECT l.id, l.wallet_id, l.remaining FROM unnest(own) AS w (id) CROSS JOIN LATERAL (
            SELECT * FROM members_lot WHERE wallet_id = w.id AND remaining > 0 AND available_from <= _now
               AND (expires_at IS NULL OR expires_at > _now)
            ORDER BY expires_at, id LIMIT 20
        ) l ORDER BY l.expires_at, l.id LIMIT 20
    LOOP
        part := least(lot.remaining, _steps);
        _lots := _lots || lot.id;
        _taken := _taken || part;
        place := array_position(_wallets, lot.wallet_id);
        IF place IS NULL THEN
            _wallets := _wallets || lot.wallet_id;
            _moves := _moves || -part;
        ELSE
            _moves[place] := _moves[place] - part;
        END IF;
        _steps := _steps - part;
        EXIT WHEN _steps = 0;
    END LOOP;
    IF _steps > 0 THEN
        _lots := NULL;
    END IF;
END $$;
"""

# Wallets are locked first, so that calls wait for one another before they wait for a key. NULL: its key is used, or it moves
# the wallet of its own account (0) and there is none. 0: somebody else is at the wallets, or took meanwhile what it was to
# take from a lot. Whoever holds the locks already never gets that, unless it takes from the lots spent first (0) and these
# have too little.
POST = """
CREATE FUNCTION members_post(
    _book bigint, _account bigint, _verb text, _key text, _content uuid, _amount bigint, _short bigint,
    _occurred_at timestamptz, _by bigint, _reason text, _corrects bigint, _channel bigint, _order text, _role text,
    _event text, _properties jsonb, _plan bigint, _hold bigint, _from_held bigint,
    _organization bigint, _now timestamptz, _wallets bigint[], _moves bigint[],
    _into bigint[], _brought bigint[], _remaining bigint[], _ready timestamptz[], _ends timestamptz[],
    _lots bigint[], _taken bigint[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
    locked bigint;
    drawn record;
BEGIN
    IF _lots = '{0}' THEN
        drawn := members_draw(_book, _account, _taken[1], _now);
        IF drawn._lots IS NULL THEN
            RETURN 0;
        END IF;
        _wallets := drawn._wallets;
        _moves := drawn._moves;
        _lots := drawn._lots;
        _taken := drawn._taken;
    ELSIF _wallets = '{0}' THEN
        SELECT id INTO locked FROM members_wallet WHERE book_id = _book AND account_id = _account FOR NO KEY UPDATE;
        IF locked IS NULL THEN
            RETURN NULL;
        END IF;
        _wallets := ARRAY[locked];
        _into := array_replace(_into, 0, locked);
    ELSE
        PERFORM FROM members_wallet WHERE id = ANY(_wallets) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED;
        GET DIAGNOSTICS locked = ROW_COUNT;
        IF locked < cardinality(_wallets) OR _lots <> '{}' AND EXISTS (
            SELECT FROM unnest(_lots, _taken) AS u (id, amount) JOIN members_lot l USING (id)
            WHERE u.amount > 0 AND l.remaining < u.amount
        ) THEN
            RETURN 0;
        END IF;
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

BACKWARD = "DROP FUNCTION members_post; DROP FUNCTION members_draw;"


class Migration(migrations.Migration):
    dependencies = [("members", "0005_value")]

    operations = [migrations.RunSQL(DRAW + POST, BACKWARD)]
