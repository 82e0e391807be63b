#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image. Zip it with run_autograder and nstutor's wheel.
set -euo pipefail
root=${AUTOGRADER:-/autograder}

if ! command -v python3 >/dev/null; then
    apt-get update
    apt-get install --yes --no-install-recommends python3 python3-venv
fi
python3 -m venv "$root/nstutor"
"$root/nstutor/bin/pip" install --quiet "$root"/source/nstutor-*.whl
# Installs what lessons use, and says in the build's log whether labs can be made here.
"$root/nstutor/bin/nstutor" doctor --install --yes --for lab
