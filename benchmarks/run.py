"""One command that measures every row of the speed table against its peers: `python benchmarks/run.py [name...]`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs as a file, from any folder

from benchmarks.harness import Options, Result, run_group, table
from benchmarks.processes import ROOT, raise_file_limit
from benchmarks.rows import GROUPS

FULL = Options()
# Shows within seconds that everything still starts, counts and stops; its figures mean nothing.
QUICK = Options(rounds=1, window=0.4, scale=0.1)

# A delay is measured honestly only where nobody else takes the core at that moment.
QUIET_CORES = 0.1


def main() -> int:
    """Parse the command line, run the groups that are asked for, print the table, keep the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="groups: " + ", ".join(f"{group.name} ({group.about})" for group in GROUPS)
    )
    parser.add_argument("names", nargs="*", metavar="name", help="groups to run; all by default")
    parser.add_argument("--quick", action="store_true", help="a smoke run of a few seconds a group")
    parser.add_argument("--rounds", type=int, help=f"rounds (default {FULL.rounds})")
    parser.add_argument("--window", type=float, help=f"seconds a variant runs in a round (default {FULL.window})")
    parser.add_argument("--strict", action="store_true", help="exit with status 1 if a floor is missed")
    parser.add_argument("--out", type=Path, default=ROOT / "artefacts" / "bench", help="folder of the JSON files")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - {group.name for group in GROUPS}:
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    preset = QUICK if arguments.quick else FULL
    options = Options(arguments.rounds or preset.rounds, arguments.window or preset.window, preset.scale)

    # As Ctrl-C does: what was started is stopped, the temporary folder removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    raise_file_limit()
    results: list[Result] = []
    for group in GROUPS:
        if not arguments.names or group.name in arguments.names:
            say(f"{group.name}: {group.about}")
            results.append(run_group(group, options, say))
    lines = [line for result in results for line in result.lines]
    print(table(lines))
    for result in results:
        if result.others > QUIET_CORES:
            print(
                f"{result.group}: other programs used {result.others:.2f} cores meanwhile; delays and skipped ticks are theirs as much as ours"
            )
    say(f"figures: {keep(results, options, arguments.out)}")
    if options.scale != 1:
        say("This was a smoke run: its figures mean nothing.")
    missed = arguments.strict and any(line.verdict in {"no", "not measured"} for line in lines)
    return 1 if missed or any(result.failure for result in results) else 0


def say(text: str) -> None:
    """Progress goes to stderr, so that stdout is the table alone."""
    print(text, file=sys.stderr, flush=True)


def keep(results: list[Result], options: Options, folder: Path) -> Path:
    """Write all figures of all rounds, and what they were measured on."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    machine = {
        "cpus": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": os.getloadavg(),
    }
    path.write_text(
        json.dumps(
            {"machine": machine, "options": asdict(options), "groups": [asdict(result) for result in results]}, indent=1
        )
    )
    return path


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(130) from None
