"""What the bench measures Normscope against: the same figures by PyTorch and NumPy. Reads lines `NAME THREADS` and
answers each with nanoseconds an element of one run; the first line it prints says which data and versions it has.

The figures: mean and variance of every unit of batch, layer, instance, group (G = 32) and RMS normalization, minimum,
maximum, zeros, NaN and infinities, and a histogram of 2048 bins of the raw values and after each method.
"""

import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

SHAPE = (64, 256, 28, 28)
GROUPS = 32
BINS = 2048
EPS = 1e-5

torch.manual_seed(0)
x = torch.randn(SHAPE)


def straightforward():
    """As one writes it in a notebook: each method in turn."""
    outputs = [x]
    for dims, grouped in (((0, 2, 3), x), ((1, 2, 3), x), ((2, 3), x)):
        torch.var_mean(grouped, dim=dims, unbiased=False)
    torch.var_mean(x.view(SHAPE[0], GROUPS, -1), dim=2, unbiased=False)
    (x * x).mean(dim=(1, 2, 3))
    outputs.append(F.batch_norm(x, None, None, training=True, eps=EPS))
    outputs.append(F.layer_norm(x, SHAPE[1:], eps=EPS))
    outputs.append(F.instance_norm(x, eps=EPS))
    outputs.append(F.group_norm(x, GROUPS, eps=EPS))
    outputs.append(x / torch.sqrt((x * x).mean(dim=(1, 2, 3), keepdim=True) + EPS))
    for y in outputs:
        y.min(), y.max()
        torch.histc(y, BINS)
    (x == 0).sum(), torch.isnan(x).sum(), torch.isinf(x).sum()


def expert():
    """Moments once for each (sample, channel), from which every method's follow; values normalized in place."""
    variance, mean = torch.var_mean(x, dim=(2, 3), unbiased=False)
    low, high = torch.aminmax(x)
    (x == 0).sum(), torch.isfinite(x).all()

    def merged(means, variances, dims):
        m = means.mean(dim=dims, keepdim=True)
        return m, (variances + (means - m) ** 2).mean(dim=dims, keepdim=True)

    grouped = (mean.view(SHAPE[0], GROUPS, -1), variance.view(SHAPE[0], GROUPS, -1))
    maps = [merged(mean, variance, (0,)), merged(mean, variance, (1,)), (mean, variance)]
    m, v = merged(*grouped, (2,))
    maps.append((m.expand_as(grouped[0]).reshape(mean.shape), v.expand_as(grouped[1]).reshape(mean.shape)))
    squares = (variance + mean**2).mean(dim=1, keepdim=True)
    maps.append((torch.zeros_like(squares), squares))
    torch.histc(x, BINS, float(low), float(high))
    y = torch.empty_like(x)
    for m, v in maps:
        scale = torch.rsqrt(v + EPS).expand_as(mean)[..., None, None]
        torch.sub(x, m.expand_as(mean)[..., None, None], out=y).mul_(scale)
        torch.histc(y, BINS, -8, 8)


def numpy_reference():
    a = x.numpy()
    outputs = [a]
    for axes in ((0, 2, 3), (1, 2, 3), (2, 3)):
        mean, variance = a.mean(axis=axes, keepdims=True), a.var(axis=axes, keepdims=True)
        outputs.append((a - mean) / np.sqrt(variance + EPS))
    g = a.reshape(SHAPE[0], GROUPS, -1)
    outputs.append((g - g.mean(axis=2, keepdims=True)) / np.sqrt(g.var(axis=2, keepdims=True) + EPS))
    outputs.append(a / np.sqrt((a * a).mean(axis=(1, 2, 3), keepdims=True) + EPS))
    for y in outputs:
        np.histogram(y, BINS)
    (a == 0).sum(), np.isfinite(a).all()


RUNS = {"straightforward": straightforward, "expert": expert, "numpy": numpy_reference}

print(f"PyTorch {torch.__version__}, NumPy {np.__version__}", flush=True)
for line in sys.stdin:
    name, threads = line.split()
    torch.set_num_threads(int(threads))
    started = time.perf_counter()
    with torch.no_grad():
        RUNS[name]()
    print((time.perf_counter() - started) * 1e9 / x.numel(), flush=True)
