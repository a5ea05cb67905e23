"""What counts as a whole number that a row could have."""

import pytest

from rakor.lib.numbers import GREATEST, whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), (str(GREATEST), GREATEST)])
def test_a_number(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text",
    [None, "", " 7", "-1", "+1", "1_000", "1.5", "²", "٣", "7\x00", "7\n", str(GREATEST + 1), "9" * 20, "9" * 5000],
)
def test_no_number(text):
    assert whole_number(text) is None
