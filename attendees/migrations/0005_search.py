from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations, models

# Bodies in SQL's own form: the names in them are bound now, so that neither a search path nor a restore matters.
FUNCTIONS = r"""
CREATE FUNCTION directory_text(VARIADIC names text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(
        '| ' || lower(unaccent('unaccent'::regdictionary, array_to_string(names, ' | '))) || ' |',
        '[^[:alnum:]|]+', ' ', 'g'
    );
CREATE FUNCTION directory_text(aliases text[], VARIADIC names text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN directory_text(VARIADIC names || aliases);
"""
GONE = """
DROP FUNCTION directory_text(text[], text[]);
DROP FUNCTION directory_text(text[]);
"""


class Migration(migrations.Migration):
    dependencies = [("attendees", "0004_notices")]

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.RunSQL(FUNCTIONS, GONE),
        migrations.AddField(
            "agency",
            "search",
            models.GeneratedField(
                expression=models.Func("aliases", "code", "name", "short_name", "city", function="directory_text"),
                output_field=models.TextField(),
                db_persist=True,
            ),
        ),
        migrations.AddField(
            "position",
            "search",
            models.GeneratedField(
                expression=models.Func("name", "holder", function="directory_text"),
                output_field=models.TextField(),
                db_persist=True,
            ),
        ),
        migrations.AddIndex(
            "agency", GinIndex(fields=["search"], name="agency_search", opclasses=["gin_trgm_ops"], fastupdate=False)
        ),
        migrations.AddIndex(
            "position",
            GinIndex(fields=["search"], name="position_search", opclasses=["gin_trgm_ops"], fastupdate=False),
        ),
    ]
