#!/usr/bin/env bash
# How fast a user's own classifier (MobileNetV2 of Keras, 96 and 224 px, random weights) goes over every window of a picture, one thread:
# lesionscope --gate none by tract and by ONNX Runtime, the same graph in ONNX Runtime alone, one window at a time and eight.
#
#   benches/peers/foreign_speed.sh [CLIP OR PICTURE]      (default: the first scene of target/data/open)
#
# Needs the environment that keras.sh leaves in target/peers/keras, and lesionscope built for release with the feature:
# cargo build --release --features onnxruntime
set -euo pipefail
cd "$(dirname "$0")/../.."
source=${1:-target/data/open/scenes/scene-00-lesion-print-still.mp4}
program=${LESIONSCOPE:-target/release/lesionscope} home=target/peers/foreign-speed
python=target/peers/keras/env/bin/python
[ -x "$python" ] || { echo "$python: is not there; run benches/peers/keras.sh first" >&2; exit 1; }
export TF_CPP_MIN_LOG_LEVEL=3
mkdir -p "$home"
# A small picture, so that every window of it is soon seen.
ffmpeg -v error -y -i "$source" -frames:v 1 -vf scale=320:-2 "$home/picture.png"
printf 'akiec\nbcc\nbkl\ndf\nmel\nnv\nvasc\n' > "$home/labels.txt"
for side in 96 224; do
  [ -d "$home/models/$side" ] && continue
  "$python" -c "
import keras
keras.utils.set_random_seed(1)
base = keras.applications.MobileNetV2(weights=None, include_top=False, pooling='avg', input_shape=($side, $side, 3))
keras.Sequential([base, keras.layers.Dense(7, activation='softmax')]).save('$home/$side.keras')" > "$home/made.log" 2>&1
  "$program" import "$home/$side.keras" --python "$python" --labels "$home/labels.txt" --preprocess minus-one-one --out "$home/models/$side" \
    > "$home/import.log" 2>&1
done
exec "$python" benches/peers/foreign_speed.py "$program" "$home"
