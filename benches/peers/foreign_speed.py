"""Windows a second of lesionscope and of ONNX Runtime with the same graph, one thread each. Run by foreign_speed.sh.

Both cut their windows out of the same picture: lesionscope those of its plan, ONNX Runtime as many of the same range of sizes. Every
way is run ROUNDS times in turns, so that a slow minute of the machine hits all; medians are printed.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy
import onnxruntime
from PIL import Image

onnxruntime.set_default_logger_severity(3)
ROUNDS = 5
# Sides of the windows, px, at least and at most.
SIZES = (64, 128)


def ours(program, model, picture, out, library=None):
    """Seconds in the detect stage, and windows that were classified. With a library, by ONNX Runtime, else by tract."""
    sizes = ["--min-size", str(SIZES[0]), "--max-size", str(SIZES[1])]
    command = [program, "headless", "--quiet", "--source", picture, "--model", model, "--gate", "none", "--workers", "1"]
    one = {**os.environ, "RAYON_NUM_THREADS": "1"}
    one.pop("ORT_DYLIB_PATH", None)
    if library:
        one["ORT_DYLIB_PATH"] = str(library)
    subprocess.run([*command, *sizes, "--out", out, "--exist-ok"], check=True, stdout=subprocess.DEVNULL, env=one)
    session = json.loads((out / "session.json").read_text())
    return session["ms"]["detect"]["p50"] / 1000, session["windows"]["fine"]


def theirs(session, picture, side, count, batch):
    """Seconds for so many windows of the picture."""
    name, waiting = session.get_inputs()[0].name, []
    random = numpy.random.default_rng(1)
    started = time.perf_counter()
    for at in range(count):
        size = int(random.integers(SIZES[0], min(SIZES[1], picture.height) + 1))
        left, top = (int(random.integers(0, room + 1)) for room in (picture.width - size, picture.height - size))
        window = picture.resize((side, side), Image.BILINEAR, (left, top, left + size, top + size))
        waiting.append(numpy.asarray(window, dtype=numpy.float32) / 127.5 - 1)
        if len(waiting) == batch or at + 1 == count:
            session.run(None, {name: numpy.stack(waiting)})
            waiting = []
    return time.perf_counter() - started


def main(program, home):
    home = Path(home)
    picture = Image.open(home / "picture.png").convert("RGB")
    # The library of the very runtime that is compared with.
    library = next(Path(onnxruntime.__file__).parent.glob("capi/libonnxruntime.so.*"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    print(f"ONNX Runtime {onnxruntime.__version__}, medians of {ROUNDS} runs in turns, one thread, {picture.width}x{picture.height} px")
    print(f"{'network':<18} {'way':<25} {'windows':>8} {'ms/window':>10} {'of ORT':>7}")
    for side in (96, 224):
        model = home / "models" / str(side)
        session = onnxruntime.InferenceSession(model / "model.onnx", options, providers=["CPUExecutionProvider"])
        ways = ["ONNX Runtime, singly", "ONNX Runtime, by 8", "lesionscope, tract", "lesionscope, onnxruntime"]
        spent = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way, library_of_way in (("lesionscope, tract", None), ("lesionscope, onnxruntime", library)):
                seconds, count = ours(program, model, home / "picture.png", home / "run", library_of_way)
                spent[way].append(seconds)
            spent["ONNX Runtime, singly"].append(theirs(session, picture, side, count, 1))
            spent["ONNX Runtime, by 8"].append(theirs(session, picture, side, count, 8))
        each = {way: 1000 * statistics.median(seconds) / count for way, seconds in spent.items()}
        for way, ms in each.items():
            print(f"{f'MobileNetV2 {side} px':<18} {way:<25} {count:>8} {ms:>10.2f} {each['ONNX Runtime, singly'] / ms:>7.2f}", flush=True)


main(*sys.argv[1:])
