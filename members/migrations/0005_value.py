"""What membership and value promise: what was given, published or decided is not changed afterwards."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER members_hold_kept BEFORE DELETE ON members_hold
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
CREATE TRIGGER members_conversion_fixed BEFORE UPDATE OR DELETE ON members_conversion
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
CREATE TRIGGER members_earningbasis_fixed BEFORE UPDATE OR DELETE ON members_earningbasis
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
CREATE TRIGGER members_adjustment_kept BEFORE DELETE ON members_adjustment
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
CREATE TRIGGER members_rightgrant_kept BEFORE DELETE ON members_rightgrant
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
CREATE TRIGGER members_rightrule_kept BEFORE DELETE ON members_rightrule
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
CREATE TRIGGER members_rightuse_fixed BEFORE UPDATE OR DELETE ON members_rightuse
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
CREATE TRIGGER members_ticket_kept BEFORE DELETE ON members_ticket
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
CREATE TRIGGER members_giftcard_kept BEFORE DELETE ON members_giftcard
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();

CREATE FUNCTION members_hold_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open'
       OR (NEW.id, NEW.key, NEW.content, NEW.account_id, NEW.organization_id, NEW.until, NEW.made_at, NEW.by_id)
          IS DISTINCT FROM
          (OLD.id, OLD.key, OLD.content, OLD.account_id, OLD.organization_id, OLD.until, OLD.made_at, OLD.by_id) THEN
        RAISE EXCEPTION 'a hold ends once, and nothing else of it changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER members_hold_fixed BEFORE UPDATE ON members_hold
    FOR EACH ROW EXECUTE FUNCTION members_hold_ends_once();

CREATE FUNCTION members_adjustment_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reason = 'erased' AND members_is_erasing()
       AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason' THEN
        RETURN NEW;
    END IF;
    IF OLD.state <> 'asked'
       OR (NEW.id, NEW.account_id, NEW.book_id, NEW.amount, NEW.reason, NEW.asked_by_id, NEW.asked_at)
          IS DISTINCT FROM
          (OLD.id, OLD.account_id, OLD.book_id, OLD.amount, OLD.reason, OLD.asked_by_id, OLD.asked_at) THEN
        RAISE EXCEPTION 'an adjustment is decided once, and as it was asked for' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER members_adjustment_fixed BEFORE UPDATE ON members_adjustment
    FOR EACH ROW EXECUTE FUNCTION members_adjustment_decided_once();

-- A draft is free. What was published can be stopped, and nothing else of it changes.
CREATE FUNCTION members_plan_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state = 'draft' THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.state = 'draft' THEN
        IF (NEW.id, NEW.programme_id, NEW.cycle) IS NOT DISTINCT FROM (OLD.id, OLD.programme_id, OLD.cycle) THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.state = 'published' AND NEW.state = 'stopped'
          AND to_jsonb(NEW) - ARRAY['state', 'stopped_at', 'stopped_by_id', 'stop_reason']
              = to_jsonb(OLD) - ARRAY['state', 'stopped_at', 'stopped_by_id', 'stop_reason'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a published plan stays as it is; it can only be stopped' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER members_plan_fixed BEFORE UPDATE OR DELETE ON members_plan
    FOR EACH ROW EXECUTE FUNCTION members_plan_stays();

-- The plan is locked, so that a rule cannot come in beside its publication.
CREATE FUNCTION members_rule_of_a_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    plan bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.plan_id ELSE OLD.plan_id END;
    found text;
BEGIN
    SELECT p.state INTO found FROM members_plan p WHERE p.id = plan FOR SHARE;
    IF found <> 'draft' OR TG_OP = 'UPDATE' AND NEW.plan_id <> OLD.plan_id THEN
        RAISE EXCEPTION 'the rules of a published plan stay as they are' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER members_earningrule_fixed BEFORE INSERT OR UPDATE OR DELETE ON members_earningrule
    FOR EACH ROW EXECUTE FUNCTION members_rule_of_a_draft();
CREATE TRIGGER members_tierrule_fixed BEFORE INSERT OR UPDATE OR DELETE ON members_tierrule
    FOR EACH ROW EXECUTE FUNCTION members_rule_of_a_draft();
CREATE TRIGGER members_spendrule_fixed BEFORE INSERT OR UPDATE OR DELETE ON members_spendrule
    FOR EACH ROW EXECUTE FUNCTION members_rule_of_a_draft();

-- Bases are compared as they are written: each account once, in order.
CREATE FUNCTION members_is_sorted_set(ids bigint[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT ids = ARRAY(SELECT DISTINCT each FROM unnest(ids) AS each ORDER BY each)
$$;
ALTER TABLE members_tiergrant ADD CONSTRAINT tier_grant_account_in_basis CHECK (account_id = ANY(basis));
ALTER TABLE members_tiergrant ADD CONSTRAINT tier_grant_basis_sorted
    CHECK (cardinality(basis) = 1 OR members_is_sorted_set(basis));
CREATE TRIGGER members_tiergrant_fixed BEFORE UPDATE OR DELETE ON members_tiergrant
    FOR EACH ROW EXECUTE FUNCTION members_append_only_but('note');

-- As foreign keys would, yet once a statement: a million grants are of a few tiers.
CREATE FUNCTION members_tiergrants_refer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lost bigint;
BEGIN
    PERFORM FROM members_programme WHERE id IN (SELECT programme_id FROM made) ORDER BY id FOR KEY SHARE;
    PERFORM FROM members_tier WHERE id IN (SELECT tier_id FROM made) ORDER BY id FOR KEY SHARE;
    SELECT m.programme_id INTO lost FROM (SELECT DISTINCT programme_id, tier_id FROM made) m
    WHERE NOT EXISTS (SELECT FROM members_programme p WHERE p.id = m.programme_id)
       OR m.tier_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM members_tier t WHERE t.id = m.tier_id AND t.programme_id = m.programme_id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'programme % has no such tier', lost USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER members_tiergrant_refers AFTER INSERT ON members_tiergrant REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION members_tiergrants_refer();
CREATE FUNCTION members_granted_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'members_tier' AND EXISTS (SELECT FROM members_tiergrant WHERE tier_id = OLD.id)
       OR TG_TABLE_NAME = 'members_programme' AND EXISTS (SELECT FROM members_tiergrant WHERE programme_id = OLD.id) THEN
        RAISE EXCEPTION 'tiers of it were given: it stays' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER members_tier_granted AFTER UPDATE OF id, programme_id OR DELETE ON members_tier
    FOR EACH ROW EXECUTE FUNCTION members_granted_stays();
CREATE TRIGGER members_programme_granted AFTER UPDATE OF id OR DELETE ON members_programme
    FOR EACH ROW EXECUTE FUNCTION members_granted_stays();

CREATE FUNCTION members_rightrule_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'ends_at' <> to_jsonb(OLD) - 'ends_at' THEN
        RAISE EXCEPTION 'of a rule of a right, only its end changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER members_rightrule_fixed BEFORE UPDATE ON members_rightrule
    FOR EACH ROW EXECUTE FUNCTION members_rightrule_stays();

CREATE FUNCTION members_rightgrant_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['used', 'revoked_at', 'reason'];
BEGIN
    IF members_is_erasing() THEN
        moving := array_append(moving, 'serial');
    END IF;
    IF to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving OR NEW.used < OLD.used THEN
        RAISE EXCEPTION 'of a right granted, only its uses and its revoking change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER members_rightgrant_fixed BEFORE UPDATE ON members_rightgrant
    FOR EACH ROW EXECUTE FUNCTION members_rightgrant_stays();

CREATE FUNCTION members_rightcode_given_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.grant_id IS NOT NULL THEN
        RAISE EXCEPTION 'an activation code is given out once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER members_rightcode_fixed BEFORE UPDATE OR DELETE ON members_rightcode
    FOR EACH ROW EXECUTE FUNCTION members_rightcode_given_once();

-- A gift card keeps what it is; once active or cancelled it stays so.
CREATE FUNCTION members_giftcard_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('active', 'cancelled')
       OR (NEW.id, NEW.book_id, NEW.number, NEW.amount, NEW.pot_id, NEW.issue_id, NEW.buyer_id, NEW.issued_at)
          IS DISTINCT FROM
          (OLD.id, OLD.book_id, OLD.number, OLD.amount, OLD.pot_id, OLD.issue_id, OLD.buyer_id, OLD.issued_at)
       OR (OLD.state = 'given' AND NEW.state = 'issued') THEN
        RAISE EXCEPTION 'a gift card keeps what it is, and ends once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER members_giftcard_fixed BEFORE UPDATE ON members_giftcard
    FOR EACH ROW EXECUTE FUNCTION members_giftcard_stays();

-- What was taken over by a rule can be proved by it: a running rule keeps what it says, but for its end.
CREATE FUNCTION members_openingrule_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'until', 'looked_to', 'looked_at'];
BEGIN
    IF OLD.state <> 'draft' AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving
        OR NEW.state NOT IN (OLD.state, 'withdrawn')
        OR OLD.state = 'withdrawn' AND NEW.until IS DISTINCT FROM OLD.until) THEN
        RAISE EXCEPTION 'of an opening rule that has begun, only its end changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER members_openingrule_fixed BEFORE UPDATE OR DELETE ON members_openingrule
    FOR EACH ROW EXECUTE FUNCTION members_openingrule_stays();
"""

