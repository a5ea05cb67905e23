"""Addresses of the register, of the own certificate and of the verification page."""

from django.urls import path

from rakor.documents import views

urlpatterns = [
    path("dokumen/", views.document_list, name="document_list"),
    path("dokumen/ekspor/", views.document_export, name="document_export"),
    path("dokumen/<public_id:document>/", views.document_detail, name="document_detail"),
    path("dokumen/<public_id:document>/unduh/", views.document_download, name="document_download"),
    path("dokumen/<public_id:document>/siapkan/", views.document_prepare, name="document_prepare"),
    path("dokumen/<public_id:document>/tanda-tangan/", views.document_sign, name="document_sign"),
    path("dokumen/<public_id:document>/unggah/", views.document_upload, name="document_upload"),
    path("dokumen/<public_id:document>/cabut/", views.document_revoke, name="document_revoke"),
    path("akun/sertifikat/", views.certificate, name="certificate"),
    path("verifikasi/", views.verify, name="verify"),
    path("verifikasi/<str:code>/", views.verify_document, name="verify_document"),
]
