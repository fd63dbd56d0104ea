//! Which file of a crate uses which other, read from its source as the compiler reads it.
//!
//! Counted: `use` lines and paths of two or more segments (in macros too) that lead to another file of the crate. A path
//! leads to the file of the last module that it names: `crate::trace::Span` uses `trace`, wherever `Span` is defined.
//! Not counted: tests, and `mod child;`, which only says where a file belongs. Nothing here knows what a cycle is.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::{
    Attribute, File, ImplItem, Item, ItemMod, ItemUse, Macro, Meta, UseTree, Visibility,
    visit::{self, Visit},
};

/// The text of every source file, by path.
pub type Sources = BTreeMap<PathBuf, String>;

/// For each file the files that it uses, each with the first line that does.
pub type Uses = BTreeMap<PathBuf, BTreeMap<PathBuf, usize>>;

/// A path as it is written: its segments and its line.
type Written = (Vec<String>, usize);

/// A module: a file, or a part of one between braces.
#[derive(Default)]
struct Module {
    file: PathBuf,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// What `use` lines bring in, by the name that it has here. A glob has none.
    uses: Vec<(Option<String>, Written)>,
    paths: Vec<Written>,
}

/// Reads the crate whose root is this file.
///
/// # Panics
/// When a file is no Rust, or a module has no file.
pub fn uses(sources: &Sources, root: &Path) -> Uses {
    let mut tree = Tree { sources, modules: Vec::new() };
    tree.read_file(root, None);
    tree.resolve()
}

struct Tree<'a> {
    sources: &'a Sources,
    modules: Vec<Module>,
}

impl Tree<'_> {
    fn read_file(&mut self, file: &Path, parent: Option<usize>) -> usize {
        let source = self.sources.get(file).unwrap_or_else(|| panic!("{} is not there", file.display()));
        let File { items, .. } = syn::parse_file(source).unwrap_or_else(|error| {
            panic!("{}:{}: {error}", file.display(), error.span().start().line);
        });
        // `a.rs` has its children in `a/`; a root and `a/mod.rs` have them beside themselves.
        let folder = file.parent().expect("a file lies in a folder");
        let stem = file.file_stem().expect("it has a name");
        let is_flat = parent.is_none() || stem == "mod";
        let children = if is_flat { folder.to_owned() } else { folder.join(stem) };
        self.read_module(file, &items, &children, parent)
    }

    fn read_module(&mut self, file: &Path, items: &[Item], children: &Path, parent: Option<usize>) -> usize {
        let id = self.modules.len();
        self.modules.push(Module { file: file.to_owned(), parent, ..Module::default() });
        let mut reader = Reader::default();
        for item in items {
            reader.visit_item(item);
        }
        for module in reader.modules {
            let name = module.ident.to_string();
            let inside = children.join(&name);
            let child = match &module.content {
                Some((_, items)) => self.read_module(file, items, &inside, Some(id)),
                None => self.read_file(&self.file_of(&module, file, &inside), Some(id)),
            };
            self.modules[id].children.insert(name, child);
        }
        self.modules[id].uses = reader.uses;
        self.modules[id].paths = reader.paths;
        id
    }

    fn file_of(&self, module: &ItemMod, declared_in: &Path, inside: &Path) -> PathBuf {
        let named = module.attrs.iter().find_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        });
        if let Some(named) = named {
            return declared_in.with_file_name(named);
        }
        let flat = inside.with_extension("rs");
        if self.sources.contains_key(&flat) { flat } else { inside.join("mod.rs") }
    }

    fn resolve(&self) -> Uses {
        let mut uses = Uses::new();
        for (id, module) in self.modules.iter().enumerate() {
            let own = uses.entry(module.file.clone()).or_default();
            for (path, line) in module.uses.iter().map(|(_, written)| written).chain(&module.paths) {
                let Some(target) = self.module_of(id, path, &mut BTreeSet::new()) else { continue };
                let file = &self.modules[target].file;
                if *file != module.file {
                    let first = own.entry(file.clone()).or_insert(*line);
                    *first = (*first).min(*line);
                }
            }
        }
        uses
    }

    /// The last module that a path names, when it leads into this crate.
    fn module_of(&self, from: usize, path: &[String], asked: &mut BTreeSet<String>) -> Option<usize> {
        let (first, rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => 0,
            "self" => from,
            "super" => self.modules[from].parent?,
            name => match self.modules[from].children.get(name) {
                Some(child) => *child,
                None => self.imported_module(from, name, asked)?,
            },
        };
        for segment in rest {
            at = match (segment.as_str(), self.modules[at].children.get(segment)) {
                ("super", _) => self.modules[at].parent?,
                ("self", _) => at,
                (_, Some(child)) => *child,
                (_, None) => break,
            };
        }
        Some(at)
    }

    /// The module that a `use` line brings in under this name; of an item the line itself was counted.
    fn imported_module(&self, from: usize, name: &str, asked: &mut BTreeSet<String>) -> Option<usize> {
        // `use serde_json;` names itself.
        if !asked.insert(name.to_owned()) {
            return None;
        }
        let is_it = |(bound, _): &&(Option<String>, Written)| bound.as_deref() == Some(name);
        let (_, (path, _)) = self.modules[from].uses.iter().find(is_it)?;
        let (last, parents) = path.split_last()?;
        if parents.is_empty() {
            return self.module_of(from, path, asked);
        }
        let parent = self.module_of(from, parents, asked)?;
        match last.as_str() {
            "self" => Some(parent),
            last => self.modules[parent].children.get(last).copied(),
        }
    }
}

