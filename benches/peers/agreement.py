"""Counts for agreement.sh: true lesions that the exhaustive scan, the cascade and the run with cache circle, and where they differ."""

import json
import math
import sys
from pathlib import Path

# Every so many frames of a clip were scanned exhaustively, the last of each.
EVERY = 15


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def found(line, lesion):
    """Whether a confirmed circle's middle lies on the lesion, or the lesion's in the circle, within three quarters of a radius."""
    near = lambda c: math.hypot(c["x"] - lesion["x"], c["y"] - lesion["y"]) <= 0.75 * max(c["r"], lesion["r"])
    return any(near(c) for c in line["circles"] if c["state"] == "confirmed")


def main(home, scenes):
    home, scenes = Path(home), Path(scenes)
    stills = {way: {Path(line["file"]).stem: line for line in lines(home / way / "detections.jsonl")} for way in ("exhaustive", "cascade")}
    kinds, lesions = {}, {}
    for name in sorted(stills["exhaustive"]):
        clip, number = name.rsplit("-", 1)
        frame = EVERY * int(number) - 1
        run = lines(home / clip / "detections.jsonl")[frame]
        for lesion in lines(scenes / f"{clip}.jsonl")[frame]["lesions"]:
            answers = [found(line, lesion) for line in (stills["exhaustive"][name], stills["cascade"][name], run)]
            kinds.setdefault(clip.split("-", 2)[2], []).append(answers)
            lesions.setdefault((clip, lesion["id"]), []).append(answers)
    print("lesions on every 15th frame; same: share of them about which two ways say the same, found or not")
    head = ["clips", "lesions", "exhaustive", "cascade", "run", "cascade same", "run same", "of exhaustive's"]
    print(f"{head[0]:<28}" + "".join(f" {title:>15}" for title in head[1:]))
    everything = [answers for of_kind in kinds.values() for answers in of_kind]
    for kind, answers in [*kinds.items(), ("all", everything)]:
        count = lambda test: sum(map(test, answers))
        numbers = [len(answers), *(count(lambda a, at=at: a[at]) for at in range(3))]
        same = [count(lambda a, at=at: a[0] == a[at]) / len(answers) for at in (1, 2)]
        kept = count(lambda a: a[0] and a[2]) / max(1, numbers[1])
        print(f"{kind:<28}" + "".join(f" {number:>15}" for number in numbers) + "".join(f" {share:>15.3f}" for share in (*same, kept)))
    ever = sum(any(a[0] for a in of) == any(a[2] for a in of) for of in lesions.values())
    print(f"found at least once in their clip by both the exhaustive scan and the run, or by neither: {ever} of {len(lesions)} lesions")


main(*sys.argv[1:])
