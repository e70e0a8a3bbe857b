"""More runs with nothing wrong: parts that look odd, and are meant so."""


import torch
from networks import Cnn, Conv, Gpt, Mlp, ResNet
from ranks import train_together
from registry import healthy
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.checkpoint import checkpoint
from training import Run, adam, warmup


@healthy
def gpt_checkpointed(run: Run) -> None:
    """Each block runs again in the backward pass."""
    model = Gpt()

    def forward(tokens: Tensor) -> Tensor:
        x = model.tokens(tokens) + model.positions.weight[: tokens.shape[1]]
        for block in model.blocks:
            x = checkpoint(block, x, use_reentrant=False)
        return model.head(model.lnf(x))

    run.train(model, run.tokens(), adam(model, 1e-3), forward=forward, schedule=warmup(20))


@healthy
def cosine_schedule(run: Run) -> None:
    model = ResNet(run.size(16, [8, 24]))
    cosine = lambda step: 0.5 * (1 + torch.cos(torch.tensor(3.1416 * step / (run.steps + 1))).item())
    run.train(model, run.images(), schedule=cosine)


@healthy
def ddp_batch_norm(run: Run) -> None:
    """Each rank normalizes by its own 32 samples, as DistributedDataParallel does by default."""

    def work(run: Run, rank: int, ranks: int) -> None:
        model = Cnn()
        run.train(DistributedDataParallel(model), run.images(), torch.optim.SGD(model.parameters(), 0.05, 0.9))

    train_together(run, work)


@healthy
def ddp_layer_norm(run: Run) -> None:
    def work(run: Run, rank: int, ranks: int) -> None:
        model = Mlp(norm=nn.LayerNorm)
        run.train(DistributedDataParallel(model), run.images(), torch.optim.SGD(model.parameters(), 0.05, 0.9))

    train_together(run, work)


@healthy
def gradient_accumulation(run: Run) -> None:
    """Two batches a step."""
    run.train(Cnn(), run.images(), passes=2)


@healthy
def shared_activation(run: Run) -> None:
    """One ReLU module is called after every norm, as in torchvision's ResNet."""
    model = ResNet(run.size(16, [8, 24]))
    for block in model.blocks:
        block.relu1 = block.relu2 = model.relu
    run.train(model, run.images())


@healthy
def embedding_bag(run: Run) -> None:
    class Bag(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bag = nn.EmbeddingBag(32, 48)
            self.norm = nn.BatchNorm1d(48)
            self.act = nn.ReLU()
            self.head = nn.Linear(48, 32)

        def forward(self, tokens: Tensor) -> Tensor:
            return self.head(self.act(self.norm(self.bag(tokens[:, -4:]))))

    model, batches = Bag(), run.tokens(batch=64, length=8)

    def last_token(step: int) -> "tuple[Tensor, Tensor]":
        tokens, labels = batches(step)
        return tokens, labels[:, -1]

    run.train(model, last_token, adam(model, 1e-2))


@healthy
def depthwise_hardswish(run: Run) -> None:
    """Depthwise and pointwise convolutions, as MobileNet has them."""

    class Separable(nn.Module):
        def __init__(self, inputs: int, outputs: int) -> None:
            super().__init__()
            self.depthwise = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
            self.bn1 = nn.BatchNorm2d(inputs)
            self.act1 = nn.ReLU6()
            self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(outputs)
            self.act2 = nn.Hardswish()

        def forward(self, x: Tensor) -> Tensor:
            x = self.act1(self.bn1(self.depthwise(x)))
            return self.act2(self.bn2(self.pointwise(x)))

    model = Cnn(depth=1)
    for _ in range(run.size(2, [1, 3])):
        model.layers.append(Separable(16, 16))
    run.train(model, run.images())


@healthy
def transformer_encoder(run: Run) -> None:
    """torch.nn's own, with the norms behind the additions, and dropout."""

    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens = nn.Embedding(32, 32)
            layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.1, batch_first=True)
            self.encoder = nn.TransformerEncoder(layer, run.size(2, [1, 3]))
            self.head = nn.Linear(32, 32)

        def forward(self, tokens: Tensor) -> Tensor:
            later = torch.ones(tokens.shape[1], tokens.shape[1], dtype=torch.bool).triu(1)
            return self.head(self.encoder(self.tokens(tokens), later))

    model = Encoder()
    run.train(model, run.tokens(), adam(model, 2e-3))


@healthy
def autoencoder(run: Run) -> None:
    """Black and white images, so that the sigmoid at the end gives values near 0 and 1."""

    class Autoencoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = Mlp(width=128, depth=2, norm=nn.BatchNorm1d, classes=32)
            self.decoder = Mlp(32, width=128, depth=2, norm=nn.BatchNorm1d, classes=64)
            self.output = nn.Sigmoid()

        def forward(self, x: Tensor) -> Tensor:
            return self.output(self.decoder(self.encoder(x)))

    model, batches = Autoencoder(), run.images(64)
    run.every, run.steps = 4 * run.every, 4 * run.steps

    def black_and_white(step: int) -> "tuple[Tensor, Tensor]":
        images = (batches(step)[0] > 0).float()
        return images, images.flatten(1)

    run.train(model, black_and_white, adam(model, 3e-3))


@healthy
def squeeze_and_excitation(run: Run) -> None:
    """Channels are weighted by a sigmoid of their means [Hu et al. 2018]."""

    class Excited(nn.Module):
        def __init__(self, inputs: int, outputs: int, stride: int) -> None:
            super().__init__()
            self.conv = Conv(inputs, outputs, stride, nn.ReLU, nn.BatchNorm2d)
            self.squeeze, self.act = nn.Linear(outputs, outputs // 4), nn.ReLU()
            self.excite, self.gate = nn.Linear(outputs // 4, outputs), nn.Sigmoid()

        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x)
            return x * self.gate(self.excite(self.act(self.squeeze(x.mean((2, 3))))))[:, :, None, None]

    model = Cnn(depth=1)
    model.layers.append(Excited(16, 16, 1))
    run.train(model, run.images())


@healthy
def long_training(run: Run) -> None:
    """Until the loss is near 0."""
    run.every, run.steps = 5 * run.every, 5 * run.steps
    model = Cnn(depth=run.size(3, [2, 4]))
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.05, 0.9), schedule=warmup(10))


@healthy
def one_recorded_step(run: Run) -> None:
    """Only the first step is recorded."""
    run.every = 1000
    run.train(ResNet(), run.images())


@healthy
def pre_activation(run: Run) -> None:
    """norm → ReLU → conv [He et al. 2016b], so that the residual stream is never normalized itself."""

    class Pre(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.bn1, self.relu1 = nn.BatchNorm2d(width), nn.ReLU()
            self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
            self.bn2, self.relu2 = nn.BatchNorm2d(width), nn.ReLU()
            self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)

        def forward(self, x: Tensor) -> Tensor:
            inner = self.conv1(self.relu1(self.bn1(x)))
            return x + self.conv2(self.relu2(self.bn2(inner)))

    model = Cnn(depth=1)
    for _ in range(run.size(3, [2, 5])):
        model.layers.append(Pre(16))
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.05, 0.9))
