"""A decision of the review queue keeps what was decided; an erasure that is running may take its note away."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION identity_decision_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.note = '' AND to_jsonb(NEW) - 'note' = to_jsonb(OLD) - 'note'
       AND members_is_erasing() THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: rows are neither changed nor deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER identity_reviewdecision_fixed ON identity_reviewdecision;
CREATE TRIGGER identity_reviewdecision_fixed BEFORE UPDATE OR DELETE ON identity_reviewdecision
    FOR EACH ROW EXECUTE FUNCTION identity_decision_stays();
"""

BACKWARD = """
DROP TRIGGER identity_reviewdecision_fixed ON identity_reviewdecision;
CREATE TRIGGER identity_reviewdecision_fixed BEFORE UPDATE OR DELETE ON identity_reviewdecision
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
DROP FUNCTION identity_decision_stays;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0006_undone_imports"), ("members", "0003_privacy")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
