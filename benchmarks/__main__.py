"""`python -m benchmarks` is `python benchmarks/run.py`."""

from benchmarks.run import main

if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(130) from None
