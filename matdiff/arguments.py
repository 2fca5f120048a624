"""How the command line takes its arguments: errors that say what was likely meant, and completion for shells."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, NoReturn

from matdiff.files import UsageError, write

SHELLS = ("bash", "zsh", "tcsh")
FILES = {"bash": "_shtab_compgen_files", "zsh": "_files", "tcsh": "f"}
"""What completes the name of a file, by the shell; so shtab wants it."""
CHOICE = re.compile(r"invalid choice: '(.*?)' \(choose from (.*)\)", re.DOTALL)
UNKNOWN = re.compile(r"unrecognized arguments: (--[\w-]+)")


class Parser(argparse.ArgumentParser):
    """Its errors are a sentence, not a page."""

    def error(self, message: str) -> NoReturn:
        meant = "".join(f"; did you mean {word}?" for word in self.meant(message))
        self.exit(2, f"{self.prog}: error: {message}{meant}\n{self.prog} --help says what there is\n")

    def meant(self, message: str) -> list[str]:
        """What is nearest to the word that an error speaks of."""
        if found := CHOICE.search(message):
            return get_close_matches(found[1], re.findall(r"[\w-]+", found[2]), 1)
        if found := UNKNOWN.search(message):
            options = [option for one in self.parsers() for option in one._option_string_actions]
            return get_close_matches(found[1], options, 1)
        return []

    def parsers(self) -> Iterator[argparse.ArgumentParser]:
        """This one, and those of the commands."""
        yield self
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                yield from action.choices.values()


class Completion(argparse.Action):
    """Prints what a shell sources to complete the words of a command."""

    def __call__(self, parser: argparse.ArgumentParser, names: Any, shell: Any, option: Any = None) -> None:
        try:
            from shtab import complete
        except ModuleNotFoundError:
            raise UsageError("shtab is not installed: pip install 'matdiff[completion]'") from None
        write(complete(parser, shell))
        parser.exit()


def taking_files(*actions: argparse.Action) -> None:
    """What these take is completed by the names of files."""
    for action in actions:
        action.complete = FILES  # type: ignore[attr-defined]
