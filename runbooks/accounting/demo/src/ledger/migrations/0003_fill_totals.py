"""The total of an entry is the sum of its debits. An entry that does not balance stops the migration."""
from django.db import migrations
from django.db.models import Q, Sum


def fill_totals(apps, schema_editor):
    JournalEntry = apps.get_model("ledger", "JournalEntry")
    sums = JournalEntry.objects.annotate(
        balance=Sum("lines__amount"), debits=Sum("lines__amount", filter=Q(lines__amount__gt=0))
    )
    unbalanced = list(sums.exclude(balance=0).values_list("id", flat=True)[:5])
    if unbalanced:
        raise ValueError(f"journal entries do not balance: {', '.join(map(str, unbalanced))}")
    entries = list(sums.only("id"))
    for entry in entries:
        entry.total = entry.debits or 0
    JournalEntry.objects.bulk_update(entries, ["total"], batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_entry_currency_and_total")]
    operations = [migrations.RunPython(fill_totals, migrations.RunPython.noop)]
