"""The event log yields to the undoing of an import that is under way, and only as far as that needs."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION identity_is_undoing() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    named text := current_setting('ninefold.withdrawal', true);
BEGIN
    RETURN coalesce(named, '') <> ''
       AND EXISTS (SELECT FROM identity_withdrawal WHERE id = named::bigint AND ended_at IS NULL);
END $$;
COMMENT ON FUNCTION identity_is_undoing IS 'Whether this transaction is taking an import back.';

-- An event whose account no record tells of any more waits for it again.
CREATE FUNCTION identity_event_waits_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.tx, NEW.account_key, NEW.channel_id, NEW.organization_id, NEW.name, NEW.occurred_at,
        NEW.recorded_at, NEW.touchpoint, NEW.properties)
       IS NOT DISTINCT FROM
       (OLD.id, OLD.tx, OLD.account_key, OLD.channel_id, OLD.organization_id, OLD.name, OLD.occurred_at,
        OLD.recorded_at, OLD.touchpoint, OLD.properties)
       AND NEW.account_key <> '' AND identity_is_undoing() THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'members_event is append-only: only the undoing of an import parts an event from its account'
        USING ERRCODE = 'restrict_violation';
END $$;

DROP TRIGGER members_event_update ON members_event;
CREATE TRIGGER members_event_update BEFORE UPDATE ON members_event FOR EACH ROW
    WHEN (OLD.account_id IS NULL OR NEW.account_id IS NOT NULL) EXECUTE FUNCTION members_event_joins_once();
CREATE TRIGGER members_event_waits BEFORE UPDATE ON members_event FOR EACH ROW
    WHEN (OLD.account_id IS NOT NULL AND NEW.account_id IS NULL) EXECUTE FUNCTION identity_event_waits_again();
DROP TRIGGER members_event_delete ON members_event;
CREATE TRIGGER members_event_delete BEFORE DELETE ON members_event FOR EACH ROW
    WHEN (NOT identity_is_undoing()) EXECUTE FUNCTION members_append_only();
"""

BACKWARD = """
DROP TRIGGER members_event_delete ON members_event;
CREATE TRIGGER members_event_delete BEFORE DELETE ON members_event
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
DROP TRIGGER members_event_waits ON members_event;
DROP TRIGGER members_event_update ON members_event;
CREATE TRIGGER members_event_update BEFORE UPDATE ON members_event
    FOR EACH ROW EXECUTE FUNCTION members_event_joins_once();
DROP FUNCTION identity_event_waits_again;
DROP FUNCTION identity_is_undoing;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0005_derived_bindings"), ("members", "0003_privacy")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
