# SPDX-License-Identifier: GPL-3.0-or-later
"""Drive the add-on in a real Blender window, with mouse and keys, and take a picture at each step.

    python tests/blender_window/run.py --root FOLDER --out PICTURES

FOLDER is a system with Blender, Xvfb, xdotool and ImageMagick to chroot into (root rights are needed); "/" is this one.
The worker is this Python's. Ends with exit code 0 when every step of `steps.py` held.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

import ftpvm

HERE = Path(__file__).parent
REPO = HERE.parents[1]

START = """
set -e
export HOME=/root DISPLAY=:77 LIBGL_ALWAYS_SOFTWARE=1 GALLIUM_DRIVER=llvmpipe XDG_RUNTIME_DIR=/tmp/xdg
export PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 BLENDER_USER_RESOURCES=/w/profile
rm -rf /w/profile; mkdir -p /tmp/xdg /w/out
blender --command extension install-file -r user_default --enable /w/ftpvm.zip
Xvfb :77 -screen 0 1600x900x24 -nolisten tcp & screen=$!
sleep 1
code=0
timeout -k 5 "$LIMIT" blender --factory-startup \\
    --window-geometry 0 0 1600 900 --python /w/steps.py || code=$?
kill $screen
exit $code
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="a system that has Blender")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--limit", type=int, default=400, help="seconds until Blender is stopped")
    args = parser.parse_args()
    work = args.root / "w"
    shutil.rmtree(work, ignore_errors=True)
    (work / "out").mkdir(parents=True)
    package = [sys.executable, "-m", "ftpvm.cli", "package", "blender", "--out", str(work)]
    subprocess.run(package, cwd=REPO, check=True)
    next(work.glob("ftpvm*.zip")).rename(work / "ftpvm.zip")
    for file in (HERE / "steps.py", REPO / "examples/clip/clip.mp4"):
        shutil.copy(file, work)
    (work / "worker_python").write_text(sys.executable)
    (work / "outlines.json").write_text(json.dumps({frame: outline(frame) for frame in (0, 24, 47)}))
    code = subprocess.run(["unshare", "--mount", "--propagation", "private", "bash", "-c", _entered(args)]).returncode
    shutil.copytree(work / "out", args.out, dirs_exist_ok=True)
    return code


def outline(frame: int, corners: int = 40) -> list[tuple[float, float]]:
    """The object's edge on a frame of the example as an artist would draw it, in a mask's coordinates."""
    alpha = cv2.imread(str(REPO / f"examples/clip/alpha/{frame:04d}.png"), cv2.IMREAD_UNCHANGED)
    solid = (alpha > alpha.max() / 2).astype(np.uint8)
    edge = max(cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], key=len)[:, 0]
    edge = np.roll(edge, -int(edge[:, 1].argmin()), axis=0)  # from its top on, so that corners stay what they are
    x, y = edge[np.linspace(0, len(edge), corners, endpoint=False).astype(int)].T
    height, width = solid.shape
    return list(zip((x / width).tolist(), (0.5 + (height / 2 - y) / width).tolist(), strict=True))


def _entered(args: argparse.Namespace) -> str:
    """The shell commands that enter the root, where this Python and its ftpvm lie at the same paths as here."""
    seen = {Path(sys.prefix), Path(sys.base_prefix), Path(ftpvm.__file__).parents[1]}
    binds = "".join(f'mkdir -p "{args.root}{p}"; mount --bind "{p}" "{args.root}{p}"\n' for p in sorted(seen))
    mounts = f'mount -t proc proc "{args.root}/proc"; mount --rbind /dev "{args.root}/dev"\n'
    inside = f"exec chroot '{args.root}' /usr/bin/env -i LIMIT={args.limit} bash -c '{START}'"
    return f"set -e\n{mounts}{binds}{inside}"


if __name__ == "__main__":
    sys.exit(main())
