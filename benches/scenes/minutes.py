"""Composes clips of a minute: an arm with real lesions on cloth, over which a hand passes for a second and from which the camera goes away and comes back.

usage: minutes.py development|report OUT_DIR SEED COUNT DATA_DIR...     (needs numpy, opencv-python-headless, ffmpeg)

DATA_DIR is unpacked data (a folder with manifest.tsv). Lesions are smartphone close-ups with a mask, of the half of the validation side that is named; skin is
woven from calm pieces of photographs of bare skin, cloth from pictures of fabric, the hand is cut from a photograph. Every clip NAME.mp4 has its truth
NAME.jsonl; a lesion that the hand covers is not in view. OUT_DIR/side.txt says the side.
"""
import json
import math
import os
import random
import subprocess
import sys

import cv2
import numpy as np

from faces import HANDS, lay, lesion_of, read, rows_of
from half import group_of, half

WIDTH, HEIGHT, RATE, SECONDS = 1280, 720, 30, 60
# Size of the plane that is filmed, px: the arm lies in its upper part, and the camera goes away to the cloth below.
PLANE = (2200, 2300)
RADII = (14, 20, 28, 38, 50)
# Middle of the moment at which the hand passes, and when the camera goes, is away, and is back, s.
HAND_S, AWAY_S = 14.0, (27.0, 28.5, 31.0, 32.5)
# Pieces of photographs of bare skin without a mark: file, left, top, width, height.
SKIN = (("222.jpg", 20, 20, 720, 460), ("240.jpg", 470, 120, 340, 300), ("225.jpg", 350, 480, 900, 380))
FABRICS = ("fabric_hsst", "fabric_erlonghi")


def even(texture):
    """Without the slow changes of light."""
    return texture - cv2.GaussianBlur(texture, (0, 0), 40) + texture.mean((0, 1))


def woven(texture, rng, piece=160):
    """A plane of the texture, from pieces of it that are blended into each other."""
    step, fade = piece // 2, np.sqrt(np.outer(np.hanning(piece + 2)[1:-1], np.hanning(piece + 2)[1:-1])).astype(np.float32)[..., None]
    mean = texture.mean((0, 1))
    plane, weight = (np.zeros((PLANE[1] + 2 * piece, PLANE[0] + 2 * piece, channels), np.float32) for channels in (3, 1))
    for y in range(0, plane.shape[0] - piece + 1, step):
        for x in range(0, plane.shape[1] - piece + 1, step):
            top, left = rng.randrange(texture.shape[0] - piece), rng.randrange(texture.shape[1] - piece)
            cut = (texture[top:top + piece, left:left + piece] - mean)[:, ::rng.choice((1, -1))]
            plane[y:y + piece, x:x + piece] += fade * cut
            weight[y:y + piece, x:x + piece] += fade**2
    whole = plane / np.sqrt(np.maximum(weight, 1e-3)) + mean
    return whole[piece:piece + PLANE[1], piece:piece + PLANE[0]]


def skin(rng, lots):
    name, x, y, w, h = rng.choice(SKIN)
    photo = cv2.imread(f"{lots[0]}/widefield/moledetector_bckg/{name}").astype(np.float32)[y:y + h, x:x + w]
    tone = rng.choice(((1, 1, 1), (0.93, 0.96, 1.0), (0.8, 0.86, 0.92), (0.55, 0.62, 0.7)))
    return woven(cv2.resize(even(photo), None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC), rng) * np.float32(tone)


