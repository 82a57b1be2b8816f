from django.core.management.base import BaseCommand
from django.db import connection, transaction


class Command(BaseCommand):
    help = "Fills the tables of migration 0002 with buildings and units, the same ones each time."

    def add_arguments(self, parser):
        parser.add_argument("--buildings", type=int, default=40)
        parser.add_argument("--units", type=int, default=25, help="units in each building")
        parser.add_argument(
            "--duplicate-label", action="store_true", help="two units of one building get one label: 0005 will fail"
        )

    @transaction.atomic
    def handle(self, *, buildings, units, duplicate_label, **options):
        # By SQL, because the models are those of the newest migration.
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into building_building (name, city, built_in)"
                " select 'House ' || n, (array['Tbilisi', 'Batumi', 'Kutaisi'])[1 + n %% 3], 1950 + n %% 70"
                " from generate_series(1, %s) n",
                [buildings],
            )
            cursor.execute(
                "insert into building_unit (building_id, label, rent)"
                " select b.id, (n %% 6) || '-' || lpad(n::text, 3, '0'), 300 + 7 * n"
                " from building_building b, generate_series(1, %s) n",
                [units],
            )
            if duplicate_label:
                cursor.execute(
                    "update building_unit set label = '0-006' where id = (select max(id) from building_unit)"
                )
        self.stdout.write(f"{buildings} buildings with {units} units each")
