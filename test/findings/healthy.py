"""Runs with nothing wrong, of the kinds that people train every day."""

from functools import partial

import torch
from networks import Cnn, Gpt, Lstm, Mlp, ResNet, Rnn
from norms import FrozenBatchNorm2d, LayerNorm2d, OffsetRMSNorm, RMSNorm, grouped
from registry import healthy
from torch import Tensor, nn
from training import Run, adam, warmup


@healthy
def cnn_batch_norm(run: Run) -> None:
    """Convolutions with batch normalization, everything at its default."""
    run.train(Cnn(run.size(16, [8, 16, 32]), run.size(3, [2, 4, 5])), run.images(run.size(32, [16, 48])))


@healthy
def resnet_zero_init(run: Run) -> None:
    """The last γ of each block begins at 0 [Goyal et al. 2017], so that a block begins as the identity."""
    run.train(ResNet(run.size(16, [8, 24]), zero_init=True), run.images(), schedule=warmup(10))


@healthy
def resnet(run: Run) -> None:
    model = ResNet(run.size(16, [8, 24]))
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.05, 0.9, weight_decay=5e-4))


@healthy
def gpt_adam_warmup(run: Run) -> None:
    model = Gpt(width=run.size(32, [48, 64]), depth=run.size(2, [1, 3, 4]))
    run.train(model, run.tokens(), adam(model, 1e-3, 0.1), schedule=warmup(20))


@healthy
def gpt_rms_norm(run: Run) -> None:
    model = Gpt(norm=RMSNorm, act=nn.SiLU, depth=run.size(2, [1, 3]))
    run.train(model, run.tokens(), adam(model, 2e-3), schedule=warmup(20))


@healthy
def gpt_offset_rms_norm(run: Run) -> None:
    model = Gpt(norm=OffsetRMSNorm)
    run.train(model, run.tokens(), adam(model, 2e-3), schedule=warmup(20))


@healthy
def rnn_tanh(run: Run) -> None:
    model = Rnn(width=run.size(64, [32, 96]))
    run.train(model, run.tokens(length=run.size(8, [6, 12])), adam(model))


@healthy
def rnn_layer_norm(run: Run) -> None:
    model = Rnn(norm=nn.LayerNorm)
    run.train(model, run.tokens(length=8), adam(model))


@healthy
def lstm_layer_norm(run: Run) -> None:
    model = Lstm()
    run.train(model, run.tokens(length=16), adam(model, 1e-2))


@healthy
def mlp_relu(run: Run) -> None:
    """Without normalization, PyTorch's default initialization."""
    model = Mlp(width=run.size(64, [32, 128]), depth=run.size(3, [2, 4]))
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.05, 0.9))


@healthy
def mlp_batch_norm(run: Run) -> None:
    run.train(Mlp(norm=nn.BatchNorm1d, depth=run.size(4, [3, 5])), run.images(64))


@healthy
def mlp_layer_norm(run: Run) -> None:
    model = Mlp(norm=nn.LayerNorm, act=nn.GELU)
    run.train(model, run.images(), adam(model, 1e-3))


@healthy
def mlp_large_batch(run: Run) -> None:
    run.train(Mlp(norm=nn.BatchNorm1d), run.images(512))


@healthy
def cnn_small_batch(run: Run) -> None:
    """Eight images: of a convolution's batch norm, each channel has hundreds of values."""
    model = Cnn()
    run.train(model, run.images(8), torch.optim.SGD(model.parameters(), 0.02, 0.9))


@healthy
def cnn_autocast(run: Run) -> None:
    """bfloat16, as autocast casts it on the CPU."""
    model = Cnn()

    def forward(x: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return model(x)

    run.train(model, run.images(), forward=forward)


@healthy
def gpt_autocast(run: Run) -> None:
    model = Gpt()

    def forward(x: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return model(x)

    run.train(model, run.tokens(), adam(model, 1e-3), forward=forward, schedule=warmup(20))


@healthy
def eval_steps_between(run: Run) -> None:
    """Evaluation after every few steps; both phases are recorded."""
    model = Cnn()
    held_out, _ = run.images(64)(0)

    def evaluate(step: int) -> None:
        if step % run.every == 0 and step > 0:
            model.eval()
            with torch.no_grad():
                model(held_out)
            model.train()

    run.train(model, run.images(), before=evaluate, phases=("train", "eval"))


@healthy
def probe(run: Run) -> None:
    """The same held-out batch at every recorded step, in evaluation mode, of a network that has trained already."""
    model = Cnn()
    run.pretrain(model)
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.01, 0.9), probe=run.images(64)(0)[0])


@healthy
def frozen_batch_norm_fine_tuning(run: Run) -> None:
    """A trained network whose batch norms stay in evaluation mode while the rest trains on."""
    model = ResNet()
    run.pretrain(model)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.002, 0.9))


@healthy
def frozen_batch_norm_class(run: Run) -> None:
    """Weights and statistics of a trained network, in a class that fixes them."""
    trained, model = ResNet(), ResNet(norm=FrozenBatchNorm2d)
    run.pretrain(trained)
    model.load_state_dict(trained.state_dict(), strict=False)
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.005, 0.9))


@healthy
def cnn_stored_float16(run: Run) -> None:
    run.train(Cnn(), run.images(), dtype="float16")


@healthy
def cnn_group_norm(run: Run) -> None:
    run.train(Cnn(norm=grouped(nn.GroupNorm, run.size(4, [2, 8]))), run.images())


@healthy
def cnn_instance_norm(run: Run) -> None:
    model = Cnn(norm=partial(nn.InstanceNorm2d, affine=True), pool=torch.amax)
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.05, 0.9))


@healthy
def cnn_layer_norm_2d(run: Run) -> None:
    model = Cnn(norm=LayerNorm2d, act=nn.GELU, depth=run.size(3, [2, 4]))
    run.train(model, run.images(), adam(model, 3e-3))


@healthy
def mlp_dropout(run: Run) -> None:
    model = Mlp(dropout=0.5, width=128, depth=2)
    run.train(model, run.images(), adam(model, 2e-3))


@healthy
def cnn_elu(run: Run) -> None:
    run.train(Cnn(act=nn.ELU), run.images())


@healthy
def cnn_silu(run: Run) -> None:
    run.train(Cnn(act=nn.SiLU), run.images())


@healthy
def mlp_tanh(run: Run) -> None:
    model = Mlp(act=nn.Tanh, depth=run.size(3, [2, 4]))
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.05, 0.9))


@healthy
def mlp_sigmoid_batch_norm(run: Run) -> None:
    """The network of Ioffe & Szegedy 2015, section 4.1."""
    model = Mlp(act=nn.Sigmoid, norm=nn.BatchNorm1d)
    run.train(model, run.images(64), torch.optim.SGD(model.parameters(), 0.5))


@healthy
def mlp_weight_decay(run: Run) -> None:
    model = Mlp(norm=nn.LayerNorm)
    run.train(model, run.images(), adam(model, 2e-3, 0.1))


@healthy
def mlp_he_init_deep(run: Run) -> None:
    """Ten layers without normalization, initialized for ReLU [He et al. 2015]."""
    model = Mlp(depth=run.size(10, [8, 12]))
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.005, 0.9))
