"""Addresses of a meeting's own pages."""

from django.urls import path

from rakor.meetings import views

urlpatterns = [
    path("rapat/", views.meeting_list, name="meeting_list"),
    path("rapat/baru/", views.meeting_create, name="meeting_create"),
    path("rapat/<str:meeting>/", views.meeting_detail, name="meeting_detail"),
    path("rapat/<str:meeting>/ubah/", views.meeting_edit, name="meeting_edit"),
    path("rapat/<str:meeting>/terbitkan/", views.meeting_publish, name="meeting_publish"),
    path("rapat/<str:meeting>/batalkan/", views.meeting_cancel, name="meeting_cancel"),
    path("rapat/<str:meeting>/mulai/", views.meeting_start, name="meeting_start"),
    path("rapat/<str:meeting>/skors/", views.meeting_adjourn, name="meeting_adjourn"),
    path("rapat/<str:meeting>/lanjutkan/", views.meeting_resume, name="meeting_resume"),
    path("rapat/<str:meeting>/selesai/", views.meeting_end, name="meeting_end"),
    path("rapat/<str:meeting>/tutup/", views.meeting_close, name="meeting_close"),
    path("rapat/<str:meeting>/riwayat/", views.meeting_history, name="meeting_history"),
    path("rapat/<str:meeting>/aliran/", views.meeting_stream, name="meeting_stream"),
]
