#!/usr/bin/env bash
# Six networks of keras.applications, a SavedModel, a TFLite and the Xception of the package sklesion, each imported and asked.
# usage: benches/peers/keras.sh [FOLDER]     needs lesionscope built for release; makes its own Python environment in FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-target/peers/keras}
program=target/release/lesionscope
mkdir -p "$folder"
if [ ! -x "$folder/env/bin/python" ]; then
  python3 -m venv "$folder/env"
  "$folder/env/bin/pip" -q install tensorflow-cpu tf2onnx "onnx<1.18" sklesion==0.2.2
fi
python="$folder/env/bin/python"
export TF_CPP_MIN_LOG_LEVEL=3
[ -f "$folder/labels.txt" ] || "$python" benches/peers/keras_networks.py "$folder" > "$folder/made.log" 2>&1
sklesion=$("$python" -c 'import importlib.util as u; print(u.find_spec("sklesion").submodule_search_locations[0])')
printf 'akiec\nbcc\nbkl\ndf\nmel\nnv\nvasc\n' > "$folder/labels.txt"
try() {
  local name=$1 source=$2
  shift 2
  rm -rf "$folder/models/$name"
  printf '%-24s ' "$name"
  "$program" import "$source" --python "$python" --labels "$folder/labels.txt" --out "$folder/models/$name" "$@" 2>"$folder/$name.log" \
    | head -n 1 || tail -n 1 "$folder/$name.log"
}
for scaling in "$folder"/*.scaling; do
  name=$(basename "$scaling" .scaling)
  try "$name" "$folder/$name.keras" --preprocess "$(cat "$scaling")"
done
try saved-model "$folder/mobilenetv2-saved-model" --preprocess minus-one-one
try tflite "$folder/mobilenetv2.tflite" --preprocess minus-one-one
try tflite-int8 "$folder/mobilenetv2-int8.tflite" --preprocess minus-one-one
# Sex and place on the body unknown, the mean age of its training data.
try sklesion "$sklesion/model.keras" --input input_layer_3=0,0,1,0,0,0,0,1,0.5767,1
