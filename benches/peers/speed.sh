#!/usr/bin/env bash
# How fast, against what others would do: brute force in ONNX Runtime with the same network, bare decoding and encoding with ffmpeg, and
# lesionscope with every window, with the cascade, with the cascade and the cache; then how that grows with the size of the picture, the
# number of lesions and workers, and how late a window shows it. Prints the tables of docs/results/speed.md.
#
#   benches/peers/speed.sh [FOLDER OF CLIPS]      (default: target/data/open/scenes)
#
# Makes its own Python environment (onnxruntime, numpy, pillow) in target/peers/speed.
set -euo pipefail
cd "$(dirname "$0")/../.."
clips=${1:-target/data/open/scenes}
[ -d "$clips" ] || { echo "$clips is no folder; name one with clips (NAME-still.mp4, NAME-pan.mp4, ...)" >&2; exit 2; }
cargo build --release --quiet
# Built before anything is measured, so that the two of a comparison run within the same minute.
cargo bench --quiet --no-run --bench network
env=target/peers/speed
if [ ! -x "$env/bin/python" ]; then
    python3 -m venv "$env"
    "$env/bin/pip" install --quiet onnxruntime numpy pillow
fi
target/release/lesionscope export --model models/small --onnx target/peers/speed.onnx --exist-ok >/dev/null
"$env/bin/python" benches/peers/speed.py "$clips" target/peers/speed.onnx
"$env/bin/python" benches/peers/scaling.py "$clips" target/peers/speed.onnx
