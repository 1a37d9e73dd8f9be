"""A channel may call a customer by hundreds of words: what is unique is their digest, since an index holds no such row."""

from django.db import migrations, models

import members.models.label

FORWARD = """
CREATE FUNCTION members_digest_of(words varchar[]) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT md5(array_to_string(words, chr(31)))::uuid $$
"""
BACKWARD = "DROP FUNCTION members_digest_of(varchar[])"


class Migration(migrations.Migration):
    dependencies = [("members", "0008_labels")]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RemoveConstraint("labelstatement", "label_statement_unique"),
        migrations.AddConstraint(
            "labelstatement",
            models.UniqueConstraint(
                "account",
                "source",
                "stated_at",
                members.models.label.DigestOf("labels"),
                name="label_statement_unique",
            ),
        ),
    ]
