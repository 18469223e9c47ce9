"""Makes the six networks of keras.applications that lesionscope is tried with (random weights, seven classes) and a TFLite one.

usage: python keras_networks.py FOLDER [SIDE]
"""

import pathlib
import sys

import keras
import tensorflow as tf

NETWORKS = {
    "mobilenetv2": (keras.applications.MobileNetV2, "minus-one-one"),
    "efficientnetb0": (keras.applications.EfficientNetB0, "raw"),
    "resnet50": (keras.applications.ResNet50, "caffe"),
    "densenet121": (keras.applications.DenseNet121, "imagenet"),
    "vgg16": (keras.applications.VGG16, "caffe"),
    "inceptionv3": (keras.applications.InceptionV3, "minus-one-one"),
}


def classifier(application, side):
    base = application(weights=None, include_top=False, pooling="avg", input_shape=(side, side, 3))
    return keras.Sequential([base, keras.layers.Dense(7, activation="softmax")])


def main():
    folder = pathlib.Path(sys.argv[1])
    side = int(sys.argv[2]) if len(sys.argv) > 2 else 96
    folder.mkdir(parents=True, exist_ok=True)
    for name, (application, scaling) in NETWORKS.items():
        keras.utils.set_random_seed(1)
        model = classifier(application, side)
        model.save(folder / f"{name}.keras")
        (folder / f"{name}.scaling").write_text(scaling)
        if name == "mobilenetv2":
            model.export(folder / "mobilenetv2-saved-model")
            convert(folder, side)
    (folder / "labels.txt").write_text("akiec\nbcc\nbkl\ndf\nmel\nnv\nvasc\n")


def convert(folder, side):
    """TFLite with floats, and with whole numbers throughout."""
    source = str(folder / "mobilenetv2-saved-model")
    plain = tf.lite.TFLiteConverter.from_saved_model(source)
    (folder / "mobilenetv2.tflite").write_bytes(plain.convert())
    whole = tf.lite.TFLiteConverter.from_saved_model(source)
    whole.optimizations = [tf.lite.Optimize.DEFAULT]
    whole.representative_dataset = lambda: ([tf.random.uniform((1, side, side, 3), -1, 1)] for _ in range(8))
    whole.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    whole.inference_input_type = whole.inference_output_type = tf.int8
    (folder / "mobilenetv2-int8.tflite").write_bytes(whole.convert())


main()
