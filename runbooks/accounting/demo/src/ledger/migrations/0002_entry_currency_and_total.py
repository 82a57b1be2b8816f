from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.AddField("journalentry", "currency", models.CharField(default="GEL", max_length=3)),
        migrations.AddField(
            "journalentry", "total", models.DecimalField(decimal_places=2, max_digits=14, null=True)
        ),
    ]
