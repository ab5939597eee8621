"""What survives a restart: whole or not at all, few writes, and never a reason to stop."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from han2x import atomic_file
from han2x.store import FORMAT, Saved, Store

DATA = {"energy": {"1.8.0": 12345.678901234567}, "counter": 2**40, "flags": ["a", None, True], "é": "\ud800"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "state")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "meter-1.json"


def set_aside(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.damaged-*"))


def test_what_was_saved_comes_back_in_another_process_life(store: Store, path: Path) -> None:
    assert store.save("meter-1", DATA) is Saved.WRITTEN
    assert Store(path.parent).load("meter-1") == DATA
    assert store.take_messages() == []


def test_what_was_never_saved_is_none_without_a_message(store: Store) -> None:
    assert store.load("meter-1") is None
    assert store.take_messages() == []


def test_names_do_not_mix(store: Store) -> None:
    store.save("meter-1", {"a": 1})
    store.save("meter-2", {"a": 2})
    assert (store.load("meter-1"), store.load("meter-2")) == ({"a": 1}, {"a": 2})


def test_unchanged_content_is_not_written_again(store: Store, path: Path) -> None:
    store.save("meter-1", {"a": 1, "b": 2})
    before = path.stat()
    assert store.save("meter-1", {"b": 2, "a": 1}) is Saved.UNCHANGED
    assert Store(path.parent).save("meter-1", {"a": 1, "b": 2}) is Saved.UNCHANGED
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_changed_content_is_written(store: Store) -> None:
    store.save("meter-1", {"a": 1})
    assert store.save("meter-1", {"a": 2}) is Saved.WRITTEN
    assert store.load("meter-1") == {"a": 2}


def test_only_the_owner_can_read_a_new_file(store: Store, path: Path) -> None:
    store.save("meter-1", DATA)
    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_but_the_document_is_left_in_the_directory(store: Store, path: Path) -> None:
    for count in range(5):
        store.save("meter-1", {"count": count})
    assert [each.name for each in path.parent.iterdir()] == ["meter-1.json"]


def test_what_a_killed_writer_left_behind_does_not_hinder(store: Store, path: Path) -> None:
    path.parent.mkdir()
    (path.parent / ".meter-1.json.new").write_text('{"format": 1, "crc')
    assert store.load("meter-1") is None
    assert store.save("meter-1", DATA) is Saved.WRITTEN
    assert store.load("meter-1") == DATA
    assert [each.name for each in path.parent.iterdir()] == ["meter-1.json"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", "-a", "a.b", "a\n", "é", "a" * 65])
def test_a_name_outside_the_safe_alphabet_is_refused(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="allowed: a to z, 0 to 9 and -"):
        store.save(name, {})
    with pytest.raises(ValueError, match="allowed: a to z, 0 to 9 and -"):
        store.load(name)


@pytest.mark.parametrize("name", ["a", "meter-1", "0", "a" * 64])
def test_a_name_of_the_safe_alphabet_is_accepted(store: Store, name: str) -> None:
    assert store.save(name, {}) is Saved.WRITTEN
    assert store.load(name) == {}


def whole_file(data: dict[str, object]) -> str:
    return json.dumps({"format": FORMAT, "crc32": "00000000", "data": data})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not whole JSON"),
        (b"\0" * 4096, "not whole JSON"),
        (b"\xff\xfe{}", "not whole JSON"),
        (b"[" * 100_000, "not whole JSON"),
        (b"9" * 10_000, "not whole JSON"),
        (b"[1]", "not a state document"),
        (b'{"format": 1, "crc32": "0"}', "not a state document"),
        (b'{"format": 1, "crc32": "0", "data": 3}', "not a state document"),
        (b'{"format": 1, "crc32": "0", "data": "ab"}', "not"),
        (whole_file({"a": 1}).encode(), "wrong checksum"),
        (b'{"format": 1, "crc32": "0", "data": {"a": NaN}}', "not whole JSON"),
        (b'{"format": 2, "crc32": "0", "data": {}}', "format 2 is not known to this version"),
        (b'{"format": {}, "crc32": "0", "data": {}}', "format {} is not known to this version"),
        (b" " * (1024 * 1024 + 1), "larger than 1024 KiB"),
    ],
)
def test_a_file_that_cannot_be_used_is_set_aside_and_told_of_once(
    store: Store, path: Path, content: bytes, reason: str
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert store.load("meter-1") is None
    (aside,) = set_aside(path)
    assert aside.read_bytes() == content
    (message,) = store.take_messages()
    assert str(path) in message
    assert reason in message
    assert str(aside) in message
    assert store.load("meter-1") is None
    assert store.take_messages() == []
    assert store.save("meter-1", DATA) is Saved.WRITTEN
    assert store.load("meter-1") == DATA


def test_every_shortened_file_and_every_flipped_bit_is_noticed(store: Store, path: Path) -> None:
    store.save("meter-1", {"energy": 12.5})
    good = path.read_bytes()
    damaged = [good[:length] for length in range(len(good) - 1)]
    damaged += [
        good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1 :] for at in range(len(good)) for bit in range(8)
    ]
    for content in damaged:
        path.write_bytes(content)
        assert store.load("meter-1") in (None, {"energy": 12.5}), content


def test_of_many_damaged_files_only_the_last_are_kept(store: Store, path: Path) -> None:
    path.parent.mkdir()
    for count in range(10):
        path.write_text(f"damaged {count}")
        store.load("meter-1")
    assert len(set_aside(path)) == 3
    assert "damaged 9" in [each.read_text() for each in set_aside(path)]


def test_a_file_that_cannot_be_read_is_told_of_and_left(store: Store, path: Path) -> None:
    path.mkdir(parents=True)
    assert store.load("meter-1") is None
    assert store.take_messages() == [f"{path}: cannot be read: Is a directory"]
    assert path.is_dir()


def test_a_damaged_file_that_cannot_be_set_aside_is_told_of(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir()
    path.write_text("damaged")
    monkeypatch.setattr(Path, "rename", read_only)
    assert store.load("meter-1") is None
    assert store.take_messages() == [
        f"{path}: damaged: not whole JSON; could not be set aside: {os.strerror(errno.EROFS)}"
    ]


def read_only(*_: object, **__: object) -> None:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_of_once_and_once_more_when_it_ends(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save("meter-1", {"count": 0})
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        for count in range(1, 5):
            assert store.save("meter-1", {"count": count}) is Saved.FAILED
            assert store.save("meter-2", {"count": count}) is Saved.FAILED
        assert store.take_messages() == [f"{path.parent}: state cannot be saved: {os.strerror(errno.ENOSPC)}"]
        assert store.load("meter-1") == {"count": 0}
        assert [each.name for each in path.parent.iterdir()] == ["meter-1.json"]
    assert store.save("meter-1", {"count": 5}) is Saved.WRITTEN
    assert store.take_messages() == []
    assert store.save("meter-2", {"count": 5}) is Saved.WRITTEN
    assert store.take_messages() == [f"{path.parent}: state is saved again"]


def test_a_directory_that_cannot_be_made_does_not_raise(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "state")
    assert store.save("meter-1", {}) is Saved.FAILED
    assert store.load("meter-1") is None
    assert len(store.take_messages()) == 2


@pytest.mark.parametrize("data", [{"a": float("nan")}, {"a": float("inf")}, {"a": b"x"}, {1: 2, "a": 3}])
def test_what_json_cannot_say_is_not_saved_and_the_old_stays(store: Store, data: dict[str, object]) -> None:
    store.save("meter-1", {"count": 0})
    assert store.save("meter-1", data) is Saved.FAILED
    assert store.save("meter-1", data) is Saved.FAILED
    (message,) = store.take_messages()
    assert "not JSON" in message
    assert store.load("meter-1") == {"count": 0}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=50)
@given(data=st.dictionaries(st.text(), JSON, max_size=4))
def test_any_json_comes_back_the_same(tmp_path_factory: pytest.TempPathFactory, data: dict[str, object]) -> None:
    store = Store(tmp_path_factory.getbasetemp() / "any-json")
    assert store.save("meter-1", data) is not Saved.FAILED
    assert store.load("meter-1") == data


def test_the_content_is_on_the_disk_before_its_name_and_its_name_before_the_save_returns(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        steps.append(f"fsync {Path(f'/proc/self/fd/{handle}').readlink().name}")
        real_fsync(handle)

    def replace(self: Path, target: Path) -> Path:
        steps.append(f"rename to {target.name}")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    store.save("meter-1", DATA)
    assert steps == ["fsync .meter-1.json.new", "rename to meter-1.json", "fsync state"]


def test_a_directory_that_another_program_keeps_locked_is_a_failed_save(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomic_file, "_LONGEST_WAIT_S", 0.05)
    with atomic_file.locked(path.parent):
        assert store.save("meter-1", DATA) is Saved.FAILED
    assert "another program is writing in this directory" in store.take_messages()[0]
    assert store.save("meter-1", DATA) is Saved.WRITTEN


# Runs by itself so that it can fork: each child saves as fast as it can and says what it has saved; it is killed at a
# random moment, and what then lies on the disk must be the last it spoke of, or the one that it was saving.
KILLED_WRITERS = """
import os, random, signal, sys, time
from pathlib import Path
from han2x.store import Saved, Store

