"""Who comes into the audience of a running campaign enters it, perhaps more than once (ADR 126)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0006_exports"),
        ("members", "0009_digest_of_labels"),
        ("tags", "0002_rules_of_the_database"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CampaignEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "came",
                    models.CharField(
                        choices=[
                            ("entered", "entered"),
                            ("there", "in the audience before the start"),
                            ("too_soon", "came back too soon to enter again"),
                        ],
                        max_length=8,
                        verbose_name="how he came",
                    ),
                ),
                ("entered_at", models.DateTimeField(verbose_name="came in")),
                (
                    "left_at",
                    models.DateTimeField(
                        blank=True, help_text="Empty: in the audience now.", null=True, verbose_name="left"
                    ),
                ),
                (
                    "left_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("left", "no longer meets the condition"),
                            ("merged", "one with another entry of the same person"),
                            ("erased", "erased"),
                        ],
                        db_default="",
                        default="",
                        max_length=6,
                        verbose_name="why he left",
                    ),
                ),
            ],
            options={
                "verbose_name": "entry into a campaign",
                "verbose_name_plural": "entries into campaigns",
            },
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="decision_once_a_member",
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="decision_once_an_address",
        ),
        migrations.AddField(
            model_name="campaign",
            name="ends_at",
            field=models.DateTimeField(
                blank=True,
                help_text="From then on nobody enters any more. Empty: until it is stopped.",
                null=True,
                verbose_name="ends at",
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="entering",
            field=models.CharField(
                choices=[
                    ("once", "once: whoever is in the audience at the start"),
                    ("all", "whoever is in the audience at the start, and whoever comes in later"),
                    ("new", "only whoever comes in after the start"),
                ],
                db_default="once",
                default="once",
                help_text="Whoever comes in later enters within seconds, and leaves when the condition holds no longer.",
                max_length=4,
                verbose_name="who enters",
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="reenter_after_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Who left and comes in again enters anew if so many days have passed. Empty: each enters once.",
                null=True,
                verbose_name="enters again after days",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="round",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="0: the first time that he entered.",
                verbose_name="which time",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("pending", "waiting"),
                    ("sending", "being sent"),
                    ("sent", "sent"),
                    ("held_out", "held out"),
                    ("no_consent", "no consent"),
                    ("unreachable", "unreachable"),
                    ("capped", "capped"),
                    ("failed", "failed"),
                    ("unknown", "sent or not: unknown"),
                    ("stopped", "campaign stopped before"),
                    ("left", "left the audience before"),
                ],
                db_default="pending",
                default="pending",
                max_length=11,
                verbose_name="outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("entering", "once"), _negated=True),
                    models.Q(("ends_at", None), ("reenter_after_days", None)),
                    _connector="OR",
                ),
                name="campaign_once_has_no_terms_of_entry",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reenter_after_days", None), ("reenter_after_days__gte", 1), _connector="OR"
                ),
                name="campaign_enters_again_after_some_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                fields=("member", "campaign", "round"), name="decision_once_a_member"
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome__in", ["sending", "sent", "unknown", "failed", "held_out"])),
                fields=("address", "campaign", "round"),
                name="decision_once_an_address",
            ),
        ),
        migrations.AddField(
            model_name="campaignentry",
            name="campaign",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="campaigns.campaign",
                verbose_name="campaign",
            ),
        ),
        migrations.AddField(
            model_name="campaignentry",
            name="decision",
            field=models.OneToOneField(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entry",
                to="campaigns.decision",
                verbose_name="decision",
            ),
        ),
        migrations.AddField(
            model_name="campaignentry",
            name="member",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="members.member",
                verbose_name="member",
            ),
        ),
        migrations.AddIndex(
            model_name="campaignentry",
            index=models.Index(fields=["member", "campaign"], name="campaign_entry_of_member"),
        ),
        migrations.AddIndex(
            model_name="campaignentry",
            index=models.Index(fields=["campaign", "left_at"], name="campaign_entry_of_campaign"),
        ),
        migrations.AddConstraint(
            model_name="campaignentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("left_at", None)),
                fields=("member", "campaign"),
                name="campaign_entry_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("came", "entered"), ("decision__isnull", False)),
                    models.Q(models.Q(("came", "entered"), _negated=True), ("decision", None)),
                    _connector="OR",
                ),
                name="campaign_entry_is_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left_at", None), ("left_because", "")),
                    models.Q(("left_at__isnull", False), models.Q(("left_because", ""), _negated=True)),
                    _connector="OR",
                ),
                name="campaign_entry_left_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("left_at", None), ("left_at__gte", models.F("entered_at")), _connector="OR"
                ),
                name="campaign_entry_left_after_it_came",
            ),
        ),
    ]
