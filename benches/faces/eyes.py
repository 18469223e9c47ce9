#!/usr/bin/env python3
"""In how many photographs does `--blur-faces` cover both eyes?

usage: eyes.py find EYES.json PICTURE...          where the eyes are: MediaPipe's face mesh, and its face detector where that finds none
       eyes.py covered EYES.json ANNOTATED_DIR    how many of them are covered in the pictures that `headless --blur-faces` wrote

Needs mediapipe==0.10.21, opencv-python-headless and numpy, in an environment of its own. Pictures without a face that is found do not count. An eye is
an ellipse about its outline; it is covered when at most a quarter of its pixels look as they did.
"""
import glob
import json
import os
import sys

import cv2
import numpy as np

# Corners and lids of the eyes in MediaPipe's face mesh.
EYES = ([33, 133, 159, 145, 158, 153, 160, 144], [263, 362, 386, 374, 385, 380, 387, 373])
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127,
        162, 21, 54, 103, 67, 109]
# Share of an eye's pixels that may look as they did: some are of one colour with all around them.
KEPT = 0.25


def find(pictures):
    import mediapipe as mp

    mesh = mp.solutions.face_mesh.FaceMesh(static_image_mode=True, max_num_faces=4, min_detection_confidence=0.5)
    detector = mp.solutions.face_detection.FaceDetection(model_selection=1, min_detection_confidence=0.6)
    found = {}
    for path in pictures:
        picture = cv2.imread(path)
        if picture is None:
            continue
        rgb, (height, width) = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), picture.shape[:2]
        scale, faces = np.array([width, height]), []
        for face in mesh.process(rgb).multi_face_landmarks or []:
            points = np.array([(p.x, p.y) for p in face.landmark]) * scale
            eyes = []
            for outline in EYES:
                eye = points[outline]
                eyes.append([*eye.mean(0).tolist(), float(np.ptp(eye[:, 0]) / 2), float(max(np.ptp(eye[:, 1]) / 2, np.ptp(eye[:, 0]) / 6))])
            faces.append({"eyes": eyes, "box": [*points[OVAL].min(0).tolist(), *points[OVAL].max(0).tolist()]})
        for face in [] if faces else detector.process(rgb).detections or []:
            data = face.location_data
            box = data.relative_bounding_box
            r = box.width * width * 0.1
            eyes = [[p.x * width, p.y * height, r, r / 2] for p in data.relative_keypoints[:2]]
            corner = np.array([box.xmin, box.ymin]) * scale
            faces.append({"eyes": eyes, "box": [*corner.tolist(), *(corner + np.array([box.width, box.height]) * scale).tolist()]})
        if faces:
            found[path] = faces
    return found


def kept(before, after, eye):
    """Share of the pixels of an eye that look as they did."""
    x, y, rx, ry = eye
    mask = np.zeros(before.shape[:2], np.uint8)
    cv2.ellipse(mask, (int(round(x)), int(round(y))), (max(2, int(rx)), max(2, int(ry))), 0, 0, 360, 255, -1)
    inside = mask > 0
    # Two decoders of one JPEG differ by a little.
    return float((np.abs(before.astype(int) - after).max(2)[inside] <= 3).mean()) if inside.any() else None


def covered(found, folder):
    counts, missed = {}, []
    for path, faces in found.items():
        name = os.path.splitext(os.path.basename(path))[0]
        written = glob.glob(f"{glob.escape(folder)}/{glob.escape(name)}*.png")
        if not written:
            continue
        before, after = cv2.imread(path), cv2.imread(written[0])
        shares = [kept(before, after, eye) for face in faces for eye in face["eyes"]]
        good = all(share is None or share <= KEPT for share in shares)
        kind = os.path.basename(os.path.dirname(path))
        count = counts.setdefault(kind, [0, 0])
        count[0] += good
        count[1] += 1
        if not good:
            missed.append(path)
    return counts, missed


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in ("find", "covered"):
        sys.exit(__doc__)
    if sys.argv[1] == "find":
        with open(sys.argv[2], "w") as file:
            json.dump(find(sys.argv[3:]), file)
    else:
        with open(sys.argv[2]) as file:
            counts, missed = covered(json.load(file), sys.argv[3])
        for kind, (good, all_) in {**counts, "all": [sum(column) for column in zip(*counts.values())]}.items():
            print(f"{kind}: both eyes covered in {good} of {all_} photographs, {good / max(1, all_):.3f}")
        print("not in:", *missed, sep="\n  ")
