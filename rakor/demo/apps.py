from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "rakor.demo"
    label = "demo"
