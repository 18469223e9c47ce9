"""The maps of `lesionscope explain` beside those of Captum, pytorch-grad-cam and Zennit, on the same weights.

usage: explanations.py MODEL_FOLDER MAPS_FOLDER     (see explanations.sh)

The network is built from model.toml and weights.safetensors, with normalisation folded into the convolutions, and asked about
the window that lesionscope saw (window.png) and the class that it names (explanation.json). Target: the logit. Baseline: the
network's grey. Maps are compared as they come out, before smoothing and resizing, by Pearson's correlation over their places.

Different by definition, so that another row shows the reference as it is: pytorch-grad-cam adds 1e-6 to the denominators of
Grad-CAM++, which are of that size here; the epsilon of lesionscope is a hundredth of a layer's mean absolute result, Zennit's is
a number. In every LRP rule biases take part in the sums and keep their share, here as in Zennit. Captum's deconvolution and guided
backpropagation only know torch's ReLU: ReLU6 is written as one with a ceiling.

Not compared: lrp-alpha-beta and lrp-composite (Zennit shares a shortcut by another rule, and leaves a result with one sign only
short of its share), smooth-grad and rise (other random numbers), score-cam (128 of the feature maps here), occlusion (another
colour and step), eigen-cam (pytorch-grad-cam centres the feature maps), taylor (in none of them); cam is in none of them either,
and equals hires-cam up to scale here.
"""

import json
import pathlib
import sys
import warnings

import numpy
import tomli
import torch
from captum.attr import Deconvolution, GuidedBackprop, InputXGradient, IntegratedGradients, Saliency
from PIL import Image
from pytorch_grad_cam import GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from safetensors.numpy import load_file
from zennit.composites import LayerMapComposite
from zennit.attribution import Gradient
from zennit.layer import Sum
from zennit.rules import Epsilon, Gamma, Norm, Pass
from zennit.types import Activation, Convolution

warnings.filterwarnings("ignore")
MEAN, DEVIATION, BATCH_NORM_EPSILON = 0.5, 0.25, 1e-5


class Ceiling(torch.nn.ReLU):
    """ReLU6 that Captum and Zennit take for the ReLU that it is with a ceiling."""

    def forward(self, x):
        return x.clamp(0, 6)


class Block(torch.nn.Module):
    """Convolutions one after the other, their input added before the last activation."""

    def __init__(self, inner, end):
        super().__init__()
        self.inner, self.end, self.sum = inner, end, Sum()

    def forward(self, x):
        return self.end(self.sum(torch.stack([self.inner(x), x], dim=-1)))


class Attention(torch.nn.Module):
    """Weights of places, after the class Attention of Ilse et al.'s AttentionDeepMIL, without biases."""

    def __init__(self, tensors):
        super().__init__()
        self.v, self.u, self.w = (torch.tensor(tensors[f"attention.{part}.weight"].copy()) for part in "vuw")

    def forward(self, features):
        n, c, h, w = features.shape
        places = features.flatten(2).transpose(1, 2)
        scores = (torch.tanh(places @ self.v) * torch.sigmoid(places @ self.u)) @ self.w
        return torch.softmax(scores, dim=1).reshape(n, 1, h, w)


