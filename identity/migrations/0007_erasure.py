"""A decision of the review queue keeps what was decided; an erasure that is running may take its note away."""

from django.db import migrations

FORWARD = """
DROP TRIGGER identity_reviewdecision_fixed ON identity_reviewdecision;
CREATE TRIGGER identity_reviewdecision_fixed BEFORE UPDATE OR DELETE ON identity_reviewdecision
    FOR EACH ROW EXECUTE FUNCTION members_append_only_but('note');
"""

BACKWARD = """
DROP TRIGGER identity_reviewdecision_fixed ON identity_reviewdecision;
CREATE TRIGGER identity_reviewdecision_fixed BEFORE UPDATE OR DELETE ON identity_reviewdecision
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0006_undone_imports"), ("members", "0003_privacy")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