def cloth(rng, rows):
    picture = read(rng.choice([row for row in rows if row["source"] in FABRICS])).astype(np.float32)
    scale = 700 / min(picture.shape[:2])
    tile = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    tile = np.concatenate([tile, tile[:, ::-1]], 1)
    tile = np.concatenate([tile, tile[::-1]], 0)
    return np.tile(tile, (PLANE[1] // tile.shape[0] + 1, PLANE[0] // tile.shape[1] + 1, 1))[:PLANE[1], :PLANE[0]]


def hand(rows):
    """A hand as it was photographed, with how much of each pixel it covers; as high as the picture that is filmed."""
    name, outline = "16_pic00034.jpg", HANDS["16_pic00034.jpg"][0]
    photo = read(next(row for row in rows if os.path.basename(row["path"]) == name))
    cover = np.zeros(photo.shape[:2], np.uint8)
    cv2.fillPoly(cover, [np.int32(outline)], 255)
    x, y, w, h = cv2.boundingRect(np.int32(outline))
    size = (int(w * HEIGHT / h), HEIGHT)
    return cv2.resize(photo[y:y + h, x:x + w], size), cv2.GaussianBlur(cv2.resize(cover[y:y + h, x:x + w], size), (0, 0), 2) / np.float32(255)


def compose(rng, rows, lesions, lots):
    """The plane that is filmed, its lesions, the outline of the arm."""
    along = np.linspace(-60, PLANE[0] + 60, 50)
    middle, width = 640 + 70 * np.sin(along / PLANE[0] * math.pi + rng.uniform(0, 3)), rng.uniform(230, 290)
    outline = np.concatenate([np.stack([along, middle - width], 1), np.stack([along, middle + width], 1)[::-1]])
    cover = np.zeros((PLANE[1], PLANE[0]), np.float32)
    cv2.fillPoly(cover, [outline.astype(np.int32)], 1.0)
    from_middle = np.abs(np.arange(PLANE[1])[:, None] - np.interp(np.arange(PLANE[0]), along, middle)) / width
    round_ = (1.02 - 0.38 * np.clip(from_middle, 0, 1) ** 3)[..., None].astype(np.float32)
    shadow = cv2.GaussianBlur(np.roll(cover, 24, 0), (0, 0), 18)[..., None]
    cover = cv2.GaussianBlur(cover, (0, 0), 1.6)[..., None]
    plane = cloth(rng, rows) * (1 - 0.45 * shadow * (1 - cover)) * (1 - cover) + skin(rng, lots) * round_ * cover
    plane, truth, wanted = np.clip(plane, 0, 255).astype(np.float32), [], rng.choice((3, 4, 5))
    for _ in range(300):
        if len(truth) == wanted:
            break
        row, radius = rng.choice(lesions), rng.choice(RADII) * rng.uniform(0.85, 1.15)
        lesion = lesion_of(row)
        if lesion is None:
            continue
        x = rng.uniform(560, PLANE[0] - 560)
        y = float(np.interp(x, along, middle)) + rng.uniform(-0.6, 0.6) * width
        if any(math.hypot(x - other["x"], y - other["y"]) < 2.2 * (radius + other["r"]) for other in truth):
            continue
        # Only what is near changes; the plane is large.
        top, left, reach = int(y - 3 * radius), int(x - 3 * radius), int(6 * radius)
        near = plane[top:top + reach, left:left + reach]
        near[:] = lay(near, lesion, (x - left, y - top), radius)
        truth.append({"id": len(truth), "class": row["class"], "x": x, "y": y, "r": radius})
    return plane, truth, outline


def smooth(t, start, end):
    t = min(max((t - start) / (end - start), 0.0), 1.0)
    return t * t * (3 - 2 * t)


class Camera:
    """A hand-held camera that looks around, comes closer, and goes away for a while."""

    def __init__(self, rng, aim):
        self.rng, self.aim, self.drift = rng, np.array(aim), np.zeros(2)

    def at(self, t):
        """From points of the plane to those of the frame at a time, s: 2 x 3."""
        self.drift = 0.93 * self.drift + [self.rng.gauss(0, 1.3), self.rng.gauss(0, 1.3)]
        away = smooth(t, *AWAY_S[:2]) - smooth(t, *AWAY_S[2:])
        look = np.array([120 * math.sin(0.21 * t), 40 * math.sin(0.34 * t) + 1200 * away])
        at = self.aim + look + self.drift
        zoom = 1 + 0.25 * (smooth(t, 36, 40) - smooth(t, 52, 57)) + 0.02 * math.sin(1.1 * t)
        turn = cv2.getRotationMatrix2D(at.tolist(), 2.0 * math.sin(0.5 * t), zoom)
        turn[:, 2] += np.array([WIDTH / 2, HEIGHT / 2]) - at
        return turn, zoom


def shutter(frame, step):
    """What moves by a step, px, while half of the time of a frame goes by."""
    way = np.asarray(step) / 2
    half_way = np.int32(way * min(1, 24 / max(np.hypot(*way), 1)) / 2)
    reach = int(np.abs(half_way).max())
    if reach < 1:
        return frame
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    cv2.line(kernel, (reach - int(half_way[0]), reach - int(half_way[1])), (reach + int(half_way[0]), reach + int(half_way[1])), 1.0)
    return cv2.filter2D(frame, -1, kernel / kernel.sum())


def pass_by(frame, hand_of, t):
    """Lays the hand on the frame where it is at a time; returns what of the frame it covers, or None."""
    picture, cover = hand_of
    x = int((t - HAND_S + 0.5) * (WIDTH + cover.shape[1]) - cover.shape[1])
    left, right = max(0, x), min(WIDTH, x + cover.shape[1])
    if right <= left:
        return None
    part = cover[:, left - x:right - x, None]
    frame[:, left:right] = frame[:, left:right] * (1 - part) + picture[:, left - x:right - x] * part
    covers = np.zeros((HEIGHT, WIDTH), np.float32)
    covers[:, left:right] = part[..., 0]
    return covers


def covered(covers, x, y):
    return covers is not None and 0 <= x < WIDTH and 0 <= y < HEIGHT and covers[int(y), int(x)] > 0.5


def film(path, scene, hand_of, rng, noise):
    plane, truth, outline = scene
    plane, camera = plane.astype(np.uint8), Camera(rng, (np.mean([l["x"] for l in truth]), np.mean([l["y"] for l in truth])))
    encoder = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-",
         "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-threads", "1", "-pix_fmt", "yuv420p", f"{path}.mp4"], stdin=subprocess.PIPE)
    grain = noise.normal(0, rng.uniform(1.5, 3.0), (2 * HEIGHT, 2 * WIDTH, 3)).astype(np.int16)
    soft, last = rng.uniform(0.5, 0.9), None
    with open(f"{path}.jsonl", "w") as lines:
        for number in range(RATE * SECONDS):
            t = number / RATE
            turn, zoom = camera.at(t)
            frame = cv2.warpAffine(plane, turn, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            step = np.zeros(2) if last is None else (turn - last)[:, 2]
            frame = cv2.GaussianBlur(shutter(frame, step), (0, 0), soft)
            last, covers = turn, pass_by(frame, hand_of, t)
            x, y = rng.randrange(WIDTH), rng.randrange(HEIGHT)
            frame = cv2.add(frame, grain[y:y + HEIGHT, x:x + WIDTH], dtype=cv2.CV_8U)
            encoder.stdin.write(frame.tobytes())
            place = lambda x, y: (turn @ np.array([x, y, 1.0])).tolist()
            seen = []
            for lesion in truth:
                (x, y), r = place(lesion["x"], lesion["y"]), lesion["r"] * zoom
                if -r < x < WIDTH + r and -r < y < HEIGHT + r and not covered(covers, x, y):
                    seen.append({"id": lesion["id"], "class": lesion["class"], "x": round(x, 1), "y": round(y, 1), "r": round(r, 1)})
            corners = [[round(v) for v in place(*corner)] for corner in outline.tolist()]
            lines.write(json.dumps({"frame": number, "time_s": round(t, 4), "lesions": seen, "skin": corners}) + "\n")
    encoder.stdin.close()
    encoder.wait()


def main(wanted, out, seed, count, lots):
    os.makedirs(out, exist_ok=True)
    rows = list(rows_of(lots))
    lesions = [r for r in rows if r["source"] == "pad_ufes_20" and r["split"] == "val" and r["mask"] and half(group_of(r)) == wanted]
    hand_of = hand(rows)
    for number in range(count):
        rng = random.Random(seed * 1000 + number)
        scene = compose(rng, rows, lesions, lots)
        name = f"minute-{number:02d}"
        film(f"{out}/{name}", scene, hand_of, rng, np.random.default_rng(seed * 1000 + number))
        print(name, len(scene[1]), flush=True)
    with open(f"{out}/side.txt", "w") as file:
        file.write(wanted + "\n")


if __name__ == "__main__":
    if len(sys.argv) < 6 or sys.argv[1] not in ("development", "report"):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
