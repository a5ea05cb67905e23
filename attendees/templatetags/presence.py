"""`{% load presence %}`: what the ledger knows of an interval, in words."""

from django import template

from attendees.ledger import story

register = template.Library()
register.filter("story", story)
