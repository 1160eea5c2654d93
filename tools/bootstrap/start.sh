#!/bin/sh
# Finds a Python that is new enough, then hands over to the steps in this folder. Plain sh: it must run before anything is installed.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# A version manager's stand-in may be on the path and yet not run, so each candidate is tried, not just looked up.
fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

for python in "$here/../../.venv/bin/python" "$PYTHON" python3.13 python3.12 python3.11 python3.14 python3 python; do
    if [ -n "$python" ] && fits "$python"; then
        exec "$python" -B "$here" "$@"
    fi
done

echo "Windsock needs Python 3.11 or newer, and none was found." >&2
found=$(command -v python3 2>/dev/null) && echo "$found is $("$found" --version 2>&1)." >&2
echo "Install one (Debian, Ubuntu: 'sudo apt-get install python3 python3-venv'; macOS: 'brew install python') or name it: 'make PYTHON=/path/to/python3.12 run'." >&2
exit 1
