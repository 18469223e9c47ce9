#!/usr/bin/env bash
# How often cascade and cache answer about a true lesion as the exhaustive scan does: the open scenes, every 15th frame shown to the exhaustive
# scan and to the cascade as pictures that stand alone, and to the cache as what came before in the clip.
#
#   benches/peers/agreement.sh [FOLDER OF CLIPS]      (default: target/data/open/scenes)
#
# Needs lesionscope built for release. Some eight minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=${LESIONSCOPE:-target/release/lesionscope} scenes=${1:-target/data/open/scenes} home=target/peers/agreement
rm -rf "$home" && mkdir -p "$home/frames"
for clip in "$scenes"/*.mp4; do
  name=$(basename "$clip" .mp4)
  "$program" headless --quiet --source "$clip" --out "$home/$name" > /dev/null
  ffmpeg -v error -i "$clip" -vf 'select=eq(mod(n\,15)\,14)' -vsync 0 "$home/frames/$name-%03d.png"
done
"$program" headless --quiet --source "$home/frames" --exhaustive --out "$home/exhaustive" > /dev/null
"$program" headless --quiet --source "$home/frames" --out "$home/cascade" > /dev/null
exec python3 benches/peers/agreement.py "$home" "$scenes"