/// Collects what one module says, without its child modules.
#[derive(Default)]
struct Reader {
    modules: Vec<ItemMod>,
    uses: Vec<(Option<String>, Written)>,
    paths: Vec<Written>,
}

impl Reader {
    fn use_tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |ident: &Ident| [before, &[ident.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.use_tree(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(tree, before)),
            UseTree::Name(name) => {
                // `a::{self}` is called `a`.
                let bound = if name.ident == "self" { before.last().cloned() } else { Some(name.ident.to_string()) };
                self.uses.push((bound, (with(&name.ident), line(name.ident.span()))));
            }
            UseTree::Rename(rename) => {
                self.uses.push((Some(rename.rename.to_string()), (with(&rename.ident), line(rename.ident.span()))));
            }
            UseTree::Glob(glob) => self.uses.push((None, (before.to_vec(), line(glob.star_token.spans[0])))),
        }
    }

    /// The paths in a macro's arguments, which only the macro itself could parse.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<Ident> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match &token {
                TokenTree::Punct(punct) if punct.as_char() == ':' && colons < 2 && !path.is_empty() => colons += 1,
                TokenTree::Ident(ident) if colons == 2 => {
                    path.push(ident.clone());
                    colons = 0;
                }
                _ => {
                    self.path(&path);
                    (path, colons) = (Vec::new(), 0);
                    if let TokenTree::Ident(ident) = &token {
                        path.push(ident.clone());
                    }
                }
            }
            if let TokenTree::Group(group) = token {
                self.tokens(group.stream());
            }
        }
        self.path(&path);
    }

    /// A path in code. A single name is mostly a variable; what it could be besides, a `use` line brought in.
    fn path(&mut self, segments: &[Ident]) {
        if let [first, _, ..] = segments {
            self.paths.push((segments.iter().map(ToString::to_string).collect(), line(first.span())));
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Fn(function) => &function.attrs[..],
            ImplItem::Const(constant) => &constant.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.modules.push(module.clone());
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.use_tree(&item.tree, &[]);
        }
    }

    /// `pub(super)` uses nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    /// Nor does an attribute; the paths in one are for a macro.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.clone()).collect();
            self.path(&segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }
}

fn line(span: Span) -> usize {
    span.start().line
}

/// Whether an item is there in tests alone.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        _ => false,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
