"""What sales at tills promise: which state follows which; what was held or done stays as it was priced."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION campaigns_sale_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.asked = 'erased' AND members_is_erasing()
        AND to_jsonb(NEW) - 'asked' = to_jsonb(OLD) - 'asked' THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a sale is kept' USING ERRCODE = 'restrict_violation';
    ELSIF (OLD.state, NEW.state) NOT IN (
        ('open', 'open'), ('open', 'held'), ('open', 'cancelled'),
        ('held', 'open'), ('held', 'committed'), ('held', 'cancelled')) THEN
        RAISE EXCEPTION 'a sale that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    ELSIF (NEW.id, NEW.store_id, NEW.channel_id, NEW.number, NEW.opened_at)
        IS DISTINCT FROM (OLD.id, OLD.store_id, OLD.channel_id, OLD.number, OLD.opened_at)
        OR NEW.revision < OLD.revision THEN
        RAISE EXCEPTION 'a sale keeps its store and number, and no revision follows a later one' USING ERRCODE = 'restrict_violation';
    ELSIF OLD.state = 'held' AND (
        (NEW.account_id, NEW.revision, NEW.asked, NEW.rules, NEW.rule_set_id, NEW.currency, NEW.total)
            IS DISTINCT FROM (OLD.account_id, OLD.revision, OLD.asked, OLD.rules, OLD.rule_set_id, OLD.currency, OLD.total)
        OR NEW.state <> 'open' AND (NEW.basket, NEW.quote, NEW.paid, NEW.hold_id, NEW.held_at, NEW.held_until)
            IS DISTINCT FROM (OLD.basket, OLD.quote, OLD.paid, OLD.hold_id, OLD.held_at, OLD.held_until)) THEN
        RAISE EXCEPTION 'a held sale stays as it was priced' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_tillorder_moves BEFORE UPDATE OR DELETE ON campaigns_tillorder
    FOR EACH ROW EXECUTE FUNCTION campaigns_sale_moves();

CREATE FUNCTION campaigns_use_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.returned_at IS NOT NULL OR to_jsonb(NEW) - 'returned_at' <> to_jsonb(OLD) - 'returned_at' THEN
        RAISE EXCEPTION 'a use of an offer is only withdrawn, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_offeruse_stays BEFORE UPDATE OR DELETE ON campaigns_offeruse
    FOR EACH ROW EXECUTE FUNCTION campaigns_use_stays();

CREATE TRIGGER campaigns_ruleset_fixed BEFORE UPDATE OR DELETE ON campaigns_ruleset
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
CREATE TRIGGER campaigns_priceproof_fixed BEFORE UPDATE OR DELETE ON campaigns_priceproof
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
CREATE FUNCTION campaigns_chain_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.store_id, NEW.day, NEW.number) <> (OLD.id, OLD.store_id, OLD.day, OLD.number + 1) THEN
        RAISE EXCEPTION 'a chain of proofs only grows, by one' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_proofchain_grows BEFORE UPDATE OR DELETE ON campaigns_proofchain
    FOR EACH ROW EXECUTE FUNCTION campaigns_chain_grows();

CREATE FUNCTION campaigns_reward_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'given', 'back', 'short', 'due_at', 'posting_id', 'coupons', 'order_id', 'why', 'given_at', 'ended_at'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state = 'held' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'a reward that was promised is kept' USING ERRCODE = 'restrict_violation';
    ELSIF (OLD.state, NEW.state) NOT IN (
        ('held', 'held'), ('held', 'due'), ('held', 'given'), ('held', 'missed'), ('due', 'due'), ('due', 'given'), ('due', 'missed'), ('due', 'withdrawn'),
        ('given', 'given'), ('given', 'part'), ('given', 'withdrawn'), ('part', 'part'), ('part', 'withdrawn'),
        ('withdrawn', 'withdrawn')) THEN
        RAISE EXCEPTION 'a reward that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    ELSIF to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving OR NEW.back < OLD.back THEN
        RAISE EXCEPTION 'a reward stays as it was promised' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_reward_moves BEFORE UPDATE OR DELETE ON campaigns_reward
    FOR EACH ROW EXECUTE FUNCTION campaigns_reward_moves();

CREATE FUNCTION campaigns_packet_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'reward_id' <> to_jsonb(OLD) - 'reward_id'
        OR OLD.reward_id IS NOT NULL AND NEW.reward_id IS NOT NULL THEN
        RAISE EXCEPTION 'a packet is drawn by one sale, and holds what it held' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_packet_stays BEFORE UPDATE OR DELETE ON campaigns_packet
    FOR EACH ROW EXECUTE FUNCTION campaigns_packet_stays();

CREATE TRIGGER campaigns_tillreturn_fixed BEFORE UPDATE OR DELETE ON campaigns_tillreturn
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
CREATE TRIGGER campaigns_tillreturnline_fixed BEFORE UPDATE OR DELETE ON campaigns_tillreturnline
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
CREATE FUNCTION campaigns_return_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
BEGIN
    EXECUTE format('SELECT coalesce(sum(l.quantity), 0) FROM %I l WHERE l.sale_id = $1 AND l.line = $2', TG_TABLE_NAME)
        INTO gone USING NEW.sale_id, NEW.line;
    IF NEW.before <> gone THEN
        RAISE EXCEPTION 'a return counts what came back before it' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_tillreturnline_follows BEFORE INSERT ON campaigns_tillreturnline
    FOR EACH ROW EXECUTE FUNCTION campaigns_return_follows();
CREATE TRIGGER campaigns_undoneline_follows BEFORE INSERT ON campaigns_undoneline
    FOR EACH ROW EXECUTE FUNCTION campaigns_return_follows();
CREATE TRIGGER campaigns_undoneline_fixed BEFORE UPDATE OR DELETE ON campaigns_undoneline
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
CREATE TRIGGER campaigns_toldreturn_kept BEFORE DELETE ON campaigns_toldreturn
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();

CREATE FUNCTION campaigns_answer_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT members_is_erasing() OR to_jsonb(NEW) - 'answer' <> to_jsonb(OLD) - 'answer' THEN
        RAISE EXCEPTION 'what a till was answered stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_tilloperation_stays BEFORE UPDATE ON campaigns_tilloperation
    FOR EACH ROW EXECUTE FUNCTION campaigns_answer_stays();

CREATE FUNCTION campaigns_upload_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    forgotten text[] := ARRAY['body', 'says', 'code', 'reason', 'state', 'due_at'];
BEGIN
    IF TG_OP = 'UPDATE' AND members_is_erasing() AND to_jsonb(NEW) - forgotten = to_jsonb(OLD) - forgotten THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' OR OLD.state NOT IN ('waiting', 'refused')
        OR (NEW.channel_id, NEW.key, NEW.reused, NEW.content, NEW.received_at)
            IS DISTINCT FROM (OLD.channel_id, OLD.key, OLD.reused, OLD.content, OLD.received_at) THEN
        RAISE EXCEPTION 'an uploaded item is kept, and stays once it is decided' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_uploadeditem_stays BEFORE UPDATE OR DELETE ON campaigns_uploadeditem
    FOR EACH ROW EXECUTE FUNCTION campaigns_upload_stays();

CREATE TRIGGER campaigns_storecharge_fixed BEFORE UPDATE OR DELETE ON campaigns_storecharge
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
"""
BACKWARD = """
DROP TRIGGER campaigns_storecharge_fixed ON campaigns_storecharge;
DROP FUNCTION campaigns_upload_stays CASCADE;
DROP FUNCTION campaigns_answer_stays CASCADE;
DROP TRIGGER campaigns_toldreturn_kept ON campaigns_toldreturn;
DROP TRIGGER campaigns_undoneline_fixed ON campaigns_undoneline;
DROP FUNCTION campaigns_return_follows CASCADE;
DROP TRIGGER campaigns_tillreturnline_fixed ON campaigns_tillreturnline;
DROP TRIGGER campaigns_tillreturn_fixed ON campaigns_tillreturn;
DROP FUNCTION campaigns_packet_stays CASCADE;
DROP FUNCTION campaigns_reward_moves CASCADE;
DROP FUNCTION campaigns_chain_grows CASCADE;
DROP TRIGGER campaigns_priceproof_fixed ON campaigns_priceproof;
DROP TRIGGER campaigns_ruleset_fixed ON campaigns_ruleset;
DROP FUNCTION campaigns_use_stays CASCADE;
DROP FUNCTION campaigns_sale_moves CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_offers")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
