"""The accounts' own messages go through the outbox: ids in the row, the link made at delivery."""

import re

from django.utils.translation import gettext

from rakor.accounts.adapter import mail_hook
from rakor.mail.delivery import drain
from rakor.mail.models import OutgoingMail
from tests.factories import UserFactory


def ask_for_new_password(user) -> None:
    mail_hook["outbox"].queue(
        "account.password_reset", key=f"reset:{user.pk}", to=user.email, to_name=user.full_name, ids={"user": user.pk}
    )


def test_password_reset_is_sent_with_a_link_that_the_row_does_not_hold(sink, db):
    user = UserFactory(email="sari@uji.example", full_name="Sari Wulandari <&>")
    ask_for_new_password(user)

    drain()

    mail = OutgoingMail.objects.get()
    assert (mail.status, mail.ids) == ("sent", {"user": user.pk})
    message = sink.mails()[0].message()
    assert message["Subject"] == gettext("New password for Rakor")
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    [link] = set(re.findall(r"https://rakor\.example/akun/lupa-sandi/\S+", text))
    assert link in html
    assert "Sari Wulandari <&>," in text
    assert "Sari Wulandari &lt;&amp;&gt;" in html


def test_password_reset_of_a_closed_account_is_cancelled(sink, db):
    user = UserFactory(email="sari@uji.example")
    ask_for_new_password(user)
    type(user).objects.update(is_active=False)

    drain()

    assert (OutgoingMail.objects.get().status, sink.count()) == ("cancelled", 0)
