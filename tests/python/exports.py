"""Do the real readers take what `lesionscope export-session` writes?

usage: exports.py LESIONSCOPE SESSION      (packages: requirements.txt beside this file; `.ci/heavy exports` does it all)
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

program, session = sys.argv[1], Path(sys.argv[2])
lines = [json.loads(line) for line in (session / "detections.jsonl").read_text().splitlines()]
account = json.loads((session / "session.json").read_text())
confirmed = [(line, circle) for line in lines for circle in line["circles"] if circle["state"] == "confirmed"]
assert confirmed, "the session has no confirmed circle: choose another one"
folder = Path(tempfile.mkdtemp())


def export(form, *more):
    out = folder / f"{form}{''.join(more)}"
    subprocess.run([program, "export-session", session, "--format", form, "--out", out, "--quiet", *more], check=True)
    return out


def coco():
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth = COCO(export("coco"))
    assert len(truth.getImgIds()) == len(lines) and len(truth.getAnnIds()) == len(confirmed)
    for annotation in truth.loadAnns(truth.getAnnIds()):
        x, y, w, h = annotation["bbox"]
        image = truth.loadImgs(annotation["image_id"])[0]
        assert 0 <= x and x + w <= image["width"] + 0.01 and 0 <= y and y + h <= image["height"] + 0.01
    # As detections of itself it is found without a fault.
    keys = ("image_id", "category_id", "bbox", "score")
    found = [{key: annotation[key] for key in keys} for annotation in truth.dataset["annotations"]]
    judged = COCOeval(truth, truth.loadRes(found), "bbox")
    judged.evaluate(), judged.accumulate(), judged.summarize()
    assert judged.stats[0] > 0.99, judged.stats


def yolo():
    out = export("yolo")
    names = yaml.safe_load((out / "data.yaml").read_text())["names"]
    lesions = [entry["name"] for entry in account["classes"] if entry["kind"] == "lesion"]
    assert list(names.values()) == lesions, names
    files = sorted((out / "labels").iterdir())
    assert [file.stem for file in files] == [f"{at:06}" for at in range(len(lines))]
    boxes = [line.split() for file in files for line in file.read_text().splitlines()]
    assert len(boxes) == len(confirmed)
    for kind, *box in boxes:
        assert int(kind) in names
        x, y, w, h = map(float, box)
        assert min(x - w / 2, y - h / 2) > -1e-5 and max(x + w / 2, y + h / 2) < 1 + 1e-5


def csv():
    import pandas

    table = pandas.read_csv(export("csv"))
    assert len(table) == len(confirmed)
    assert table["score"].dtype == float and table["on_skin"].dtype == bool
    assert (table["x"] == [circle["x"] for _, circle in confirmed]).all()
    assert (table["frame"] == [line["frame"] for line, _ in confirmed]).all()
    assert [f"score_{entry['name']}" for entry in account["classes"]] == list(table.columns[17:])
    assert len(pandas.read_csv(export("csv", "--on-skin-only"))) == table["on_skin"].sum()
    assert len(pandas.read_csv(export("csv", "--state=all"))) == sum(len(line["circles"]) for line in lines)


def mot():
    import motmetrics

    out = export("mot")
    table = motmetrics.io.loadtxt(str(out / "gt/gt.txt"), fmt="mot16", min_confidence=1)
    assert len(table) == len(confirmed)
    assert not table.index.duplicated().any(), "an id twice in a frame"
    trackeval(out)


def trackeval(sequence):
    """The sequence tracked by itself has a HOTA and an IDF1 of 1."""
    import shutil

    from trackeval import Evaluator
    from trackeval.datasets import MotChallenge2DBox
    from trackeval.metrics import HOTA, Identity

    data = folder / "tracker" / "lesionscope" / "data"
    data.mkdir(parents=True)
    shutil.copy(sequence / "gt/gt.txt", data / f"{sequence.name}.txt")
    evaluator = Evaluator({"PRINT_RESULTS": False, "PRINT_CONFIG": False, "OUTPUT_SUMMARY": False,
                           "OUTPUT_DETAILED": False, "PLOT_CURVES": False, "USE_PARALLEL": False,
                           "TIME_PROGRESS": False, "BREAK_ON_ERROR": True, "OUTPUT_EMPTY_CLASSES": False})
    dataset = MotChallenge2DBox({"GT_FOLDER": str(folder), "TRACKERS_FOLDER": str(folder / "tracker"),
                                 "SKIP_SPLIT_FOL": True, "SEQ_INFO": {sequence.name: None}, "PRINT_CONFIG": False,
                                 "TRACKERS_TO_EVAL": ["lesionscope"], "DO_PREPROC": False})
    results, _ = evaluator.evaluate([dataset], [HOTA(), Identity()])
    judged = results["MotChallenge2DBox"]["lesionscope"]["COMBINED_SEQ"]["pedestrian"]
    assert judged["HOTA"]["HOTA"].mean() > 0.999, judged["HOTA"]["HOTA"]
    assert judged["Identity"]["IDF1"] > 0.999 and judged["Identity"]["IDTP"] == len(confirmed)


def subtitles():
    import webvtt

    cues = webvtt.read(str(export("webvtt")))
    end = lines[-1]["time_s"]
    assert len(cues) > 0
    for cue in cues:
        assert 0 <= cue.start_in_seconds < cue.end_in_seconds <= end + 2 and cue.text
    places = {f"#{place['place']}" for place in account["places"]}
    assert {cue.text.split()[0] for cue in cues if cue.text.startswith("#")} <= places, places


def label_studio():
    from label_studio_sdk.label_interface import LabelInterface

    tasks = json.loads(export("label-studio").read_text())
    labels = "".join(f'<Label value="{entry["name"]}"/>' for entry in account["classes"] if entry["kind"] == "lesion")
    interface = LabelInterface(f'<View><Labels name="label" toName="video">{labels}</Labels>'
                               '<Video name="video" value="$video"/><VideoRectangle name="box" toName="video"/></View>')
    assert len(tasks) == 1
    [prediction] = tasks[0].pop("predictions")
    assert interface.validate_task(tasks[0])
    faults = interface.validate_prediction(prediction, return_errors=True)
    assert not faults, faults
    rectangles = prediction["result"]
    assert rectangles
    for rectangle in rectangles:
        for key in rectangle["value"]["sequence"]:
            assert 0 <= key["x"] and key["x"] + key["width"] <= 100.01, key
            assert 0 <= key["y"] and key["y"] + key["height"] <= 100.01, key
            assert 1 <= key["frame"] <= rectangle["value"]["framesCount"], key
        assert not rectangle["value"]["sequence"][-1]["enabled"]
    assert sum(len(one["value"]["sequence"]) for one in rectangles) == len(confirmed)


def schemas():
    """What was recorded is as the schemas say."""
    from jsonschema import Draft202012Validator

    def validator(name):
        return Draft202012Validator(json.loads((Path(__file__).parents[2] / "docs/schemas" / name).read_text()))

    validator("session.json").validate(account)
    line_validator = validator("detections-line.json")
    for line in lines:
        line_validator.validate(line)


for check in (coco, yolo, csv, mot, subtitles, label_studio, schemas):
    check()
    print(f"{check.__name__}: read, as it should be")
