"""Built beside the running application, so it is no transaction: it may leave an invalid index behind."""
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("building", "0005_unit_label_once_per_building")]
    operations = [
        AddIndexConcurrently("unit", models.Index(fields=["building", "floor"], name="unit_by_floor")),
    ]
