# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of shots in TOML: [[shots]] with source, keyframes and options of `ftpvm matte`, under shared [defaults]."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from ftpvm.cli.batch_shot import BatchShot
from ftpvm.cli.matte_options import add_shot_options, band
from ftpvm.cli.one_shot import Wanted, as_asked, matte_name
from ftpvm.errors import FtpvmError, SettingsError
from ftpvm.shots import KeyframeImage

PATHS = ("source", "out", "preview")
PATHS_OR_NAMES = ("weights", "composite", "ocio_config")
KEYFRAME = ("frame", "image", "band", "fit")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong as an error of ours."""

    def __init__(self) -> None:
        super().__init__(add_help=False, allow_abbrev=False)
        add_shot_options(self)

    def error(self, message: str) -> NoReturn:
        raise SettingsError(message.removeprefix("argument --"))


def shot_options(values: Mapping[str, Any]) -> argparse.Namespace:
    """The options of `ftpvm matte` for one shot, from their values by name; None is left out.

    Raises SettingsError that names the option, known or not.
    """
    known = vars(_Parser().parse_args(["source", "--out", "out"]))
    _refuse_unknown(values, known)
    words = [_word(key, value) for key, value in values.items() if value is not None and key != "source"]
    if not isinstance(values.get("source"), str):
        raise SettingsError("it needs a source, the path of a movie or image sequence")
    return _Parser().parse_args([*words, "--", values["source"]])


def shots_in_list(path: Path, given: Mapping[str, str]) -> list[BatchShot]:
    """The shots of a list. given: options of the command line, which stand above [defaults] and below a shot's own.

    Raises SettingsError for whatever isn't understood, and what else would only fail after hours, before a shot is run.
    """
    content = _read(path)
    defaults, tables = content.get("defaults", {}), content.get("shots", [])
    if not isinstance(defaults, dict) or not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise SettingsError(f"{path} needs [[shots]], and may have one table [defaults] above them.")
    if not tables:
        raise SettingsError(f"{path} holds no shots: add a [[shots]] with source and keyframes.")
    shared = {**_named(defaults, path.parent), **given}
    shots: list[BatchShot] = []
    taken: set[Path] = set()
    for number, table in enumerate(tables, 1):
        with _told(f"{path}, shot {number}"):
            wanted = _wanted(shared | _named(table, path.parent), path.parent)
            written = [file.resolve() for file in wanted.written]
            if twice := [file for file in written if file in taken]:
                place = f"{twice[0].name} to {twice[0].parent}"
                raise SettingsError(f"another shot writes {place} too: give it another name, out or preview")
            taken.update(written)
            shots.append(_shot(matte_name(wanted.options), wanted))
    return shots


def _shot(name: str, wanted: Wanted) -> BatchShot:
    return BatchShot(name, lambda: wanted)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} can't be read ({error.strerror}): check the path.") from error
    except ValueError as error:  # of TOML or UTF-8
        raise SettingsError(f"{path} is no TOML: {error}.") from error
    with _told(str(path)):
        _refuse_unknown(content, ("defaults", "shots"))
    return content


def _wanted(values: dict[str, Any], base: Path) -> Wanted:
    keyframes = values.pop("keyframes", None)
    if not isinstance(keyframes, list) or not all(isinstance(k, dict) for k in keyframes) or not keyframes:
        raise SettingsError('it needs keyframes, as in keyframes = [{ frame = 0, image = "trimap.png" }]')
    options = shot_options(values)
    return as_asked(options, [_keyframe(keyframe, options, base) for keyframe in keyframes])


def _keyframe(values: dict[str, Any], options: argparse.Namespace, base: Path) -> KeyframeImage:
    _refuse_unknown(values, KEYFRAME)
    frame, image, fit = values.get("frame"), values.get("image"), values.get("fit", options.fit)
    if type(frame) is not int or not isinstance(image, str) or type(fit) is not bool:
        raise SettingsError('a keyframe is { frame = 0, image = "trimap.png" }, and may have a band and fit = true')
    try:
        width = band(_text("band", values["band"])) if "band" in values else options.band
    except argparse.ArgumentTypeError as error:
        raise SettingsError(f"band: {error}") from error
    return KeyframeImage(frame, base / image, width, fit)


def _named(values: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """Options by their names in Python, paths from the list's folder."""
    named = {key.replace("-", "_"): value for key, value in values.items()}
    for key, value in named.items():
        if isinstance(value, str) and (key in PATHS or (key in PATHS_OR_NAMES and (base / value).exists())):
            named[key] = str(base / value)
    return named


def _word(key: str, value: Any) -> str:
    """As it would stand on the command line of `ftpvm matte`."""
    option = key.replace("_", "-")
    if isinstance(value, bool):
        return f"--{option}" if value else f"--no-{option}"
    return f"--{option}={_text(key, value)}"


def _text(key: str, value: Any) -> str:
    if isinstance(value, list) and value and all(type(number) is int for number in value):
        return ",".join(map(str, value))
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        raise SettingsError(f"{key}: {value!r} is neither a text nor a number")
    return str(value)


def _refuse_unknown(values: Mapping[str, Any], known: Iterable[str]) -> None:
    known = sorted(known)
    if unknown := sorted(values.keys() - set(known)):
        raise SettingsError(f"there is no {', '.join(map(repr, unknown))}; there are {', '.join(known)}")


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Say where in the list something isn't understood."""
    try:
        yield
    except FtpvmError as error:
        raise type(error)(f"{where}: {str(error).rstrip('.')}.") from error
