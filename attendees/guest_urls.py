"""Addresses of the invited person, of the meeting's door and of the presences.

Only `/u/…` carries a token, and leads away at once.
"""

from django.urls import path

from attendees.views import codes, door, exports, guest, presence

presence_urls = [
    path("rapat/<public_id:meeting>/kehadiran/", presence.presence_list, name="presence_list"),
    path("rapat/<public_id:meeting>/kehadiran/daftar.csv", presence.presence_export, name="presence_export"),
    path("rapat/<public_id:meeting>/kehadiran/daftar.xlsx", exports.presence_sheet, name="presence_sheet"),
    path("rapat/<public_id:meeting>/kehadiran/<pk:pk>/tutup/", presence.presence_close, name="presence_close"),
    path(
        "rapat/<public_id:meeting>/kehadiran/<public_id:invitation>/hadir/",
        presence.presence_check_in,
        name="presence_check_in",
    ),
]

door_urls = [
    path("r/<short:short>/", door.door, name="door"),
    path("r/<short:short>/instansi/", door.door_agency, name="door_agency"),
    path("r/<short:short>/surel/", door.door_address, name="door_address"),
    path("r/<short:short>/terkirim/", door.door_sent, name="door_sent"),
]

urlpatterns = [
    *presence_urls,
    *door_urls,
    path("u/<path:token>", guest.link, name="link"),
    path("undangan/<public_id:invitation>/", guest.invitation_detail, name="invitation_detail"),
    path("undangan/<public_id:invitation>/kenal/", guest.invitation_identify, name="invitation_identify"),
    path("undangan/<public_id:invitation>/dibuka/", guest.invitation_opened, name="invitation_opened"),
    path("undangan/<public_id:invitation>/kode/", codes.invitation_code, name="invitation_code"),
    path("undangan/<public_id:invitation>/jawab/", guest.invitation_respond, name="invitation_respond"),
    path("undangan/<public_id:invitation>/wakil/", guest.invitation_delegate, name="invitation_delegate"),
    path("undangan/<public_id:invitation>/gabung/", guest.invitation_join, name="invitation_join"),
    path("undangan/<public_id:invitation>/ruang/", guest.invitation_room, name="invitation_room"),
    path("undangan/<public_id:invitation>/keluar/", guest.invitation_leave, name="invitation_leave"),
    path("undangan/<public_id:invitation>/bukan-saya/", guest.invitation_not_mine, name="invitation_not_mine"),
    path("undangan/<public_id:invitation>/rapat.ics", guest.invitation_calendar, name="invitation_calendar"),
]
