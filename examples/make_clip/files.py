# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the frames: alphas, trimaps, a movie."""

from fractions import Fraction
from pathlib import Path

import av
import av.filter
import cv2
import numpy as np
from shot import FPS

BAND = 5  # pixels the unknown band reaches beyond the soft zone, on either side


def write_alpha(work: Path, out: Path, frames) -> dict[int, np.ndarray]:
    """The alpha channel of every matte as an 8-bit grey PNG."""
    alphas = {}
    (out / "alpha").mkdir(parents=True, exist_ok=True)
    for frame in frames:
        alphas[frame] = cv2.imread(str(work / "matte" / f"{frame:04d}.png"), cv2.IMREAD_UNCHANGED)[..., 3]
        cv2.imwrite(str(out / "alpha" / f"{frame:04d}.png"), alphas[frame], [cv2.IMWRITE_PNG_COMPRESSION, 9])
    return alphas


def trimap(alpha: np.ndarray) -> np.ndarray:
    """As an artist paints it: one round brush around everything soft, small holes closed."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * BAND + 1, 2 * BAND + 1))
    unknown = cv2.dilate(((alpha > 0) & (alpha < 255)).astype(np.uint8), disc)
    unknown = cv2.morphologyEx(unknown, cv2.MORPH_CLOSE, disc)
    return np.where(unknown == 1, 128, np.where(alpha == 255, 255, 0)).astype(np.uint8)


def write_movie(pictures: list[Path], path: Path, crf: int) -> None:
    """H.264 in Rec.709, tagged as such."""
    height, width = cv2.imread(str(pictures[0])).shape[:2]
    graph = to_yuv(width, height)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as movie:
        stream = movie.add_stream("libx264", rate=FPS, options={"crf": str(crf), "preset": "veryslow"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = 1  # bt709
        context.color_range = 1  # limited
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(cv2.imread(str(picture)), "bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            graph.push(frame)
            movie.mux(stream.encode(graph.pull()))
        movie.mux(stream.encode(None))


def to_yuv(width: int, height: int) -> av.filter.Graph:
    """RGB to limited-range Rec.709; the default flags would round down and darken the picture by a level or two."""
    graph = av.filter.Graph()
    source = graph.add_buffer(width=width, height=height, format="bgr24", time_base=Fraction(1, FPS))
    flags = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
    scale = graph.add("scale", f"out_color_matrix=bt709:out_range=tv:{flags}")
    source.link_to(scale)
    form = graph.add("format", "yuv420p")
    scale.link_to(form)
    form.link_to(graph.add("buffersink"))
    graph.configure()
    return graph
