"""Tries at a secret: five in a quarter of an hour, counted in the database, also by many at once and without Redis."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from rakor.documents import certificates, register
from rakor.documents.certificates import TooManyTries, WrongPassword, counted_try, make_sure_of
from rakor.documents.models import Tries
from tests import factories as make
from tests.documents.conftest import OTHER_PASSPHRASE, PASSPHRASE
from tests.factories import PASSWORD

WRONG = "bukan kata sandi saya"


@pytest.fixture
def user(db):
    return make.UserFactory()


def _outcomes(user, passwords):
    found = []
    for password in passwords:
        try:
            make_sure_of(user, password)
            found.append("right")
        except (WrongPassword, TooManyTries) as no:
            found.append(type(no).__name__)
    return found


def test_after_five_wrong_ones_none_is_looked_at(user):
    assert _outcomes(user, [WRONG] * 6 + [PASSWORD]) == ["WrongPassword"] * 5 + ["TooManyTries"] * 2


def test_the_right_one_begins_anew(user):
    assert _outcomes(user, [WRONG] * 4 + [PASSWORD] + [WRONG] * 5)[4:] == ["right"] + ["WrongPassword"] * 5


def test_after_a_quarter_of_an_hour_one_may_try_again(user):
    _outcomes(user, [WRONG] * 5)
    Tries.objects.update(since=timezone.now() - timedelta(minutes=15, seconds=1))
    assert _outcomes(user, [WRONG, PASSWORD]) == ["WrongPassword", "right"]


def test_a_refused_try_does_not_make_the_wait_longer(user):
    _outcomes(user, [WRONG] * 5)
    before = Tries.objects.get().since
    _outcomes(user, [WRONG] * 3)
    assert (Tries.objects.get().since, Tries.objects.get().count) == (before, 5)


@pytest.mark.parametrize("secret", Tries.Secret)
def test_the_sentence_is_about_the_secret(user, secret):
    make.TriesFactory(user=user, secret=secret, count=5)
    with pytest.raises(TooManyTries) as refused, counted_try(user.pk, secret):
        pass
    word = {"passphrase": "frasa sandi", "password": "kata sandi"}[secret]
    assert (word in str(refused.value.reason).lower(), "15 menit" in str(refused.value.reason)) == (True, True)


def test_the_secrets_of_one_account_are_counted_apart(user):
    make.TriesFactory(user=user, secret=Tries.Secret.PASSPHRASE, count=5)
    assert _outcomes(user, [PASSWORD]) == ["right"]


def test_a_fault_in_the_middle_gives_the_try_back(user):
    make.TriesFactory(user=user, secret=Tries.Secret.PASSWORD, count=4)
    with pytest.raises(ZeroDivisionError), counted_try(user.pk, Tries.Secret.PASSWORD):
        raise ZeroDivisionError
    assert Tries.objects.get().count == 4


def test_a_try_is_not_counted_where_a_roll_back_could_forget_it(user):
    with pytest.raises(RuntimeError), transaction.atomic(), counted_try(user.pk, Tries.Secret.PASSWORD):
        pass


@pytest.mark.parametrize("fields", [{"count": 6}, {"secret": "pin"}])
def test_the_database_keeps_the_limit(user, fields):
    with pytest.raises(IntegrityError):
        make.TriesFactory(user=user, **fields)


def test_the_database_keeps_one_count_for_each_secret(user):
    make.TriesFactory(user=user)
    with pytest.raises(IntegrityError):
        make.TriesFactory(user=user)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_no_way_around_the_limit():
    """Twelve threads, twelve connections, as in as many processes: five are looked at."""
    user = make.UserFactory()
    found = []
    start = threading.Barrier(12)

    def guess():
        start.wait()
        try:
            found.extend(_outcomes(user, [WRONG]))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guess) for _each in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (Counter(found), Tries.objects.get().count) == ({"WrongPassword": 5, "TooManyTries": 7}, 5)


def test_without_redis_one_signs_and_is_counted_all_the_same(waiting, certified, nia, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    with pytest.raises(register.PassphraseRefused):
        waiting.sign(waiting.next_signatory, passphrase=OTHER_PASSPHRASE, by=nia)
    assert Tries.objects.get().count == 1
    waiting.sign(waiting.next_signatory, passphrase=PASSPHRASE, by=nia)
    assert (waiting.signed_count, Tries.objects.count()) == (1, 0)


def test_a_wrong_passphrase_stays_counted_though_the_signing_is_rolled_back(waiting, certified, nia):
    for _try in range(5):
        with pytest.raises(register.PassphraseRefused):
            waiting.sign(waiting.next_signatory, passphrase=OTHER_PASSPHRASE, by=nia)
    with pytest.raises(certificates.TooManyTries):
        waiting.sign(waiting.next_signatory, passphrase=PASSPHRASE, by=nia)
