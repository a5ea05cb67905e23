from django.apps import AppConfig


class ConferencingConfig(AppConfig):
    name = "rakor.conferencing"
    label = "conferencing"
