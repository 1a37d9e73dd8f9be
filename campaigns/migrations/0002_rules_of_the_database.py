"""A decision, and with it what a member was told, is never deleted."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER campaigns_decision_kept BEFORE DELETE ON campaigns_decision
    FOR EACH ROW EXECUTE FUNCTION members_kept_for_ever();
"""

BACKWARD = """
DROP TRIGGER campaigns_decision_kept ON campaigns_decision;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial"), ("members", "0002_rules_of_the_database")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