def document(count):
    return {"count": count, "filler": [count] * (count * 37 % 1500)}

directory, rounds = Path(sys.argv[1]), int(sys.argv[2])
count = killed_while_saving = 0
for _ in range(rounds):
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        store = Store(directory)
        while True:
            count += 1
            assert store.save("meter-1", document(count)) is Saved.WRITTEN
            os.write(send, count.to_bytes(4, "big"))
    os.close(send)
    with open(receive, "rb") as pipe:
        said = pipe.read(4)
        time.sleep(random.uniform(0, 0.01))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        said += pipe.read()
    spoken = int.from_bytes(said[-4:], "big")
    store = Store(directory)
    data = store.load("meter-1") or document(0)
    assert store.take_messages() == [], store.take_messages()
    assert data == document(data["count"]) and data["count"] in (spoken, spoken + 1), (data["count"], spoken)
    killed_while_saving += (directory / ".meter-1.json.new").exists()
    count = data["count"]
print(count, killed_while_saving)
"""


def test_a_writer_killed_at_any_moment_leaves_the_old_or_the_new_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED_WRITERS, str(tmp_path), "150"]
    outcome = subprocess.run(command, check=False, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    saved, killed_while_saving = map(int, outcome.stdout.split())
    assert saved >= 150
    assert killed_while_saving > 0
    assert [each.name for each in tmp_path.glob("*.damaged-*")] == []
