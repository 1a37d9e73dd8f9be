"""Where an order was sent, and what telephone and IP address tell of the province."""

import django.contrib.postgres.fields
import django.db.models.lookups
from django.db import migrations, models

import members.models.account

TRAITS = [
    "address", "birth_date", "city", "gender", "ip_province", "name", "nickname", "phone_masked", "phone_province",
    "postcode", "province",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("members", "0009_digest_of_labels")]

    operations = [
        migrations.AddField(
            "order",
            "receiver_province",
            models.CharField(
                blank=True, db_default="", default="", max_length=100, verbose_name="province of the receiver"
            ),
        ),
        migrations.RemoveConstraint("account", "account_traits_have_a_purpose"),
        migrations.AddConstraint(
            "account",
            models.CheckConstraint(
                name="account_traits_have_a_purpose",
                condition=django.db.models.lookups.Exact(
                    members.models.account.Without(
                        models.F("traits"),
                        models.Value(TRAITS, django.contrib.postgres.fields.ArrayField(models.TextField())),
                    ),
                    models.Value({}, models.JSONField()),
                ),
            ),
        ),
    ]
