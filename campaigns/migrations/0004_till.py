"""What sales at tills promise: which state follows which; what was held or done stays as it was priced."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION campaigns_sale_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ending text[] := ARRAY['state', 'order_id', 'cashier', 'committed_at', 'cancelled_at', 'changed_at'];
    reopening text[] := ending || ARRAY['basket', 'quote', 'paid', 'hold_id', 'held_at', 'held_until'];
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.asked = 'erased' AND members_is_erasing()
        AND to_jsonb(NEW) - '{asked,basket}'::text[] = to_jsonb(OLD) - '{asked,basket}'::text[] THEN
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
        NEW.state = 'open' AND to_jsonb(NEW) - reopening <> to_jsonb(OLD) - reopening
        OR NEW.state <> 'open' AND to_jsonb(NEW) - ending <> to_jsonb(OLD) - ending) THEN
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
"""
BACKWARD = """
DROP FUNCTION campaigns_use_stays CASCADE;
DROP FUNCTION campaigns_sale_moves CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_offers")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
