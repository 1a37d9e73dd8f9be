"""What an account carries joins it to nobody while its customer's authorisation is withdrawn."""

from django.db import migrations

NOT_HIS = """
SELECT b.* FROM identity_binding b
WHERE NOT EXISTS (
    SELECT FROM identity_verdict v
    WHERE v.identifier_id = b.identifier_id AND v.kind = 'not_his' AND v.withdrawn_at IS NULL
      AND b.account_id = ANY (v."left")
)
"""
FORWARD = f"""
CREATE OR REPLACE VIEW identity_carried AS {NOT_HIS}
  AND NOT EXISTS (SELECT FROM members_closedlink c WHERE c.account_id = b.account_id);
COMMENT ON VIEW identity_carried IS
    'Bindings that hold: without those of which a steward says that the identifier is not the account''s, and without those of accounts whose customer withdrew identification.';
"""
BACKWARD = f"CREATE OR REPLACE VIEW identity_carried AS {NOT_HIS}"


class Migration(migrations.Migration):
    dependencies = [("identity", "0004_decisions"), ("members", "0003_privacy")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
