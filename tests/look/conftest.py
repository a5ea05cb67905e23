"""A stage: our frames, style sheets and modules in a real browser under the real policy, with no server behind."""

import mimetypes
from collections.abc import Callable
from pathlib import Path

import pytest
from csp.utils import build_policy
from django.contrib.staticfiles import finders
from django.template import Context, Template
from playwright.sync_api import Page, Route

from rakor.lib.access import Viewer

ORIGIN = "http://127.0.0.1:9"


class Stage:
    """Answers the page's requests itself: what `answers` says, static files from their folders, else the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pages: dict[str, str] = {}
        self.answers: dict[str, Callable[[Route], None]] = {}
        self.requests: list[tuple[str, str]] = []
        self.change_css: Callable[[str], str] = str
        page.route(f"{ORIGIN}/**", self._answer)

    def show(self, body: str, *, frame: str = "base.html", attrs: str = "", messages: tuple = ()) -> Page:
        """Opens a page with this content in the frame."""
        source = (
            f'{{% extends "{frame}" %}}{{% load rakor_ui %}}{{% block body_attrs %}}{attrs}{{% endblock %}}'
            f"{{% block content %}}{body}{{% endblock %}}"
        )
        viewer = Viewer(user_id=1, name="Sari Wulandari", email="sari@uji.example")
        context = Context({"viewer": viewer, "messages": messages, "here": "/", "csrf_token": "uji"})
        self.pages["/"] = Template(source).render(context)
        self.page.goto(f"{ORIGIN}/")
        return self.page

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0].split("#")[0]
        self.requests.append((route.request.method, path))
        if path in self.answers:
            self.answers[path](route)
        elif path.startswith("/static/"):
            file = Path(finders.find(path.removeprefix("/static/")))
            body = self.change_css(file.read_text()) if file.suffix == ".css" else file.read_text()
            route.fulfill(body=body, content_type=mimetypes.guess_type(file.name)[0])
        else:
            route.fulfill(
                body=self.pages.get(path, self.pages["/"]),
                content_type="text/html; charset=utf-8",
                headers={"Content-Security-Policy": build_policy()},
            )


@pytest.fixture
def stage(watched) -> Stage:
    return Stage(watched)
