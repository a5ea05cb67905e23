"""`{% load phones %}`: telephone numbers as people read them."""

from django import template

from attendees.phones import shown

register = template.Library()
register.filter("phone", shown)
