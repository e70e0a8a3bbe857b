"""What the bench measures Normscope against: the same figures by PyTorch and NumPy. The first line it prints says which
versions it has; then it reads lines `NAME THREADS LAYOUT N,C,…` and answers each with nanoseconds an element of one run.

The figures: mean and variance of every unit of batch, layer, instance, group (G = 32) and RMS normalization, minimum,
maximum, zeros, NaN and infinities, and a histogram of 2048 bins of the raw values and after each method. Sequences (NLC)
are layer-normalized at each position, as transformers do; NC has no instance normalization.
"""

import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

GROUPS = 32
BINS = 2048
EPS = 1e-5


def tensor(layout, shape):
    """Activations as the framework has them, and a view of them as N, C and one axis for space."""
    torch.manual_seed(0)
    x = torch.randn(shape)
    if layout == "NLC":
        return x, x.transpose(1, 2)
    return x, x.reshape(shape[0], shape[1], -1)


def straightforward(x, v, layout):
    """As one writes it in a notebook: each method in turn."""
    position = layout == "NLC"
    outputs = [x, F.batch_norm(v, None, None, training=True, eps=EPS)]
    torch.var_mean(v, dim=(0, 2), unbiased=False)
    rows = (2,) if position else tuple(range(1, x.dim()))
    torch.var_mean(x, dim=rows, unbiased=False)
    outputs.append(F.layer_norm(x, x.shape[2:] if position else x.shape[1:], eps=EPS))
    if v.shape[2] > 1:
        torch.var_mean(v, dim=2, unbiased=False)
        outputs.append(F.instance_norm(v, eps=EPS))
    torch.var_mean(v.reshape(v.shape[0], GROUPS, -1), dim=2, unbiased=False)
    outputs.append(F.group_norm(v, GROUPS, eps=EPS))
    squares = (x * x).mean(dim=rows, keepdim=True)
    outputs.append(x / torch.sqrt(squares + EPS))
    for y in outputs:
        y.min(), y.max()
        torch.histc(y, BINS)
    (x == 0).sum(), torch.isnan(x).sum(), torch.isinf(x).sum()


def expert(x, v, layout):
    """Moments once for each (sample, channel), from which every method's follow; values normalized in place."""
    n, c, _ = v.shape
    variance, mean = torch.var_mean(v, dim=2, unbiased=False)
    low, high = torch.aminmax(x)
    (x == 0).sum(), torch.isfinite(x).all()

    def merged(means, variances, dims):
        m = means.mean(dim=dims, keepdim=True)
        return m, (variances + (means - m) ** 2).mean(dim=dims, keepdim=True)

    grouped = (mean.view(n, GROUPS, -1), variance.view(n, GROUPS, -1))
    maps = [merged(mean, variance, (0,))]
    if v.shape[2] > 1:
        maps.append((mean, variance))
    m, s = merged(*grouped, (2,))
    maps.append((m.expand_as(grouped[0]).reshape(n, c), s.expand_as(grouped[1]).reshape(n, c)))
    maps = [(m.expand(n, c)[..., None], s.expand(n, c)[..., None]) for m, s in maps]
    if layout == "NLC":
        s, m = torch.var_mean(v, dim=1, unbiased=False, keepdim=True)
        maps += [(m, s), (torch.zeros_like(m), s + m * m)]
    else:
        m, s = merged(mean, variance, (1,))
        maps += [(m[..., None], s[..., None]), (torch.zeros_like(m)[..., None], (s + m * m)[..., None])]
    torch.histc(x, BINS, float(low), float(high))
    y = torch.empty_like(v)
    for m, s in maps:
        torch.sub(v, m, out=y).mul_(torch.rsqrt(s + EPS))
        torch.histc(y, BINS, -8, 8)


def numpy_reference(x, v, layout):
    a, b = x.numpy(), v.numpy()
    rows = (2,) if layout == "NLC" else tuple(range(1, a.ndim))
    outputs = [a]
    for data, axes in ((b, (0, 2)), (a, rows)) + (((b, 2),) if b.shape[2] > 1 else ()):
        mean, variance = data.mean(axis=axes, keepdims=True), data.var(axis=axes, keepdims=True)
        outputs.append((data - mean) / np.sqrt(variance + EPS))
    g = b.reshape(b.shape[0], GROUPS, -1)
    outputs.append((g - g.mean(axis=2, keepdims=True)) / np.sqrt(g.var(axis=2, keepdims=True) + EPS))
    outputs.append(a / np.sqrt((a * a).mean(axis=rows, keepdims=True) + EPS))
    for y in outputs:
        np.histogram(y, BINS)
    (a == 0).sum(), np.isfinite(a).all()


RUNS = {"straightforward": straightforward, "expert": expert, "numpy": numpy_reference}

print(f"PyTorch {torch.__version__}, NumPy {np.__version__}", flush=True)
cached = None
for line in sys.stdin:
    name, threads, layout, text = line.split()
    if cached is None or cached[0] != (layout, text):
        cached = ((layout, text), tensor(layout, tuple(int(each) for each in text.split(","))))
    x, v = cached[1]
    torch.set_num_threads(int(threads))
    started = time.perf_counter()
    with torch.no_grad():
        RUNS[name](x, v, layout)
    print((time.perf_counter() - started) * 1e9 / x.numel(), flush=True)
