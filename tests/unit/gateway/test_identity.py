from promptevolver_gateway.identity import SCOPES_OF, Identity


def test_whoever_calls_can_be_named_by_changes_however_long_their_name_is() -> None:
    long = Identity(
        id="user:1",
        name="a" * 242 + "@example.org",
        project="default",
        scopes=SCOPES_OF["editor"],
        address="unknown" * 50,
    )
    assert (len(long.actor.name), len(long.actor.address)) == (200, 100)
