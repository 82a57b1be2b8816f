from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("building", "0001_initial")]
    operations = [
        migrations.AddField("building", "built_in", models.PositiveSmallIntegerField(null=True)),
    ]
