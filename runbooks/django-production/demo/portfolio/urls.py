"""What the demo shows: its health, and the pages that the smoke tests read."""
from building.models import Building
from django.db.models import Count
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils.html import escape


def health(request):
    return JsonResponse({"status": "ok", "buildings": Building.objects.count()})


def buildings(request):
    rows = Building.objects.annotate(size=Count("units")).order_by("name")
    items = "".join(f"<li>{escape(row.name)}, {escape(row.city)}: {row.size} units</li>" for row in rows)
    return HttpResponse(f"<h1>Buildings</h1><ul>{items}</ul>")


def units(request):
    labels = Building.objects.order_by("id").first().units.order_by("label").values_list("label", flat=True)
    return HttpResponse(f"<h1>Units</h1><ul>{''.join(f'<li>{escape(label)}</li>' for label in labels)}</ul>")


def sign_in(request):
    return HttpResponse('<form method="post"><input name="username"><input name="password" type="password"></form>')


urlpatterns = [
    path("health", health),
    path("buildings", buildings),
    path("units", units),
    path("admin/login/", sign_in),
]
