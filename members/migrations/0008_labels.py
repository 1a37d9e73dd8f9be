"""What channels and staff call a customer. A statement is never changed; an undone import or an erasure takes it away."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER members_labelstatement_fixed BEFORE UPDATE ON members_labelstatement
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
"""
BACKWARD = "DROP TRIGGER members_labelstatement_fixed ON members_labelstatement"


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0007_joint_grants"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LabelStatement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=70, verbose_name="source")),
                (
                    "labels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        default=list,
                        size=None,
                        verbose_name="labels",
                    ),
                ),
                ("stated_at", models.DateTimeField(verbose_name="stated at")),
                (
                    "expires_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Empty: until the next statement.",
                        null=True,
                        verbose_name="expires",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=300, verbose_name="reason"
                    ),
                ),
                (
                    "record",
                    models.UUIDField(
                        blank=True,
                        help_text="Digest of the intake record that stated it.",
                        null=True,
                        verbose_name="record",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="labels",
                        to="members.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "stated_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="given by",
                    ),
                ),
            ],
            options={
                "verbose_name": "labels",
                "verbose_name_plural": "labels",
                "indexes": [models.Index(fields=["source", "account"], name="label_of_source")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "source", "stated_at", "labels"), name="label_statement_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="label_has_a_source"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_at", None), ("expires_at__gt", models.F("stated_at")), _connector="OR"
                        ),
                        name="label_expires_later",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
