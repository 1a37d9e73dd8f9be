"""What the ledger promises: postings balance, nothing written is changed, nothing falls below zero unseen."""

from django.db import migrations

FORWARD = """
-- A wallet's floor is its book's: one flag, kept equal by the key, checked where the balance is.
ALTER TABLE members_wallet ADD CONSTRAINT wallet_floor
    FOREIGN KEY (book_id, below_zero) REFERENCES members_book (id, below_zero) ON UPDATE CASCADE;

CREATE TRIGGER members_book_kept BEFORE DELETE ON members_book
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
CREATE TRIGGER members_wallet_kept BEFORE DELETE ON members_wallet
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
CREATE TRIGGER members_lot_kept BEFORE DELETE ON members_lot
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
CREATE TRIGGER members_entry_fixed BEFORE UPDATE OR DELETE ON members_entry
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
CREATE TRIGGER members_lotuse_fixed BEFORE UPDATE OR DELETE ON members_lotuse
    FOR EACH ROW EXECUTE FUNCTION members_append_only();

CREATE FUNCTION members_book_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.organization_id, NEW.code, NEW.kind, NEW.unit, NEW.scale)
       IS DISTINCT FROM (OLD.id, OLD.organization_id, OLD.code, OLD.kind, OLD.unit, OLD.scale) THEN
        RAISE EXCEPTION 'a book keeps its organization, code, kind, unit and decimals'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER members_book_fixed BEFORE UPDATE ON members_book
    FOR EACH ROW EXECUTE FUNCTION members_book_stays();

CREATE FUNCTION members_wallet_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.book_id, NEW.account_id, NEW.role, NEW.pot)
       IS DISTINCT FROM (OLD.id, OLD.book_id, OLD.account_id, OLD.role, OLD.pot) THEN
        RAISE EXCEPTION 'a wallet keeps its book and its owner' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER members_wallet_fixed BEFORE UPDATE OF id, book_id, account_id, role, pot ON members_wallet
    FOR EACH ROW EXECUTE FUNCTION members_wallet_stays();

-- What is left moves; waiting may end early; expiry may move on, and nothing else of a lot ever changes.
CREATE FUNCTION members_lot_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.wallet_id, NEW.posting_id, NEW.amount) IS DISTINCT FROM (OLD.id, OLD.wallet_id, OLD.posting_id, OLD.amount)
       OR NEW.available_from > OLD.available_from
       OR (NEW.expires_at IS DISTINCT FROM OLD.expires_at AND NOT coalesce(NEW.expires_at > OLD.expires_at, false)) THEN
        RAISE EXCEPTION 'of a lot, only what is left changes; it may be released early and its expiry moved on'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER members_lot_fixed BEFORE UPDATE OF id, wallet_id, posting_id, amount, available_from, expires_at
    ON members_lot FOR EACH ROW EXECUTE FUNCTION members_lot_stays();

-- A posting stays for ever; an erasure takes away what somebody typed.
CREATE TRIGGER members_posting_fixed BEFORE UPDATE OR DELETE ON members_posting
    FOR EACH ROW EXECUTE FUNCTION members_append_only_but('reason');

-- Once a statement, over its rows: as exact as a deferred check a row, and it costs a million entries no million calls.
CREATE FUNCTION members_entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
    apart boolean;
BEGIN
    SELECT n.posting_id, n.apart INTO found, apart
    FROM (
        SELECT m.posting_id, count(*) AS entries,
               sum(m.amount) <> 0 OR min(w.book_id) IS DISTINCT FROM max(w.book_id) OR count(w.book_id) < count(*) AS apart
        FROM made m LEFT JOIN members_wallet w ON w.id = m.wallet_id GROUP BY m.posting_id
    ) n
    WHERE n.apart OR n.entries <> (SELECT count(*) FROM members_entry e WHERE e.posting_id = n.posting_id) LIMIT 1;
    IF apart THEN
        RAISE EXCEPTION 'the entries of posting % do not sum to zero', found USING ERRCODE = 'check_violation';
    ELSIF found IS NOT NULL THEN
        RAISE EXCEPTION 'posting % has its entries already', found USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER members_entry_balanced AFTER INSERT ON members_entry
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION members_entries_balance();
"""

BACKWARD = """
DROP TRIGGER members_entry_balanced ON members_entry;
DROP FUNCTION members_entries_balance;
DROP TRIGGER members_posting_fixed ON members_posting;
DROP TRIGGER members_lot_fixed ON members_lot;
DROP FUNCTION members_lot_stays;
DROP TRIGGER members_wallet_fixed ON members_wallet;
DROP FUNCTION members_wallet_stays;
DROP TRIGGER members_book_fixed ON members_book;
DROP FUNCTION members_book_stays;
DROP TRIGGER members_lotuse_fixed ON members_lotuse;
DROP TRIGGER members_entry_fixed ON members_entry;
DROP TRIGGER members_lot_kept ON members_lot;
DROP TRIGGER members_wallet_kept ON members_wallet;
DROP TRIGGER members_book_kept ON members_book;
ALTER TABLE members_wallet DROP CONSTRAINT wallet_floor;
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0003_privacy")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
