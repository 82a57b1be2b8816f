from django.db import models


class Building(models.Model):
    name = models.CharField(max_length=120, unique=True)
    city = models.CharField(max_length=80)
    built_in = models.PositiveSmallIntegerField(null=True)


class Unit(models.Model):
    building = models.ForeignKey(Building, on_delete=models.PROTECT, related_name="units")
    label = models.CharField(max_length=20)
    floor = models.SmallIntegerField(default=0)
    floor_area = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    rent = models.DecimalField(max_digits=10, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["building", "label"], name="unit_label_once_per_building"),
        ]
        indexes = [models.Index(fields=["building", "floor"], name="unit_by_floor")]
