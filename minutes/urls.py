"""Addresses of the minutes and of the follow-ups."""

from django.urls import path

from minutes import views

urlpatterns = [
    path("rapat/<str:meeting>/notula/", views.minutes, name="minutes"),
    path("rapat/<str:meeting>/notula/butir/", views.point_create, name="point_create"),
    path("rapat/<str:meeting>/notula/butir/<int:pk>/", views.point_save, name="point_save"),
    path("rapat/<str:meeting>/notula/butir/<int:pk>/hapus/", views.point_delete, name="point_delete"),
    path("rapat/<str:meeting>/notula/kepala/", views.minutes_save, name="minutes_save"),
    path("rapat/<str:meeting>/notula/ajukan/", views.minutes_submit, name="minutes_submit"),
    path("rapat/<str:meeting>/notula/setujui/", views.minutes_approve, name="minutes_approve"),
    path("rapat/<str:meeting>/notula/kembalikan/", views.minutes_return, name="minutes_return"),
    path("tindak-lanjut/", views.follow_up_list, name="follow_up_list"),
]
