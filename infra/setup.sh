#!/usr/bin/env bash
# Installs what `make` needs, once: the virtual environment from the hashed lock file,
# a browser for the tests that look at a page, and voices that say what redaction has to catch.
# Says what it does; quiet when done.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m▸\033[0m %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1
    fi
}

apt_install() {
    command -v apt-get >/dev/null || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

find_python() {
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$candidate"; return; }
    done
    echo "Antiphon needs Python 3.11 or newer; install it, or name it: make PYTHON=/path/to/python3.11 …" >&2
    return 1
}

make_venv() {
    local python=$1
    "$python" -m venv .venv 2>/dev/null && return
    say "$python has no venv module: installing python3-venv"
    rm -rf .venv
    apt_install python3-venv && "$python" -m venv .venv
}

# pip's own output, one line that moves; where nobody watches, nothing until the end.
show_progress() {
    local total=$1
    awk -v total="$total" -v watched="$([ -t 2 ] && echo 1 || echo 0)" '
        /^Collecting/ { n++; split($2, name, /[=<>]/); if (watched) printf "\r\033[K  %3d/%d %s", n, total, name[1] > "/dev/stderr" }
        /^Installing collected/ { if (watched) printf "\r\033[K  unpacking…" > "/dev/stderr" }
        /^ERROR|^error/ { print > "/dev/stderr" }
        END { if (watched) printf "\r\033[K" > "/dev/stderr" }'
}

install_python() {
    local wanted stamp=.venv/.installed
    wanted=$(cat requirements.lock pyproject.toml | cksum)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return
    local python; python=$(find_python)
    local total; total=$(grep -cE '^[a-z0-9]' requirements.lock)
    say "Setting up .venv with $total packages, checked by hash (about a minute; only once)"
    [ -x .venv/bin/python ] || make_venv "$python"
    export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
    .venv/bin/pip install --progress-bar off --require-hashes -r requirements.lock | show_progress "$total"
    .venv/bin/pip install --quiet --no-deps --no-build-isolation --editable .
    mkdir -p .path && ln -sfn .. .path/antiphon  # where the type checker finds `antiphon`
    echo "$wanted" >"$stamp"
    say "Set up."
}

install_browser() {
    for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null && return
    done
    say "Installing Chromium for the tests that look at a page"
    # The same browser without its windows; where a distribution has only the whole, that.
    apt_install chromium-headless-shell && return
    apt_install chromium && return
    say "No Chromium, and no right to install one: the browser tests will say so and be counted as not run."
}

install_voices() {
    command -v flite >/dev/null && return
    say "Installing flite, whose three voices say the numbers that redaction has to catch"
    apt_install flite && return
    say "No flite, and no right to install one: see \`antiphon evaluate audio --help\` for other voices."
    return 1
}

make_lock() {
    .venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "make the lock with Python 3.11" >&2; exit 1; }
    command -v uv >/dev/null || { echo "making the lock needs uv: pipx install uv" >&2; exit 1; }
    uv pip compile --quiet --python-version 3.11 --python-platform x86_64-unknown-linux-gnu \
        --generate-hashes --no-emit-index-url --no-header --no-annotate \
        --extra local --extra temporal --extra test --extra check --extra bench \
        pyproject.toml --output-file requirements.lock
}

case "${1:-}" in
    python) install_python ;;
    browser) install_browser ;;
    voices) install_voices ;;
    lock) make_lock ;;
    *) echo "usage: setup.sh python | browser | voices | lock" >&2; exit 2 ;;
esac
