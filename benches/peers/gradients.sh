#!/usr/bin/env bash
# Compares maps of `lesionscope explain` for the networks of keras.sh with those of tf-keras-vis and with TensorFlow's gradients.
# usage: benches/peers/gradients.sh PICTURE [NETWORK ...]     (close-ups; all six networks where none is named)
# Needs what keras.sh leaves in target/peers/keras, and lesionscope built for release; puts tf-keras-vis in target/peers/gradients.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || { sed -n '2,4p' "$0" >&2; exit 2; }
picture=$1
shift
keras=target/peers/keras home=target/peers/gradients program=${LESIONSCOPE:-target/release/lesionscope}
python="$keras/env/bin/python"
[ -x "$python" ] || { echo "$python: is not there; run benches/peers/keras.sh first" >&2; exit 1; }
# Beside the environment of keras.sh, not in it: the package would pull another TensorFlow.
[ -d "$home/lib/tf_keras_vis" ] || "$python" -m pip install -q --no-deps --target "$home/lib" tf-keras-vis==0.8.7 scipy imageio deprecated wrapt packaging
[ $# -gt 0 ] || set -- mobilenetv2 efficientnetb0 resnet50 densenet121 vgg16 inceptionv3
for network in "$@"; do
  rm -rf "$home/maps/$network"
  "$program" explain --quiet --source "$picture" --whole --model "$keras/models/$network" --out "$home/maps/$network" \
    --method grad-cam,grad-cam++,sensitivity,gradient-input
done
TF_CPP_MIN_LOG_LEVEL=3 PYTHONPATH="$home/lib" "$python" benches/peers/gradients.py "$keras" "$home/maps" "$@"
