#!/usr/bin/env python3
"""Simulates training steps of several machines, and says from what batch on they pay.

    python3 bench/scaling/simulate.py

What is simulated is what the program does (crate/training/rank_step.rs, crate/distributed/reduce.rs), message by message:

1. Each rank computes the gradient of its images: a time for each image, and one for each step, with a random factor.
2. It sends a part of the gradient to each other rank. Messages leave one after the other at the line's rate, arrive after the
   line's latency, and are taken in one after the other at the same rate. Meanwhile it prepares its next batch.
3. It adds what it got, and sends its part of the sum to each other rank, as before.
4. It updates its parameters. Nobody waits for all others to be done with that.

The switch between the machines is ideal, and a line carries both directions at once. The constants below are measured by
`measure.py` where it says so; machines that compute faster are modelled by dividing times by a factor, lines by what they carry.
"""

import argparse
import random
import statistics

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--steps", type=int, default=12)
arguments = parser.parse_args()

# Milliseconds of one thread for an image, forward and backward, and the number of parameters (docs/scaling.md).
PRESETS = {"tiny": (2.5, 83_125), "small": (8.9, 581_985), "base": (26.6, 2_316_993)}
# Nanoseconds of one thread for each parameter of a step: update, hash, encoding, adding parts of sums (docs/scaling.md).
UPDATE = 48
# The part of an image's time that its preparation takes (shift, noise).
PREPARE = 0.01
# The standard deviation of a step's time as a share of it, on machines that do nothing else.
JITTER = 0.02
# Bits a second, and seconds from one program to another: Ethernet through the kernel for the first two, past it for the third.
LINES = {"1 Gbit/s": (1e9, 50e-6), "10 Gbit/s": (10e9, 20e-6), "100 Gbit/s": (100e9, 3e-6)}
# Seconds that a processor takes for each message, whatever its size.
MESSAGE = 2e-6


class Cluster:
    """`ranks` machines of `speed` threads' speed each, which train a network together."""

    def __init__(self, ranks, line, time, parameters, batch, speed, bytes_each=4):
        self.ranks, self.batch, self.speed = ranks, batch, speed
        self.rate, self.latency = line
        self.image = 1e-3 * time / speed
        self.update = 1e-9 * UPDATE * parameters / speed
        self.part = bytes_each * parameters / ranks
        self.random = random.Random(arguments.seed)
        # When each direction of each line is free again.
        self.up, self.down = [0.0] * ranks, [0.0] * ranks

    def exchange(self, ready):
        """When each rank has a message of every other one, if it sends its own at `ready[rank]`."""
        messages = []
        for rank, time in enumerate(ready):
            for step in range(1, self.ranks):
                begin = max(time + step * MESSAGE, self.up[rank])
                self.up[rank] = begin + 8 * self.part / self.rate
                messages.append((begin + self.latency, (rank + step) % self.ranks))
        arrived = list(ready)
        for begin, to in sorted(messages):
            self.down[to] = max(self.down[to], begin) + 8 * self.part / self.rate
            arrived[to] = max(arrived[to], self.down[to])
        return [max(time, free) for time, free in zip(arrived, self.up)]

    def step(self, start):
        """When each rank has ended the step that it begins at `start[rank]`."""
        images = [self.batch // self.ranks + (rank < self.batch % self.ranks) for rank in range(self.ranks)]
        jitter = [max(0.5, self.random.gauss(1, JITTER)) for _ in range(self.ranks)]
        gradient = [
            time + factor * count * self.image * (1 - PREPARE) for time, count, factor in zip(start, images, jitter)
        ]
        if self.ranks == 1:
            # Nothing to wait for, so the next batch is prepared one after the other.
            return [gradient[0] + self.batch * self.image * PREPARE + self.update]
        prepared = [time + count * self.image * PREPARE for time, count in zip(gradient, images)]
        summed = self.exchange(self.exchange(gradient))
        return [max(pair) + self.update for pair in zip(prepared, summed)]

    def rate_of_images(self):
        """Images a second, the first step left out."""
        time = self.step([0.0] * self.ranks)
        begin = max(time)
        for _ in range(arguments.steps):
            time = self.step(time)
        return arguments.steps * self.batch / (max(time) - begin)


def speedup(ranks, *others, **more):
    line, time, parameters, batch, speed = others
    alone = Cluster(1, line, time, parameters, batch, speed).rate_of_images()
    return Cluster(ranks, line, time, parameters, batch, speed, **more).rate_of_images() / alone


def smallest_batch(ranks, wanted, line, time, parameters, speed, **more):
    """The smallest power of two from which on `ranks` machines are `wanted` times as fast as one."""
    for exponent in range(0, 17):
        batch = 2**exponent
        if batch >= ranks and speedup(ranks, line, time, parameters, batch, speed, **more) >= wanted:
            return f"{batch:,}"
    return "–"


NETWORKS = [
    *((f"`{name}`", *numbers) for name, numbers in PRESETS.items()),
    ("`base` × 16 (37 M)", 16 * PRESETS["base"][0], 16 * PRESETS["base"][1]),
]
MACHINES = {"one thread": 1, "16 threads": 16, "a graphics card as fast as 1,000 threads": 1000}

print("Times as fast as one machine: `small`, batch 128, sums in f32\n")
print("| machines are | line | 2 | 4 | 8 | 16 |\n| --- | --- | ---: | ---: | ---: | ---: |")
for machine, speed in MACHINES.items():
    for name, line in LINES.items():
        cells = [f"{speedup(ranks, line, *PRESETS['small'], 128, speed):.2f}" for ranks in (2, 4, 8, 16)]
        print(f"| {machine} | {name} | {' | '.join(cells)} |")

print("\nThe smallest batch (a power of two) from which on four machines are twice as fast as one / three times as fast\n")
print("| network | machines are | " + " | ".join(LINES) + " | 1 Gbit/s, sums in bf16 |\n| --- | --- | " + "---: | " * 4)
for network, time, parameters in NETWORKS:
    for machine, speed in MACHINES.items():
        cases = [(line, {}) for line in LINES.values()] + [(LINES["1 Gbit/s"], {"bytes_each": 2})]
        cells = [
            " / ".join(smallest_batch(4, wanted, line, time, parameters, speed, **more) for wanted in (2.0, 3.0))
            for line, more in cases
        ]
        print(f"| {network} | {machine} | {' | '.join(cells)} |")
