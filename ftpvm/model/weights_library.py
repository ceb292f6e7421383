# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights by name: "default" travels in the package, the others are files in the user's data folder."""

import os
import unicodedata
from pathlib import Path

from ..errors import CheckpointError, SettingsError

DEFAULT = "default"
SUFFIX = ".safetensors"
DEFAULT_PATH = Path(__file__).parent / "weights" / f"{DEFAULT}{SUFFIX}"


def weights_folder() -> Path:
    """Where imported weights lie: $FTPVM_WEIGHTS_DIR, or `weights` in the user's data folder."""
    if chosen := os.environ.get("FTPVM_WEIGHTS_DIR"):
        return Path(chosen)
    from platformdirs import user_data_path  # here, since bare training machines lack it

    return user_data_path("ftpvm", appauthor=False) / "weights"


def list_weights() -> dict[str, Path]:
    """Files by name, "default" first if the package carries it, the others in alphabetical order."""
    default = {DEFAULT: DEFAULT_PATH} if DEFAULT_PATH.is_file() else {}
    # Names are compared composed: file systems differ in how they store accents.
    imported = {unicodedata.normalize("NFC", p.name.removesuffix(SUFFIX)): p for p in _imported_files()}
    return default | {name: imported[name] for name in sorted(imported) if name.casefold() != DEFAULT}


def find_weights(name_or_path: str | Path) -> Path:
    """The file of a name, or the path itself where it is one; names go first.

    Raises:
        CheckpointError: no such name and no such file.
    """
    known = list_weights()
    if found := known.get(unicodedata.normalize("NFC", str(name_or_path))):
        return found
    if str(name_or_path) == DEFAULT:
        raise CheckpointError(
            "This copy of ftpvm carries no default weights: name a checkpoint file, "
            "or install ftpvm from a release that has them."
        )
    if Path(name_or_path).is_file():
        return Path(name_or_path)
    raise CheckpointError(
        f"There are no weights named {str(name_or_path)!r} and no such file; known names: {', '.join(known) or 'none'}."
    )


def path_for_import(name: str) -> Path:
    """Where weights of a new name will lie.

    Raises:
        SettingsError: the name is reserved or would not make a file name everywhere.
    """
    name = unicodedata.normalize("NFC", name)
    if name.casefold() == DEFAULT:
        raise SettingsError(f"The name {DEFAULT!r} belongs to the weights in the package; choose another one.")
    is_plain = name.isprintable() and not set(name) & set('/\\<>:"|?*')
    if not is_plain or not name.strip() or name != name.strip(" .") or len(name.encode()) > 200:
        raise SettingsError(f"{name!r} can't be a name for weights: use letters, digits, '-', '_' and inner dots.")
    return weights_folder() / f"{name}{SUFFIX}"


def _imported_files() -> list[Path]:
    folder = weights_folder()
    if not folder.is_dir():
        return []
    return [p for p in folder.iterdir() if p.name.endswith(SUFFIX) and not p.name.startswith(".")]
