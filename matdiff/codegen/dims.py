"""The sizes in generated code: read off the shapes of its inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from matdiff.codegen.identifiers import Namer
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr
from matdiff.sizes import ONE, Size, parse


class Dims(Mapping[str, str]):
    """How dims are written: each gets its name when the code first needs it."""

    def __init__(self, inputs: Mapping[str, Expr], arguments: Mapping[str, str], namer: Namer) -> None:
        self.namer = namer
        self.names: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        self.products: list[Size] = []
        for name, node in inputs.items():
            for axis, size in enumerate(node.shape):
                text = f"{arguments[name]}.shape[{axis}]"
                if node.data[1] == "labels" and axis == 1:
                    continue
                self.sources.setdefault(str(size), text)
                if not size.name:
                    self.products.append(size)

    def __getitem__(self, name: str) -> str:
        if name.endswith("+1"):
            return " * ".join(self.factors(parse(name[:-2]))) + " + 1"
        if name not in self.names:
            self.learn(name)
            self.names[name] = self.namer(name.replace("*", "_"))
        return self.names[name]

    def factors(self, size: Size) -> list[str]:
        """What a size is the product of; dims that inputs tell only together stand as one name."""
        for whole in self.products:
            rest = size.divided_by(whole)
            if rest is not None and not all(map(self.is_told, whole.names)):
                return [*(self.factors(rest) if rest is not ONE else []), self[str(whole)]]
        factors = [str(size.coefficient)] if size.coefficient > 1 or not size.powers else []
        for name, power in size.powers:
            factors += [self[name]] * power
        return factors

    def is_told(self, name: str) -> bool:
        self.learn(name)
        return name in self.sources

    def learn(self, name: str) -> None:
        """Find a size that only a product tells, with the sizes that make up the rest of it."""
        for size in self.products if name not in self.sources else ():
            others = [part for part in size.names if part != name]
            if name in size.names and dict(size.powers).get(name) == 1 and all(part in self.sources for part in others):
                factors = [str(size.coefficient)] if size.coefficient > 1 else []
                for part in others:
                    factors += [self[part]] * dict(size.powers)[part]
                rest = " * ".join(factors)
                text = f"{self.sources[str(size)]} // "
                self.sources[name] = text + (f"({rest})" if len(factors) > 1 else rest)
                return

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def free(self) -> dict[str, str]:
        """The dims that no input tells."""
        return {name: text for name, text in self.names.items() if name not in self.sources}

    def must_be_told(self) -> None:
        """Raise `UnsupportedError` where the code needs a dim that no input tells."""
        if missing := ", ".join(self.free):
            raise UnsupportedError(f"no input tells the size {missing}: give one that has it, or write the number")

    def lines(self) -> list[str]:
        return [f"{text} = {self.sources[name]}" for name, text in self.names.items() if name in self.sources]
