#!/usr/bin/env python3
"""Makes masks for the photographs of people in a manifest, as `lesionscope train --network skin` learns from them: white is skin, grey (128) a part of a
body that is no lesion (eyes, brows, nostrils, lips, navels), black anything else.

usage: masks.py MANIFEST.tsv OUT          (OUT gets masks/ and a manifest.tsv that names them; pictures stay where they are)

Rows of the class `skin-scene` get one: their own mask with the parts drawn into it, or, without a mask, skin of the colour that hands and faces have in the picture.
Landmarks of faces and hands come from MediaPipe: pip install mediapipe==0.10.21 opencv-python-headless. Photographs without any are kept as they are,
or, if they have no mask either, left out; both are counted.
"""
import csv
import os
import sys

import cv2
import mediapipe as mp
import numpy as np

PART = 128
# Share of a photograph that a hole in its skin has at most, where it is a part of the body.
LARGEST_HOLE = 0.02
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127,
        162, 21, 54, 103, 67, 109]
# Outlines of a face mesh of MediaPipe: eyes with their lids, brows, lips, the underside of the nose.
PARTS = {
    "right eye": [226, 247, 30, 29, 27, 28, 56, 190, 243, 112, 26, 22, 23, 24, 110, 25],
    "left eye": [446, 467, 260, 259, 257, 258, 286, 414, 463, 341, 256, 252, 253, 254, 339, 255],
    "right brow": [70, 63, 105, 66, 107, 55, 65, 52, 53, 46],
    "left brow": [300, 293, 334, 296, 336, 285, 295, 282, 283, 276],
    "lips": [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146],
    "nostrils": [129, 98, 97, 2, 326, 327, 358, 279, 278, 294, 455, 305, 290, 328, 326, 2, 97, 99, 60, 75, 235, 64, 48, 49],
}


class Finder:
    """Finds faces and hands."""

    def __init__(self):
        solutions = mp.solutions
        self.hands = solutions.hands.Hands(static_image_mode=True, max_num_hands=4, model_complexity=1, min_detection_confidence=0.4)
        self.mesh = solutions.face_mesh.FaceMesh(static_image_mode=True, max_num_faces=4, min_detection_confidence=0.4)
        self.faces = solutions.face_detection.FaceDetection(model_selection=1, min_detection_confidence=0.5)
        self.people = solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)

    def meshes(self, rgb):
        """Landmarks of every face, px."""
        h, w = rgb.shape[:2]
        found = self.mesh.process(rgb).multi_face_landmarks or []
        return [np.array([(p.x * w, p.y * h) for p in face.landmark], np.float32) for face in found]

    def skin(self, rgb, meshes):
        """Skin by the colour of the hands and faces that are found; None without any."""
        h, w = rgb.shape[:2]
        seed, near = np.zeros((h, w), np.uint8), np.zeros((h, w), np.uint8)
        for hand in self.hands.process(rgb).multi_hand_landmarks or []:
            points = np.array([(p.x * w, p.y * h) for p in hand.landmark], np.float32)
            size = np.linalg.norm(points[0] - points[9])
            for a, b in mp.solutions.hands.HAND_CONNECTIONS:
                cv2.line(seed, pixel(points[a]), pixel(points[b]), 255, max(2, int(size * 0.16)))
            cv2.fillPoly(seed, [points[[0, 1, 5, 9, 13, 17]].astype(int)], 255)
            cv2.circle(near, pixel(points[0]), int(size * 1.2), 255, -1)
            cv2.polylines(near, [points.astype(int)], False, 255, max(1, int(size * 0.6)))
        for mesh in meshes:
            cv2.fillPoly(seed, [mesh[OVAL].astype(int)], 255)
            centre, radius = cv2.minEnclosingCircle(mesh[OVAL])
            cv2.circle(near, pixel(centre), int(radius * 1.5), 255, -1)
        for face in [] if meshes else self.faces.process(rgb).detections or []:
            box = face.location_data.relative_bounding_box
            centre = (int((box.xmin + box.width / 2) * w), int((box.ymin + box.height / 2) * h))
            axes = (max(1, int(box.width * w * 0.42)), max(1, int(box.height * h * 0.55)))
            cv2.ellipse(seed, centre, axes, 0, 0, 360, 255, -1)
            cv2.circle(near, centre, int(box.height * h * 1.1), 255, -1)
        person = cv2.dilate((self.people.process(rgb).segmentation_mask > 0.3).astype(np.uint8), np.ones((9, 9)))
        return like(rgb, seed, (person > 0) | (near > 0))


def pixel(point):
    return int(point[0]), int(point[1])


def like(rgb, seed, where):
    """The seed, and what has its colour where a person may be."""
    colours = cv2.cvtColor(cv2.GaussianBlur(rgb, (0, 0), 1.5), cv2.COLOR_RGB2YCrCb).astype(np.float32)
    known = colours[cv2.erode(seed, np.ones((5, 5))) > 0]
    if len(known) < 200:
        return None
    away = colours - np.median(known, 0)
    # Brightness may differ more than colour does.
    spread = np.linalg.inv(np.cov(known.T) + np.diag([60, 3, 3]))
    skin = ((np.einsum("ijk,kl,ijl->ij", away, spread, away) < 7) & where).astype(np.uint8) * 255
    skin = cv2.morphologyEx(skin, cv2.MORPH_OPEN, np.ones((5, 5)))
    return cv2.morphologyEx(cv2.bitwise_or(skin, seed), cv2.MORPH_CLOSE, np.ones((9, 9)))


def draw_parts(mask, meshes):
    """Draws the parts of faces, a little wider than they are, and what skin encloses: navels, jewellery."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((mask == 0).astype(np.uint8))
    height, width = mask.shape
    for hole in range(1, count):
        x, y, w, h, area = stats[hole]
        if x > 0 and y > 0 and x + w < width and y + h < height and area < LARGEST_HOLE * mask.size:
            mask[labels == hole] = PART
    for mesh in meshes:
        width = max(1, int(np.linalg.norm(mesh[33] - mesh[263]) * 0.06))
        for outline in PARTS.values():
            shape = cv2.convexHull(mesh[outline].astype(int))
            cv2.fillPoly(mask, [shape], PART)
            cv2.polylines(mask, [shape], True, PART, width)


def main(manifest, out):
    root, finder = os.path.dirname(os.path.abspath(manifest)), Finder()
    os.makedirs(f"{out}/masks", exist_ok=True)
    with open(manifest, newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    kept, counts = [], {"with parts": 0, "skin alone": 0, "left out": 0}
    for row in rows:
        path = os.path.join(root, row["path"])
        row["path"] = path
        own = row["mask"] and os.path.join(root, row["mask"])
        row["mask"] = own
        if row["class"] == "skin-scene":
            rgb = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
            meshes = finder.meshes(rgb)
            mask = cv2.imread(own, cv2.IMREAD_GRAYSCALE) if own else finder.skin(rgb, meshes)
            if mask is None:
                counts["left out"] += 1
                continue
            mask = cv2.resize(((mask >= 128) * 255).astype(np.uint8), rgb.shape[1::-1], interpolation=cv2.INTER_NEAREST)
            draw_parts(mask, meshes)
            counts["with parts" if meshes else "skin alone"] += 1
            row["mask"] = os.path.abspath(f"{out}/masks/{row['source']}_{os.path.splitext(os.path.basename(path))[0]}.png")
            cv2.imwrite(row["mask"], mask)
        kept.append(row)
    with open(f"{out}/manifest.tsv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter="\t")
        writer.writeheader()
        writer.writerows(kept)
    print(", ".join(f"{what}: {count}" for what, count in counts.items()))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
