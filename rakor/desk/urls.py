"""Addresses of the home page, the first run and the health page."""

from django.urls import path

from rakor.desk import views

urlpatterns = [
    path("", views.home, name="home"),
    path("sehat/", views.health, name="health"),
    path("sehat/hidup/", views.health_live, name="health_live"),
    path("sehat/siap/", views.health_ready, name="health_ready"),
    path("pengaturan-awal/", views.setup, name="setup"),
]
