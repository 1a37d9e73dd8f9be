"""Rules that a constraint cannot say: append-only tables, and the shape of the organization tree."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION members_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: rows are neither changed nor deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

-- An event that waited for its account may be joined to it, once; nothing else about it ever changes.
CREATE FUNCTION members_event_joins_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.account_id IS NULL AND NEW.account_id IS NOT NULL
       AND (NEW.id, NEW.tx, NEW.account_key, NEW.channel_id, NEW.organization_id, NEW.name, NEW.occurred_at,
            NEW.recorded_at, NEW.touchpoint, NEW.properties)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.tx, OLD.account_key, OLD.channel_id, OLD.organization_id, OLD.name, OLD.occurred_at,
            OLD.recorded_at, OLD.touchpoint, OLD.properties)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'members_event is append-only: an event may only be joined to the account it waited for'
        USING ERRCODE = 'restrict_violation';
END $$;

-- Facts refer to these for ever. Because they stay, the logs need not check each reference (docs/adr/004).
CREATE FUNCTION members_kept_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never deleted: facts refer to them', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER members_organization_kept BEFORE DELETE ON members_organization
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
CREATE TRIGGER members_channel_kept BEFORE DELETE ON members_channel
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
CREATE TRIGGER members_account_kept BEFORE DELETE ON members_account
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();

CREATE TRIGGER members_event_update BEFORE UPDATE ON members_event
    FOR EACH ROW EXECUTE FUNCTION members_event_joins_once();
CREATE TRIGGER members_event_delete BEFORE DELETE ON members_event
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
CREATE TRIGGER members_accessrecord_fixed BEFORE UPDATE OR DELETE ON members_accessrecord
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
"""

TREE = """
CREATE FUNCTION members_organization_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    above members_organization%ROWTYPE;
BEGIN
    IF NEW.parent_id IS NULL THEN
        NEW.path := '/' || NEW.id || '/';
        RETURN NEW;
    END IF;
    SELECT * INTO STRICT above FROM members_organization WHERE id = NEW.parent_id;
    IF (above.kind, NEW.kind) NOT IN
       (('group', 'brand'), ('brand', 'dealer'), ('dealer', 'store'), ('brand', 'store')) THEN
        RAISE EXCEPTION 'a % cannot be part of a %', NEW.kind, above.kind USING ERRCODE = 'check_violation';
    END IF;
    NEW.path := above.path || NEW.id || '/';
    RETURN NEW;
END $$;

-- A node keeps its place: its path, and so everybody's scope, is written once. Moving a node is not an edit.
-- It keeps its code: approved offers, held coupons, addresses of tills and what they were answered name it by that.
CREATE FUNCTION members_organization_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.parent_id, NEW.kind, NEW.path, NEW.code) IS DISTINCT FROM (OLD.parent_id, OLD.kind, OLD.path, OLD.code) THEN
        RAISE EXCEPTION 'an organization keeps its code, its kind and its place in the tree'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER members_organization_insert BEFORE INSERT ON members_organization
    FOR EACH ROW EXECUTE FUNCTION members_organization_fits();
CREATE TRIGGER members_organization_update BEFORE UPDATE ON members_organization
    FOR EACH ROW EXECUTE FUNCTION members_organization_stays();
"""

UNDO = """
DROP TRIGGER members_organization_update ON members_organization;
DROP TRIGGER members_organization_insert ON members_organization;
DROP FUNCTION members_organization_stays;
DROP FUNCTION members_organization_fits;
DROP TRIGGER members_accessrecord_fixed ON members_accessrecord;
DROP TRIGGER members_event_delete ON members_event;
DROP TRIGGER members_event_update ON members_event;
DROP FUNCTION members_event_joins_once;
DROP FUNCTION members_append_only CASCADE;
DROP FUNCTION members_kept_for_ever CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]

    operations = [migrations.RunSQL(APPEND_ONLY + TREE, UNDO)]
