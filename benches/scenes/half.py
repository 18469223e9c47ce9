"""Lays out a data folder whose validation side holds one half of it only, so that clips can be composed from the lesions of that half.

usage: half.py development|report OUT_DIR DATA_DIR...

DATA_DIR is unpacked data (a folder with manifest.tsv). OUT_DIR gets links to the pictures and a manifest.tsv without the rows of the validation side
that belong to the other half. The rule is that of src/data/half.rs: a hash of the group's name, so a patient stands in the same half in every lot.
"""
import csv
import os
import sys

MASK = (1 << 64) - 1


def half(group):
    """The half that a group belongs to: the top bit of FNV-1a, finished as MurmurHash3 does it (fmix64)."""
    h = 0xCBF29CE484222325
    for byte in group.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        h = ((h ^ (h >> 33)) * factor) & MASK
    return "report" if (h ^ (h >> 33)) >> 63 else "development"


def group_of(row):
    """Patient or lesion as the program names it: the first entry of the group, or the path where there is none."""
    return row["group"].split(";")[0] or row["path"]


def main(wanted, out, lots):
    os.makedirs(out, exist_ok=True)
    rows, fields = [], None
    for number, lot in enumerate(lots):
        # The first lot keeps its paths, which make_scenes.py looks for by name; the others get a folder each.
        prefix = "" if number == 0 else f"lot{number + 1}/"
        with open(f"{lot}/manifest.tsv", newline="") as file:
            table = csv.DictReader(file, delimiter="\t")
            fields = fields or table.fieldnames
            for row in table:
                if row["split"] == "val" and half(group_of(row)) != wanted:
                    continue
                for column in ("path", "mask"):
                    row[column] = prefix + row[column] if row[column] else ""
                rows.append(row)
        links = [(lot, f"lot{number + 1}")] if number else [(f"{lot}/{name}", name) for name in os.listdir(lot) if os.path.isdir(f"{lot}/{name}")]
        for place, name in links:
            if not os.path.lexists(f"{out}/{name}"):
                os.symlink(os.path.abspath(place), f"{out}/{name}")
    with open(f"{out}/manifest.tsv", "w", newline="") as file:
        table = csv.DictWriter(file, fields, delimiter="\t", extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    print(f"{out}: {len(rows)} pictures, the {wanted} half of the validation side and all of the training side")


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in ("development", "report"):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
