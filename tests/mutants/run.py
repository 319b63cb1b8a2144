"""Changes single places of shaders and looks whether a test notices.

    python3 tests/mutants/run.py --count 60 --seed 1

The texts of the shaders lie in the test executables byte for byte, so a mutant is a copy of an executable with one text
replaced: comments make room for what is longer, spaces for what is shorter. Nothing is built again.

A mutant is killed where a test of its kernel in tests/kernels fails, or one of tests/model.rs, or where it draws of
tests/generation.rs. One that no test notices has survived; it is an error unless equivalent.txt, beside this file, says
why it computes the same. A text that is not valid WGSL does not count.
"""

import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
EQUIVALENT = pathlib.Path(__file__).with_name("equivalent.txt")
# A mutant that takes longer hangs, which is noticed.
SECONDS = 300

TESTS = ["kernels", "model", "generation"]
PRODUCTS = ["matmul_nn", "matmul_nt", "matmul_tn"]
STEPS = ["lstm_step_forward", "lstm_step_backward"]
DRAWING = ["draw_field", "find_candidates", "follow_event", "keep_melody", "sample"]
# The modules of tests/kernels for texts that several kernels share; all others are guarded by the module of their name.
SHARED = {
    "activation": STEPS,
    "candidate_rows": ["candidate_bias", "draw_field", "find_candidates"],
    "lanes_64": ["candidate_bias", "relative_pitch", "softmax_cross_entropy"],
    "lanes_8": ["candidate_bias", "relative_pitch", "softmax_cross_entropy"],
    "lookup_rows": ["embedding_forward", "embedding_backward", "draw_field"],
    "lstm_cell": STEPS,
    "random": ["dropout", "embedding_forward", "embedding_backward", "sample"],
    "references": ["relative_pitch", "draw_field"],
    "strip": ["matmul_nn", "lstm_step_forward"],
    "subgroup_tile": PRODUCTS + STEPS,
    "subgroup_tile_32": PRODUCTS + STEPS,
    "subgroup_tile_64": PRODUCTS + STEPS,
    "subgroup_tile_8": ["matmul_nn", "lstm_step_forward"],
    "workgroup_step": STEPS,
    "workgroup_tile": PRODUCTS,
    "workgroup_tile_32": PRODUCTS,
    "workgroup_tile_64": PRODUCTS,
}

