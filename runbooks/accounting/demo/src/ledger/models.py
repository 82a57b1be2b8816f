from django.db import models


class Account(models.Model):
    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=120)


class JournalEntry(models.Model):
    booked_on = models.DateField()
    text = models.CharField(max_length=200)
    created_by = models.ForeignKey("users.UserProfile", on_delete=models.PROTECT)
    currency = models.CharField(max_length=3, default="GEL")
    total = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        indexes = [models.Index(fields=["booked_on"], name="entry_by_day")]


class JournalLine(models.Model):
    entry = models.ForeignKey(JournalEntry, on_delete=models.CASCADE, related_name="lines")
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    # Debit is positive, credit negative; the lines of an entry add up to nothing.
    amount = models.DecimalField(max_digits=14, decimal_places=2)
