"""Addresses of a meeting's own pages."""

from django.urls import path

from rakor.meetings import grant_views as grants
from rakor.meetings import views, working_days

urlpatterns = [
    path("pengaturan/hari-kerja/", working_days.working_days, name="working_days"),
    path("rapat/", views.meeting_list, name="meeting_list"),
    path("rapat/baru/", views.meeting_create, name="meeting_create"),
    path("rapat/<public_id:meeting>/", views.meeting_detail, name="meeting_detail"),
    path("rapat/<public_id:meeting>/ubah/", views.meeting_edit, name="meeting_edit"),
    path("rapat/<public_id:meeting>/terbitkan/", views.meeting_publish, name="meeting_publish"),
    path("rapat/<public_id:meeting>/batalkan/", views.meeting_cancel, name="meeting_cancel"),
    path("rapat/<public_id:meeting>/tunda/", views.meeting_postpone, name="meeting_postpone"),
    path("rapat/<public_id:meeting>/mulai/", views.meeting_start, name="meeting_start"),
    path("rapat/<public_id:meeting>/skors/", views.meeting_adjourn, name="meeting_adjourn"),
    path("rapat/<public_id:meeting>/lanjutkan/", views.meeting_resume, name="meeting_resume"),
    path("rapat/<public_id:meeting>/selesai/", views.meeting_end, name="meeting_end"),
    path("rapat/<public_id:meeting>/tutup/", views.meeting_close, name="meeting_close"),
    path("rapat/<public_id:meeting>/riwayat/", views.meeting_history, name="meeting_history"),
    path("rapat/<public_id:meeting>/hak-baca/", grants.meeting_grants, name="meeting_grants"),
    path("rapat/<public_id:meeting>/hak-baca/<pk:pk>/cabut/", grants.grant_end, name="grant_end"),
    path("rapat/<public_id:meeting>/aliran/", views.meeting_stream, name="meeting_stream"),
]
