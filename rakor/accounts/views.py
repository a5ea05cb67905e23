"""The profile page and the answers that refuse; log-in and password pages are allauth's, in our templates."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import views as totp
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rakor.accounts.context import here
from rakor.accounts.forms import ProfileForm
from rakor.accounts.second_factor import is_set_up, note_proof, proven_at


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Shows and changes the visitor's own name and time zone."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        return redirect("profile")
    return render(request, "account/profile.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@never_cache
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """What the account has as a second factor, and the way to it; `next` says what it is asked for.

    Whoever has one and did not show it in this session goes straight to the code.
    """
    wanted = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        wanted = ""
    ready, proven = is_set_up(request.user), proven_at(request) is not None  # type: ignore[arg-type]
    if wanted and ready:
        return redirect(wanted if proven else f"{reverse('mfa_reauthenticate')}?{urlencode({'next': wanted})}")
    if wanted:
        request.session["second_factor_for"] = wanted
    return render(request, "mfa/index.html", {"ready": ready, "wanted": wanted})


@login_required
@never_cache
@require_safe
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """The codes that are left; unlike allauth's own page it notes nothing, for a GET changes nothing."""
    kept = get_object_or_404(Authenticator, user=request.user, type=Authenticator.Type.RECOVERY_CODES)
    raise_if_reauthentication_required(request, app="allauth.mfa")
    return render(request, "mfa/recovery_codes/index.html", {"unused_codes": kept.wrap().get_unused_codes()})


class ActivateTOTP(totp.ActivateTOTPView):
    """Sets the app up; its first code counts as shown in this session."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        note_proof(self.request)
        return response


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 with the sentence of the Refusal: what was refused, why, and what to do next."""
    return render(request, "403.html", {"reason": getattr(exception, "reason", "")}, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """500 without looking at the session or the database, which may be what broke."""
    context = {"demo": settings.DEMO, "here": here(request), "csrf_token": get_token(request)}
    return HttpResponse(render_to_string("500.html", context), status=500)
