from django.core.cache import cache
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Empties the cache."

    def handle(self, **options):
        cache.clear()
        self.stdout.write("Cache cleared.")
