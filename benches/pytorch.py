"""Workloads S and W of `cargo bench --bench train_step` beside PyTorch, step by step in turn.

    python3 benches/pytorch.py                # needs torch from PyPI
    python3 benches/pytorch.py S --steps 50
    python3 benches/pytorch.py --record benches/RESULTS.md

PyTorch runs on its first CUDA device (cuDNN; TF32 off, then on) or, where there is none, on the processor. Both sides
do the same work: forward, backward, clipping, AdamW, and the loss read at every step; f32, vocabularies and shapes as
`src/check/speed` has them. The first step of each is not counted.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import time

import torch
from torch import nn
from torch.nn import functional

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "tests" / "golden"))
from network import Network  # noqa: E402

VOCAB_SIZES = [501, 147, 50]
W = {
    "input_vocab_sizes": VOCAB_SIZES,
    "output_vocab_sizes": VOCAB_SIZES,
    "embedding_size": 64,
    "stream_size": 256,
    "combined_size": 512,
    "combined_layers": 2,
    "shared_size": 256,
    "head_size": 128,
    **dict.fromkeys(["metre", "chord", "last", "relative", "matches"], False),
}
ROUNDS = {"S": 20, "W": 5}
MARKS = ["<!-- pytorch -->\n", "<!-- /pytorch -->\n"]


class SingleLstm(nn.Module):
    """Workload S, with the interface of `Network`."""

    def __init__(self):
        super().__init__()
        self.lstm, self.linear = nn.LSTM(128, 128), nn.Linear(128, 256)

    def forward(self, x):
        output, state = self.lstm(x)
        return [self.linear(output)], state


class PyTorch:
    """One step of a workload at a time."""

    def __init__(self, workload, device, tf32):
        self.device, self.tf32 = device, tf32
        self.name = f"PyTorch {torch.__version__} on {self.describe()}"
        torch.manual_seed(1)
        if workload == "S":
            self.model, shape = SingleLstm(), (64, 32)
            self.input = 2 * torch.rand(*shape, 128) - 1
            targets = torch.randint(256, (64 * 32, 1))
        else:
            self.model, shape = Network(W), (100, 64)
            sizes = torch.tensor(VOCAB_SIZES)
            tokens = (torch.rand(*shape, 3) ** 2 * (sizes - 1)).long()
            targets = (7 * tokens + 1) % sizes
            # What a context holds without conditions: the event, its position, and what is known of the next one.
            self.input = torch.zeros(*shape, 53, dtype=torch.long)
            self.input[:, :, 0:3], self.input[:, :, 4:7] = tokens, targets
            targets = targets.flatten(0, 1)
        self.events = shape[0] * shape[1]
        self.model.to(device)
        self.input, self.targets = self.input.to(device), targets.to(device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3, fused=device == "cuda")

    def describe(self):
        if self.device == "cpu":
            return f"processor, {torch.get_num_threads()} threads"
        cudnn, tf32 = torch.backends.cudnn.version(), "on" if self.tf32 else "off"
        return f"{torch.cuda.get_device_name()}, cuDNN {cudnn}, TF32 {tf32}"

    def step(self):
        """Seconds and loss."""
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = self.tf32
        start = time.perf_counter()
        logits, _ = self.model(self.input) if self.input.is_floating_point() else self.model(self.input, None)
        loss = sum(functional.cross_entropy(z.flatten(0, 1), self.targets[:, s]) for s, z in enumerate(logits))
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        loss = loss.item()  # waits for the device
        return time.perf_counter() - start, loss


class GpuLstm:
    """The bench of this repository, which runs a step for each line that it is sent."""

    def __init__(self, workload):
        # On a machine without cargo the bench is beside this file, as `benches/gpu/pack` puts it.
        packed = FOLDER / "bench-train_step"
        cargo = ["cargo", "bench", "--locked", "--quiet", "--bench", "train_step", "--"]
        command = ([str(packed), "--bench"] if packed.exists() else cargo) + [workload, "--serve"]
        self.process = subprocess.Popen(command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def step(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("gpu-lstm ended before it answered")
        seconds, loss, _, adapter = line.rstrip("\n").split("\t")
        self.name = f"gpu-lstm on {adapter}"
        return float(seconds), float(loss)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(workload, rounds):
    """Rounds of one step of each engine, after one that is not counted; rows of the table."""
    own, cuda = GpuLstm(workload), torch.cuda.is_available()
    others = [PyTorch(workload, "cuda" if cuda else "cpu", tf32) for tf32 in ([False, True] if cuda else [False])]
    engines = [own, *others]
    steps = [[engine.step() for engine in engines] for _ in range(1 + rounds)][1:]
    own.close()
    rows, own_ms = [], None
    for engine, timed in zip(engines, zip(*steps)):
        ms = [1e3 * seconds for seconds, _ in timed]
        median = statistics.median(ms)
        own_ms = own_ms or median
        ratio = "-" if engine is own else f"{median / own_ms:.2f} times as fast"
        rate = f"{others[0].events / median * 1e3:.0f}"
        spread = f"{median:.1f} ({min(ms):.1f}-{max(ms):.1f})"
        losses = f"{timed[0][1]:.3f} -> {timed[-1][1]:.3f}"
        rows.append(f"| {workload} | {engine.name} | {spread} | {rate} | {ratio} | {losses} |")
    return rows


HEAD = """| workload | engine | ms a step (fastest-slowest) | events/s | gpu-lstm is | loss |
|---|---|---|---|---|---|
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", nargs="?", choices=list(ROUNDS), help="both without it")
    parser.add_argument("--steps", type=int, default=0, help="rounds of one step each (S 20, W 5)")
    parser.add_argument("--record", type=pathlib.Path, metavar="FILE", help="put the table between its marks in FILE")
    arguments = parser.parse_args()
    path = arguments.record
    if path and arguments.workload:
        parser.error("--record needs both workloads")
    if path and not all(mark in path.read_text(encoding="utf-8") for mark in MARKS):
        parser.error(f"{path} does not have {MARKS}")

    table = HEAD
    for workload in [arguments.workload] if arguments.workload else ROUNDS:
        table += "".join(f"{row}\n" for row in compare(workload, max(arguments.steps, 0) or ROUNDS[workload]))
    print(table)
    if path:
        text = path.read_text(encoding="utf-8")
        before, after = text.split(MARKS[0])[0], text.split(MARKS[1])[1]
        path.write_text(before + MARKS[0] + table + MARKS[1] + after, encoding="utf-8")


if __name__ == "__main__":
    main()
