"""Maps of lesionscope beside those of tf-keras-vis (Grad-CAM, Grad-CAM++) and of TensorFlow's own gradients, of the same Keras networks.

usage: gradients.py KERAS_FOLDER MAPS_FOLDER NETWORK ...     (see gradients.sh)

The Keras network is asked about the window that lesionscope saw (window.png) and the class that it names; target: the logit. The map
of Grad-CAM is the last one with more than one place. Maps are compared as they come out, before smoothing and resizing, by Pearson's correlation.
Ends with an error where Grad-CAM correlates by less than 0.99.
"""

import json
import pathlib
import sys

import keras
import numpy
import tensorflow as tf
from PIL import Image
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus

LEAST = 0.99
# What lesionscope's maps count pixels in: (value / 255 - MEAN) / DEVIATION.
MEAN, DEVIATION = 0.5, 0.25
SCALINGS = {"minus-one-one": "tf", "caffe": "caffe", "imagenet": "torch"}


def linear(path):
    """The network in one piece, without its softmax."""
    base, head = keras.models.load_model(path).layers
    dense = keras.layers.Dense(head.units)
    model = keras.Model(base.inputs, dense(base.output))
    dense.set_weights(head.get_weights())
    return model


def scaled(pixels, how):
    if how == "raw":
        return pixels
    return keras.src.applications.imagenet_utils.preprocess_input(pixels, data_format="channels_last", mode=SCALINGS[how])


def gradient(model, window, how, target):
    x = tf.constant((window / 255 - MEAN) / DEVIATION)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = model(scaled((x * DEVIATION + MEAN) * 255, how))[0, target]
    return x.numpy(), tape.gradient(logit, x).numpy()


def references(model, window, how, target):
    """Name of the method, of the reference, and its map."""
    score = lambda output: output[:, target]
    last = [layer for layer in model.layers if len(layer.output.shape) == 4][-1]
    # With pictures of 96 px InceptionV3 ends in a single place; what goes into the last blocks is the last map then.
    last = last.name if last.output.shape[1] > 1 else "mixed7"
    plain = {"penultimate_layer": last, "seek_penultimate_conv_layer": False, "expand_cam": False, "normalize_cam": False}
    seen = numpy.array(scaled(window.copy(), how))
    yield "grad-cam", "tf-keras-vis", numpy.array(Gradcam(model)(score, seen, **plain))[0]
    yield "grad-cam++", "tf-keras-vis", numpy.array(GradcamPlusPlus(model)(score, seen, **plain))[0]
    x, slope = gradient(model, window, how, target)
    yield "sensitivity", "GradientTape", (slope**2).sum(-1)[0]
    yield "gradient-input", "GradientTape", (slope * x).sum(-1)[0]


def correlation(a, b):
    """1 where both maps are 0 everywhere: nothing in the picture speaks for the class."""
    if not a.any() and not b.any():
        return 1.0
    a, b = (v.astype("float64").ravel() - v.mean() for v in (a, b))
    return float((a * b).sum() / numpy.sqrt((a * a).sum() * (b * b).sum()))


def main(folder, maps, *networks):
    folder, least = pathlib.Path(folder), 1.0
    names = (folder / "labels.txt").read_text().split()
    print(f"{'network':<15} {'method':<15} {'reference':<13} {'places':>7} {'r':>9}")
    for network in networks:
        model, how = linear(folder / f"{network}.keras"), (folder / f"{network}.scaling").read_text().strip()
        for record in sorted((pathlib.Path(maps) / network).glob("*/explanation.json")):
            target = names.index(json.loads(record.read_text())["class"])
            window = numpy.asarray(Image.open(record.parent / "window.png").convert("RGB")).astype("float32")[None]
            for method, reference, theirs in references(model, window, how, target):
                mine = numpy.load(record.parent / f"{method}.npy")
                if mine.shape != theirs.shape:
                    sys.exit(f"{network}, {method}: {mine.shape} here, {theirs.shape} in {reference}")
                r = correlation(mine, theirs)
                least = min(least, r if method == "grad-cam" else 1.0)
                print(f"{network:<15} {method:<15} {reference:<13} {mine.size:>7} {r:>9.5f}", flush=True)
    if not least >= LEAST:
        sys.exit(f"Grad-CAM correlates by {least:.4f}; at least {LEAST} is wanted")


main(*sys.argv[1:])
