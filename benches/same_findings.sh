#!/usr/bin/env bash
# Do two builds of lesionscope find the same? Runs both over clips and compares every line of detections.jsonl but for times.
# usage: benches/same_findings.sh OLD-BINARY NEW-BINARY CLIP...      exit code 1 where anything differs
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,3p' "$0" >&2; exit 2; }
old=$1 new=$2; shift 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
differ=0
for clip in "$@"; do
  for build in old new; do "${!build}" headless -q --workers 1 -s "$clip" --out "$work/$build" & done
  wait
  said=$(python3 - "$work/old/detections.jsonl" "$work/new/detections.jsonl" <<'P'
import json, sys
def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(part) for key, part in value.items() if key != "ms" and not key.endswith("_ms")}
    return [without_times(part) for part in value] if isinstance(value, list) else value
old, new = ([without_times(json.loads(line)) for line in open(path)] for path in sys.argv[1:])
other = [at for at, pair in enumerate(zip(old, new)) if pair[0] != pair[1]]
same = not other and len(old) == len(new)
print(f"{len(old)} lines, the same" if same else f"{len(old)} and {len(new)} lines, {len(other)} differ, the first at line {other[0] + 1 if other else min(len(old), len(new)) + 1}")
P
  )
  echo "$(basename "$clip"): $said"
  case $said in *same) ;; *) differ=1; [ -z "${KEEP:-}" ] || cp -r "$work" "$KEEP/$(basename "$clip")";; esac
  rm -rf "$work"/*
done
exit $differ
