"""Notes what ONNX Runtime answers about some pictures.

usage: python answers.py MODEL.onnx QUESTION.json PICTURES.f32 ANSWERS.json

QUESTION.json has the names of the "input" that takes the picture and of the "output" that is read, the "shape" of one picture, and in
"constants" the values of other inputs by name. PICTURES.f32 has the pictures one after another as 32-bit floats. ANSWERS.json gets a list of
numbers a picture, or null where the output is whole numbers, whose meaning the file does not say. `lesionscope import` runs this.
"""

import json
import pathlib
import sys

import numpy as np
import onnxruntime

KINDS = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(bool)": np.bool_,
}


def shaped(values, sides):
    """Other inputs: the first side that is free takes what is left."""
    known = int(np.prod([side for side in sides if isinstance(side, int)]))
    rest = [len(values) // max(known, 1)]
    return values.reshape([side if isinstance(side, int) else (rest.pop() if rest else 1) for side in sides])


def main():
    model, question, pictures, noted = sys.argv[1:5]
    question = json.loads(pathlib.Path(question).read_text())
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    fixed, answers = {}, []
    for i in session.get_inputs():
        if i.name != question["input"]:
            fixed[i.name] = shaped(np.asarray(question["constants"][i.name], np.float64), i.shape).astype(KINDS[i.type])
        else:
            kind, batch = KINDS[i.type], i.shape[0] if i.shape and isinstance(i.shape[0], int) else 1
    for picture in np.fromfile(pictures, "<f4").reshape([-1, *question["shape"][1:]]):
        inputs = {**fixed, question["input"]: np.repeat(picture[None], batch, 0).astype(kind)}
        answer = np.asarray(session.run([question["output"]], inputs)[0])
        answers.append(None if answer.dtype.kind in "iu" else answer.astype(float).ravel()[: answer.size // batch].tolist())
    pathlib.Path(noted).write_text(json.dumps(answers))


main()
