from django.core.cache import cache
from django.core.management.base import BaseCommand

KEYS = ["accounting:accounts", "accounting:days"]


class Command(BaseCommand):
    help = "Removes what this application keeps in the cache, and nothing of what others keep there, as sessions."

    def handle(self, **options):
        cache.delete_many(KEYS)
        self.stdout.write("Cache cleared.")
