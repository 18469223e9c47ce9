#!/usr/bin/env bash
# `evaluate scenes` on the open clips played backwards, mirrored, and both: 36 clips that show what the 12 do in another order and place.
# A circle that comes and goes with a setting weighs less here. Prints the sum that docs/results/scenes.md shows.
#
#   benches/mirrored.sh [FOLDER OF CLIPS]      (default: target/data/open/scenes)
set -euo pipefail
cd "$(dirname "$0")/.."
clips=${1:-target/data/open/scenes}
[ -d "$clips" ] || { echo "$clips is no folder; name one with clips and their truth (NAME.mp4, NAME.jsonl)" >&2; exit 2; }
cargo build --release --quiet
python3 benches/mirrored.py "$clips" target/peers/mirrored
target/release/lesionscope evaluate scenes target/peers/mirrored | grep -E '^(clip|all) '
