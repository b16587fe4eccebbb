"""Small promises of the ground floor: clock, errors, actors, settings, progress, versions, secrets."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core import binaries, clock, secrets
from core.actors import TIERS, Actor, Role, Tier, system_actor, tier_of
from core.errors import NotFound, NotReady
from core.pgconf import configuration, host_access
from core.processes import left_behind, server_pid
from core.progress import stages
from core.settings import Settings, settings


def test_people_read_shanghai_time() -> None:
    late = datetime(2026, 11, 25, 16, 5, tzinfo=UTC)
    assert clock.say(late) == "2026年11月26日 00:05"
    assert clock.say(late, "en") == "26 Nov 2026 00:05"
    assert clock.day_of(late) == date(2026, 11, 26)
    assert clock.now().tzinfo is not None


def test_an_error_speaks_both_languages_and_says_where() -> None:
    error = NotFound(zh="没有", en="none", where="a.xlsx:3")
    assert error.say("zh_CN") == "a.xlsx:3: 没有"
    assert error.say("en") == str(error) == "a.xlsx:3: none"


def test_every_role_has_a_tier() -> None:
    assert TIERS.keys() == set(Role)
    assert tier_of(Role.TEAM_LEADER) is Tier.WORKER


def test_the_same_part_of_the_system_is_the_same_actor() -> None:
    assert system_actor("etl") == system_actor("etl")
    assert system_actor("etl").id != system_actor("cli").id


def test_a_token_never_shows_in_a_repr() -> None:
    actor = Actor(system_actor("x").id, "x", Role.WORKER, "geheim")
    assert "geheim" not in repr(actor)


@pytest.mark.parametrize("version", [(14, 20), (15, 15), (16, 11), (17, 7), (18, 1)])
def test_servers_with_known_holes_are_refused(version: tuple[int, int]) -> None:
    with pytest.raises(NotReady):
        binaries.check_version(version)


@pytest.mark.parametrize("version", [(15, 16), (16, 12), (17, 8), (18, 2), (19, 0)])
def test_fixed_servers_are_taken(version: tuple[int, int]) -> None:
    binaries.check_version(version)


def test_the_private_server_speaks_no_tcp_and_logs_no_values(tmp_path: Path) -> None:
    text = configuration(tmp_path, (15, 16))
    assert "listen_addresses = ''" in text
    assert "log_parameter_max_length = 0" in text
    assert "log_statement = 'none'" in text
    assert host_access().split()[0] == "local"


def test_a_stale_pid_file_is_no_server(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text("1\n", encoding="ascii")
    assert server_pid(tmp_path) is None
    assert left_behind(tmp_path) == []


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_PORT", "9000")
    assert Settings().port == 9000


def test_keys_are_made_once_and_closed_to_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WANGGE_DATA", str(tmp_path))
    settings.cache_clear()
    try:
        first = secrets.key("some.key")
        assert len(first) == 32
        assert secrets.key("some.key") == first
        assert secrets.password("role") != secrets.password("other")
        assert all(path.stat().st_mode & 0o077 == 0 for path in secrets.folder().iterdir())
    finally:
        settings.cache_clear()


def test_progress_counts_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with stages() as show, show.task("地址", total=3) as task:
        task.advance(2)
        task.advance()
    assert task.done == 3
    assert "地址: 3" in capsys.readouterr().err
