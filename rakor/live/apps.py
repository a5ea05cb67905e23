from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "rakor.live"
    label = "live"
