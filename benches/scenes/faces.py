"""Composes clips of faces and hands that carry real lesions, with exact truth: a photograph, filmed by a moving webcam of 640x480 px.

usage: faces.py development|report OUT_DIR SEED COUNT DATA_DIR...     (needs numpy, opencv-python-headless, ffmpeg)

DATA_DIR is unpacked data (a folder with manifest.tsv). Photographs are those of people and hands on the validation side, of the half that is named;
lesions are smartphone close-ups with a mask, of the training side. A lesion is laid on as what it does to the light of the skin around it. Every clip
NAME.mp4 has its truth NAME.jsonl; OUT_DIR/side.txt says the side.
"""
import csv
import json
import math
import os
import random
import subprocess
import sys

import cv2
import numpy as np

from half import group_of, half

WIDTH, HEIGHT, RATE, FRAMES = 640, 480, 30, 150
RADII = (8, 12, 18, 26, 36)
# Photographs of hands have no masks: outlines of hands and faces, drawn by eye.
HANDS = {
    "25_pic00011.jpg": [
        [(408, 64), (470, 54), (535, 95), (542, 165), (555, 205), (639, 280), (639, 440), (560, 350), (480, 270), (410, 165)],
        [(236, 200), (350, 195), (362, 300), (356, 400), (310, 455), (250, 430), (226, 320)],
    ],
    "25_pic00013.jpg": [
        [(430, 200), (490, 195), (555, 225), (578, 300), (639, 410), (639, 479), (580, 479), (510, 410), (470, 340), (430, 310)],
        [(236, 200), (345, 195), (358, 300), (352, 400), (305, 455), (245, 430), (224, 320)],
    ],
    "16_pic00034.jpg": [
        [(24, 120), (36, 120), (52, 180), (60, 175), (54, 85), (66, 82), (80, 165), (86, 62), (100, 62), (105, 165), (116, 78), (130, 80),
         (132, 200), (150, 240), (190, 210), (203, 215), (160, 275), (122, 320), (120, 470), (52, 470), (54, 320), (36, 280), (36, 200)],
        [(488, 255), (510, 243), (580, 270), (600, 300), (585, 390), (545, 395), (492, 330)],
        [(285, 120), (395, 120), (400, 220), (375, 275), (340, 290), (300, 265), (280, 200)],
    ],
    "16_pic00046.jpg": [
        [(85, 155), (95, 155), (108, 235), (120, 230), (115, 125), (125, 122), (138, 215), (138, 108), (150, 108), (162, 215), (175, 130),
         (188, 132), (185, 240), (190, 280), (212, 245), (226, 250), (200, 320), (160, 370), (150, 470), (88, 470), (95, 370), (88, 260)],
        [(420, 262), (432, 262), (475, 302), (490, 300), (490, 235), (500, 138), (512, 135), (515, 235), (535, 120), (547, 122), (545, 240),
         (560, 140), (571, 145), (568, 250), (590, 180), (602, 182), (588, 310), (578, 405), (590, 470), (515, 470), (500, 400), (450, 330)],
        [(290, 120), (395, 120), (400, 220), (375, 275), (340, 290), (300, 265), (285, 200)],
    ],
}


