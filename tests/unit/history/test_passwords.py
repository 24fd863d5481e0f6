"""Passwords at their real cost; tests of other things hash them for next to nothing."""

from argon2 import PasswordHasher
from promptevolver_history.accounts.passwords import Check, Passwords

PASSWORD = "correct horse battery"


async def test_a_hash_costs_what_rfc_9106_asks_for_and_is_no_two_times_the_same() -> None:
    hashes = [await Passwords().hash(PASSWORD) for _ in range(2)]
    assert all(each.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for each in hashes)
    assert len(set(hashes)) == 2


async def test_the_right_password_alone_is_right() -> None:
    known = await Passwords().hash(PASSWORD)
    assert await Passwords().check(PASSWORD, known) == Check(right=True)
    assert await Passwords().check(PASSWORD.upper(), known) == Check(right=False)


async def test_a_weaker_hash_is_made_anew_when_its_password_comes() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    assert await Passwords().check("another password", weak) == Check(right=False)
    check = await Passwords().check(PASSWORD, weak)
    assert check.right
    assert check.rehashed is not None
    assert await Passwords().check(PASSWORD, check.rehashed) == Check(right=True)


async def test_who_is_unknown_costs_the_same_work() -> None:
    made: list[str] = []

    class Watched(PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            made.append(super().hash(password, salt=salt))
            return made[-1]

    assert await Passwords(Watched()).check(PASSWORD, None) == Check(right=False)
    assert [each.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for each in made] == [True]
