"""Addresses of the user guide."""

from django.urls import path

from rakor.guide import views

urlpatterns = [
    path("panduan/", views.guide, name="guide"),
    path("panduan/<slug:page>/", views.guide_page, name="guide_page"),
]
