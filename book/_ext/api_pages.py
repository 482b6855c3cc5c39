"""The pages of the package: a table of what a module offers, and each function with its types and the figures that use it.

Autodoc and numpydoc read the docstrings. Added here: signatures stay as the code writes them, names in single backquotes
become links where there is something to link to, and below each function stand the figures of the book that use it.
"""

import functools
import importlib
import inspect
import re
import types
from pathlib import Path

import contents
import numpy as np
import uses
from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.inspect import stringify_signature

PACKAGE = "reglesson"


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    for extension in ("sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.viewcode", "numpydoc"):
        app.setup_extension(extension)
    app.connect("config-inited", prepare)
    app.connect("builder-inited", find_figures)
    app.connect("env-get-outdated", with_other_figures)
    app.connect("autodoc-process-signature", as_in_the_code)
    app.connect("autodoc-process-docstring", add_figures, priority=600)  # when numpydoc has done its part
    app.connect("missing-reference", link_short_names)
    app.add_role("named", Named())
    app.add_directive("api", Api)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def prepare(app, config):
    """Settings that belong together: numpydoc links the package's classes, and a single backquote is a name."""
    config.default_role = "named"
    config.autosummary_generate = False
    config.numpydoc_show_class_members = False
    config.numpydoc_xref_param_type = True
    config.numpydoc_xref_ignore = "all"
    classes = {name: full for name, full in documented().items() if inspect.isclass(load(full)) and "." not in name}
    # numpydoc adds Python's and NumPy's own types, whose pages are elsewhere; here they are words
    config.numpydoc_xref_aliases_complete = {**classes, **{full.removeprefix(f"{PACKAGE}."): full for full in classes.values()}}


# -- what is public ------------------------------------------------------------------------------------------------


@functools.cache
def modules():
    """The public modules of the package, by their short names."""
    folder = Path(importlib.import_module(PACKAGE).__file__).parent
    found = {path.stem for path in folder.glob("[!_]*.py")} | {path.parent.name for path in folder.glob("[!_]*/__init__.py")}
    return sorted(found)


def members(module):
    """What a module offers, in the order of its code: {name: object}. The checks of the exercises are found by their strings."""
    item = importlib.import_module(f"{PACKAGE}.{module}")
    hidden = {check.__name__ for check in getattr(item, "CHECKS", {}).values()}
    names = [name for name, value in vars(item).items() if getattr(value, "__module__", None) == item.__name__]
    names = getattr(item, "__all__", [name for name in names if not name.startswith("_") and name not in hidden])
    return {name: getattr(item, name) for name in names if callable(getattr(item, name))}


@functools.cache
def documented():
    """Every function and class that has a place on a page: {short name: full name}."""
    return {name: f"{PACKAGE}.{module}.{name}" for module in modules() for name in members(module)}


def load(full):
    """The object of a full name."""
    module, _, name = full.rpartition(".")
    return getattr(importlib.import_module(module), name)


# -- the directive, and names that link ----------------------------------------------------------------------------


class Api(SphinxDirective):
    """A module's page: what it says of itself, the table of what it offers, and each of these."""

    required_arguments = 1

    def run(self):
        """The page's nodes."""
        module = self.arguments[0]
        self.env.metadata[self.env.docname]["shows"] = shown(self.env, module)
        lines = [".. highlight:: text", "", f".. automodule:: {PACKAGE}.{module}", "", f".. currentmodule:: {PACKAGE}.{module}", ""]
        offered = members(module)
        if offered:
            lines += [".. autosummary::", "   :nosignatures:", "", *(f"   {name}" for name in offered), ""]
        for name, item in offered.items():
            lines += [f".. autoclass:: {name}", "   :members:", ""] if inspect.isclass(item) else [f".. autofunction:: {name}", ""]
        holder = nodes.Element()
        self.state.nested_parse(StringList(lines, source=self.env.doc2path(self.env.docname)), self.content_offset, holder)
        return holder.children


