"""`manage.py state_charts`: writes the state charts of README from every model's MOVES."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rakor.audit.moves import Moves

BEGIN, END = "<!-- state charts: made by manage.py state_charts -->", "<!-- end of state charts -->"


def charts() -> str:
    """One Mermaid chart a model, in the order of their names."""
    models = sorted((m for m in apps.get_models() if issubclass(m, Moves)), key=lambda m: m.__name__)
    return "\n".join(_chart(model) for model in models)


def _chart(model: type[Moves]) -> str:
    fields: dict[str, Any] = {field.name: field for field in model._meta.get_fields()}
    first = fields["status"].get_default()
    lines = [f"    [*] --> {first}"]
    for state, targets in model.MOVES.items():
        lines += [f"    {state} --> {target}" for target in targets if target != state]
        if not targets:
            lines.append(f"    {state} --> [*]")
    return f"**{model.__name__}**\n\n```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```\n"


def with_charts(text: str) -> str:
    """The README's text with its charts made anew."""
    head, _begin, rest = text.partition(BEGIN)
    _old, end, tail = rest.partition(END)
    if not end:
        raise CommandError("README has no place for the state charts.")
    return f"{head}{BEGIN}\n\n{charts()}\n{END}{tail}"


class Command(BaseCommand):
    help = "Writes the state charts of README from every model's MOVES."

    def handle(self, *args: Any, **options: Any) -> None:
        readme = Path(settings.BASE_DIR) / "README.md"
        readme.write_text(with_charts(readme.read_text(encoding="utf-8")), encoding="utf-8")
