from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_fill_totals")]
    operations = [
        migrations.AlterField("journalentry", "total", models.DecimalField(decimal_places=2, max_digits=14)),
        migrations.AddIndex("journalentry", models.Index(fields=["booked_on"], name="entry_by_day")),
    ]
