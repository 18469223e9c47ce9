#!/usr/bin/env bash
# Composes the clips that the report side is measured on, and says of every folder of clips on which side it stands (side.txt).
#
#   benches/scenes/compose.sh OPEN OPEN2 MAKE_SCENES OUT
#
# OPEN, OPEN2   the two lots of open data, unpacked
# MAKE_SCENES   the composer of arms, make_scenes.py, that comes with the data
# OUT           a folder outside of the repository, for the clips
# PYTHON        a Python with numpy and opencv-python-headless (default: python3); ffmpeg is needed too
#
# OUT/arms: 12 clips with lesions of patients of the report half (half.py says who that is). OUT/faces_development and OUT/faces_report: four clips
# each of faces and hands with lesions of the training side. Takes some fifteen minutes on two cores.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
open=$1 open2=$2 make_scenes=$3 out=$4 python=${PYTHON:-python3}
mkdir -p "$out"
"$python" "$here/half.py" report "$out/report_half" "$open" "$open2"
"$python" "$make_scenes" "$out/report_half" val "$out/arms" 2400 12
echo report > "$out/arms/side.txt"
for side in development report; do
  "$python" "$here/faces.py" $side "$out/faces_$side" 79 4 "$open" "$open2"
done
# The twelve old clips have been looked at for too long to be reported; the newer ones show lesions of the training side.
echo development > "$open/scenes/side.txt"
echo train > "$open2/scenes2/side.txt"
echo report > "$open2/video/hands/side.txt"