class Network(torch.nn.Module):
    def __init__(self, folder):
        super().__init__()
        card = tomli.loads((folder / "model.toml").read_text())
        self.tensors = {k: v.astype("float32") for k, v in load_file(folder / "weights.safetensors").items()}
        self.names = [item["name"] for item in card["classes"]]
        self.temperature = card.get("calibration", {}).get("temperature", 1.0)
        self.side = card["classifier"]["side"]
        self.kind = card["classifier"].get("activation", "relu")
        steps, channels = [], 3
        for i, layer in enumerate(card["classifier"]["layers"]):
            (kind, shape), = layer.items()
            new, channels = self.layer(f"classifier.{i}", kind, shape, channels)
            steps += new
        self.features = torch.nn.Sequential(*steps)
        weight, bias = self.tensors["classes.weight"], self.tensors["classes.bias"]
        self.attention = Attention(self.tensors) if card.get("head") == "attention" else None
        self.head = torch.nn.Linear(*weight.shape)
        self.head.weight.data, self.head.bias.data = torch.tensor(weight.T.copy()), torch.tensor(bias)

    def activation(self):
        return {"relu": torch.nn.ReLU, "relu6": Ceiling, "linear": torch.nn.Identity}[self.kind]()

    def convolution(self, name, inputs, outputs, kernel, stride, padding, depthwise=False):
        part = lambda part: self.tensors[f"{name}.{part}"]
        scale = part("gamma") / numpy.sqrt(part("variance") + BATCH_NORM_EPSILON)
        groups = outputs if depthwise else 1
        conv = torch.nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups)
        # Rows: kernel row, kernel column, input channel.
        weight = (part("weight") * scale).reshape(kernel, kernel, 1 if depthwise else inputs, outputs)
        conv.weight.data = torch.tensor(weight.transpose(3, 2, 0, 1).copy())
        conv.bias.data = torch.tensor(part("beta") - part("mean") * scale)
        return conv

    def layer(self, name, kind, shape, channels):
        if kind == "conv":
            out = shape["out"]
            conv = self.convolution(name, channels, out, shape["kernel"], shape["stride"], shape["padding"])
            return [conv, self.activation()], out
        if kind == "residual":
            a = self.convolution(f"{name}.a", channels, channels, 3, 1, 1)
            b = self.convolution(f"{name}.b", channels, channels, 3, 1, 1)
            return [Block(torch.nn.Sequential(a, self.activation(), b), self.activation())], channels
        out, kernel, stride, expand = (shape[part] for part in ("out", "kernel", "stride", "expand"))
        inner = channels * expand
        parts = []
        if expand > 1:
            parts += [self.convolution(f"{name}.expand", channels, inner, 1, 1, 0), self.activation()]
        parts += [self.convolution(f"{name}.depthwise", inner, inner, kernel, stride, kernel // 2, True), self.activation()]
        parts += [self.convolution(f"{name}.project", inner, out, 1, 1, 0)]
        if stride == 1 and out == channels:
            return [Block(torch.nn.Sequential(*parts), torch.nn.Identity())], out
        return parts, out

    def forward(self, x):
        features = self.features(x)
        if self.attention is None:
            return self.head(features.mean(dim=(2, 3)))
        return self.head((self.attention(features) * features).sum(dim=(2, 3)))

    def stages(self):
        """Convolutions with a stride, first to last."""
        strided = [m for m in self.features.modules() if isinstance(m, torch.nn.Conv2d) and m.stride[0] > 1]
        return strided


def cam(kind, network, layer, x, target):
    """A map of pytorch-grad-cam at the size of its layer: its own map is resized and stretched."""
    with kind(network, [layer]) as it:
        it(x, [ClassifierOutputTarget(target)])
        values = it.activations_and_grads
        activations, gradients = (v[0].cpu().detach().numpy() for v in (values.activations, values.gradients))
        image = it.get_cam_image(x, layer, [ClassifierOutputTarget(target)], activations, gradients, False)
    return image[0]


def exact_plus_plus(network, layer, x, target):
    """The formula of Chattopadhay et al. without the 1e-6 that pytorch-grad-cam adds to its denominator."""

    class Exact(GradCAMPlusPlus):
        def get_cam_weights(self, x, layers, targets, activations, gradients):
            below = 2 * gradients**2 + activations.sum(axis=(2, 3), keepdims=True) * gradients**3
            parts = numpy.where(numpy.abs(below) > 1e-20, gradients**2 / numpy.where(below == 0, 1, below), 0)
            return (numpy.maximum(gradients, 0) * parts).sum(axis=(2, 3))

    return cam(Exact, network, layer, x, target)


def away(values, part):
    """Moved away from 0 by a part of the mean absolute value, as lesionscope does."""
    by = max(part * values.abs().mean().item(), 1e-9)
    return values + torch.where(values >= 0, by, -by)


def relevance(network, x, target, rule, sums):
    """Relevance at the picture, handed down from the last feature map: weights of the class times features, the head's bias
    left out."""
    composite = LayerMapComposite([(Activation, Pass()), (Sum, sums), (Convolution, rule)])
    with torch.no_grad():
        features = network.features(x)
        # Attention's weights count as given (Ali et al. 2022).
        each = 1 / (features.shape[2] * features.shape[3]) if network.attention is None else network.attention(features)
        start = features * network.head.weight[target][None, :, None, None] * each
    with Gradient(network.features, composite=composite) as attributor:
        _, out = attributor(x.clone().requires_grad_(), start)
    return out.detach()[0].sum(0).numpy()


def references(network, x, target):
    """Name of the method, of the reference, and its map."""
    last = network.features[-1]
    summed = lambda values: values.detach()[0].sum(0).numpy()
    grey = torch.zeros_like(x)
    positive = lambda values: numpy.maximum(values, 0)
    if network.attention is not None:
        with torch.no_grad():
            yield "attention", "torch, Ilse et al.", network.attention(network.features(x))[0, 0].numpy()
    yield "grad-cam", "pytorch-grad-cam", positive(cam(GradCAM, network, last, x, target))
    yield "grad-cam++", "pytorch-grad-cam", positive(cam(GradCAMPlusPlus, network, last, x, target))
    yield "grad-cam++", "pytorch-grad-cam, no 1e-6", positive(exact_plus_plus(network, last, x, target))
    yield "hires-cam", "pytorch-grad-cam", cam(HiResCAM, network, last, x, target)
    yield "layer-cam", "pytorch-grad-cam", positive(layer_cam(network, x, target))
    yield "sensitivity", "Captum Saliency, squared", summed(Saliency(network).attribute(x, target, abs=False) ** 2)
    yield "gradient-input", "Captum", summed(InputXGradient(network).attribute(x, target))
    for method, steps in (("riemann_middle", 128), ("gausslegendre", 512)):
        way = IntegratedGradients(network).attribute(x, grey, target, n_steps=steps, method=method, internal_batch_size=16)
        yield "integrated-gradients", f"Captum, {steps} {method}", summed(way)
    # What comes out at a pixel has three channels; lesionscope sums their absolute values.
    yield "deconvnet", "Captum", summed(Deconvolution(network).attribute(x, target).abs())
    yield "guided-backprop", "Captum", summed(GuidedBackprop(network).attribute(x, target).abs())
    ours, plain = (lambda z: away(z, 0.01)), (lambda z: away(z, 0.0))
    yield "lrp-0", "Zennit", relevance(network, x, target, Epsilon(plain), Norm(plain))
    yield "lrp-epsilon", "Zennit, same epsilon", relevance(network, x, target, Epsilon(ours), Norm(ours))
    yield "lrp-epsilon", "Zennit, epsilon 1e-6", relevance(network, x, target, Epsilon(1e-6), Norm(1e-6))
    yield "lrp-gamma", "Zennit, same epsilon", relevance(network, x, target, Gamma(0.25, ours), Norm(ours))


def layer_cam(network, x, target):
    """LayerCAM at what goes into the last convolution with a stride."""
    strided = network.stages()[-1]
    kept = {}

    def keep(_, inputs):
        kept["x"] = inputs[0]
        inputs[0].retain_grad()

    hook = strided.register_forward_pre_hook(keep)
    network(x.clone().requires_grad_())[0, target].backward()
    hook.remove()
    it = LayerCAM(network, [strided])
    values = [kept["x"].detach().numpy(), kept["x"].grad.numpy()]
    image = it.get_cam_image(x, strided, [target], *values, False)[0]
    it.activations_and_grads.release()
    return image


def correlation(a, b):
    a, b = (v.astype("float64").ravel() - v.mean() for v in (a, b))
    return float((a * b).sum() / numpy.sqrt((a * a).sum() * (b * b).sum()))


def main(model, maps):
    network = Network(pathlib.Path(model)).eval()
    found, gaps, apart = {}, [], []
    for record in sorted(pathlib.Path(maps).glob("*/explanation.json")):
        told = json.loads(record.read_text())
        pixels = numpy.asarray(Image.open(record.parent / "window.png").convert("RGB")).astype("float32")
        x = torch.tensor((pixels / 255 - MEAN) / DEVIATION).permute(2, 0, 1)[None]
        target = network.names.index(told["class"])
        with torch.no_grad():
            logits = network(x)
            gaps.append(abs(torch.softmax(logits / network.temperature, 1)[0, target].item() - told["score"]))
            change = (logits - network(torch.zeros_like(x)))[0, target].item()
        ours = lambda method: numpy.load(record.parent / f"{method}.npy")
        apart.append(abs(ours("integrated-gradients").sum() - change) / abs(change))
        for method, reference, theirs in references(network, x, target):
            if not (record.parent / f"{method}.npy").exists():
                continue
            mine = ours(method)
            if mine.shape != theirs.shape:
                raise SystemExit(f"{method}: {mine.shape} here, {theirs.shape} in {reference}")
            found.setdefault((method, reference), []).append(correlation(mine, theirs))
    if not gaps:
        raise SystemExit(f"{maps}: no explanation.json in a folder of it")
    print(f"{len(gaps)} pictures, {model}; scores differ by {max(gaps):.1e} at most")
    print(f"integrated gradients miss the change of the logit by {100 * numpy.median(apart):.2f} % (median), {100 * max(apart):.2f} % at most")
    print(f"{'method':<21} {'reference':<30} {'least r':>8} {'mean r':>8}")
    for (method, reference), values in found.items():
        print(f"{method:<21} {reference:<30} {min(values):>8.4f} {numpy.mean(values):>8.4f}")


main(*sys.argv[1:])
