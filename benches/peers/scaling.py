"""How lesionscope's speed grows: with the size of the picture, with the number of lesions, with workers; windows a second beside ONNX
Runtime, cut out beforehand; and how late a window shows what comes at 30 pictures a second. Run by speed.sh; prints tables.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy
import onnxruntime
from PIL import Image, ImageDraw, ImageFilter

from speed import LESIONSCOPE, OUT, bare, looped, picture

ROUNDS = 3
HEIGHTS = [360, 540, 720, 1080, 1440, 2160]
LESIONS = [0, 4, 16, 32, 64]
# Windows of a batch, as lesionscope's jobs have them.
BATCH = 12


def run(clip, *flags, **variables):
    """session.json of a headless run, with the wall-clock seconds of the whole process."""
    out, started = OUT / "scaling", time.perf_counter()
    command = [LESIONSCOPE, "headless", "--quiet", "--source", clip, "--out", str(out), "--exist-ok", *flags]
    subprocess.run(command, check=True, env=dict(os.environ, **variables))
    return dict(json.loads((out / "session.json").read_text()), wall=time.perf_counter() - started)


def median(values):
    return statistics.median(values)


def sizes(clip):
    print(f"\n{Path(clip).stem}, scaled\n{'height':>8} {'detect ms':>10} {'a megapixel':>12} {'fps':>7} {'of bare':>8} {'MiB':>5}")
    for height in HEIGHTS:
        scaled = str(OUT / f"{height}.mp4")
        command = ["ffmpeg", "-v", "error", "-y", "-i", clip, "-vf", f"scale=-2:{height}:flags=lanczos", "-crf", "14", scaled]
        subprocess.run(command, check=True)
        alone, ours = [], []
        for _ in range(ROUNDS):
            alone.append(bare(scaled))
            ours.append(run(scaled))
        wall = median(s["wall"] for s in ours)
        detect = median(s["ms"]["detect"]["p50"] for s in ours)
        pixels = height * height * 16 / 9 / 1e6
        print(
            f"{height:8d} {detect:10.1f} {detect / pixels:12.1f} {ours[0]['frames'] / wall:7.1f} {median(alone) / wall:8.2f} {median(s['peak_rss_mib'] or 0 for s in ours):5.0f}"
        )


def patches(clips):
    """Lesions of the scenes, cut from their first frames, with soft round masks."""
    for clip in sorted(Path(clips).glob("*.mp4")):
        frame = picture(str(clip), 0)
        for lesion in json.loads(clip.with_suffix(".jsonl").read_text().splitlines()[0])["lesions"]:
            x, y, r = lesion["x"], lesion["y"], 1.4 * lesion["r"]
            if r < x < frame.width - r and r < y < frame.height - r:
                yield frame.crop((int(x - r), int(y - r), int(x + r), int(y + r)))


def lesions(clips):
    print(f"\nlesions on plain skin, camera swaying\n{'lesions':>8} {'detect ms':>10} {'windows computed':>17} {'reused':>8} {'circles':>8}")
    found = list(patches(clips))
    for count in LESIONS:
        ground = Image.new("RGB", (1344, 784), (205, 160, 138))
        for n in range(count):
            patch = found[n % len(found)].resize((72, 72), Image.LANCZOS)
            mask = Image.new("L", patch.size, 0)
            ImageDraw.Draw(mask).ellipse((8, 8, 64, 64), fill=255)
            at = (60 + n % 11 * 115, 60 + n // 11 * 115)
            ground.paste(patch, at, mask.filter(ImageFilter.GaussianBlur(4)))
        noise = numpy.random.default_rng(count).normal(0, 3, (ground.height, ground.width, 1))
        Image.fromarray((numpy.asarray(ground) + noise).clip(0, 255).astype("uint8")).save(OUT / "lesions.png")
        clip = str(OUT / f"lesions-{count}.mp4")
        sway = "crop=1280:720:32+24*sin(n/9):32+20*cos(n/7)"
        command = ["ffmpeg", "-v", "error", "-y", "-loop", "1", "-framerate", "30", "-i", str(OUT / "lesions.png"), "-frames:v", "150"]
        subprocess.run([*command, "-vf", sway, "-pix_fmt", "yuv420p", "-crf", "14", clip], check=True)
        ours = [run(clip) for _ in range(ROUNDS)]
        lines = (OUT / "scaling" / "detections.jsonl").read_text().splitlines()
        circles = sum(len(json.loads(line)["circles"]) for line in lines) / len(lines)
        detect = median(s["ms"]["detect"]["p50"] for s in ours)
        windows = ours[0]["windows"]
        frames = ours[0]["frames"]
        print(f"{count:8d} {detect:10.1f} {windows['fine'] / frames:17.1f} {windows['reused'] / frames:8.1f} {circles:8.1f}")


def workers(clip):
    print(f"\n{Path(clip).stem}\n{'workers':>8} {'cascade and cache, ms':>22} {'cascade, ms':>12}")
    times = {1: ([], []), 2: ([], [])}
    for _ in range(ROUNDS):
        for count, (cached, alone) in times.items():
            # Without the video, so that the workers have the cores for themselves.
            variables = {"LESIONSCOPE_OUTPUT_VIDEO": "false", "LESIONSCOPE_RUN_WORKERS": str(count)}
            cached.append(run(clip, **variables)["ms"]["detect"]["p50"])
            alone.append(run(clip, LESIONSCOPE_CACHE_MAX_AGE_FRAMES="off", **variables)["ms"]["detect"]["p50"])
    for count, (cached, alone) in times.items():
        print(f"{count:8d} {median(cached):22.1f} {median(alone):12.1f}")
    one, two = times[1], times[2]
    print(f"{'ratio':>8} {median(one[0]) / median(two[0]):22.2f} {median(one[1]) / median(two[1]):12.2f}")


def windows(network):
    """Windows a second of the searching network on one thread, cut out beforehand, beside ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    side = session.get_inputs()[0].shape[1]
    batch = numpy.random.default_rng(1).random((BATCH, side, side, 3), dtype=numpy.float32)
    theirs, ours = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(100):
            session.run(None, {session.get_inputs()[0].name: batch})
        theirs.append(100 * BATCH / (time.perf_counter() - started))
        bench = ["cargo", "bench", "--quiet", "--bench", "network", "--", "answers/windows", "--measurement-time", "3"]
        subprocess.run(bench, check=True, capture_output=True)
        estimates = json.loads(Path("target/criterion/answers/windows/new/estimates.json").read_text())
        ours.append(BATCH / (estimates["median"]["point_estimate"] / 1e9))
    print(f"\nwindows a second on one thread, cut out beforehand, {BATCH} at once, {side} px")
    print(f"ONNX Runtime {median(theirs):.0f}, lesionscope {median(ours):.0f}, ratio {median(ours) / median(theirs):.2f}")


def live(clips):
    """A window in a virtual display, fed at 30 pictures a second."""
    display = ":97"
    server = subprocess.Popen(["Xvfb", display, "-screen", "0", "1400x900x24"], stderr=subprocess.DEVNULL)
    time.sleep(1)
    print("\nlive at 1280x720 and 30 pictures a second, a virtual display on the same two cores")
    try:
        for clip in clips:
            environment = dict(os.environ, DISPLAY=display)
            command = [LESIONSCOPE, "live", "--source", looped(clip)]
            done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
            lines = [line for line in done.stdout.splitlines() if re.search(r"frames in|^shown", line)]
            print("\n".join(lines))
    finally:
        server.kill()


def main(folder, network):
    print(f"medians of {ROUNDS} runs; {os.cpu_count()} cores")
    clip = lambda motion: str(sorted(Path(folder).glob(f"*-{motion}.mp4"))[0])
    sizes(clip("handheld"))
    lesions(folder)
    workers(clip("handheld"))
    windows(network)
    live([clip("still"), clip("handheld")])


if __name__ == "__main__":
    main(*sys.argv[1:])
