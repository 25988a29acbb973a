"""Routes of the shop. `/livez` and `/readyz` are not here: shop.health answers them before routing."""

from django.urls import include, path

urlpatterns = [path("", include("orders.urls"))]
