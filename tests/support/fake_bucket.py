"""An answer bucket in memory, which can be out of order for a while."""


class BucketAwayError(Exception):
    pass


class FakeBucket:
    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}
        self.failing_gets = 0
        self.failing_puts = 0

    async def get(self, key: str) -> bytes | None:
        if self.failing_gets:
            self.failing_gets -= 1
            raise BucketAwayError
        return self.entries.get(key)

    async def put(self, key: str, value: bytes) -> None:
        if self.failing_puts:
            self.failing_puts -= 1
            raise BucketAwayError
        self.entries[key] = value
