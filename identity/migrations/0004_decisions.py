"""What was decided in the review queue is never rewritten."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER identity_reviewdecision_fixed BEFORE UPDATE OR DELETE ON identity_reviewdecision
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
CREATE TRIGGER identity_secondlook_fixed BEFORE UPDATE OR DELETE ON identity_secondlook
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
"""

BACKWARD = """
DROP TRIGGER identity_secondlook_fixed ON identity_secondlook;
DROP TRIGGER identity_reviewdecision_fixed ON identity_reviewdecision;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_reach")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
