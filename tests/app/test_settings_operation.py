"""Settings: what is decided is read back, whatever does not fit is refused, and damage counts as not decided."""

from __future__ import annotations

from dataclasses import fields
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.operations.settings import (
    BOUNDS,
    LONGEST,
    Settings,
    change_settings,
    checked,
    reset_settings,
    settings,
)
from storage.database import Database
from storage.errors import StorageError
from storage.settings import set_setting

NAMES = [field.name for field in fields(Settings)]
JSON = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers(), max_size=2))


@pytest.fixture
def services(tmp_path):
    database = Database(tmp_path / "library.sqlite3")
    yield SimpleNamespace(database=database)
    database.close()


def test_nothing_decided_is_the_usual(services):
    assert settings(services) == Settings()


def test_what_is_decided_is_read_back_and_taken_back(services):
    change_settings(services, {"max_new_tokens": 300})
    assert change_settings(services, {"notify": False}) == Settings(max_new_tokens=300, notify=False)
    assert settings(services) == Settings(max_new_tokens=300, notify=False)
    assert reset_settings(services) == Settings() == settings(services)


@given(st.sampled_from(NAMES), JSON)
def test_a_value_fits_or_is_refused(name, value):
    usual = getattr(Settings(), name)
    try:
        kept = checked(name, value)
    except StorageError:
        return
    assert type(kept) is type(usual) and kept == value
    if name in BOUNDS:
        assert BOUNDS[name][0] <= kept <= BOUNDS[name][1]
    if name in LONGEST:
        assert len(kept) <= LONGEST[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_usual_value_fits(name):
    assert checked(name, getattr(Settings(), name)) == getattr(Settings(), name)


def test_a_refused_value_changes_nothing(services):
    with pytest.raises(StorageError, match="between 16 and 1024"):
        change_settings(services, {"notify": False, "max_new_tokens": 1_000_000})
    with pytest.raises(StorageError):
        change_settings(services, {"max_new_tokens": True})
    assert settings(services) == Settings()


def test_a_damaged_value_counts_as_not_decided(services):
    with services.database.session() as session:
        set_setting(session, "app.max_new_tokens", "many")
        set_setting(session, "app.notify", 7)
    assert settings(services) == Settings()


def test_instructions_are_kept_word_for_word_up_to_their_length(services):
    words = "第一\n" + "x" * (LONGEST["instructions"] - 3)
    assert change_settings(services, {"instructions": words}).instructions == words == settings(services).instructions
    with pytest.raises(StorageError, match="may hold 100,000 characters; these are 100,001"):
        change_settings(services, {"instructions": words + "x"})
    with pytest.raises(StorageError, match="must be a text"):
        change_settings(services, {"instructions": 5})
    assert settings(services).instructions == words


def test_what_the_user_wrote_stays_when_settings_are_put_back(services):
    change_settings(services, {"instructions": "Be kind.", "use_prompt_caches": False})
    assert reset_settings(services) == Settings(instructions="Be kind.")
