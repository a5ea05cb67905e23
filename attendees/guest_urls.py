"""Addresses of the invited person and of the presences. Only `/u/…` carries a token, and leads away at once."""

from django.urls import path

from attendees.views import guest, presence

presence_urls = [
    path("rapat/<str:meeting>/kehadiran/", presence.presence_list, name="presence_list"),
    path("rapat/<str:meeting>/kehadiran/daftar.csv", presence.presence_export, name="presence_export"),
    path("rapat/<str:meeting>/kehadiran/<int:pk>/tutup/", presence.presence_close, name="presence_close"),
    path("rapat/<str:meeting>/kehadiran/<str:invitation>/hadir/", presence.presence_check_in, name="presence_check_in"),
]

urlpatterns = [
    *presence_urls,
    path("u/<path:token>", guest.link, name="link"),
    path("undangan/<str:invitation>/", guest.invitation_detail, name="invitation_detail"),
    path("undangan/<str:invitation>/kenal/", guest.invitation_identify, name="invitation_identify"),
    path("undangan/<str:invitation>/dibuka/", guest.invitation_opened, name="invitation_opened"),
    path("undangan/<str:invitation>/jawab/", guest.invitation_respond, name="invitation_respond"),
    path("undangan/<str:invitation>/wakil/", guest.invitation_delegate, name="invitation_delegate"),
    path("undangan/<str:invitation>/gabung/", guest.invitation_join, name="invitation_join"),
    path("undangan/<str:invitation>/ruang/", guest.invitation_room, name="invitation_room"),
    path("undangan/<str:invitation>/keluar/", guest.invitation_leave, name="invitation_leave"),
    path("undangan/<str:invitation>/bukan-saya/", guest.invitation_not_mine, name="invitation_not_mine"),
    path("undangan/<str:invitation>/rapat.ics", guest.invitation_calendar, name="invitation_calendar"),
]
