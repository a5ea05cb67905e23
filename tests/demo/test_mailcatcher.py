"""The mail catcher is a real SMTP server that loses nothing, and its page is safe to read foreign mail on."""

import re
import smtplib
import time
import urllib.error
import urllib.request
from email.message import EmailMessage
from urllib.parse import urlencode

import pytest

from rakor.demo.__main__ import listening
from rakor.demo.mailcatcher import MailCatcher
from rakor.demo.mailpage import MailPage


@pytest.fixture
def catcher(tmp_path):
    with MailCatcher(tmp_path / "maildir") as running:
        yield running


@pytest.fixture
def page(catcher):
    with MailPage(catcher.box) as running:
        yield running


def letter(number: int = 1) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = f"Undangan Rapat Koordinasi {number}"
    message["From"] = "Rakor <rakor@rakor.example>"
    message["To"] = "Budi <budi@bp3mi.example>"
    message["Message-ID"] = f"<{number}@rakor.example>"
    message.set_content("Buka http://127.0.0.1:8000/u/abc.def.\n<script>alert(1)</script>\n")
    message.add_alternative("<p onclick='alert(1)'>Yth.</p><script>alert(1)</script>", subtype="html")
    message.add_attachment(b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="surat undangan.pdf")
    return message


def send(catcher: MailCatcher, *messages: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.smtp_port, timeout=10) as server:
        for message in messages:
            server.send_message(message)


def read(url: str):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.headers, answer.read().decode(errors="replace")


def test_catcher_keeps_every_mail_as_one_file(catcher):
    send(catcher, letter(1), letter(2))

    assert [mail.message_id for mail in catcher.mails()] == ["<1@rakor.example>", "<2@rakor.example>"]
    assert catcher.mails()[0].recipients == ("budi@bp3mi.example",)
    assert len(list(catcher.box.folder.glob("*.eml"))) == 2


def test_catcher_takes_200_mails_within_15_seconds(catcher):
    began = time.monotonic()

    send(catcher, *(letter(number) for number in range(200)))

    assert len(catcher.wait_for(200)) == 200
    assert time.monotonic() - began < 15


def test_catcher_keeps_what_it_has_over_a_restart(tmp_path):
    with MailCatcher(tmp_path) as first:
        send(first, letter())

    with MailCatcher(tmp_path) as second:
        assert second.count() == 1


def test_catcher_refuses_the_addresses_it_is_told_to(catcher):
    catcher.refuse["budi@bp3mi.example"] = "550 5.1.1 No such mailbox"

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(catcher, letter())

    assert catcher.count() == 0


def test_catcher_says_that_its_port_is_taken(catcher, tmp_path):
    with pytest.raises(OSError, match="in use"):
        MailCatcher(tmp_path / "other", catcher.smtp_port).start()


def test_list_shows_an_empty_mailbox_that_says_what_to_do(page):
    assert '<div class="empty">' in read(page.url)[1]


def test_list_finds_by_address_and_pages(catcher, page):
    send(catcher, *(letter(number) for number in range(60)))

    assert read(page.url)[1].count('<th scope="row">') == 50
    assert read(f"{page.url}?halaman=2")[1].count('<th scope="row">') == 10
    assert read(f"{page.url}?cari=koordinasi+59")[1].count('<th scope="row">') == 1
    assert '<div class="empty">' in read(f"{page.url}?cari=tidak-ada")[1]


def test_mail_makes_addresses_followable_and_nothing_else_live(catcher, page):
    send(catcher, letter())

    text = read(f"{page.url}surat/{catcher.mails()[0].name}")[1]

    assert 'href="http://127.0.0.1:8000/u/abc.def"' in text
    assert "<script" not in text
    assert "onclick" not in text


def test_formatted_body_is_sandboxed(catcher, page):
    send(catcher, letter())

    headers, text = read(f"{page.url}surat/{catcher.mails()[0].name}/html")

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in headers["Content-Security-Policy"]
    assert "allow-scripts" not in headers["Content-Security-Policy"]
    assert "Yth." in text


def test_attachment_is_downloaded_and_never_opened(catcher, page):
    send(catcher, letter())

    headers, text = read(f"{page.url}surat/{catcher.mails()[0].name}/lampiran/1")

    assert text == "%PDF-1.7 x"
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''surat%20undangan.pdf"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["surat/..%2f..%2fetc", "surat/x/html", "static/css/../../manage.py", "lain"])
def test_unknown_address_is_not_found(page, path):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        read(page.url + path)

    refusal.value.close()
    assert refusal.value.code == 404


def test_page_answers_to_its_own_name_only(page):
    request = urllib.request.Request(page.url, headers={"Host": "evil.example"})

    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=10)

    refusal.value.close()
    assert refusal.value.code == 421


def test_two_demos_never_take_the_same_mail_port():
    first = listening(0)
    second = listening(first.getsockname()[1])
    with first, second:
        assert first.getsockname()[1] != second.getsockname()[1]


def test_catcher_serves_a_socket_that_somebody_took_for_it_again_and_again(tmp_path):
    with listening(0) as taken:
        port = taken.getsockname()[1]
        for _start in range(2):
            with MailCatcher(tmp_path, listening=taken.dup()) as catcher:
                assert catcher.smtp_port == port
                send(catcher, letter())
        with MailPage(catcher.box, listening=listening(0)) as page:
            assert f"{catcher.count()}" in urllib.request.urlopen(page.url).read().decode()

    assert catcher.count() == 2


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def choose(page, **fields) -> tuple[int, str | None, str | None]:
    """Status, address and cookie of the answer to the language switch."""
    try:
        urllib.request.build_opener(_Stay).open(f"{page.url}bahasa/", urlencode(fields).encode(), timeout=10)
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers["Location"], answer.headers["Set-Cookie"]
    raise AssertionError("neither led on nor refused")


def test_switch_keeps_the_language_and_leads_back(page):
    assert choose(page, language="en", next="/?halaman=2") == (
        303,
        "/?halaman=2",
        "django_language=en; Path=/; HttpOnly; SameSite=Lax",
    )


@pytest.mark.parametrize("back", ["//lain.example/", "https://lain.example/", "", "/\r\nX: y"])
def test_switch_leads_to_no_other_host(page, back):
    assert choose(page, language="en", next=back)[1] == "/"


def test_unknown_language_is_refused(page):
    assert choose(page, language="xx", next="/") == (404, None, None)


@pytest.mark.parametrize(
    ("language", "words", "hour"), [("id", "Diterima", r"\d\.\d\d WIB"), ("en", "Arrived", r"\d:\d\d WIB")]
)
def test_list_speaks_the_chosen_language(catcher, page, language, words, hour):
    send(catcher, letter())

    text = read(urllib.request.Request(page.url, headers={"Cookie": f"django_language={language}"}))[1]

    assert (f'<html lang="{language}">' in text, words in text, bool(re.search(hour, text))) == (True, True, True)
