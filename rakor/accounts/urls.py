"""Log-in and account pages: allauth's views and names at Indonesian addresses; what is not here is not offered."""

from allauth.account import views as allauth_views
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
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
    path("akun/sandi/lagi/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("akun/dua-langkah/", views.second_factor, name="mfa_index"),
    path("akun/dua-langkah/masuk/", second_factor.authenticate, name="mfa_authenticate"),
    path("akun/dua-langkah/lagi/", second_factor.reauthenticate, name="mfa_reauthenticate"),
    path("akun/dua-langkah/aktif/", views.ActivateTOTP.as_view(), name="mfa_activate_totp"),
    path("akun/dua-langkah/nonaktif/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("akun/dua-langkah/pemulihan/", views.recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "akun/dua-langkah/pemulihan/baru/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
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
