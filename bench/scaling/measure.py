#!/usr/bin/env python3
"""Times training steps of 1, 2 and 4 ranks of one thread each on this machine, in turns.

    python3 bench/scaling/measure.py [--program target/release/ddpm] [--preset small] [--batch 64] [--rounds 3]

Each measurement starts two runs that differ only in their number of steps, and takes the difference of their times, so that
starting, reading the images and the first step count for neither. Wall times are those of a machine that may be busy with other
things; processor times (user and system of all ranks) are less disturbed, and show what ranks cost in all.
"""

import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--program", default="target/release/ddpm")
parser.add_argument("--data", default="www/data/mnist")
parser.add_argument("--preset", default="small")
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--steps", type=int, nargs=2, default=[2, 8])
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 4])
parser.add_argument("--formats", nargs="+", default=["f32", "bf16"])
arguments = parser.parse_args()

environment = {
    **os.environ,
    "RAYON_NUM_THREADS": "1",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}
REPORT = re.compile(r"each process sent ([\d.]+) MB in a step and waited for sums for ([\d.]+) s of ([\d.]+) s")


def run(ranks, sum_format, steps, folder):
    """One run: seconds on the clock, seconds of processors, and what rank 0 reports."""
    command = [
        os.path.abspath(arguments.program), "train", "--data", arguments.data, "--preset", arguments.preset,
        "--batch-size", str(arguments.batch), "--max-steps", str(steps), "--out", os.path.join(folder, "w.safetensors"),
        "--overwrite",
    ]
    if ranks > 1:
        launcher = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks)]
        command = launcher + command + ["--sum-format", sum_format]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(done.stderr)
    report = REPORT.search(done.stdout)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, processor, [float(number) for number in report.groups()] if report else [0.0, 0.0, 0.0]


cases = [(ranks, sum_format) for ranks in arguments.ranks for sum_format in (arguments.formats if ranks > 1 else ["f32"])]
results = {case: [] for case in cases}
few, many = arguments.steps
with tempfile.TemporaryDirectory() as folder:
    for round_number in range(arguments.rounds):
        # Another order in each round, so that no case always has the same neighbour.
        for case in cases[round_number % len(cases):] + cases[:round_number % len(cases)]:
            ranks, sum_format = case
            short = run(ranks, sum_format, few, folder)
            long = run(ranks, sum_format, many, folder)
            images = arguments.batch * (many - few)
            results[case].append({
                "rate": images / (long[0] - short[0]),
                "processor": 1e3 * (long[1] - short[1]) / images,
                "megabytes": long[2][0],
                "waited": long[2][1] / long[2][2] if ranks > 1 else 0.0,
            })
            print(case, results[case][-1], file=sys.stderr)

print(f"`{arguments.preset}`, batch {arguments.batch}, {many - few} steps, {arguments.rounds} rounds; medians, and the smallest and largest rate")
print("| ranks | sums in | images/s | of one rank's, round by round | processor ms an image | MB a rank sends in a step | waits for sums |")
print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
for case in cases:
    of = lambda key: [result[key] for result in results[case]]
    ratios = [result["rate"] / one["rate"] for result, one in zip(results[case], results[cases[0]])]
    rates = of("rate")
    print(
        f"| {case[0]} | {case[1] if case[0] > 1 else '–'} | {statistics.median(rates):.1f} ({min(rates):.1f} to {max(rates):.1f}) "
        f"| {statistics.median(ratios):.2f} | {statistics.median(of('processor')):.1f} | {statistics.median(of('megabytes')):.3f} "
        f"| {100 * statistics.median(of('waited')):.0f} % |"
    )
