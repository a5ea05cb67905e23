"""Every refusal becomes a sentence, without the address."""

import pytest
from django.utils import translation

from rakor.mail.reasons import is_hard, reason, short


@pytest.mark.parametrize(
    ("reply", "hard", "sentence"),
    [
        ("550 5.1.1 No such user", True, "The address is not known there."),
        ("550 No such user", True, "The address is not known there."),
        ("550 5.1.2 Bad domain", True, "The part after the @ takes no mail."),
        ("553 5.1.3 Bad syntax", True, "The address is not written correctly."),
        ("550 5.2.1 Disabled", True, "The mailbox is not in use any more."),
        ("552 5.2.2 Over quota", False, "The mailbox is full."),
        ("452 4.2.2 Over quota", False, "The mailbox is full."),
        ("552 Over quota", False, "The mailbox is full."),
        ("452 Insufficient storage", False, "The mailbox is full."),
        ("DATA 552 5.3.4 Too big", True, "The mail is too large for the recipient’s mailbox."),
        (
            "554 5.7.1 Relay denied",
            True,
            "The recipient’s mail server takes no mail from us. Please tell the system administrator.",
        ),
        ("450 4.7.1 Greylisted", False, "The recipient’s mail server asks to try again later."),
        ("421 Busy", False, "The recipient’s mail server asks to try again later."),
        ("451 4.1.1 Cannot verify", False, "The recipient’s mail server asks to try again later."),
        ("DATA 550 No", True, "The recipient’s mail server refuses this mail."),
        ("554 Transaction failed", True, "The recipient’s mail server refuses this mail."),
        ("rakor:connect", False, "Our mail server cannot be reached at the moment."),
        ("rakor:demo", False, "This is a demonstration: it sends mail only to its own mailbox."),
        ("nonsense", False, "The recipient’s mail server refuses this mail."),
        ("", False, ""),
    ],
)
def test_reason_and_finality_of_a_reply(reply, hard, sentence):
    with translation.override("en"):
        assert (is_hard(reply), str(reason(reply))) == (hard, sentence)


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ("550 5.1.1 <budi.h@bp3mi.example>: Recipient rejected", "550 5.1.1 …: Recipient rejected"),
        ("550 budi.h@BP3MI.example\nis  unknown", "550 … is unknown"),
        ("550 5.1.1 User Budi.H unknown", "550 5.1.1 User … unknown"),
        ("550 " + "x" * 400, "550 " + "x" * 296),
    ],
)
def test_short_keeps_a_line_without_the_address(reply, kept):
    assert short(reply, "budi.h@bp3mi.example") == kept
