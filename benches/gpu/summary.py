"""Predicted against measured: `gpu-lstm check --bench --json` kernel by kernel, the largest loss first.

The prediction for a kernel is what the measured limits of the adapter allow: the longest of its operations at the
multiply-add peak, its bytes at the memory bandwidth, and its dispatches at the gap of one.
"""

import json
import sys


def rows(report):
    limits = report["limits"]
    for measured in report["measured"]:
        for kernel in measured["kernels"] or []:
            predicted = 1e3 * max(
                kernel["operations"] / (limits["gflop_per_s"] * 1e9),
                kernel["bytes"] / (limits["gb_per_s"] * 1e9),
                kernel["dispatches"] * limits["dispatch_us"] * 1e-6,
            )
            yield kernel["milliseconds"] - predicted, measured, kernel, predicted


def main(path):
    with open(path) as file:
        report = json.load(file)
    print("limits:", ", ".join(f"{name} {value:.1f}" for name, value in report["limits"].items()))
    for measured in report["measured"]:
        print(
            f"{measured['workload']} on {measured['adapter']}, {measured['family']}: {measured['ms_per_step']:.2f} ms a step read back, "
            f"{measured['ms_pipelined']:.2f} pipelined, {measured['dispatches']} dispatches, first step {measured['first_step_s']:.2f} s"
        )
        for run in measured["generation"]:
            print(f"  generation of {run['pieces']}: {run['events_per_s']:.0f} events/s, {run['dispatches']} dispatches an event")
    print(f"{'workload':9}{'stage':22}{'kernel':26}{'dispatches':>11}{'ms':>9}{'predicted':>11}{'factor':>8}")
    for _, measured, kernel, predicted in sorted(rows(report), key=lambda row: -row[0]):
        print(
            f"{measured['workload']:9}{kernel['stage']:22}{kernel['kernel']:26}{kernel['dispatches']:11}"
            f"{kernel['milliseconds']:9.3f}{predicted:11.3f}{kernel['milliseconds'] / predicted:8.1f}"
        )


main(sys.argv[1])
