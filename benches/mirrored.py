"""Writes clips backwards, mirrored, and both, each with its truth. Run by mirrored.sh.

A line of NAME.jsonl is a frame: lesions with x, y, r and the outline of the skin, px.
"""

import json
import subprocess
import sys
from pathlib import Path

KINDS = {"backwards": "reverse", "mirrored": "hflip", "backwards-mirrored": "reverse,hflip"}


def width(clip):
    command = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=width", "-of", "csv=p=0", str(clip)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().rstrip(","))


def mirrored(frame, across):
    lesions = [dict(lesion, x=across - lesion["x"]) for lesion in frame["lesions"]]
    return dict(frame, lesions=lesions, skin=[[across - x, y] for x, y in frame["skin"]])


def truth(frames, kind, across):
    """The frames in the order of the new clip, each with the number and time of its new place."""
    shown = list(reversed(frames)) if "backwards" in kind else frames
    if "mirrored" in kind:
        shown = [mirrored(frame, across) for frame in shown]
    return [dict(frame, frame=place["frame"], time_s=place["time_s"]) for frame, place in zip(shown, frames)]


def main(folder, out):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for clip in sorted(Path(folder).glob("*.mp4")):
        frames = [json.loads(line) for line in clip.with_suffix(".jsonl").read_text().splitlines()]
        across = width(clip)
        for kind, filters in KINDS.items():
            made = out / f"{clip.stem}-{kind}.mp4"
            if not made.exists():
                command = ["ffmpeg", "-v", "error", "-y", "-i", str(clip), "-vf", filters, "-c:v", "libx264", "-preset", "fast"]
                subprocess.run([*command, "-crf", "12", "-f", "mp4", f"{made}.part"], check=True)
                Path(f"{made}.part").rename(made)
            lines = (json.dumps(frame) + "\n" for frame in truth(frames, kind, across))
            made.with_suffix(".jsonl").write_text("".join(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
