"""The page that tells how to set the app up says what the program needs."""

from pathlib import Path

from bots.slack import manifest

PAGE = (Path(manifest.__file__).parent / "README.md").read_text("utf-8")


def test_every_scope_and_event_is_told() -> None:
    for name, scope in manifest.SCOPES.items():
        assert f"| `{name}` | {scope.why} | {'yes' if scope.needed else 'no'} |" in PAGE
    assert PAGE.count("| yes |") + PAGE.count("| no |") == len(manifest.SCOPES)
    assert all(f"`{name}`" in PAGE for name in (*manifest.EVENTS, manifest.APP_SCOPE))
    assert all(f"*{one['name']}*" in PAGE and f"`{one['callback_id']}`" in PAGE for one in manifest.SHORTCUTS)


def test_the_address_for_posts_is_told() -> None:
    assert f"`{manifest.events_path('CONNECTION')}`" in PAGE
