"""How mirroring fails."""


class NotMirrored(Exception):
    """The server did not take a copy.

    `lost`: it has forgotten the run that it had. `refused`: it understood, and will say the same
    again.
    """

    def __init__(self, reason: str, *, lost: bool = False, refused: bool = False) -> None:
        super().__init__(reason[:500])
        self.lost = lost
        self.refused = refused
