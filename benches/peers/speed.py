"""Speed of lesionscope beside brute force in ONNX Runtime and beside bare decoding and encoding. Run by speed.sh.

Every way is run ROUNDS times, one after the other in turns, so that a slow minute of the machine hits all; medians are printed.
"""

import io
import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy
import onnxruntime

onnxruntime.set_default_logger_severity(3)
from PIL import Image

ROUNDS = 3
LESIONSCOPE = "target/release/lesionscope"
OUT = Path("target/peers/speed-runs")
# Clips of five seconds are played to and fro so often: the start of a program is no part of a rate.
TIMES = 4
# The recipe: windows of six sizes with a step of half a side.
SIZES = [32, 48, 72, 108, 162, 243]
MOTIONS = ["still", "pan", "approach", "handheld"]
# Drawing and encoding take cores from a search; brute force has both to itself.
ALONE = "the same, nothing encoded"
WAYS = {
    "every window": ["--exhaustive", "--frames", "2"],
    "cascade": ["--frames", "150"],
    "cascade and cache": [],
    ALONE: [],
}


def picture(clip, second):
    command = ["ffmpeg", "-v", "error", "-ss", str(second), "-i", clip, "-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-"]
    return Image.open(io.BytesIO(subprocess.run(command, check=True, capture_output=True).stdout)).convert("RGB")


def looped(clip):
    """The clip played forwards and backwards TIMES times, with what it was encoded from lost as little as possible."""
    out = OUT / f"long-{Path(clip).name}"
    if not out.exists():
        pieces = "".join("[a][b]" if n == 0 else f"[a{n}][b{n}]" for n in range(TIMES // 2))
        names = lambda letter: "".join(f"[{letter}{n or ''}]" for n in range(TIMES // 2))
        graph = f"[0]split[f][r];[f]split={TIMES // 2}{names('a')};[r]reverse,split={TIMES // 2}{names('b')};{pieces}concat=n={TIMES}"
        command = ["ffmpeg", "-v", "error", "-y", "-i", clip, "-filter_complex", graph, "-c:v", "libx264", "-crf", "14", str(out)]
        subprocess.run(command, check=True)
    return str(out)


def brute(session, frame, side):
    """Seconds for every window of the recipe on one frame, and their number."""
    name = session.get_inputs()[0].name
    started, count, batch = time.perf_counter(), 0, []
    for size in SIZES:
        for top in range(0, frame.height - size + 1, size // 2):
            for left in range(0, frame.width - size + 1, size // 2):
                box = (left, top, left + size, top + size)
                batch.append(numpy.asarray(frame.resize((side, side), Image.BILINEAR, box), dtype=numpy.float32))
                count += 1
                if len(batch) == 32:
                    session.run(None, {name: numpy.stack(batch) / 255.0})
                    batch = []
    if batch:
        session.run(None, {name: numpy.stack(batch) / 255.0})
    return time.perf_counter() - started, count


def bare(clip):
    """Frames a second of decoding and encoding alone."""
    started = time.perf_counter()
    command = ["ffmpeg", "-v", "error", "-y", "-i", clip, "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", str(OUT / "bare.mp4")]
    subprocess.run(command, check=True)
    return time.perf_counter() - started


def run(clip, way):
    """session.json of a run of lesionscope, with the wall-clock seconds of the whole process."""
    out = OUT / way.replace(" ", "-")
    own = {"cascade": "no-cache.toml", ALONE: "no-video.toml"}.get(way)
    flags = WAYS[way] + (["--config", str(OUT / own)] if own else [])
    started = time.perf_counter()
    command = [LESIONSCOPE, "headless", "--quiet", "--source", clip, "--out", str(out), "--exist-ok", *flags]
    subprocess.run(command, check=True)
    seconds = time.perf_counter() - started
    return dict(json.loads((out / "session.json").read_text()), wall=seconds)


def processor():
    """What the machine computes with, as far as it says."""
    said = Path("/proc/cpuinfo").read_text()
    names = [line.split(":", 1)[1].strip() for line in said.splitlines() if line.startswith("model name")]
    vectors = "AVX-512" if "avx512f" in said else "AVX2" if "avx2" in said else "no AVX2"
    return f"{len(names)} cores, {names[0] if names else platform.machine()}, {vectors}"


def main(folder, network):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "no-cache.toml").write_text("[cache]\nmax_age_frames = \"off\"\n")
    (OUT / "no-video.toml").write_text("[output]\nvideo = false\n")
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    shape = session.get_inputs()[0].shape
    layout = "NHWC" if shape[-1] == 3 else "NCHW"
    side = shape[1] if layout == "NHWC" else shape[2]
    if layout != "NHWC":
        sys.exit(f"{network} takes {shape}; this script feeds NHWC")
    print(f"ONNX Runtime {onnxruntime.__version__}, medians of {ROUNDS} runs in turns, one machine: {processor()}")
    print(f"{'clip':38} {'way':26} {'fps':>7} {'of bare':>8} {'detect ms':>10} {'less':>6} {'windows':>8} {'coarse':>7} {'reused':>7} {'MiB':>5}")
    for motion in MOTIONS:
        clip = str(sorted(Path(folder).glob(f"*-{motion}.mp4"))[0])
        frame = picture(clip, 2)
        clip = looped(clip)
        alone, forced, runs = [], [], {way: [] for way in WAYS}
        for _ in range(ROUNDS):
            alone.append(bare(clip))
            seconds, count = brute(session, frame, side)
            forced.append(seconds)
            for way in WAYS:
                runs[way].append(run(clip, way))
        table(Path(clip).stem.removeprefix("long-"), (alone, forced, count), runs)


def table(clip, others, runs):
    alone, forced, count = others
    frames = runs["cascade and cache"][0]["frames"]
    fps = frames / statistics.median(alone)
    force = 1000 * statistics.median(forced)
    print(f"{clip:38} {'ffmpeg, bare':26} {fps:7.1f} {1:8.2f}")
    print(f"{clip:38} {'brute force, ORT':26} {'':7} {'':8} {force:10.1f} {1:6.0f} {count:8d}")
    for way, sessions in runs.items():
        of = lambda key: statistics.median(key(s) for s in sessions)
        own = of(lambda s: s["frames"] / s["wall"])
        detect = of(lambda s: s["ms"]["detect"]["p50"])
        share = of(lambda s: s["windows"]["reused"] / max(1, s["windows"]["reused"] + s["windows"]["fine"]))
        fine, coarse = (of(lambda s: s["windows"][k] / s["frames"]) for k in ("fine", "coarse"))
        memory = of(lambda s: s["peak_rss_mib"] or 0)
        rate = f"{'':7} {'':8}" if way == ALONE else f"{own:7.1f} {own / fps:8.2f}"
        print(
            f"{clip:38} {way:26} {rate} {detect:10.1f} {force / detect:6.1f} {fine:8.1f} {coarse:7.0f} {share:7.3f} {memory:5.0f}"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