# What is replaced by what: operators, bounds, barriers, constants, indices.
REPLACED = [(re.compile(pattern), new) for pattern, new in [
    (r" \+ ", " - "), (r" - ", " + "), (r" \* ", " + "), (r" / ", " * "), (r" % ", " / "),
    (r" \+= ", " -= "), (r" \*= ", " += "), (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "),
    (r" == ", " != "), (r" != ", " == "), (r" && ", " || "), (r" \|\| ", " && "), (r" & ", " | "), (r" >> ", " << "),
    (r" \^ ", " | "), (r"\bmax\(", "min("), (r"\bmin\(", "max("), (r"\btrue\b", "false"), (r"\bfalse\b", "true"),
    (r"(workgroup|storage)Barrier\(\);", ""), (r"\b0\.0\b", "1.0"), (r"\b1\.0\b", "2.0"), (r"\b2\.0\b", "1.0"),
    (r"\b\d+u\b", lambda found: f"{int(found[0][:-1]) + 1}u"), (r"\[([a-z_]\w*)\]", r"[\1 + 1u]"),
]]
INVALID = re.compile(r"panicked at src/engine/gpu/kernel.rs|Shader validation|wgpu error: Validation")
NO_CODE = re.compile(r"^\s*(//|@group|enable|alias|struct|\w+: [\w<>]+,)")


def mutants(path):
    """Every mutant of a file: its line, the line before, the line after."""
    found = []
    for number, line in enumerate(path.read_text().split("\n")):
        code = line.split("//")[0]
        if NO_CODE.match(line) or "@workgroup_size" in line:
            continue
        for pattern, new in REPLACED:
            for place in pattern.finditer(code):
                text = place.expand(new) if isinstance(new, str) else new(place)
                found.append((path, number, line, code[: place.start()] + text + code[place.end():]))
    return found


def patched(executable, path, number, after):
    """The bytes of an executable with one line of one shader replaced."""
    before = path.read_bytes()
    lines = before.decode().split("\n")
    lines[number] = after
    text = "\n".join(line.split("//")[0].rstrip() for line in lines).encode()
    if before not in executable or len(text) > len(before):
        sys.exit(f"{path} cannot be replaced in the executable")
    return executable.replace(before, text.ljust(len(before)))


def run(executable, filters):
    """What goes wrong in tests: the first failure and what is printed up to it, or nothing."""
    with tempfile.NamedTemporaryFile(dir=ROOT / "target", delete=False) as file:
        file.write(executable)
    path = pathlib.Path(file.name)
    path.chmod(0o755)
    # A failure is printed at once where nothing is captured; the rest of the tests need not run then.
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    tests = subprocess.Popen([path, "--nocapture", *filters], cwd=ROOT, **pipes)
    limit = threading.Timer(SECONDS, tests.kill)
    limit.start()
    output = []
    for line in tests.stdout:
        output.append(line)
        if " ... FAILED" in line:
            tests.kill()
    limit.cancel()
    path.unlink()
    return "".join(output) if tests.wait() != 0 else None


def built():
    """The test executables."""
    tests = [word for name in TESTS for word in ["--test", name]]
    command = ["cargo", "test", "--locked", "--no-run", *tests, "--message-format", "json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    artifacts = [json.loads(line) for line in lines]
    paths = {it["target"]["name"]: it["executable"] for it in artifacts if it.get("executable")}
    return {name: pathlib.Path(paths[name]).read_bytes() for name in TESTS}


def fate(executables, path, number, after):
    """What becomes of a mutant."""
    stem = path.stem
    draws = path.parent.name == "draw_field" or stem == "draw_field"
    others = [it for it in (DRAWING if draws else SHARED.get(stem, [])) if it != stem]
    network = "generation" if draws else "model"
    for name, modules in [("kernels", [stem]), ("kernels", others), (network, [])]:
        if modules or name == network:
            output = run(patched(executables[name], path, number, after), [f"{module}::" for module in modules])
            if output and INVALID.search(output):
                return "invalid"
            if output is not None:
                return f"killed by {name}"
    return "survived"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--count", type=int, default=60, help="mutants that are valid")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only", default="", help="a part of a path: mutants of these shaders alone")
    options = arguments.parse_args()
    files = sorted(path for path in (ROOT / "shaders").rglob("*.wgsl") if path.parent.name != "probes")
    everything = [it for path in files if options.only in str(path.relative_to(ROOT)) for it in mutants(path)]
    random.Random(options.seed).shuffle(everything)
    executables = built()
    for name, executable in executables.items():
        if run(executable, []) is not None:
            sys.exit(f"the tests of {name} fail without a mutant")
    equivalent = EQUIVALENT.read_text()
    fates = {}
    survivors = []
    for path, number, before, after in everything:
        if sum(fates.values()) - fates.get("invalid", 0) >= options.count:
            break
        result = fate(executables, path, number, after)
        name = f"{path.relative_to(ROOT)}: {before.split('//')[0].strip()}  =>  {after.strip()}"
        if result == "survived" and name in equivalent:
            result = "equivalent"
        fates[result] = fates.get(result, 0) + 1
        print(f"{result:18} {path.relative_to(ROOT)}:{number + 1}", flush=True)
        if result == "survived":
            survivors.append(name)
            print(f"  {name}", flush=True)
    counts = ", ".join(f"{count} {what}" for what, count in sorted(fates.items()))
    print(f"of {len(everything)} possible mutants: {counts}")
    sys.exit("\n".join(["no test notices:", *survivors]) if survivors else 0)


if __name__ == "__main__":
    main()
