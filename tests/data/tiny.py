# Writes tests/data/tiny.pth: a state dictionary in PyTorch's format before 1.6, without PyTorch.
import collections, io, pickle, struct, sys, types
torch = types.ModuleType("torch"); utils = types.ModuleType("torch._utils")
class FloatStorage:
    def __init__(self, key, values): self.key, self.values = key, values
FloatStorage.__module__ = "torch"; torch.FloatStorage = FloatStorage
def _rebuild_tensor_v2(*a): pass
_rebuild_tensor_v2.__module__ = "torch._utils"; utils._rebuild_tensor_v2 = _rebuild_tensor_v2; torch._utils = utils
sys.modules["torch"] = torch; sys.modules["torch._utils"] = utils
class T:
    def __init__(self, key, values, shape, stride):
        self.storage, self.shape, self.stride = FloatStorage(key, values), shape, stride
    def __reduce__(self):
        return (_rebuild_tensor_v2, (self.storage, 0, self.shape, self.stride, False, collections.OrderedDict()))
class P(pickle.Pickler):
    def persistent_id(self, o):
        if isinstance(o, FloatStorage): return ("storage", FloatStorage, o.key, "cpu", len(o.values), None)
# stem: 2 outputs, 3 inputs, 3x3, stored transposed as TensorFlow has it: strides for (row, column, input, output)
n = 2*3*3*3
weight = [float(i) for i in range(n)]
d = collections.OrderedDict([
  ("_conv_stem.weight", T("9", weight, (2,3,3,3), (1,2,18,6))),
  ("_bn0.weight", T("1", [1.5, 2.5], (2,), (1,))), ("_bn0.bias", T("2", [0.5, -0.5], (2,), (1,))),
  ("_bn0.running_mean", T("3", [3.0, 4.0], (2,), (1,))), ("_bn0.running_var", T("4", [5.0, 6.0], (2,), (1,))),
])
out = io.BytesIO()
for o in (0x1950a86a20f9469cfc6c, 1001, {"little_endian": True}): pickle.dump(o, out, 2)
P(out, 2).dump(d)
store = {t.storage.key: t.storage for t in d.values()}
keys = sorted(store); pickle.dump(keys, out, 2)
for k in keys: out.write(struct.pack("<q", len(store[k].values)) + struct.pack("<%df" % len(store[k].values), *store[k].values))
open(__file__.replace(".py", ".pth"), "wb").write(out.getvalue())
