// Makes what the page loads of CPython, once, when it is set up: `node page_python.mjs PYODIDE LICENCES TARGET`.
//
// PYODIDE is npm's package as it comes. In TARGET are then its three files unchanged, its standard library made again as
// bytecode, which starts in a fifth of the time and is a third smaller on its way, the licences, and a list of all with their digests.

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const [pyodide, licences, target] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide, version } = await import(join(pyodide, "pyodide.mjs"));

// What nothing in a page can use: windows, terminals, servers of mail, the debugger's screen, tests.
const LEFT_OUT = [
  "_pyrepl", "_ssl", "antigravity", "compileall", "curses", "doctest", "ensurepip", "ftplib", "idlelib", "imaplib", "lib2to3", "multiprocessing",
  "mailbox", "modulefinder", "nturl2path", "pdb", "pickletools", "poplib", "profile", "cProfile", "pstats", "pty", "pyclbr", "pydoc", "pydoc_data", "smtplib",
  "sqlite3", "this", "tkinter", "trace", "turtledemo", "tty", "unittest", "venv", "webbrowser", "wsgiref", "xmlrpc", "zipapp",
];

const LIBRARY = `
import ast, importlib.util, marshal, zipfile

def without_sentences(text):
    """The tree of a module without what help() would say: nobody asks for it here, and it is a fifth of the whole."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(node, False):
            node.body[0] = ast.copy_location(ast.Pass(), node.body[0])
    return tree

source = zipfile.ZipFile("/source.zip")
# Stored: whoever sends it compresses it as a whole, and an interpreter need not unpack it at every start.
with zipfile.ZipFile("/library.zip", "w", zipfile.ZIP_STORED) as made:
    for name in sorted(source.namelist()):
        top = name.split("/")[0].removesuffix(".py")
        if name.endswith("/") or top in left_out or name.startswith(("encodings/cp", "encodings/mac_", "encodings/iso")):
            continue
        data = source.read(name)
        if name.endswith(".py"):
            code = compile(without_sentences(data), f"/lib/{name}", "exec", dont_inherit=True)
            # Unchecked: there is no source beside it that could be newer.
            data = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8) + marshal.dumps(code)
            name += "c"
        # With the same date each time, so that the same library has the same digest.
        made.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
`;

const python = await loadPyodide({ indexURL: pyodide });
python.FS.writeFile("/source.zip", readFileSync(join(pyodide, "python_stdlib.zip")));
python.globals.set("left_out", python.toPy(LEFT_OUT));
python.runPython(LIBRARY);
mkdirSync(target, { recursive: true });
writeFileSync(join(target, "library.zip"), python.FS.readFile("/library.zip"));
for (const name of ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"]) copyFileSync(join(pyodide, name), join(target, name));
for (const name of readdirSync(licences)) copyFileSync(join(licences, name), join(target, name));

const digest = (name) => createHash("sha256").update(readFileSync(join(target, name))).digest("hex");
const files = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "library.zip"];
const list = files.map((name) => ({ name, bytes: readFileSync(join(target, name)).length, sha256: digest(name) }));
const runs = python.runPython("import sys; '.'.join(map(str, sys.version_info[:3]))");
const { info } = JSON.parse(readFileSync(join(pyodide, "pyodide-lock.json"), "utf8"));
writeFileSync(join(target, "files.json"), `${JSON.stringify({ pyodide: version, python: runs, info, files: list }, null, 2)}\n`);
console.log(`CPython ${runs}, pyodide ${version}`);
process.exit(0);
