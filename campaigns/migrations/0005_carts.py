"""What carts promise: the terms of a watch stay, and a cart ends once."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION campaigns_watch_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stop text[] := ARRAY['name', 'stopped_by_id', 'stopped_at'];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - stop <> to_jsonb(OLD) - stop
       OR OLD.stopped_at IS NOT NULL AND to_jsonb(NEW) - 'name' <> to_jsonb(OLD) - 'name' THEN
        RAISE EXCEPTION 'the terms of a cart watch stay: stop it and begin another' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_cartwatch_stays BEFORE UPDATE OR DELETE ON campaigns_cartwatch
    FOR EACH ROW EXECUTE FUNCTION campaigns_watch_stays();

CREATE FUNCTION campaigns_cart_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ending text[] := ARRAY['state', 'ended_at', 'order_id'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'running' OR to_jsonb(NEW) - ending <> to_jsonb(OLD) - ending THEN
        RAISE EXCEPTION 'a cart that has ended stays as it is' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_cartrun_ends BEFORE UPDATE OR DELETE ON campaigns_cartrun
    FOR EACH ROW EXECUTE FUNCTION campaigns_cart_ends_once();
"""
BACKWARD = """
DROP FUNCTION campaigns_cart_ends_once CASCADE;
DROP FUNCTION campaigns_watch_stays CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_till")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
