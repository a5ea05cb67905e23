"""The literal cells of the access matrix; whoever adds an address adds its cells."""

ELSEWHERE = {
    # address: the test that shows who may
    "setup": "tests/desk: only while no account exists",
    "link": "tests/attendees/guest: whoever holds the token",
    "account_reset_password_from_key": "tests/accounts: whoever holds the mail",
}

ROWS: list[tuple[str, str, str, str]] = []
