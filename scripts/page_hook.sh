#!/usr/bin/env bash
# Trunk's hook after a build: what must be otherwise in the files that it has put together.
set -euo pipefail

# wasm-bindgen-rayon's helper starts the module with arguments that wasm-bindgen calls deprecated: a warning in the console
# for each thread. The same ones in one object say nothing.
for helper in "$TRUNK_STAGING_DIR"/snippets/wasm-bindgen-rayon-*/src/workerHelpers.no-bundler.js; do
  [[ -f $helper ]] || continue
  sed 's/pkg\.default(data\.module, data\.memory)/pkg.default({ module_or_path: data.module, memory: data.memory })/' \
    "$helper" >"$helper.new"
  mv "$helper.new" "$helper"
done

# CPython for the page: what setup has made, where it could, and what runs it. Nothing of it is loaded before somebody wants it.
source scripts/common.sh
python=$TRUNK_STAGING_DIR/pyodide
mkdir -p "$python"
cp -R frontend/pyodide/*.js frontend/pyodide/python/. core/python/*.py "$python"
if [[ -f $PAGE_PYTHON/files.json ]]; then
  cp "$PAGE_PYTHON"/*.mjs "$PAGE_PYTHON"/*.wasm "$PAGE_PYTHON"/*.zip "$PAGE_PYTHON"/*.json "$PAGE_PYTHON"/*.txt "$python"
fi

# The code editor, where setup could make it; otherwise code is edited in a plain field.
if [[ -f $CODE_EDITOR/stamp ]]; then
  mkdir -p "$TRUNK_STAGING_DIR/editor"
  cp "$CODE_EDITOR/code_editor.js" "$CODE_EDITOR/licences.txt" "$TRUNK_STAGING_DIR/editor"
fi

# While it serves, Trunk writes the script that reloads the page into the page itself, where the page's
# Content-Security-Policy would stop it: the script becomes a file of its own. A page that is built has none.
page=$TRUNK_STAGING_DIR/index.html
grep -q '{{__TRUNK_ADDRESS__}}' "$page" || exit 0

# Trunk fills in the host and the path while it answers, in pages alone.
awk -v file="$TRUNK_STAGING_DIR/reload.js" '
  BEGIN { RS = "\001" }
  {
    start = index($0, "<script>")
    rest = substr($0, start + length("<script>"))
    end = index(rest, "</script>")
    script = substr(rest, 1, end - 1)
    gsub(/.\{\{__TRUNK_ADDRESS__\}\}./, "window.location.host", script)
    gsub(/\{\{__TRUNK_WS_BASE__\}\}/, "/", script)
    printf "%s", script > file
    printf "%s<script src=\"reload.js\" defer></script>%s", substr($0, 1, start - 1), substr(rest, end + length("</script>"))
  }
' "$page" >"$page.new"
mv "$page.new" "$page"