class Named(SphinxRole):
    """What stands in single backquotes: a link if it is a function, a class or a module of the package, else a piece of code."""

    def run(self):
        """The node."""
        word = self.text
        here = self.env.ref_context.get("py:module") or ""
        known = {**documented(), **{module: f"{PACKAGE}.{module}" for module in modules()}}
        full = {*known.values()}
        target = next((name for name in (word, f"{here}.{word}", f"{PACKAGE}.{word}", known.get(word)) if name in full), None)
        code = nodes.literal(self.rawtext, word)
        if target is None:
            return [code], []
        code["classes"] += ["xref", "py", "py-obj"]
        link = addnodes.pending_xref(self.rawtext, code, refdomain="py", reftype="obj", reftarget=target, refexplicit=True,
                                     refwarn=True, refdoc=self.env.docname)  # fmt: skip
        return [link], []


def link_short_names(app, env, node, contnode):
    """Link a class of the package that a signature names shortly; leave the types of others as words."""
    if node.get("refdomain") != "py" or node.get("reftype") != "class":
        return None
    target = node["reftarget"]
    full = documented().get(target.split(".")[-1])
    if full and target in (full.split(".")[-1], full, ".".join(full.split(".")[-2:])):
        domain = env.get_domain("py")
        return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", full, node, contnode)
    return None if target.startswith(f"{PACKAGE}.") else contnode


# -- signatures ----------------------------------------------------------------------------------------------------


def as_in_the_code(app, what, name, obj, options, signature, returns):
    """A signature with its types as the code writes them: `ArrayLike`, not the dozen types that NumPy takes for one."""
    if what not in ("function", "method", "class") or signature is None:
        return None
    try:
        found = inspect.signature(obj)
    except (TypeError, ValueError):
        return None
    parameters = list(found.parameters.values())
    if parameters and parameters[0].name in ("self", "cls"):
        found = found.replace(parameters=parameters[1:])
    whole = stringify_signature(found, unqualified_typehints=True)
    names = vars(inspect.getmodule(obj) or object)
    whole = re.sub(r"\b[A-Z]\w+\b", lambda word: spelled_out(names.get(word[0]), word[0]), whole)
    arguments, _, result = whole.rpartition(" -> ") if " -> " in whole.rpartition(")")[2] else (whole, "", None)
    return arguments, None if what == "class" else result


def spelled_out(value, word):
    """A module's own short name for a type, in the words that others know."""
    if isinstance(value, types.GenericAlias) and value.__origin__ is np.ndarray:
        return f"NDArray[np.{value.__args__[1].__args__[0].__name__}]"
    return str(value) if isinstance(value, types.UnionType) and word != "ArrayLike" else word


# -- figures -------------------------------------------------------------------------------------------------------


def notebooks(app):
    """The notebooks of the book, in its order."""
    found = [Path(app.confdir) / f"{page}.ipynb" for page in contents.pages(Path(app.confdir))]
    return [path for path in found if path.is_file()]


def find_figures(app):
    """Once a build, find which figures use which function: {full name: [(page, its title, its figures), ...]}."""
    found = {}
    for path in notebooks(app):
        title, figures = uses.read(path)
        page = path.relative_to(app.confdir).with_suffix("").as_posix()
        for full in {name for names in figures.values() for name in names}:
            found.setdefault(full, []).append((page, title, [draw for draw, names in figures.items() if full in names]))
    app.env.reglesson_uses = found


def shown(env, module):
    """What the page of a module shows of the book's figures, and so depends on."""
    return module, {name: found for name, found in env.reglesson_uses.items() if name.startswith(f"{PACKAGE}.{module}.")}


def with_other_figures(app, env, added, changed, removed):
    """The pages of modules that other figures use than when they were read."""
    before = {page: about["shows"] for page, about in env.metadata.items() if "shows" in about}
    return [page for page, shows in before.items() if shows != shown(env, shows[0])]


def add_figures(app, what, name, obj, options, lines):
    """Below a function, the figures that use it, each a link."""
    for page, title, draws in app.env.reglesson_uses.get(name, []) if what in ("function", "class") else []:
        if page == app.env.reglesson_uses[name][0][0]:
            lines += ["", ".. rubric:: Figures that use it", ""]
        up = "../" * app.env.docname.count("/")
        links = [f"`{draw.replace('_', ' ')} <{up}{page}.html#{draw.replace('_', '-')}>`__" for draw in draws]
        lines += [f"* {re.sub(r'([`*|_])', '', title)}: {', '.join(links)}"]
    lines.append("")
