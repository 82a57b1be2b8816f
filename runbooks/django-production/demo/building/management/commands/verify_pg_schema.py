from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    help = "Compares the tables of PostgreSQL with the models; a missing table or column is an error."

    def add_arguments(self, parser):
        parser.add_argument("--show-counts", action="store_true", help="print the number of rows of each table")

    def handle(self, *, show_counts, **options):
        if connection.vendor != "postgresql":
            raise CommandError(f"this is {connection.vendor}, not PostgreSQL")
        wrong = []
        with connection.cursor() as cursor:
            tables = set(connection.introspection.table_names(cursor))
            for model in apps.get_models(include_auto_created=True):
                table = model._meta.db_table
                if table not in tables:
                    wrong.append(f"{table}: no such table")
                    continue
                columns = {column.name for column in connection.introspection.get_table_description(cursor, table)}
                wrong += [
                    f"{table}.{field.column}: no such column"
                    for field in model._meta.local_concrete_fields
                    if field.column not in columns
                ]
                if show_counts:
                    cursor.execute(f"select count(*) from {connection.ops.quote_name(table)}")
                    self.stdout.write(f"{table}: {cursor.fetchone()[0]}")
        if wrong:
            raise CommandError("the schema differs from the models: " + "; ".join(wrong))
        self.stdout.write("schema: as the models say")
