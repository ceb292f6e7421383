# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way ftpvm fails, as one hierarchy: a code for programs, one sentence with what to do for people.

Everything may import this module; it imports nothing. `code` survives the worker's protocol, `exit_code` is what the
command line returns. A sentence that a host may show names settings, never the command line's switches.
"""


class FtpvmError(Exception):
    """Base of all errors ftpvm raises on purpose. `str(error)` is one sentence the user can act on."""

    code = "ftpvm"
    exit_code = 1


class InputError(FtpvmError):
    """Something the user handed in can't be used."""

    code = "input"
    exit_code = 3


class SourceError(InputError):
    """The clip is missing, unreadable, truncated or empty."""

    code = "source"


class MissingFramesError(SourceError):
    """A sequence has gaps; the frame before could be held instead."""

    code = "missing_frames"


class ColorspaceError(InputError):
    """The source's colour space or the OCIO config can't be used."""

    code = "colorspace"


class TrimapError(InputError):
    """A trimap, mask or matte image can't be used as a keyframe."""

    code = "trimap"


class MaskError(TrimapError):
    """A mask or soft matte was taken for a trimap; a band of unknown pixels would make it one."""

    code = "mask"


class TrimapSizeError(TrimapError):
    """A trimap, mask or matte image hasn't the shot's size."""

    code = "trimap_size"


class KeyframeError(InputError):
    """Keyframes contradict each other or the shot."""

    code = "keyframe"


class DatasetError(InputError):
    """A training or evaluation data set is missing, incomplete or laid out in another way."""

    code = "dataset"


class SettingsError(InputError):
    """An option's value is not one that ftpvm knows."""

    code = "settings"


class CheckpointError(InputError):
    """A weights file is missing, corrupt, unsafe or of another network."""

    code = "checkpoint"


class OutputError(FtpvmError):
    """Results can't be written where they should go."""

    code = "output"
    exit_code = 4


class DiskFullError(OutputError):
    """The disk filled up while writing; the frames already finished are whole."""

    code = "disk_full"


class CodecError(OutputError):
    """This machine's libraries can't write the format."""

    code = "codec"


class MissingDependencyError(FtpvmError):
    """An optional package is needed and not installed."""

    code = "missing_dependency"
    exit_code = 5


class DeviceError(FtpvmError):
    """The compute device is missing or out of memory even at the smallest working size."""

    code = "device"
    exit_code = 5
