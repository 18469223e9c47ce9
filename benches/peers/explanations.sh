#!/usr/bin/env bash
# Compares the maps of `lesionscope explain` with those of Captum, pytorch-grad-cam and Zennit on the same weights.
# usage: benches/peers/explanations.sh PICTURE ...     (close-ups; a folder or a glob works too)
#   LESIONSCOPE=target/release/lesionscope  the program       MODEL=models/opinion  the model folder that is asked
# Needs PyTorch: Debian's python3-torch where it is installed, else PyPI's (large). Everything it makes is under target/peers.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || { sed -n '2,5p' "$0" >&2; exit 2; }
program=${LESIONSCOPE:-target/release/lesionscope} model=${MODEL:-models/opinion}
home=target/peers venv=target/peers/venv out=target/peers/maps
[ -x "$program" ] || { echo "$program: is not there; build it with cargo build --release, or set LESIONSCOPE" >&2; exit 1; }
if [ ! -e "$venv/complete" ]; then
  mkdir -p "$home"
  if /usr/bin/python3 -c 'import torch, torchvision' 2>/dev/null; then
    /usr/bin/python3 -m venv --clear --system-site-packages "$venv"
  else
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install -q torch torchvision scikit-learn matplotlib pillow
  fi
  # Debian's PyTorch was built against numpy 1; the three libraries would pull PyPI's PyTorch over it.
  "$venv/bin/pip" install -q 'numpy<2' safetensors tomli 'opencv-python-headless<4.12' ttach tqdm
  "$venv/bin/pip" install -q --no-deps captum==0.9.0 grad-cam==1.5.7 zennit==0.5.1
  touch "$venv/complete"
fi
rm -rf "$out"
# A network with attention has a map of its own.
attention=; grep -q '^head = "attention"' "$model/model.toml" && attention=attention,
methods=${attention}grad-cam,grad-cam++,hires-cam,layer-cam,sensitivity,gradient-input,integrated-gradients,deconvnet,guided-backprop,lrp-0,lrp-epsilon,lrp-gamma
for picture in "$@"; do
  "$program" explain --source "$picture" --whole --model "$model" --opinion none --method "$methods" --out "$out" --exist-ok --quiet
done
"$venv/bin/python" benches/peers/explanations.py "$model" "$out"
