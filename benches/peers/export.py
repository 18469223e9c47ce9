"""Shows one picture to an exported network in ONNX Runtime and to lesionscope, and prints how far the answers differ.

usage: python export.py PROGRAM MODEL_FOLDER [PICTURES]     needs the packages onnxruntime, numpy and pillow
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime
from PIL import Image


def main():
    program, model = sys.argv[1], sys.argv[2]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 8
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([program, "export", "--model", model, "--onnx", folder / "model.onnx"], check=True)
        session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
        side = session.get_inputs()[0].shape[1]
        for n in range(count):
            # Blurred noise of some colour: pictures of the network's own size, so that nobody resizes them.
            coarse = random.uniform(0, 255, (2 + n, 2 + n, 3)).astype(np.uint8)
            Image.fromarray(coarse).resize((side, side), Image.BICUBIC).save(folder / f"{n}.png")
        command = [program, "explain", "-q", "--whole", "--model", model, "--opinion", "none", "--method", "cam"]
        subprocess.run([*command, "--source", folder / "*.png", "--out", folder / "out"], check=True)
        names = [line.split('"')[1] for line in (pathlib.Path(model) / "model.toml").read_text().split("[[classes]]")[1:]]
        worst = 0.0
        for n in range(count):
            noted = json.loads((folder / "out" / str(n) / "explanation.json").read_text())
            pixels = np.asarray(Image.open(folder / f"{n}.png"), np.float32)[None]
            answer = session.run(["classes"], {"picture": pixels})[0][0]
            worst = max(worst, abs(float(answer[names.index(noted["class"])]) - noted["score"]))
        print(f"{model}: the score of the class called differs by at most {worst:.1e} over {count} pictures")


main()
