"""Labels are written as `2-014`: the floor stands before the dash."""
from django.db import migrations


def fill_floors(apps, schema_editor):
    Unit = apps.get_model("building", "Unit")
    changed = []
    for unit in Unit.objects.only("id", "label").iterator(chunk_size=2000):
        floor, dash, _ = unit.label.partition("-")
        if dash and floor.lstrip("B").isdigit():
            unit.floor = -int(floor[1:]) if floor.startswith("B") else int(floor)
            changed.append(unit)
    Unit.objects.bulk_update(changed, ["floor"], batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("building", "0003_unit_floor")]
    operations = [migrations.RunPython(fill_floors, migrations.RunPython.noop)]
