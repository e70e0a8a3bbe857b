"""Every module class of torch.nn, recorded and probed beside a twin that is neither."""

import random
import unittest
import warnings
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

import torch
from snapshot import differences, everything
from support import Recorder, RecorderTest
from torch import Tensor, nn

x = torch.randn


class Case(NamedTuple):
    arguments: Tuple[Any, ...]
    inputs: Callable[[], Tuple[Any, ...]]
    options: Dict[str, Any] = {}


def case(*arguments: Any, inputs: Callable[[], Tuple[Any, ...]], **options: Any) -> Case:
    return Case(arguments, inputs, options)


def of_each(names: str, **by_dimensions: Callable[[int], Case]) -> Dict[str, Case]:
    """The same case for a class that exists for 1, 2 and 3 dimensions of space."""
    (make,) = by_dimensions.values()
    return {f"{name}{count}d": make(count) for name in names.split() for count in (1, 2, 3)}


def image(count: int, channels: int = 4) -> Tensor:
    return x(2, channels, *[6] * count)


def classes(count: int = 5) -> Tensor:
    return torch.randint(count, (4,))


ELEMENTWISE = """CELU ELU GELU Hardshrink Hardsigmoid Hardswish Hardtanh Identity LeakyReLU LogSigmoid LogSoftmax Mish
PReLU RReLU ReLU ReLU6 SELU SiLU Sigmoid Softmax Softmin Softplus Softshrink Softsign Tanh Tanhshrink Dropout AlphaDropout
FeatureAlphaDropout Flatten"""
PAIRS = "BCEWithLogitsLoss HuberLoss KLDivLoss L1Loss MSELoss PoissonNLLLoss SmoothL1Loss MultiLabelSoftMarginLoss"

