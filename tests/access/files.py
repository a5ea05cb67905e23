"""The small real files that the matrix posts, each a sound PDF."""

from __future__ import annotations

from io import BytesIO

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile


def page(title: str) -> bytes:
    """One empty page, with bytes of its own for each title."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.docinfo["/Title"] = title
        written = BytesIO()
        pdf.save(written)
    return written.getvalue()


def chosen(content: bytes) -> SimpleUploadedFile:
    """As a browser sends it; for one request, which reads it to its end."""
    return SimpleUploadedFile("naskah.pdf", content, "application/pdf")
