"""Entries of dictionaries and attributes of ``self`` as names of their own."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field


@dataclass
class Entries(ast.NodeTransformer):
    """Entries of dictionaries and attributes of ``self`` as names: ``grads['W1']``, ``self.W1``."""

    taken: set[str]
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    """Dictionaries that are the same one under another name."""

    @property
    def entries(self) -> dict[str, tuple[str, str]]:
        """For each name the dictionary and the key it stands for."""
        return {name: told for told, name in self.names.items()}

    def name(self, holder: str, key: str) -> str:
        holder = self.holders.get(holder, holder)
        if (holder, key) not in self.names:
            last = holder.rpartition(".")[2]
            name = key if holder == "self" and key not in self.taken else f"{last}_{key}"
            while name in self.taken or not name.isidentifier():
                name = f"{''.join(c if c.isalnum() else '_' for c in name)}_"
            self.taken.add(name)
            self.names[holder, key] = name
        return self.names[holder, key]

    def free(self, name: str) -> str:
        """A name that the script does not use."""
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def keys(self, holder: str) -> list[str]:
        holder = self.holders.get(holder, holder)
        return [key for known, key in self.names if known == holder]

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        holder, key = holder_of(node.value), node.slice
        if holder and isinstance(key, ast.Constant) and isinstance(key.value, str):
            return ast.copy_location(ast.Name(self.name(holder, key.value), node.ctx), node)
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = node.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "self":
            node.args = [self.visit(argument) for argument in node.args]
            node.keywords = [self.visit(keyword) for keyword in node.keywords]
        else:
            self.generic_visit(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            return ast.copy_location(ast.Name(self.name("self", node.attr), node.ctx), node)
        self.generic_visit(node)
        return node


def holder_of(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    inside = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return ast.unparse(node) if inside else ""
