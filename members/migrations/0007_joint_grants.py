"""Grants to several accounts together are found from each of them."""

from django.db import migrations

INDEX = "CREATE INDEX tier_grant_joint ON members_tiergrant USING gin (basis) WHERE cardinality(basis) > 1"


class Migration(migrations.Migration):
    dependencies = [("members", "0006_one_posting")]
    operations = [migrations.RunSQL(INDEX, "DROP INDEX tier_grant_joint")]
