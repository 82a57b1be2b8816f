from django.core.management.base import BaseCommand
from django.db import connection, transaction


class Command(BaseCommand):
    help = "Fills the tables of migration 0001 with balanced journal entries, the same ones each time."

    def add_arguments(self, parser):
        parser.add_argument("--entries", type=int, default=500)
        parser.add_argument("--unbalanced", action="store_true", help="one entry does not balance: 0003 will fail")

    @transaction.atomic
    def handle(self, *, entries, unbalanced, **options):
        # By SQL, because the models are those of the newest migration.
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into users_userprofile (email, name)"
                " select 'person' || n || '@example.org', 'Person ' || n from generate_series(1, 12) n"
            )
            cursor.execute(
                "insert into ledger_account (code, name)"
                " select (1000 + n)::text, 'Account ' || n from generate_series(1, 20) n"
            )
            cursor.execute(
                "insert into ledger_journalentry (booked_on, text, created_by_id)"
                " select date '2026-01-01' + n %% 300, 'Entry ' || n, 1 + n %% 12 from generate_series(1, %s) n",
                [entries],
            )
            cursor.execute(
                "insert into ledger_journalline (entry_id, account_id, amount)"
                " select e.id, 1 + (e.id + side) % 20, side * (10 + e.id % 97)"
                " from ledger_journalentry e, (values (1), (-1)) as s (side)"
            )
            if unbalanced:
                cursor.execute("update ledger_journalline set amount = amount + 1 where id = 7")
        self.stdout.write(f"{entries} journal entries")
