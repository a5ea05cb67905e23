"""The product's addresses and, beside them, the plain view that the guest's pages are measured against."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.template import Engine
from django.urls import include, path

from agenda.models import AgendaItem
from rakor import urls
from rakor.meetings.models import Meeting

PLAIN = Engine().from_string("""<!doctype html>
<html lang="id">
<head><meta charset="utf-8"><title>{{ meeting.title }}</title></head>
<body>
<h1>{{ meeting.title }}</h1>
<p>{{ meeting.venue }}, {{ meeting.city }}, {{ start|date:"d F Y H.i" }}</p>
<table>
{% for row in rows %}<tr>
<td>{{ row.minutes }}</td>
<td>{{ row.title }}</td>
<td>{{ row.owner }}</td>
</tr>{% endfor %}
</table>
</body>
</html>""")


def plain(request: HttpRequest, public_id: str) -> HttpResponse:
    """Session, meeting and rows in three queries, and a template of 15 lines."""
    from django.template import Context

    if not request.session.get("links"):
        raise Http404
    meeting = Meeting.objects.get(public_id=public_id)
    rows = list(AgendaItem.objects.filter(meeting=meeting))
    start: datetime = meeting.starts_at.astimezone(ZoneInfo("Asia/Jakarta"))
    return HttpResponse(PLAIN.render(Context({"meeting": meeting, "rows": rows, "start": start})))


handler400, handler403, handler500 = urls.handler400, urls.handler403, urls.handler500
urlpatterns = [path("polos/<str:public_id>/", plain), path("", include("rakor.urls"))]
