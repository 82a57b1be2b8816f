from django.core.cache import cache
from django.core.management.base import BaseCommand
from ledger.models import Account, JournalEntry


class Command(BaseCommand):
    help = "Puts what every page needs into the cache: the accounts, and the sum of each day."

    def handle(self, **options):
        accounts = {account.code: account.name for account in Account.objects.all()}
        cache.set("accounting:accounts", accounts, None)
        days = {}
        for day, total in JournalEntry.objects.values_list("booked_on", "total"):
            days[day] = days.get(day, 0) + total
        cache.set("accounting:days", days, None)
        self.stdout.write(f"{len(accounts)} accounts and {len(days)} days are in the cache")
