# shellcheck shell=bash
# Words, versions, and how Trunk is started. Sourced by ./dev; it installs nothing.

# shellcheck disable=SC2034 # used by setup.sh and dev
LANES_DATA="${XDG_DATA_HOME:-$HOME/.local/share}/lanes"
# shellcheck disable=SC2034
CARGO_BIN="${CARGO_HOME:-$HOME/.cargo}/bin"
# CPython for the page, as setup has made it.
# shellcheck disable=SC2034
PAGE_PYTHON=$LANES_DATA/page-python
# The page's code editor, as setup has bundled it.
# shellcheck disable=SC2034
CODE_EDITOR=$LANES_DATA/code-editor

say() { printf '%s\n' "$*"; }
step() { printf '\n==> %s\n' "$*"; }
fail() {
  printf '\ndev: %s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# first_of NAME…: the first of these commands that is there.
first_of() {
  local name
  for name; do
    have "$name" && { command -v "$name" && return; }
  done
  return 1
}

# at_least VERSION MINIMUM
at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$2" ]]; }

# limit SECONDS COMMAND…: macOS has no `timeout`; there a command takes as long as it takes.
limit() {
  local seconds=$1
  shift
  if have timeout; then timeout "$seconds" "$@"; else "$@"; fi
}

# What the project's own files say, so that no version is written down twice.
rust_minimum() { sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml; }
page_channel() { sed -n 's/^channel *= *"\(.*\)"/\1/p' rust-toolchain.toml; }
locked_version() { # PACKAGE, from Cargo.lock
  awk -v name="name = \"$1\"" '$0 == name { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock
}

# Trunk, with what would silently change the build taken out of its environment: RUSTFLAGS replaces
# the flags in .cargo/config.toml, and Trunk 0.21 takes NO_COLOR=1 for a wrong argument.
# With EXEC=exec it takes this script's place, so that ending the script ends Trunk.
page_trunk() {
  ${EXEC:-} env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u NO_COLOR \
    ${NO_COLOR:+TRUNK_COLOR=never} TRUNK_SKIP_VERSION_CHECK=true trunk "$@"
}

# The arguments of an optimised build. Without wasm-opt Trunk must not think of a release, or it
# tries to download one; the code is the same, only larger.
optimised() {
  if have wasm-opt; then echo --release; else echo --cargo-profile=release; fi
}

find_chrome() {
  first_of ${LANES_CHROME:+"$LANES_CHROME"} chromium chromium-browser google-chrome \
    google-chrome-stable "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
}
find_firefox() { first_of ${LANES_FIREFOX:+"$LANES_FIREFOX"} firefox-esr firefox; }
find_geckodriver() { first_of ${LANES_GECKODRIVER:+"$LANES_GECKODRIVER"} geckodriver; }
find_chromedriver() { first_of ${LANES_CHROMEDRIVER:+"$LANES_CHROMEDRIVER"} chromedriver; }
