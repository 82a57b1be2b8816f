from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("building", "0004_floor_from_label")]
    operations = [
        migrations.AddConstraint(
            "unit",
            models.UniqueConstraint(fields=["building", "label"], name="unit_label_once_per_building"),
        ),
    ]
