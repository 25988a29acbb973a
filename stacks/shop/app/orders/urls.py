"""Routes of the orders app."""

from django.urls import path

from orders import views

urlpatterns = [
    path("", views.page, name="page"),
    path("api/orders", views.create, name="create"),
    path("api/orders/<int:order_id>", views.detail, name="detail"),
    path("api/stats", views.stats, name="stats"),
]
