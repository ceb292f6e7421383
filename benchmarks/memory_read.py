# SPDX-License-Identifier: GPL-3.0-or-later
"""Peak memory of one 1920x1088 frame against 1 and against 8 keyframes. Run: `python benchmarks/memory_read.py`.

Each figure is taken in a process of its own. Keyframes are encoded one at a time, as the engine does.
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

WIDTH, HEIGHT = 1920, 1088
KEYFRAMES = (1, 8)
ALLOWED = 1.5
ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Print the table; the exit code says whether the ratio is allowed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--keyframes", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.keyframes:
        measure(args.keyframes, args.device)
        return 0
    print(f"one {WIDTH}x{HEIGHT} frame on {args.device}\nkeyframes  peak MiB  of it before the frame  seconds")
    peaks = [_report(count, args.device) for count in KEYFRAMES]
    ratio = peaks[-1] / peaks[0]
    print(f"peak against {KEYFRAMES[-1]} keyframes is {ratio:.2f}x that against 1 (allowed: {ALLOWED}x)")
    return int(ratio > ALLOWED)


def _report(count: int, device: str) -> float:
    command = [sys.executable, __file__, "--device", device, "--keyframes", str(count)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    peak, before, seconds = map(float, output.split())
    print(f"{count:9}  {peak:8.0f}  {before:22.0f}  {seconds:7.1f}")
    return peak


def measure(count: int, device: str) -> None:
    """In a fresh process: run the network once; print peak MiB, peak MiB before the frame, seconds for the frame."""
    sys.path.insert(0, str(ROOT))
    import torch

    from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM

    def peak_mib() -> float:
        if device == "cuda":
            return float(torch.cuda.max_memory_allocated()) / 2**20
        unit = 2**20 if sys.platform == "darwin" else 2**10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit

    network = FTPVM().eval().to(device)
    with torch.inference_mode():
        image = torch.rand(1, 1, 3, HEIGHT, WIDTH, device=device)
        trimap = torch.full((1, 1, 1, HEIGHT, WIDTH), 0.5, device=device)
        encoded = [network.encode_imgs_to_value(image, trimap) for _ in range(count)]
        key, value = torch.cat([k for k, _ in encoded], dim=1), torch.cat([v for _, v in encoded], dim=2)
        before, start = peak_mib(), time.monotonic()
        _logits, _boundary, full, _states = network.forward_with_memory(image, key, value)
        full.sum().item()
        print(peak_mib(), before, time.monotonic() - start)


if __name__ == "__main__":
    sys.exit(main())
