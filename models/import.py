"""Converts a TensorFlow classifier to ONNX and notes what the original answers on a few samples.

usage: python import.py SOURCE MODEL.onnx SAMPLES.json [CONSTANTS.json]

SOURCE is a .keras or .h5 file, a SavedModel folder or a .tflite file. CONSTANTS.json maps names of inputs beside the picture to
their values. `lesionscope import` runs this; it needs the packages tensorflow and tf2onnx.
"""

import json
import pathlib
import subprocess
import sys

import numpy as np

OPSET = 15
# Smallest and largest value of the samples: the scalings that classifiers are trained with.
RANGES = [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)]
SIDE = 224


def stop(sentence):
    print(sentence, file=sys.stderr)
    sys.exit(3)


def by_keras(source, target):
    """Converts a file that Keras loads; a function from inputs by name to the first output."""
    import keras
    import tensorflow as tf
    import tf2onnx

    model = keras.models.load_model(source, compile=False)
    names = [tensor.name.split(":")[0] for tensor in model.inputs]
    specs = [tf.TensorSpec(t.shape, t.dtype, name=n) for t, n in zip(model.inputs, names)]

    def call(*inputs):
        return model(list(inputs) if len(inputs) > 1 else inputs[0], training=False)

    function = tf.function(call)
    tf2onnx.convert.from_function(function, input_signature=specs, opset=OPSET, output_path=str(target))
    fill(target, function.get_concrete_function(*specs).graph.captures)
    shapes = {name: tuple(spec.shape) for name, spec in zip(names, specs)}

    def answer(inputs):
        values = [tf.constant(inputs[name], dtype=spec.dtype) for name, spec in zip(names, specs)]
        first = call(*values)
        return np.asarray(first[0] if isinstance(first, (list, tuple)) else first)

    return shapes, answer


def fill(target, captures):
    """Gives inputs that stand for constants of the model (a normalisation's mean, say) their values: tf2onnx leaves them empty."""
    import onnx

    model = onnx.load(str(target))
    empty = {value.name for value in model.graph.input} - {value.name for value in model.graph.initializer}
    for value, place in captures:
        if place.name in empty:
            model.graph.initializer.append(onnx.numpy_helper.from_array(value.numpy(), place.name))
    onnx.save(model, str(target))


def by_command(flag, source, target):
    """Converts with tf2onnx's own command."""
    command = [sys.executable, "-m", "tf2onnx.convert", flag, str(source), "--opset", str(OPSET), "--output", str(target)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        stop(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "tf2onnx failed")


def by_saved_model(source, target):
    import tensorflow as tf

    by_command("--saved-model", source, target)
    function = tf.saved_model.load(str(source)).signatures["serving_default"]
    specs = function.structured_input_signature[1]

    def answer(inputs):
        answers = function(**{name: tf.constant(inputs[name], dtype=spec.dtype) for name, spec in specs.items()})
        return np.asarray(next(iter(answers.values())))

    return {name: tuple(spec.shape) for name, spec in specs.items()}, answer


def by_tflite(source, target):
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(model_path=str(source))
    interpreter.allocate_tensors()
    inputs, output = interpreter.get_input_details(), interpreter.get_output_details()[0]
    if any(i["dtype"] != np.float32 for i in inputs) or output["dtype"] != np.float32:
        stop(
            f"{source}: takes or gives whole numbers ({inputs[0]['dtype'].__name__}); convert the model again with float inputs "
            "and outputs (leave out inference_input_type and inference_output_type), or import the Keras model it was made of"
        )
    by_command("--tflite", source, target)

    def answer(values):
        for i in inputs:
            interpreter.set_tensor(i["index"], values[i["name"]].astype(np.float32))
        interpreter.invoke()
        return interpreter.get_tensor(output["index"])

    return {i["name"]: tuple(int(s) for s in i["shape"]) for i in inputs}, answer


def convert(source, target):
    if source.is_dir():
        return by_saved_model(source, target)
    if source.suffix == ".tflite":
        return by_tflite(source, target)
    if source.suffix in (".keras", ".h5", ".hdf5"):
        return by_keras(source, target)
    return stop(f"{source}: a .keras, .h5 or .tflite file or a SavedModel folder is converted")


def samples(shapes, answer, constants):
    """What the original answers on random pictures; other inputs get their constants, or zeros."""
    random = np.random.default_rng(1)
    for low, high in RANGES:
        inputs, picture = {}, None
        for name, shape in shapes.items():
            sides = [1 if i == 0 else (SIDE if s is None else s) for i, s in enumerate(shape)]
            if len(sides) == 4:
                picture = random.uniform(low, high, sides).astype(np.float32)
                inputs[name] = picture
            else:
                given = constants.get(name, np.zeros(int(np.prod(sides))))
                inputs[name] = np.asarray(given, np.float32).reshape(sides)
        if picture is not None:
            yield {"picture": picture.ravel().tolist(), "answer": answer(inputs).ravel().astype(float).tolist()}


def main():
    source, target, noted = (pathlib.Path(word) for word in sys.argv[1:4])
    constants = json.loads(pathlib.Path(sys.argv[4]).read_text()) if len(sys.argv) > 4 else {}
    shapes, answer = convert(source, target)
    noted.write_text(json.dumps(list(samples(shapes, answer, constants))))


main()
