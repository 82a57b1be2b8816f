from datetime import date

from django.core.management.base import BaseCommand
from django.db import transaction
from ledger.models import Account, JournalEntry, JournalLine
from users.models import UserProfile


class Command(BaseCommand):
    help = "Books one balanced journal entry, as a person would."

    def add_arguments(self, parser):
        parser.add_argument("text")

    @transaction.atomic
    def handle(self, *, text, **options):
        entry = JournalEntry.objects.create(
            booked_on=date(2026, 11, 20), text=text, created_by=UserProfile.objects.order_by("id").first(), total=25
        )
        debit, credit = Account.objects.order_by("id")[:2]
        JournalLine.objects.create(entry=entry, account=debit, amount=25)
        JournalLine.objects.create(entry=entry, account=credit, amount=-25)
        self.stdout.write(f"entry {entry.id} booked")
