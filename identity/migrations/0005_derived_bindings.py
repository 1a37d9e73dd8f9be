"""A binding that a hash recipe derived goes with the binding that it was derived from, whoever deletes that one."""

from django.db import migrations

FORWARD = """
ALTER TABLE identity_binding ADD CONSTRAINT binding_source
    FOREIGN KEY (source_id) REFERENCES identity_binding (id) ON DELETE CASCADE;
ALTER TABLE identity_binding ADD CONSTRAINT binding_derived_is_another CHECK (source_id <> id);
"""

BACKWARD = """
ALTER TABLE identity_binding DROP CONSTRAINT binding_derived_is_another, DROP CONSTRAINT binding_source;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0004_decisions")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
