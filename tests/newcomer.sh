#!/usr/bin/env bash
# The newcomer's test: the README's first command, word for word, on a clone of HEAD in an empty home.
#
#   tests/newcomer.sh [FOLDER]    FOLDER is made and kept; without one a temporary folder is used and removed
#
# SWARM_MODEL_CACHE may name a folder with the model's file, which is 1.1 GB to fetch otherwise.
set -euo pipefail

here="$(cd "$(dirname "$0")/.." && pwd)"
place="${1:-$(mktemp -d "${TMPDIR:-/tmp}/newcomer-XXXXXX")}"
mkdir -p "$place/home"
[ $# -gt 0 ] || trap 'rm -rf "$place"' EXIT

git clone --quiet "$here" "$place/swarm"
cd "$place/swarm"
# The first line of the README's first block of commands.
command="$(awk '/^```/ { inside = !inside; next } inside { print; exit }' README.md)"

say() { printf '%s\n' "$*"; }
# Nothing of whoever runs this but the way to the packages: no keys, no settings, no folders.
kept=()
for name in $(compgen -e | grep -E '^(PIP_|UV_|SSL_|REQUESTS_CA_|CURL_CA_)|_proxy$|_PROXY$|^SWARM_MODEL_CACHE$|^PATH$'); do
    kept+=("$name=${!name}")
done
alone() {
    env -i "${kept[@]}" HOME="$place/home" LANG=C.UTF-8 XDG_DATA_HOME="$place/home/data" \
        XDG_CACHE_HOME="$place/home/cache" XDG_CONFIG_HOME="$place/home/config" bash -c "$1"
}

say "newcomer: $command"
started=$SECONDS
alone "make install"
say "wall time: install $((SECONDS - started)) s"

failed=0
alone "$command" || failed=$?
[ "$failed" -eq 0 ] || say "newcomer: the command ended with $failed"
if [ "$failed" -eq 0 ]; then
    .venv/bin/python - <<'CHECK' || failed=1
import runpy, sys
from pathlib import Path
fault = runpy.run_path("benchmarks/goals/first_light/brief/check.py")["check"](Path(), "")
print(f"newcomer: {fault or 'summary.md is right'}")
sys.exit(bool(fault))
CHECK
fi

alone "make down"
# What a process of ours was started with stands in its environment or its command line.
left="$(grep -laF "$place" /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3 | sort -u | grep -vx "$$" || true)"
for process in $left; do
    if [ -d "/proc/$process" ] && [ "$process" != "$BASHPID" ] && ! grep -qaF newcomer.sh "/proc/$process/cmdline"; then
        say "newcomer: still running after make down: $process $(tr '\0' ' ' < "/proc/$process/cmdline" | cut -c1-120)"
        failed=1
    fi
done
[ "$failed" -eq 0 ] && say "newcomer: nothing is left running"
exit "$failed"