def rows_of(lots):
    for lot in lots:
        with open(f"{lot}/manifest.tsv", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                yield {**row, "lot": lot}


def read(row, column="path", flags=cv2.IMREAD_COLOR):
    return cv2.imread(f"{row['lot']}/{row[column]}", flags)


def skin_of(row, photo):
    """Where skin is: the mask that the data has, else what the outlines enclose."""
    if row["mask"]:
        mask = cv2.resize(read(row, "mask", cv2.IMREAD_GRAYSCALE), photo.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        mask = cv2.morphologyEx((mask > 127).astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    else:
        mask = np.zeros(photo.shape[:2], np.uint8)
        for outline in HANDS[os.path.basename(row["path"])]:
            cv2.fillPoly(mask, [np.int32(outline)], 1)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    large = [n for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] > 0.01 * mask.size]
    return np.isin(labels, large).astype(np.uint8)


def outline_of(skin):
    """The outlines of all regions as one: the way from one to the next is gone there and back, so that it encloses nothing."""
    regions, _ = cv2.findContours(skin, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    closed = [cv2.approxPolyDP(region, 2.0, True)[:, 0] for region in regions]
    return np.concatenate([np.concatenate([region, region[:1]]) for region in closed])


def lesion_of(row):
    """A lesion's light against that of its own skin, its mask, and the middle and radius of the smallest circle around it; None where it is cut off, long, or no colour of a lesion."""
    picture, mask = read(row), read(row, "mask", cv2.IMREAD_GRAYSCALE)
    mask = (cv2.resize(mask, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 127).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return None
    one = 1 + int(np.argmax(stats[1:, 4]))
    x, y, w, h, area = stats[one]
    margin = int(0.25 * max(w, h))
    left, top, right, bottom = x - margin, y - margin, x + w + margin, y + h + margin
    if area < 900 or left < 0 or top < 0 or right > picture.shape[1] or bottom > picture.shape[0] or max(w, h) > 2 * min(w, h):
        return None
    patch, inside = picture[top:bottom, left:right].astype(np.float32), (labels == one)[top:bottom, left:right].astype(np.uint8)
    around = patch[cv2.dilate(inside, np.ones((9, 9), np.uint8)) == 0]
    ratio = np.clip(patch / np.maximum(np.median(around, 0), 20), 0.03, 1.7)
    blue, green, red = ratio[inside == 1].mean(0)
    if blue > red or green > 0.97:  # ink, or a light that glances off
        return None
    ys, xs = np.nonzero(inside)
    middle, radius = cv2.minEnclosingCircle(np.stack([xs, ys], 1).astype(np.float32))
    return ratio, inside, middle, radius


def lay(world, lesion, at, radius):
    """Lays a lesion on the picture, its middle at a point; the light of the place stays what it is."""
    ratio, inside, middle, own = lesion
    move = np.float32([[radius / own, 0, at[0] - middle[0] * radius / own], [0, radius / own, at[1] - middle[1] * radius / own]])
    size = (world.shape[1], world.shape[0])
    flags = cv2.INTER_AREA if radius < own else cv2.INTER_CUBIC
    laid = cv2.warpAffine(ratio, move, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=(1, 1, 1))
    grown = cv2.dilate(inside, np.ones((5, 5), np.uint8)).astype(np.float32)
    soft = cv2.GaussianBlur(cv2.warpAffine(grown, move, size), (0, 0), max(0.8, 0.06 * radius))[..., None]
    tone = cv2.GaussianBlur(world, (0, 0), max(3.0, 0.5 * radius))
    return np.clip(world * (1 - soft) + tone * laid * soft, 0, 255)


def compose(rng, photograph, lesions):
    """The photograph at the size at which it is filmed, with lesions; their truth; the outline of the skin. None where no lesion finds room."""
    photo = read(photograph)
    scale = max(1.25 * WIDTH / photo.shape[1], 1.25 * HEIGHT / photo.shape[0])
    skin = skin_of(photograph, photo)
    world = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    skin = cv2.resize(skin, world.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    outline = outline_of(skin)
    room, truth = cv2.distanceTransform(skin, cv2.DIST_L2, 5), []
    for _ in range(300):
        if len(truth) >= 3:
            break
        row, radius = rng.choice(lesions), rng.choice(RADII) * rng.uniform(0.85, 1.15)
        places = np.argwhere(room > 1.25 * radius)
        lesion = lesion_of(row) if len(places) else None
        if lesion is None:
            continue
        y, x = (float(v) for v in places[rng.randrange(len(places))])
        if any(math.hypot(x - other["x"], y - other["y"]) < 2 * (radius + other["r"]) for other in truth):
            continue
        world = lay(world, lesion, (x, y), radius)
        truth.append({"id": len(truth), "class": row["class"], "x": x, "y": y, "r": radius})
    return (world, truth, outline) if truth else None


def film(path, scene, rng, noise):
    """Writes the clip and its truth: a hand-held camera around the middle of the lesions, soft, noisy, compressed as webcams do."""
    world, truth, outline = scene
    half_w, half_h = WIDTH / 2 + 20, HEIGHT / 2 + 20
    aim = (float(np.clip(np.mean([l["x"] for l in truth]), half_w, world.shape[1] - half_w)),
           float(np.clip(np.mean([l["y"] for l in truth]), half_h, world.shape[0] - half_h)))
    encoder = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-",
         "-c:v", "libx264", "-preset", "medium", "-crf", "26", "-pix_fmt", "yuv420p", f"{path}.mp4"], stdin=subprocess.PIPE)
    drift, soft, grain = np.zeros(2), rng.uniform(0.5, 1.0), rng.uniform(1.5, 4.0)
    with open(f"{path}.jsonl", "w") as lines:
        for number in range(FRAMES):
            drift = 0.93 * drift + [rng.gauss(0, 1.2), rng.gauss(0, 1.2)]
            turn = cv2.getRotationMatrix2D((aim[0] + drift[0], aim[1] + drift[1]), 1.2 * math.sin(0.05 * number), 1 + 0.03 * math.sin(0.04 * number))
            turn[:, 2] += np.array([WIDTH / 2, HEIGHT / 2]) - aim - drift
            zoom = math.hypot(turn[0, 0], turn[0, 1])
            frame = cv2.warpAffine(world, turn, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            frame = cv2.GaussianBlur(frame, (0, 0), soft) + noise.normal(0, grain, frame.shape)
            encoder.stdin.write(np.clip(frame, 0, 255).astype(np.uint8).tobytes())
            place = lambda x, y: (turn @ np.array([x, y, 1.0])).tolist()
            seen = []
            for lesion in truth:
                (x, y), r = place(lesion["x"], lesion["y"]), lesion["r"] * zoom
                if -r < x < WIDTH + r and -r < y < HEIGHT + r:
                    seen.append({"id": lesion["id"], "class": lesion["class"], "x": round(x, 1), "y": round(y, 1), "r": round(r, 1)})
            skin = [[round(v) for v in place(*corner)] for corner in outline.astype(float)]
            lines.write(json.dumps({"frame": number, "time_s": round(number / RATE, 4), "lesions": seen, "skin": skin}) + "\n")
    encoder.stdin.close()
    encoder.wait()


def main(wanted, out, seed, count, lots):
    os.makedirs(out, exist_ok=True)
    rows = list(rows_of(lots))
    held = [r for r in rows if r["split"] == "val" and half(group_of(r)) == wanted]
    photographs = [[r for r in held if r["source"] == "people"], [r for r in held if os.path.basename(r["path"]) in HANDS]]
    lesions = [r for r in rows if r["source"] == "pad_ufes_20" and r["split"] == "train" and r["mask"]]
    order = random.Random(seed)
    for pool in photographs:
        order.shuffle(pool)
    made = 0
    for number in range(20 * count):
        pool = photographs[made % len(photographs)]
        if made == count or not pool:
            break
        photograph, rng = pool.pop(), random.Random(seed * 1000 + number)
        scene = compose(rng, photograph, lesions)
        if scene is None:
            continue
        name = f"{('face', 'hand')[made % 2]}-{made:02d}-{os.path.splitext(os.path.basename(photograph['path']))[0]}"
        film(f"{out}/{name}", scene, rng, np.random.default_rng(seed * 1000 + number))
        print(name, len(scene[1]), flush=True)
        made += 1
    with open(f"{out}/side.txt", "w") as file:
        file.write(wanted + "\n")


if __name__ == "__main__":
    if len(sys.argv) < 6 or sys.argv[1] not in ("development", "report"):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
