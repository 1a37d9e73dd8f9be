"""What offers, coupons and budgets promise: what was approved stays, every change of a coupon is a lawful one."""

from django.db import migrations

ACTIVITIES = """
CREATE TRIGGER campaigns_activity_kept BEFORE DELETE ON campaigns_activity
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();

-- Numbers that never come again, also after a rollback: a process that keeps rules by one never takes new ones for old.
CREATE SEQUENCE campaigns_revisions;

-- Two versions of an activity are never live together. Ranges need no extension, as numbers in an exclusion would.
ALTER TABLE campaigns_activityversion ADD CONSTRAINT activity_version_one_live
    EXCLUDE USING gist (int8range(activity_id, activity_id, '[]') WITH &&, tstzrange(starts_at, closes_at) WITH &&)
    WHERE (published_at IS NOT NULL);

CREATE FUNCTION campaigns_version_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    content text[] := ARRAY['state', 'starts_at', 'closes_at', 'submitted_by_id', 'approved_by_id', 'published_at',
                            'stopped_by_id', 'stopped_at', 'stop_reason'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.closes_at IS NOT NULL THEN
            RAISE EXCEPTION 'a version of an activity begins as a draft' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        IF OLD.state = 'draft' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'a version of an activity that was submitted is kept' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.id <> OLD.id OR NEW.activity_id <> OLD.activity_id OR NEW.number <> OLD.number
       OR NEW.created_by_id <> OLD.created_by_id OR (OLD.state, NEW.state) NOT IN (
           ('draft', 'draft'), ('draft', 'submitted'), ('submitted', 'draft'), ('submitted', 'published'),
           ('published', 'published'), ('published', 'stopped'), ('stopped', 'stopped'))
       OR OLD.state <> 'draft' AND to_jsonb(NEW) - content <> to_jsonb(OLD) - content
       OR OLD.state = 'submitted' AND NEW.state <> 'published' AND NEW.starts_at <> OLD.starts_at
       OR OLD.state IN ('published', 'stopped')
          AND ((NEW.starts_at, NEW.submitted_by_id, NEW.approved_by_id, NEW.published_at)
               IS DISTINCT FROM (OLD.starts_at, OLD.submitted_by_id, OLD.approved_by_id, OLD.published_at)
               OR coalesce(NEW.closes_at, 'infinity') > coalesce(OLD.closes_at, 'infinity'))
       OR OLD.state = 'stopped' AND to_jsonb(NEW) - 'closes_at' <> to_jsonb(OLD) - 'closes_at' THEN
        RAISE EXCEPTION 'a submitted version of an activity stays as it is; a published one can only be stopped or closed earlier'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'published' AND OLD.state = 'submitted' THEN
        PERFORM campaigns_version_is_whole(NEW.id);
    END IF;
    RETURN NEW;
END $$;

-- Offers of a version cannot come or go beside this: they lock it.
CREATE FUNCTION campaigns_version_is_whole(_version bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lacking text;
BEGIN
    SELECT 'offer ' || o.position || ' has no ' || CASE
               WHEN o.trigger IS NULL THEN 'trigger' WHEN o.execution = '' THEN 'execution'
               WHEN o.form IS NULL THEN 'form' WHEN o.limits IS NULL THEN 'limits' ELSE 'frozen wording' END
    INTO lacking FROM campaigns_activityoffer o
    WHERE o.version_id = _version
      AND (o.trigger IS NULL OR o.execution = '' OR o.form IS NULL OR o.limits IS NULL OR o.frozen IS NULL)
    ORDER BY o.position LIMIT 1;
    IF lacking IS NOT NULL OR NOT EXISTS (SELECT FROM campaigns_activityoffer WHERE version_id = _version) THEN
        RAISE EXCEPTION 'an activity is published with all four elements: %', coalesce(lacking, 'it has no offer')
            USING ERRCODE = 'check_violation', CONSTRAINT = 'activity_version_all_four';
    END IF;
    SELECT 'offer ' || o.position || ' is paid to ' || sum(s.basis_points) INTO lacking
    FROM campaigns_activityoffer o JOIN campaigns_budgetshare s ON s.offer_id = o.id WHERE o.version_id = _version
    GROUP BY o.id HAVING sum(s.basis_points) <> 10000 LIMIT 1;
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION 'the shares of an offer add up to 10000 basis points: %', lacking
            USING ERRCODE = 'check_violation', CONSTRAINT = 'activity_version_paid_wholly';
    END IF;
END $$;
CREATE TRIGGER campaigns_activityversion_moves BEFORE INSERT OR UPDATE OR DELETE ON campaigns_activityversion
    FOR EACH ROW EXECUTE FUNCTION campaigns_version_moves();

-- What was submitted is what is approved. Only the approval itself writes the frozen wording.
CREATE FUNCTION campaigns_offer_of_a_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    version bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.version_id ELSE OLD.version_id END;
    found text;
BEGIN
    SELECT v.state INTO found FROM campaigns_activityversion v WHERE v.id = version FOR SHARE;
    IF found = 'draft' AND (TG_OP <> 'UPDATE' OR NEW.version_id = OLD.version_id) THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND found = 'submitted' AND to_jsonb(NEW) - 'frozen' = to_jsonb(OLD) - 'frozen' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the offers of a submitted version stay as they are' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER campaigns_activityoffer_fixed BEFORE INSERT OR UPDATE OR DELETE ON campaigns_activityoffer
    FOR EACH ROW EXECUTE FUNCTION campaigns_offer_of_a_draft();

CREATE FUNCTION campaigns_share_of_a_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given campaigns_budgetshare%ROWTYPE;
    found text;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.offer_id, NEW.template_id) IS DISTINCT FROM (OLD.offer_id, OLD.template_id) THEN
        RAISE EXCEPTION 'a share keeps its offer' USING ERRCODE = 'restrict_violation';
    END IF;
    given := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    IF given.offer_id IS NOT NULL THEN
        SELECT v.state INTO found FROM campaigns_activityoffer o JOIN campaigns_activityversion v ON v.id = o.version_id
        WHERE o.id = given.offer_id FOR SHARE OF v;
    ELSE
        SELECT t.state INTO found FROM campaigns_coupontemplate t WHERE t.id = given.template_id FOR SHARE;
    END IF;
    IF found <> 'draft' THEN
        RAISE EXCEPTION 'who pays for what was submitted stays as it is' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN given;
END $$;
CREATE TRIGGER campaigns_budgetshare_fixed BEFORE INSERT OR UPDATE OR DELETE ON campaigns_budgetshare
    FOR EACH ROW EXECUTE FUNCTION campaigns_share_of_a_draft();
"""

