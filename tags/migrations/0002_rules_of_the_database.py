"""What was said of people stays readable: versions never change, and nothing that was ever given is deleted."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER tags_tagversion_fixed BEFORE UPDATE ON tags_tagversion
    FOR EACH ROW EXECUTE FUNCTION members_append_only();

CREATE FUNCTION tags_once_live_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'tags_tag' THEN
        IF OLD.approved_at IS NULL THEN RETURN OLD; END IF;
    ELSIF NOT EXISTS (SELECT FROM tags_tag WHERE id = OLD.tag_id AND approved_at IS NOT NULL) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a tag that was ever approved has history: retire it, or drop the value'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER tags_tag_stays BEFORE DELETE ON tags_tag
    FOR EACH ROW EXECUTE FUNCTION tags_once_live_stays();
CREATE TRIGGER tags_tagvalue_stays BEFORE DELETE ON tags_tagvalue
    FOR EACH ROW EXECUTE FUNCTION tags_once_live_stays();
CREATE TRIGGER tags_tagversion_stays BEFORE DELETE ON tags_tagversion
    FOR EACH ROW EXECUTE FUNCTION tags_once_live_stays();

CREATE TRIGGER tags_tagchange_fixed BEFORE UPDATE ON tags_tagchange
    FOR EACH ROW EXECUTE FUNCTION members_append_only();
"""

BACKWARD = """
DROP TRIGGER tags_tagchange_fixed ON tags_tagchange;
DROP FUNCTION tags_once_live_stays CASCADE;
DROP TRIGGER tags_tagversion_fixed ON tags_tagversion;
"""


class Migration(migrations.Migration):
    dependencies = [("tags", "0001_initial"), ("members", "0003_privacy")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
