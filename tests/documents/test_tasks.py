"""Papers are made in the background, once; what died or failed is told and done again."""

import os
import signal
import subprocess
import sys
import time
from io import BytesIO

import pikepdf
import pytest
from django.db import connection

from rakor.audit.models import AuditEvent
from rakor.documents.models import Document, File
from rakor.documents.register import make_paper
from rakor.documents.tasks import render_document, sweep


def test_render_document_makes_the_paper(numbered):
    render_document(numbered.pk)
    stored = Document.objects.get(pk=numbered.pk)
    assert (stored.status, stored.pages, bytes(stored.current.content)[:5], stored.current_id) == (
        "awaiting_signature", 1, b"%PDF-", stored.prepared_id,
    )  # fmt: skip


def test_a_second_run_changes_nothing(waiting):
    before = (waiting.current_id, File.objects.count(), AuditEvent.objects.count())
    render_document(waiting.pk)
    stored = Document.objects.get(pk=waiting.pk)
    assert (stored.current_id, File.objects.count(), AuditEvent.objects.count()) == before


@pytest.mark.parametrize("which", ["draft", "gone"])
def test_there_is_nothing_to_do_for_others(draft, which):
    render_document(draft.pk if which == "draft" else 0)
    assert Document.objects.get(pk=draft.pk).status == "draft"


def test_the_paper_carries_a_field_for_each_signature(numbered):
    make_paper(numbered.pk)
    with pikepdf.open(BytesIO(bytes(Document.objects.get(pk=numbered.pk).current.content))) as pdf:
        fields = [str(field.T) for field in pdf.Root.AcroForm.Fields]
    assert fields == ["sig-1", "sig-2"]


def test_what_cannot_be_printed_is_told_and_waits_for_a_person(draft, sari):
    draft.reword(content={"opening": "Salam 😀"}, by=sari)
    draft.number_it(by=sari)
    render_document(draft.pk)
    stored = Document.objects.get(pk=draft.pk)
    assert (stored.status, "😀" in stored.render_error) == ("numbered", True)
    assert not Document.objects.due_for_rendering().filter(pk=draft.pk).exists()


def test_a_reworded_document_is_tried_again_with_its_number(draft, sari):
    draft.reword(content={"opening": "Salam 😀"}, by=sari)
    draft.number_it(by=sari)
    make_paper(draft.pk)
    document = Document.objects.get(pk=draft.pk)
    document.reword(content={"opening": "Salam."}, by=sari)
    make_paper(draft.pk)
    stored = Document.objects.get(pk=draft.pk)
    assert (stored.status, stored.number, stored.render_error) == ("awaiting_signature", document.number, "")


def test_a_fault_is_told_without_its_details(draft, sari):
    draft.reword(content={"signatures": []}, by=sari)
    draft.number_it(by=sari)
    make_paper(draft.pk)
    stored = Document.objects.get(pk=draft.pk)
    assert (stored.status, bool(stored.render_error), "sig-1" in stored.render_error) == ("numbered", True, False)


def test_try_again_puts_it_back_on_the_list(draft, sari):
    draft.reword(content={"opening": "Salam 😀"}, by=sari)
    draft.number_it(by=sari)
    make_paper(draft.pk)
    draft.try_again(by=sari)
    assert list(Document.objects.due_for_rendering()) == [draft]


def test_sweep_wakes_what_is_due(numbered, celery_takes):
    sweep()
    assert celery_takes() == [numbered.pk]


@pytest.fixture
def celery_takes():
    """The document ids of the render tasks that lie in the broker, emptied before and after."""
    from rakor.celery import app

    def taken():
        ids = []
        with app.connection_for_read() as broker, broker.SimpleQueue("celery") as queue:
            while True:
                try:
                    message = queue.get(block=False)
                except queue.Empty:
                    return ids
                message.ack()
                if message.headers["task"].endswith("render_document"):
                    ids.append(message.payload[0][0])

    taken()
    yield taken
    taken()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_leaves_the_document_numbered_and_the_next_one_makes_the_paper(numbered):
    """A real process is killed while it holds the document; nobody has to tidy up."""
    database = connection.settings_dict
    code = (
        "import django, os, time; django.setup()\n"
        "from django.db import connection, transaction\n"
        f"connection.settings_dict['NAME'] = {database['NAME']!r}\n"
        "from rakor.documents.models import Document\n"
        "with transaction.atomic():\n"
        f"    Document.objects.select_for_update(no_key=True).get(pk={numbered.pk})\n"
        "    print('holding', flush=True); time.sleep(60)\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "rakor.settings"},
        stdout=subprocess.PIPE,
    )
    assert worker.stdout.readline() == b"holding\n"
    make_paper(numbered.pk)
    while_held = Document.objects.get(pk=numbered.pk).status
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    until = time.monotonic() + 10
    while Document.objects.get(pk=numbered.pk).status == "numbered" and time.monotonic() < until:
        make_paper(numbered.pk)
    assert (while_held, Document.objects.get(pk=numbered.pk).status) == ("numbered", "awaiting_signature")
