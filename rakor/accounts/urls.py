"""Log-in and account pages: allauth's views and names at Indonesian addresses; what is not here is not offered."""

from allauth.account import views as allauth_views
from django.urls import path, re_path
from django.views.i18n import set_language

from rakor.accounts import views

urlpatterns = [
    path("masuk/", allauth_views.login, name="account_login"),
    path("keluar/", allauth_views.logout, name="account_logout"),
    path("bahasa/", set_language, name="set_language"),
    path("akun/", views.profile, name="profile"),
    path("akun/nonaktif/", allauth_views.account_inactive, name="account_inactive"),
    path("akun/sandi/", allauth_views.password_change, name="account_change_password"),
    path("akun/sandi/baru/", allauth_views.password_set, name="account_set_password"),
    path("akun/lupa-sandi/", allauth_views.password_reset, name="account_reset_password"),
    path("akun/lupa-sandi/terkirim/", allauth_views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^akun/lupa-sandi/kunci/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "akun/lupa-sandi/selesai/",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
