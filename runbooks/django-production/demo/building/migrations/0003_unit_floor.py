from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("building", "0002_building_built_in")]
    operations = [
        migrations.AddField("unit", "floor", models.SmallIntegerField(default=0)),
        migrations.AddField("unit", "floor_area", models.DecimalField(decimal_places=2, max_digits=8, null=True)),
    ]