CASES: Dict[str, Case] = {
    **{name: case(inputs=lambda: (x(4, 5),)) for name in ELEMENTWISE.split()},
    **{name: case(inputs=lambda: (x(4, 5), torch.rand(4, 5))) for name in PAIRS.split()},
    **of_each("BatchNorm InstanceNorm", make=lambda n: case(4, inputs=lambda: (image(n),))),
    **of_each("LazyBatchNorm LazyInstanceNorm", make=lambda n: case(inputs=lambda: (image(n),))),
    **of_each("Conv ConvTranspose", make=lambda n: case(4, 3, 3, inputs=lambda: (image(n),))),
    **of_each("LazyConv LazyConvTranspose", make=lambda n: case(3, 3, inputs=lambda: (image(n),))),
    **of_each("AdaptiveAvgPool AdaptiveMaxPool AvgPool MaxPool", make=lambda n: case(2, inputs=lambda: (image(n),))),
    **of_each("Dropout", make=lambda n: case(inputs=lambda: (image(n),))),
    **of_each("LPPool", make=lambda n: case(2, 2, inputs=lambda: (image(n),))),
    **of_each("ReflectionPad ReplicationPad ZeroPad CircularPad", make=lambda n: case(1, inputs=lambda: (image(n),))),
    **of_each("ConstantPad", make=lambda n: case(1, 0.5, inputs=lambda: (image(n),))),
    **of_each("MaxUnpool", make=lambda n: case(2, inputs=lambda: unpooled(n))),
    **{f"FractionalMaxPool{n}d": case(2, inputs=lambda n=n: (image(n),), output_size=3) for n in (2, 3)},
    "Dropout": case(inputs=lambda: (x(4, 5),)),
    "AdaptiveLogSoftmaxWithLoss": case(5, 8, [3], inputs=lambda: (x(4, 5), classes(8))),
    "BCELoss": case(inputs=lambda: (torch.rand(4, 5), torch.rand(4, 5))),
    "Bilinear": case(5, 4, 3, inputs=lambda: (x(4, 5), x(4, 4))),
    "CTCLoss": case(inputs=lambda: (x(6, 2, 5).log_softmax(2), torch.tensor([[1, 2], [2, 3]]), (6, 6), (2, 2))),
    "ChannelShuffle": case(2, inputs=lambda: (image(2),)),
    "CosineEmbeddingLoss": case(inputs=lambda: (x(4, 5), x(4, 5), torch.ones(4))),
    "CosineSimilarity": case(inputs=lambda: (x(4, 5), x(4, 5))),
    "CrossEntropyLoss": case(inputs=lambda: (x(4, 5), classes())),
    "CrossMapLRN2d": case(2, inputs=lambda: (image(2),)),
    "DataParallel": case(nn.BatchNorm1d(5), inputs=lambda: (x(4, 5),)),
    "Embedding": case(5, 3, inputs=lambda: (classes(),), max_norm=0.5),
    "EmbeddingBag": case(5, 3, inputs=lambda: (torch.randint(5, (4, 2)),), max_norm=0.5),
    "Fold": case((4, 4), (2, 2), inputs=lambda: (x(2, 8, 9),)),
    "GLU": case(inputs=lambda: (x(4, 6),)),
    "GRU": case(5, 4, 2, inputs=lambda: (x(3, 2, 5),), dropout=0.5),
    "GRUCell": case(5, 4, inputs=lambda: (x(2, 5),)),
    "GaussianNLLLoss": case(inputs=lambda: (x(4, 5), x(4, 5), torch.rand(4, 5))),
    "GroupNorm": case(2, 4, inputs=lambda: (image(2),)),
    "HingeEmbeddingLoss": case(inputs=lambda: (x(4, 5), torch.ones(4, 5))),
    "LSTM": case(5, 4, 2, inputs=lambda: (x(3, 2, 5),), dropout=0.5, bidirectional=True),
    "LSTMCell": case(5, 4, inputs=lambda: (x(2, 5),)),
    "LayerNorm": case(5, inputs=lambda: (x(4, 5),)),
    "LazyLinear": case(3, inputs=lambda: (x(4, 5),)),
    "Linear": case(5, 3, inputs=lambda: (x(4, 5),)),
    "LinearCrossEntropyLoss": case(5, 3, inputs=lambda: (x(4, 5), classes(3))),
    "LocalResponseNorm": case(2, inputs=lambda: (image(2),)),
    "MarginRankingLoss": case(inputs=lambda: (x(4), x(4), torch.ones(4))),
    "MultiLabelMarginLoss": case(inputs=lambda: (x(4, 5), torch.tensor([[1, 2, -1, 0, 0]] * 4))),
    "MultiMarginLoss": case(inputs=lambda: (x(4, 5), classes())),
    "MultiheadAttention": case(8, 2, inputs=lambda: (x(3, 2, 8),) * 3, dropout=0.2),
    "NLLLoss": case(inputs=lambda: (x(4, 5), classes())),
    "NLLLoss2d": case(inputs=lambda: (x(2, 5, 3, 3), torch.randint(5, (2, 3, 3)))),
    "PairwiseDistance": case(inputs=lambda: (x(4, 5), x(4, 5))),
    "PixelShuffle": case(2, inputs=lambda: (image(2),)),
    "PixelUnshuffle": case(2, inputs=lambda: (image(2),)),
    "RMSNorm": case(5, inputs=lambda: (x(4, 5),)),
    "RNN": case(5, 4, 2, inputs=lambda: (x(3, 2, 5),), dropout=0.5),
    "RNNCell": case(5, 4, inputs=lambda: (x(2, 5),)),
    "Sequential": case(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.ReLU(inplace=True), inputs=lambda: (x(4, 5),)),
    "SoftMarginLoss": case(inputs=lambda: (x(4, 5), torch.ones(4, 5))),
    "Softmax2d": case(inputs=lambda: (image(2),)),
    "Threshold": case(0.1, 0.2, inputs=lambda: (x(4, 5),)),
    "Transformer": case(8, 2, 1, 1, 16, inputs=lambda: (x(3, 2, 8), x(4, 2, 8))),
    "TransformerDecoder": case(
        nn.TransformerDecoderLayer(8, 2, 16), 2, inputs=lambda: (x(3, 2, 8), x(4, 2, 8))
    ),
    "TransformerDecoderLayer": case(8, 2, 16, inputs=lambda: (x(3, 2, 8), x(4, 2, 8))),
    "TransformerEncoder": case(
        nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2, inputs=lambda: (x(2, 3, 8),)
    ),
    "TransformerEncoderLayer": case(8, 2, 16, inputs=lambda: (x(2, 3, 8),), batch_first=True),
    "TripletMarginLoss": case(inputs=lambda: (x(4, 5), x(4, 5), x(4, 5))),
    "TripletMarginWithDistanceLoss": case(inputs=lambda: (x(4, 5), x(4, 5), x(4, 5))),
    "Unflatten": case(1, (2, 3), inputs=lambda: (x(4, 6),)),
    "Unfold": case((2, 2), inputs=lambda: (image(2),)),
    "Upsample": case(inputs=lambda: (image(2),), scale_factor=2),
    "UpsamplingBilinear2d": case(inputs=lambda: (image(2),), scale_factor=2),
    "UpsamplingNearest2d": case(inputs=lambda: (image(2),), scale_factor=2),
}

NOT_RUN = {
    "Container": "a base class without a forward pass",
    "Module": "a base class without a forward pass",
    "ModuleDict": "no forward pass; see the test of containers",
    "ModuleList": "no forward pass; see the test of containers",
    "ParameterDict": "no forward pass; see the test of containers",
    "ParameterList": "no forward pass; see the test of containers",
    "RNNBase": "a base class without a forward pass of its own",
    "RNNCellBase": "a base class without a forward pass",
    "SyncBatchNorm": "needs a GPU; test_probe_ranks.py communicates as it does",
}


