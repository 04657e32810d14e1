#!/usr/bin/env bash
# Python packages for tests, in a virtual environment that is kept between runs.
#
#   python.sh env REQUIREMENTS    (make it if it is not there; print its interpreter)
#
# REQUIREMENTS names every package with its version; another file is another environment.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ "${1:-}" = env ] && [ -f "${2:-}" ] || die "usage: python.sh env REQUIREMENTS"
need python3
place="$SERVERS_CACHE/python/$(cat "$2" <(python3 --version) | cksum | cut -d' ' -f1)"
mkdir -p "$place"
exec 9>"$place/lock"
flock 9
if [ ! -f "$place/ready" ]; then
  rm -rf "$place/env"
  python3 -m venv "$place/env" >&2
  "$place/env/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$2" >&2
  touch "$place/ready"
fi
printf '%s\n' "$place/env/bin/python"
