"""Addresses of the directory and of the organiser's side of invitations; the guests' own stand in guest_urls.py."""

from django.urls import URLPattern, URLResolver, include, path

from attendees.views import deputies, directory, exports, imports, invitations, letters

directory_urls = [
    path("instansi/", directory.agency_list, name="agency_list"),
    path("instansi/impor/", imports.directory_import, name="directory_import"),
    path("instansi/ekspor/", exports.agency_export, name="agency_export"),
    path("impor/templat/<slug:kind>/", imports.import_template, name="import_template"),
    path("impor/<public_id:waiting>/", imports.import_preview, name="import_preview"),
    path("instansi/<code:code>/", directory.agency_detail, name="agency_detail"),
    path("instansi/<code:code>/jabatan/baru/", directory.position_create, name="position_create"),
    path("instansi/<code:code>/jabatan/<pk:pk>/", directory.position_edit, name="position_edit"),
    path("instansi/<code:code>/kop/", directory.letterhead_edit, name="letterhead_edit"),
    path("instansi/<code:code>/orang/", directory.agency_people, name="agency_people"),
    path("instansi/<code:code>/orang/<pk:pk>/akhiri/", directory.membership_end, name="membership_end"),
]

organiser_urls = [
    path("rapat/<public_id:meeting>/undangan/", invitations.invitation_list, name="invitation_list"),
    path("rapat/<public_id:meeting>/undangan/tambah/", invitations.invitation_add, name="invitation_add"),
    path("rapat/<public_id:meeting>/undangan/perubahan/", invitations.change_notice, name="change_notice"),
    path("rapat/<public_id:meeting>/undangan/impor/", imports.invitation_import, name="invitation_import"),
    path("rapat/<public_id:meeting>/undangan/ekspor/", exports.invitation_export, name="invitation_export"),
    path("rapat/<public_id:meeting>/undangan/wakil/<pk:pk>/", deputies.deputy_decide, name="deputy_decide"),
    path("rapat/<public_id:meeting>/undangan/ingatkan/", invitations.invitation_nudge, name="invitation_nudge"),
    path("rapat/<public_id:meeting>/undangan/kirim/", invitations.invitation_send, name="invitation_send"),
    path("rapat/<public_id:meeting>/undangan/kirim/putusan/", invitations.invitation_decide, name="invitation_decide"),
    path(
        "rapat/<public_id:meeting>/undangan/<public_id:invitation>/",
        invitations.invitation_manage,
        name="invitation_manage",
    ),
    path(
        "rapat/<public_id:meeting>/undangan/<public_id:invitation>/teks-wa/",
        invitations.invitation_text,
        name="invitation_text",
    ),
    path(
        "rapat/<public_id:meeting>/undangan/<public_id:invitation>/hapus/",
        invitations.invitation_remove,
        name="invitation_remove",
    ),
    path(
        "rapat/<public_id:meeting>/undangan/<public_id:invitation>/kirim-ulang/",
        invitations.invitation_resend,
        name="invitation_resend",
    ),
    path(
        "rapat/<public_id:meeting>/undangan/<public_id:invitation>/alamat/",
        invitations.invitation_address,
        name="invitation_address",
    ),
    path(
        "rapat/<public_id:meeting>/undangan/<public_id:invitation>/disampaikan/",
        invitations.invitation_manual,
        name="invitation_manual",
    ),
    path(
        "rapat/<public_id:meeting>/undangan/<public_id:invitation>/jawaban/",
        invitations.invitation_record_answer,
        name="invitation_record_answer",
    ),
    path("rapat/<public_id:meeting>/surat/", letters.letter, name="letter"),
    path("rapat/<public_id:meeting>/surat/siapkan/", letters.letter_prepare, name="letter_prepare"),
    path("rapat/<public_id:meeting>/surat/pratinjau/", letters.letter_preview, name="letter_preview"),
]

guest_urls = path("", include("attendees.guest_urls"))
urlpatterns: list[URLPattern | URLResolver] = [*directory_urls, *organiser_urls, guest_urls]
