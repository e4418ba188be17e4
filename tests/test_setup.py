"""The set-up of a fresh machine: what it finds, what it redoes, what it says. Nothing here needs a network."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import cache_from_source, find_spec
from pathlib import Path

import pytest

from pipelines.setup import environment, java
from pipelines.setup.command import SetupError, fingerprint
from pipelines.setup.jars import BROKER, JarSet, artifact, fill, is_complete

REPOSITORY = Path(__file__).resolve().parent.parent
Says = Callable[..., Path]


@pytest.fixture
def fake_java(tmp_path: Path) -> Says:
    """Makes executables that answer as some Java would."""

    def make(home: str, version: str, whole: bool = True) -> Path:
        place = tmp_path / home / "bin" / "java"
        place.parent.mkdir(parents=True)
        refusal = "" if whole else 'case "$1" in --add-modules*) echo "Module not found"; exit 1;; esac\n'
        place.write_text(f"#!/bin/sh\n{refusal}echo 'openjdk version \"{version}\" 2024-01-16' >&2\n")
        place.chmod(0o755)
        return place

    return make


def only_on_path(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", os.pathsep.join([*map(str, folders), "/nowhere"]))


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "22-ea" 2024-03-19', 22),
        ('Picked up _JAVA_OPTIONS: -Xmx1g\nopenjdk version "21" 2023-09-19 LTS', 21),
        ("sh: java: not found", None),
    ],
)
def test_the_feature_release_is_read_from_what_java_says(said: str, version: int | None) -> None:
    assert java.parse_version(said) == version


def test_java_home_goes_before_the_path_as_it_does_for_spark(fake_java: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path, at_home = fake_java("path", "21.0.1"), fake_java("home", "17.0.9")
    only_on_path(monkeypatch, on_path.parent)
    assert java.find() == java.Java(on_path, 21)
    monkeypatch.setenv("JAVA_HOME", str(at_home.parent.parent))
    assert java.find() == java.Java(at_home, 17)


def test_no_java_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    only_on_path(monkeypatch)
    assert java.find() is None
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    found = java.find()
    assert found is not None
    assert not found.fits


@pytest.mark.parametrize(
    ("version", "whole", "fits"), [("11.0.2", True, False), ("17.0.9", False, False), ("17.0.9", True, True)]
)
def test_an_old_java_and_a_trimmed_one_do_not_fit(fake_java: Says, version: str, whole: bool, fits: bool) -> None:
    assert java.inspect(fake_java("some", version, whole)).fits is fits


def test_an_old_java_home_is_named_since_installing_another_java_would_not_help(
    fake_java: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java("old", "11.0.2").parent.parent))
    with pytest.raises(SetupError, match=r"JAVA_HOME: found Java 11 at .*17 or newer.*unset it"):
        java.ensure()


def test_where_it_may_not_install_it_gives_the_command_of_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apt-get").touch(mode=0o755)
    only_on_path(monkeypatch, tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SetupError, match=r"sudo apt-get update && sudo apt-get install -y .* openjdk-17"):
        java.ensure()


def test_where_apt_is_not_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    only_on_path(monkeypatch)
    with pytest.raises(SetupError, match=r"found no Java on the path.*install any OpenJDK of 17 or newer"):
        java.ensure()


class Fetching:
    """Stands in for the network: writes the jars that it is told to, and counts how often it was asked."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked = 0

    def __call__(self, jars: JarSet, into: Path) -> None:
        self.asked += 1
        for jar in self.names:
            (into / jar).write_bytes(b"content of a jar")


TWO_JARS = Fetching("kafka_2.13-4.3.0.jar", "snappy-1.1.jar")


def test_a_filled_folder_is_complete_for_its_pins_only(tmp_path: Path) -> None:
    fill(BROKER, tmp_path, TWO_JARS)
    newer = JarSet("kafka", ("org.apache.kafka:kafka_2.13:4.4.0",))
    assert is_complete(tmp_path / "kafka", BROKER.pins)
    assert not is_complete(tmp_path / "kafka", newer.pins)


@pytest.mark.parametrize("damage", [Path.unlink, lambda jar: jar.write_bytes(b"torn")])
def test_a_missing_or_torn_jar_is_noticed(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    fill(BROKER, tmp_path, TWO_JARS)
    damage(tmp_path / "kafka" / "snappy-1.1.jar")
    assert not is_complete(tmp_path / "kafka", BROKER.pins)


def test_a_fetch_that_dies_leaves_the_old_jars_and_is_redone_from_scratch(tmp_path: Path) -> None:
    fill(BROKER, tmp_path, Fetching("old.jar"))

    def dies(jars: JarSet, into: Path) -> None:
        (into / "half.jar").touch()
        raise SetupError("the network is gone")

    with pytest.raises(SetupError, match="network"):
        fill(BROKER, tmp_path, dies)
    assert [jar.name for jar in (tmp_path / "kafka").glob("*.jar")] == ["old.jar"]

    fill(BROKER, tmp_path, Fetching("new.jar"))
    assert [jar.name for jar in (tmp_path / "kafka").glob("*.jar")] == ["new.jar"]
    assert json.loads((tmp_path / "kafka" / "manifest.json").read_text())["jars"] == {"new.jar": 16}


@pytest.mark.parametrize(
    ("jar", "name"),
    [
        ("commons-pool2-2.13.1.jar", "commons-pool2"),
        ("zstd-jni-1.5.6-10.jar", "zstd-jni"),
        ("delta-spark_4.2_2.13-4.4.0.jar", "delta-spark_4.2_2.13"),
        ("ivy-2.5.3.jar", "ivy"),
    ],
)
def test_artifacts_are_told_apart_from_their_versions(jar: str, name: str) -> None:
    assert artifact(Path(jar)) == name


@pytest.mark.parametrize("module", ["torch", "mlflow", "dagster", "transformers.models.gpt_neox.modeling_gpt_neox"])
def test_what_is_imported_was_compiled_by_the_set_up(module: str) -> None:
    found = find_spec(module)
    assert found is not None and found.origin is not None
    assert Path(cache_from_source(found.origin)).is_file(), "every process compiles it again: `make setup`"


def test_an_environment_is_filled_again_only_if_what_it_is_made_from_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lock").write_text("torch==2")
    steps: list[str] = []
    monkeypatch.setattr(environment, "STAMPS", tmp_path / "stamps")
    monkeypatch.setattr(environment, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(environment, "run", lambda name, command: steps.append(name))
    environment.ensure()
    assert steps == ["venv", "uv", "packages", "project"]
    environment.ensure()
    assert len(steps) == 4, "nothing has changed"
    (tmp_path / "lock").write_text("torch==3")
    environment.ensure()
    assert steps[4:] == ["packages", "project"]


def test_a_fingerprint_tells_where_one_part_ends() -> None:
    assert fingerprint("ab", "c") != fingerprint("a", "bc")


def test_the_setup_needs_nothing_but_the_standard_library() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); "
        "import tests.install_browser; from pipelines.setup import environment, jars"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True)


def test_make_alone_lists_every_target() -> None:
    listed = subprocess.run(["make", "-C", REPOSITORY], capture_output=True, text=True, check=True).stdout
    for target in ("help", "run", "test", "setup", "lint", "lock", "bench", "clean"):
        assert f"make {target} " in listed


def test_the_program_takes_the_place_of_the_shell_so_that_ctrl_c_reaches_it() -> None:
    command = ["make", "-n", "-C", str(REPOSITORY), "run", "ARGS=--once --cycles 3"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "exec .venv/bin/cineloop run --once --cycles 3" in shown
