"""What is promised never changes; append-only tables yield to an erasure that is running, and to nothing else.

An erasure is in state "running" only inside the transaction that carries it out, so no other one can name it.
"""

from django.db import migrations

FORWARD = """
CREATE TRIGGER members_promisetext_fixed BEFORE UPDATE OR DELETE ON members_promisetext
    FOR EACH ROW EXECUTE FUNCTION members_append_only();

CREATE FUNCTION members_is_erasing() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    named text := current_setting('ninefold.erasure', true);
BEGIN
    RETURN coalesce(named, '') <> ''
       AND EXISTS (SELECT FROM members_erasure WHERE id = named::bigint AND state = 'running');
END $$;
COMMENT ON FUNCTION members_is_erasing IS 'Whether this transaction is carrying out an erasure.';

-- Append-only, too, but for what somebody typed: an erasure takes it away. The trigger names its column.
CREATE FUNCTION members_append_only_but() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0]
       AND to_jsonb(NEW) ->> TG_ARGV[0] IN ('', 'erased') AND members_is_erasing() THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: rows are neither changed nor deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

-- An event that waited may be joined to its account, once. An erasure may take words away, and add none.
CREATE OR REPLACE FUNCTION members_event_joins_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.tx, NEW.channel_id, NEW.organization_id, NEW.name, NEW.occurred_at, NEW.recorded_at,
        NEW.touchpoint)
       IS NOT DISTINCT FROM
       (OLD.id, OLD.tx, OLD.channel_id, OLD.organization_id, OLD.name, OLD.occurred_at, OLD.recorded_at,
        OLD.touchpoint)
    THEN
        IF OLD.account_id IS NULL AND NEW.account_id IS NOT NULL
           AND (NEW.account_key, NEW.properties) IS NOT DISTINCT FROM (OLD.account_key, OLD.properties) THEN
            RETURN NEW;
        END IF;
        IF NEW.account_id IS NOT DISTINCT FROM OLD.account_id AND NEW.account_key IN ('', OLD.account_key)
           AND OLD.properties @> NEW.properties AND members_is_erasing() THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'members_event is append-only: an event may only be joined to the account it waited for'
        USING ERRCODE = 'restrict_violation';
END $$;

-- That somebody looked stays for ever; an erasure takes away what he typed and saw.
CREATE FUNCTION members_access_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
       AND (NEW.id, NEW.at, NEW.user_id, NEW.key_id, NEW.action, NEW.member_id, NEW.field)
           IS NOT DISTINCT FROM (OLD.id, OLD.at, OLD.user_id, OLD.key_id, OLD.action, OLD.member_id, OLD.field)
       AND NEW.reason IN (OLD.reason, '', 'erased') AND OLD.details @> NEW.details AND members_is_erasing()
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: rows are neither changed nor deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER members_accessrecord_fixed ON members_accessrecord;
CREATE TRIGGER members_accessrecord_fixed BEFORE UPDATE OR DELETE ON members_accessrecord
    FOR EACH ROW EXECUTE FUNCTION members_access_stays();
"""

BACKWARD = """
DROP TRIGGER members_accessrecord_fixed ON members_accessrecord;
CREATE TRIGGER members_accessrecord_fixed BEFORE UPDATE OR DELETE ON members_accessrecord
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
DROP FUNCTION members_access_stays;
DROP FUNCTION members_append_only_but CASCADE;
DROP FUNCTION members_is_erasing;
DROP TRIGGER members_promisetext_fixed ON members_promisetext;
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0002_rules_of_the_database")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