COUPONS = """
CREATE TRIGGER campaigns_coupon_kept BEFORE DELETE ON campaigns_coupon
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
CREATE TRIGGER campaigns_couponbatch_kept BEFORE DELETE ON campaigns_couponbatch
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
CREATE TRIGGER campaigns_couponcounter_kept BEFORE DELETE ON campaigns_couponcounter
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();

CREATE FUNCTION campaigns_template_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ending text[] := ARRAY['state', 'closed_by_id', 'closed_at', 'close_reason'];
    lacking bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a coupon template begins as a draft' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    ELSIF OLD.state = 'draft' AND TG_OP = 'DELETE' THEN
        RETURN OLD;
    ELSIF OLD.state = 'draft' AND NEW.id = OLD.id AND NEW.state = 'draft' THEN
        RETURN NEW;
    ELSIF OLD.state = 'draft' AND NEW.id = OLD.id AND NEW.state = 'open' THEN
        SELECT sum(basis_points) INTO lacking FROM campaigns_budgetshare WHERE template_id = NEW.id
        HAVING sum(basis_points) <> 10000;
        IF lacking IS NOT NULL THEN
            RAISE EXCEPTION 'the shares of a coupon add up to 10000 basis points, not to %', lacking
                USING ERRCODE = 'check_violation', CONSTRAINT = 'coupon_template_paid_wholly';
        END IF;
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' AND OLD.state = 'open' AND NEW.state = 'closed' AND to_jsonb(NEW) - ending = to_jsonb(OLD) - ending THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an open coupon template stays as it is; it can only be closed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER campaigns_coupontemplate_fixed BEFORE INSERT OR UPDATE OR DELETE ON campaigns_coupontemplate
    FOR EACH ROW EXECUTE FUNCTION campaigns_template_stays();

-- Which state may follow which. What is free again is the customer's, or nobody's if it never was anybody's.
CREATE FUNCTION campaigns_coupon_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    using_up text[] := ARRAY['state', 'held_by', 'redeemed_at', 'organization_id', 'channel_id', 'staff', 'order_key',
                             'ticket_id', 'ended_at', 'reason'];
    claiming text[] := using_up || ARRAY['key', 'account_id', 'claimed_at', 'claim_channel_id', 'valid_from', 'valid_until'];
BEGIN
    IF NEW.reason = 'erased' AND members_is_erasing() AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason' THEN
        RETURN NEW;
    END IF;
    -- What channels tell late or take back: a friend's, nobody's again, used before it was over, a card not deleted.
    IF (OLD.state, NEW.state) NOT IN (
        ('made', 'claimed'), ('made', 'held'), ('made', 'redeemed'), ('made', 'expired'), ('made', 'withdrawn'),
        ('claimed', 'claimed'), ('claimed', 'made'),
        ('claimed', 'held'), ('claimed', 'redeemed'), ('claimed', 'expired'), ('claimed', 'withdrawn'),
        ('held', 'made'), ('held', 'claimed'), ('held', 'redeemed'),
        ('redeemed', 'made'), ('redeemed', 'claimed'), ('expired', 'redeemed'), ('withdrawn', 'claimed'))
       OR OLD.state = 'claimed' AND NEW.state = 'claimed' AND NEW.account_id = OLD.account_id
       OR OLD.state = 'claimed' AND NEW.state = 'made' AND OLD.batch_id IS NULL
       OR OLD.state = 'expired' AND coalesce(NEW.redeemed_at >= OLD.valid_until, true)
       OR OLD.state = 'withdrawn' AND OLD.reason NOT IN ('deleted', 'undone') THEN
        RAISE EXCEPTION 'a coupon that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    -- A claim and its undoing write the claim; a friend gets the coupon with the days it has.
    IF (OLD.state, NEW.state) IN (('made', 'claimed'), ('claimed', 'made')) THEN
        using_up := claiming;
    ELSIF OLD.state = 'claimed' AND NEW.state = 'claimed' OR OLD.reason = 'undone' THEN
        using_up := ARRAY['state', 'account_id', 'claimed_at', 'claim_channel_id', 'ended_at', 'reason'];
    END IF;
    IF to_jsonb(NEW) - using_up <> to_jsonb(OLD) - using_up THEN
        RAISE EXCEPTION 'a coupon keeps its template, its code, its owner and its days' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_coupon_moves BEFORE UPDATE ON campaigns_coupon
    FOR EACH ROW EXECUTE FUNCTION campaigns_coupon_moves();

CREATE FUNCTION campaigns_coupon_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM made m LEFT JOIN campaigns_coupontemplate t ON t.id = m.template_id
               WHERE m.state NOT IN ('made', 'claimed') OR t.state IS DISTINCT FROM 'open') THEN
        RAISE EXCEPTION 'a coupon begins as made or claimed, of an open template' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER campaigns_coupon_begins AFTER INSERT ON campaigns_coupon
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION campaigns_coupon_begins();
"""

