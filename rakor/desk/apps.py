from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "rakor.desk"
    label = "desk"
