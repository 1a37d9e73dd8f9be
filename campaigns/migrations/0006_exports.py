"""The log of exports of audiences, which is only written."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STAYS = """
CREATE FUNCTION campaigns_export_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log of exports is only written' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER campaigns_audienceexport_stays BEFORE UPDATE OR DELETE ON campaigns_audienceexport
    FOR EACH ROW EXECUTE FUNCTION campaigns_export_stays();
"""
GOES = "DROP FUNCTION campaigns_export_stays CASCADE"


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0005_carts"),
        ("tags", "0002_rules_of_the_database"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AudienceExport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("way", models.CharField(max_length=32, verbose_name="way of contact")),
                ("purpose", models.CharField(max_length=32, verbose_name="purpose")),
                (
                    "form",
                    models.CharField(
                        choices=[
                            ("plain", "as they are"),
                            ("sha256", "SHA-256, telephone numbers with +"),
                            ("sha256_digits", "SHA-256, telephone numbers in digits only"),
                        ],
                        max_length=13,
                        verbose_name="addresses",
                    ),
                ),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="further columns",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("exported", models.PositiveIntegerField(verbose_name="members in the file")),
                (
                    "left_out",
                    models.JSONField(
                        default=dict, help_text="Why → how many members.", verbose_name="left out"
                    ),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of the file")),
                ("at", models.DateTimeField(verbose_name="time")),
                (
                    "audience",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tags.audience",
                        verbose_name="audience",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "export of an audience",
                "verbose_name_plural": "exports of audiences",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="audience_export_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("form", "plain"), ("columns", []), _connector="OR"),
                        name="audience_export_hashed_alone",
                    ),
                ],
            },
        ),
        migrations.RunSQL(STAYS, GOES),
    ]