BACKWARD = """
DROP FUNCTION members_openingrule_stays CASCADE;
DROP FUNCTION members_giftcard_stays CASCADE;
DROP FUNCTION members_rightcode_given_once CASCADE;
DROP FUNCTION members_rightgrant_stays CASCADE;
DROP FUNCTION members_rightrule_stays CASCADE;
DROP FUNCTION members_granted_stays CASCADE;
DROP FUNCTION members_tiergrants_refer CASCADE;
DROP TRIGGER members_tiergrant_fixed ON members_tiergrant;
ALTER TABLE members_tiergrant DROP CONSTRAINT tier_grant_basis_sorted;
ALTER TABLE members_tiergrant DROP CONSTRAINT tier_grant_account_in_basis;
DROP FUNCTION members_is_sorted_set;
DROP FUNCTION members_rule_of_a_draft CASCADE;
DROP FUNCTION members_plan_stays CASCADE;
DROP FUNCTION members_adjustment_decided_once CASCADE;
DROP FUNCTION members_hold_ends_once CASCADE;
DROP TRIGGER members_giftcard_kept ON members_giftcard;
DROP TRIGGER members_ticket_kept ON members_ticket;
DROP TRIGGER members_rightuse_fixed ON members_rightuse;
DROP TRIGGER members_rightrule_kept ON members_rightrule;
DROP TRIGGER members_rightgrant_kept ON members_rightgrant;
DROP TRIGGER members_adjustment_kept ON members_adjustment;
DROP TRIGGER members_earningbasis_fixed ON members_earningbasis;
DROP TRIGGER members_conversion_fixed ON members_conversion;
DROP TRIGGER members_hold_kept ON members_hold;
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0004_ledger")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
