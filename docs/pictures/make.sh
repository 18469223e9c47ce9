#!/usr/bin/env bash
# Makes the pictures of the documents, from generated scenes alone: no photograph and no part of one is in them.
#
#   docs/pictures/make.sh
#
# LESIONSCOPE  the program (default: target/release/lesionscope)
# Needs ffmpeg and Chromium. Every picture stays below 150 KB.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=${LESIONSCOPE:-target/release/lesionscope} here=docs/pictures
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The last of 45 frames of the scene that `lesionscope demo` shows.
"$program" headless --quiet --source scene:1 --frames 45 --out "$work/circles" > "$work/log"
ffmpeg -v error -y -i "$work/circles/annotated.mp4" -vf "select=eq(n\,44)" -frames:v 1 -q:v 4 -update 1 "$here/circles.jpg"

# The report of that run, down to its first places.
chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --window-size=1000,1330 --screenshot="$work/report.png" \
    "file://$work/circles/report.html" 2> "$work/log"
ffmpeg -v error -y -i "$work/report.png" -vf scale=800:-1 -q:v 6 -update 1 "$here/report.jpg"

# The contact sheet of one of its circles: the window, and three maps.
"$program" explain --quiet --source scene:1 --frames 1 --circles 4 --contour 0.8 --method layer-cam,lrp-gamma,rise --out "$work/explain" > "$work/log"
sheet=$work/explain/frame-0-circle-4.png
ffmpeg -v error -y -i "$sheet" -q:v 4 -update 1 "$here/explanation.jpg"

# The help of the window (key ?), as the tests of drawing hold it.
cp tests/golden/help.png "$here/help.png"

for picture in "$here"/*.jpg "$here"/*.png; do
  size=$(stat -c %s "$picture")
  echo "$picture: $((size / 1024)) KB"
  [ "$size" -lt 150000 ] || { echo "$picture is larger than 150 KB" >&2; exit 1; }
done
