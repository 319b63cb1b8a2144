"""Checks that PyTorch computes what we compute from one of our model files.

    python check_checkpoint.py MODEL.safetensors LOGITS.safetensors

MODEL is a model file; its metadata holds the sizes under "config". LOGITS holds "context" [T, B, 73], "candidates" [T, B, 48] and what
our engine made of them from a zero state without resets: "logits_offset", "logits_note", "logits_duration" and so on, each [T, B, V].
Prints the largest difference; exits with 1 if it is above 1e-4. Needs torch, numpy and safetensors from PyPI.
"""

import json
import sys

import torch
from network import Network
from safetensors import safe_open
from safetensors.torch import load_file

LARGEST_TOLERATED = 1e-4


def main(model_path, logits_path):
    with safe_open(model_path, "pt") as model:
        config = json.loads(model.metadata()["config"])
    network = Network(config)
    network.load_state_dict(load_file(model_path))  # strict: every name and shape must fit, none may be missing

    recorded = load_file(logits_path)
    context = recorded["context"].long()
    candidates = recorded["candidates"].long().unflatten(2, (3, 8, 2))
    with torch.no_grad():
        logits, _ = network(context, candidates)
    print(f"{sum(p.numel() for p in network.parameters())} parameters, {context.shape[0]} steps, {context.shape[1]} lanes")
    passed = True
    for stream, want in zip(network.fields, logits):
        got = recorded[f"logits_{stream}"]
        if got.shape != want.shape:
            print(f"logits_{stream}: shape {list(got.shape)}, PyTorch {list(want.shape)}")
            passed = False
            continue
        # NaN must not pass: `max` hands it on, and no comparison with it is true.
        largest = (got.double() - want.double()).abs().max().item()
        print(f"logits_{stream}: largest difference {largest:.3e}, largest logit {want.abs().max().item():.3e}")
        passed = passed and largest <= LARGEST_TOLERATED
    print("equal" if passed else f"DIFFERENT: more than {LARGEST_TOLERATED:g} apart")
    return 0 if passed else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
