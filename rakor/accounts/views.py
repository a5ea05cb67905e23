"""The profile page and the answers that refuse; log-in and password pages are allauth's, in our templates."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from rakor.accounts.context import here
from rakor.accounts.forms import ProfileForm


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Shows and changes the visitor's own name and time zone."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        return redirect("profile")
    return render(request, "account/profile.html", {"form": form}, status=422 if form.errors else 200)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 with the sentence of the Refusal: what was refused, why, and what to do next."""
    return render(request, "403.html", {"reason": getattr(exception, "reason", "")}, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """500 without looking at the session or the database, which may be what broke."""
    context = {"demo": settings.DEMO, "here": here(request), "csrf_token": get_token(request)}
    return HttpResponse(render_to_string("500.html", context), status=500)