BUDGETS = """
CREATE TRIGGER campaigns_budget_kept BEFORE DELETE ON campaigns_budget
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
CREATE TRIGGER campaigns_budgetdraw_fixed BEFORE UPDATE OR DELETE ON campaigns_budgetdraw
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
CREATE TRIGGER campaigns_budgetmove_fixed BEFORE UPDATE OR DELETE ON campaigns_budgetmove
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
ALTER TABLE campaigns_budget ADD CONSTRAINT budget_parent_in_its_book
    FOREIGN KEY (parent_id, book_id) REFERENCES campaigns_budget (id, book_id);

CREATE FUNCTION campaigns_budget_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND ((NEW.id, NEW.organization_id, NEW.book_id, NEW.code, NEW.created_by_id, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.organization_id, OLD.book_id, OLD.code, OLD.created_by_id, OLD.created_at)
        OR NEW.parent_id IS DISTINCT FROM OLD.parent_id OR NEW.slices < OLD.slices) THEN
        RAISE EXCEPTION 'a budget keeps its place, its book and its slices' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM members_book b WHERE b.id = NEW.book_id AND b.kind = 'budget' AND b.expiry = 'never'
                   AND NOT b.below_zero) THEN
        RAISE EXCEPTION 'a budget lies in a book of budgets that neither expires nor falls below zero'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'budget_in_a_book_of_budgets';
    END IF;
    IF NEW.parent_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM campaigns_budget p JOIN members_organization above ON above.id = p.organization_id
        JOIN members_organization own ON own.id = NEW.organization_id
        WHERE p.id = NEW.parent_id AND own.path LIKE above.path || '%') THEN
        RAISE EXCEPTION 'a budget is part of one of its own organization, or of one above'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'budget_below_its_parent';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_budget_fits BEFORE INSERT OR UPDATE ON campaigns_budget
    FOR EACH ROW EXECUTE FUNCTION campaigns_budget_fits();
"""

BACKWARD = """
DROP FUNCTION campaigns_budget_fits CASCADE;
ALTER TABLE campaigns_budget DROP CONSTRAINT budget_parent_in_its_book;
DROP TRIGGER campaigns_budgetmove_fixed ON campaigns_budgetmove;
DROP TRIGGER campaigns_budgetdraw_fixed ON campaigns_budgetdraw;
DROP TRIGGER campaigns_budget_kept ON campaigns_budget;
DROP FUNCTION campaigns_coupon_begins CASCADE;
DROP FUNCTION campaigns_coupon_moves CASCADE;
DROP FUNCTION campaigns_template_stays CASCADE;
DROP TRIGGER campaigns_couponcounter_kept ON campaigns_couponcounter;
DROP TRIGGER campaigns_couponbatch_kept ON campaigns_couponbatch;
DROP TRIGGER campaigns_coupon_kept ON campaigns_coupon;
DROP FUNCTION campaigns_share_of_a_draft CASCADE;
DROP FUNCTION campaigns_offer_of_a_draft CASCADE;
DROP FUNCTION campaigns_version_moves CASCADE;
DROP FUNCTION campaigns_version_is_whole;
ALTER TABLE campaigns_activityversion DROP CONSTRAINT activity_version_one_live;
DROP SEQUENCE campaigns_revisions;
DROP TRIGGER campaigns_activity_kept ON campaigns_activity;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_rules_of_the_database"), ("members", "0005_value")]

    operations = [migrations.RunSQL(ACTIVITIES + COUPONS + BUDGETS, BACKWARD)]
