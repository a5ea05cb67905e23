"""Addresses of the rundown and of the live control, all below the meeting's."""

from django.urls import path

from agenda import views

urlpatterns = [
    path("rapat/<public_id:meeting>/rundown/", views.agenda, name="agenda"),
    path("rapat/<public_id:meeting>/rundown/baru/", views.agenda_item_create, name="agenda_item_create"),
    path("rapat/<public_id:meeting>/rundown/rilis/", views.agenda_release, name="agenda_release"),
    path("rapat/<public_id:meeting>/rundown/<pk:pk>/ubah/", views.agenda_item_edit, name="agenda_item_edit"),
    path("rapat/<public_id:meeting>/rundown/<pk:pk>/hapus/", views.agenda_item_delete, name="agenda_item_delete"),
    path("rapat/<public_id:meeting>/rundown/<pk:pk>/pindah/", views.agenda_item_move, name="agenda_item_move"),
    path("rapat/<public_id:meeting>/pelaksanaan/", views.conduct, name="conduct"),
    path("rapat/<public_id:meeting>/pelaksanaan/berikutnya/", views.conduct_next, name="conduct_next"),
]
