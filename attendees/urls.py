"""Addresses of the directory and of the organiser's side of invitations; the guests' own stand in guest_urls.py."""

from django.urls import URLPattern, URLResolver, include, path

from attendees.views import directory, invitations, letters

directory_urls = [
    path("instansi/", directory.agency_list, name="agency_list"),
    path("instansi/<str:code>/", directory.agency_detail, name="agency_detail"),
    path("instansi/<str:code>/jabatan/baru/", directory.position_create, name="position_create"),
    path("instansi/<str:code>/jabatan/<int:pk>/", directory.position_edit, name="position_edit"),
    path("instansi/<str:code>/kop/", directory.letterhead_edit, name="letterhead_edit"),
    path("instansi/<str:code>/orang/", directory.agency_people, name="agency_people"),
    path("instansi/<str:code>/orang/<int:pk>/akhiri/", directory.membership_end, name="membership_end"),
]

organiser_urls = [
    path("rapat/<str:meeting>/undangan/", invitations.invitation_list, name="invitation_list"),
    path("rapat/<str:meeting>/undangan/tambah/", invitations.invitation_add, name="invitation_add"),
    path("rapat/<str:meeting>/undangan/kirim/", invitations.invitation_send, name="invitation_send"),
    path("rapat/<str:meeting>/undangan/<str:invitation>/", invitations.invitation_manage, name="invitation_manage"),
    path("rapat/<str:meeting>/undangan/<str:invitation>/teks-wa/", invitations.invitation_text, name="invitation_text"),
    path(
        "rapat/<str:meeting>/undangan/<str:invitation>/hapus/", invitations.invitation_remove, name="invitation_remove"
    ),
    path(
        "rapat/<str:meeting>/undangan/<str:invitation>/kirim-ulang/",
        invitations.invitation_resend,
        name="invitation_resend",
    ),
    path(
        "rapat/<str:meeting>/undangan/<str:invitation>/alamat/",
        invitations.invitation_address,
        name="invitation_address",
    ),
    path(
        "rapat/<str:meeting>/undangan/<str:invitation>/disampaikan/",
        invitations.invitation_manual,
        name="invitation_manual",
    ),
    path(
        "rapat/<str:meeting>/undangan/<str:invitation>/jawaban/",
        invitations.invitation_record_answer,
        name="invitation_record_answer",
    ),
    path("rapat/<str:meeting>/surat/", letters.letter, name="letter"),
    path("rapat/<str:meeting>/surat/siapkan/", letters.letter_prepare, name="letter_prepare"),
    path("rapat/<str:meeting>/surat/pratinjau/", letters.letter_preview, name="letter_preview"),
]

guest_urls = path("", include("attendees.guest_urls"))
urlpatterns: list[URLPattern | URLResolver] = [*directory_urls, *organiser_urls, guest_urls]
