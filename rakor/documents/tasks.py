"""Background tasks of the register."""

from rakor.lib.tasks import task


@task(limit=120)
def render_document(document_id: int) -> None:
    """Makes the paper of a numbered document."""
    from rakor.documents.register import make_paper

    make_paper(document_id)


@task(limit=30)
def sweep() -> None:
    """Wakes workers for papers that are due, and clears away uploads that nobody confirmed."""
    from rakor.documents.models import Document
    from rakor.documents.register import forget_uploads, render_soon

    for document_id in list(Document.objects.due_for_rendering().values_list("pk", flat=True)[:20]):
        render_soon(document_id)
    forget_uploads()
