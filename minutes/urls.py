"""Addresses of the minutes and of the follow-ups."""

from django.urls import path

from minutes import views

urlpatterns = [
    path("rapat/<public_id:meeting>/notula/", views.minutes, name="minutes"),
    path("rapat/<public_id:meeting>/notula/butir/", views.point_create, name="point_create"),
    path("rapat/<public_id:meeting>/notula/butir/<pk:pk>/", views.point_save, name="point_save"),
    path("rapat/<public_id:meeting>/notula/butir/<pk:pk>/hapus/", views.point_delete, name="point_delete"),
    path("rapat/<public_id:meeting>/notula/kepala/", views.minutes_save, name="minutes_save"),
    path("rapat/<public_id:meeting>/notula/ajukan/", views.minutes_submit, name="minutes_submit"),
    path("rapat/<public_id:meeting>/notula/setujui/", views.minutes_approve, name="minutes_approve"),
    path("rapat/<public_id:meeting>/notula/kembalikan/", views.minutes_return, name="minutes_return"),
    path("tindak-lanjut/", views.follow_up_list, name="follow_up_list"),
    path("tindak-lanjut/ekspor/", views.follow_up_export, name="follow_up_export"),
]
