"""Lineage is append-only, and an archived intake record never changes."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER identity_lineageentry_fixed BEFORE UPDATE OR DELETE ON identity_lineageentry
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
CREATE TRIGGER identity_ingestrun_kept BEFORE DELETE ON identity_ingestrun
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
"""

BACKWARD = """
DROP TRIGGER identity_ingestrun_kept ON identity_ingestrun;
DROP TRIGGER identity_lineageentry_fixed ON identity_lineageentry;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial"), ("members", "0002_rules_of_the_database")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
