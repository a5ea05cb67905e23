"""Rakor plans, holds and records coordination meetings and sees to it that what was agreed is done."""

from rakor.celery import app as celery_app

__all__ = ["celery_app"]