def unpooled(count: int) -> Tuple[Any, ...]:
    pool = getattr(nn, f"MaxPool{count}d")(2, return_indices=True)
    return pool(image(count))


class Network(nn.Module):
    """The module to be tried, and a norm that draws its own input, so that there is always something to record."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part
        self.norm = nn.BatchNorm1d(2)

    def forward(self, *inputs: Any) -> Any:
        output = self.part(*inputs)
        return output, self.norm(torch.rand(4, 2))


class Containers(nn.Module):
    """The containers that have no forward pass of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.modules_in_list = nn.ModuleList([nn.Linear(3, 3), nn.BatchNorm1d(3)])
        self.modules_by_name = nn.ModuleDict({"linear": nn.Linear(3, 3)})
        self.parameters_in_list = nn.ParameterList([nn.Parameter(torch.ones(3))])
        self.parameters_by_name = nn.ParameterDict({"bias": nn.Parameter(torch.zeros(3))})

    def forward(self, value: Tensor) -> Tensor:
        for module in (*self.modules_in_list, *self.modules_by_name.values()):
            value = module(value)
        with torch.no_grad():
            self.parameters_in_list[0].mul_(0.9)
        return value * self.parameters_in_list[0] + self.parameters_by_name["bias"]


def tensors_in(value: Any) -> List[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    return [tensor for each in value for tensor in tensors_in(each)] if isinstance(value, (list, tuple)) else []


def same(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors are bit for bit the same, NaN included."""
    return torch.equal(one.isnan(), other.isnan()) and torch.equal(one.nan_to_num(), other.nan_to_num())


class EveryModule(RecorderTest):
    def setUp(self) -> None:
        super().setUp()
        warnings.filterwarnings("ignore", category=UserWarning, module="torch")

    def test_no_class_of_this_pytorch_is_missing(self) -> None:
        present = {name for name, each in vars(nn).items() if isinstance(each, type) and issubclass(each, nn.Module)}
        self.assertEqual(present - CASES.keys() - NOT_RUN.keys(), set())
        self.assertEqual(CASES.keys() & NOT_RUN.keys(), set())

    def test_trains_and_evaluates_as_its_twin_that_is_not_recorded(self) -> None:
        tried = 0
        for name, each in CASES.items():
            if hasattr(nn, name):
                with self.subTest(name):
                    self.try_module(name, lambda: getattr(nn, name)(*each.arguments, **each.options), each.inputs)
                    tried += 1
        self.assertGreater(tried, 140)

    def test_containers(self) -> None:
        self.try_module("containers", Containers, lambda: (x(4, 3),))

    def try_module(self, name: str, make: Callable[[], nn.Module], inputs: Callable[[], Tuple[Any, ...]]) -> None:
        twins = []
        for _ in range(2):
            torch.manual_seed(1)
            twins.append(Network(make()))
        plain, recorded = twins
        batches = [inputs() for _ in range(4)]
        with Recorder(recorded, self.home / name, every=1, layers="*", phases=("train", "eval")) as recorder:
            self.assert_same_step(plain, recorded, batches[0], training=True)
            recorder.step(0)
            self.assert_same_step(plain, recorded, batches[1], training=False)
            recorder.step(1)
        for mode, batch in (("eval", batches[2]), ("train", batches[3])):
            recorded.train(plain.train().training)
            before, given = everything(recorded), [tensor.clone() for tensor in tensors_in(batch)]
            recorder = Recorder(recorded, self.home / f"{name} {mode}", probe=batch, probe_mode=mode, layers="*")
            recorder.step(0)
            recorder.close()
            self.assertEqual(differences(before, everything(recorded)), [])
            self.assertTrue(all(map(torch.equal, given, tensors_in(batch))))
            self.assertTrue((self.home / f"{name} {mode}" / "step_000000.safetensors").exists(), self.messages())
            self.assert_same_step(plain, recorded, batch, training=True)
            self.assert_same_step(plain, recorded, batch, training=False)

    def assert_same_step(self, plain: nn.Module, recorded: nn.Module, batch: Tuple[Any, ...], training: bool) -> None:
        results = []
        for model in (plain, recorded):
            torch.manual_seed(2)
            random.seed(2)
            model.train(training)
            model.zero_grad(set_to_none=True)
            own = [each.clone() if isinstance(each, Tensor) else each for each in batch]
            output = model(*own)
            loss = sum(each.float().sum() for each in tensors_in(output) if each.is_floating_point())
            if loss.requires_grad and loss.isfinite():
                loss.backward()
            gradients = [each.grad for each in model.parameters() if each.grad is not None]
            results.append([*tensors_in(output), *gradients, *model.state_dict().values(), torch.get_rng_state()])
        self.assertEqual(len(results[0]), len(results[1]))
        for one, other in zip(*results):
            self.assertTrue(same(one, other))


if __name__ == "__main__":
    unittest.main()
