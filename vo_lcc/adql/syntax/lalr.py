"""The parser: the LALR(1) table that Lark makes of grammar.lark, driven here.

Of Lark only the table is used. Its own loop takes twice as long: most reductions
pass one value on (a `primary` is a `factor` is a `product` ...), which is one look
into the table here. And what follows a mistake can be tried from here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, TypeAlias

from lark import Lark, Token
from lark.lexer import Lexer

from vo_lcc.adql.syntax.build import RULES
from vo_lcc.adql.syntax.words import Word

Build: TypeAlias = Callable[[list[Any]], Any]
# To go to a state; to take what is there for another symbol; or to reduce so many
# values to a symbol, by a function.
Action: TypeAlias = int | str | tuple[int, str, Build]


class UnexpectedWordError(Exception):
    """A word that fits nowhere: its number, and the kinds that would have fitted."""

    def __init__(self, index: int, expected: frozenset[str]) -> None:
        super().__init__(index, expected)
        self.index = index
        self.expected = expected


class NoLexer(Lexer):
    """Lark wants a lexer; the words are read by `lexer` instead."""

    def __init__(self, lexer_conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
        """No tokens."""
        return iter(())


class Parser:
    """Parses words by the table of a grammar."""

    def __init__(self, grammar: str, rules: Mapping[str, Build]) -> None:
        lark = Lark(
            grammar, parser="lalr", lexer=NoLexer, maybe_placeholders=False
        ).parser.parser
        table = lark._parse_table
        self.start, self.end = table.start_states["start"], table.end_states["start"]
        self.actions: dict[int, dict[str, Action]] = {}
        self.gotos: dict[int, dict[str, int]] = {}
        made: dict[Any, Action] = {}
        for state, row in table.states.items():
            self.actions[state], self.gotos[state] = {}, {}
            for name, (_, target) in row.items():
                if name.islower():
                    self.gotos[state][str(name)] = target
                elif isinstance(target, int):
                    self.actions[state][str(name)] = target
                else:
                    step = made.setdefault(target, action(target, rules))
                    self.actions[state][str(name)] = step

    def parse(self, words: Sequence[Word]) -> Any:
        """The value of the words, the last of which is `$END`.

        Raises UnexpectedWordError.
        """
        actions, gotos = self.actions, self.gotos
        states: list[int] = [self.start]
        values: list[Any] = []
        for index, word in enumerate(words):
            kind = word[0]
            while True:
                step = actions[states[-1]].get(kind)
                if isinstance(step, str):
                    states[-1] = gotos[states[-2]][step]
                elif isinstance(step, int):
                    states.append(step)
                    values.append(word)
                    break
                elif step is None:
                    if kind == "$END" and states[-1] == self.end:
                        return values[-1]
                    raise UnexpectedWordError(index, self.expected(states))
                else:
                    size, symbol, build = step
                    if size:
                        values[-size:] = [build(values[-size:])]
                        del states[-size:]
                    else:
                        values.append(build([]))
                    states.append(gotos[states[-1]][symbol])
        raise AssertionError("the words do not end with $END")

    def expected(self, states: Sequence[int]) -> frozenset[str]:
        """The kinds of words that fit after these states."""
        kinds = self.actions[states[-1]]
        return frozenset(k for k in kinds if self.fits(k, list(states)))

    def fits(self, kind: str, states: list[int]) -> bool:
        """True when a word of this kind can follow."""
        while True:
            step = self.actions[states[-1]].get(kind)
            if step is None or isinstance(step, int):
                return step is not None or (kind == "$END" and states[-1] == self.end)
            size, symbol = (1, step) if isinstance(step, str) else step[:2]
            del states[len(states) - size :]
            states.append(self.gotos[states[-1]][symbol])


def action(rule: Any, rules: Mapping[str, Build]) -> Action:
    """What to do where a rule of the grammar is complete.

    As Lark has it: words beginning with `_` are left out, the children of rules
    beginning with `_` are taken in, and a rule with `?` passes an only child on.
    """
    symbol, parts = str(rule.origin.name), rule.expansion
    kept = [i for i, s in enumerate(parts) if not (s.is_term and s.filter_out)]
    spread = {i for i in kept if not parts[i].is_term and parts[i].name[0] == "_"}
    passes = rule.options.expand1 and not rule.alias and len(kept) == 1 and not spread
    if passes and len(parts) == 1:
        return symbol
    if passes:
        return len(parts), symbol, passing(kept[0])
    build = list if symbol[0] == "_" else rules[rule.alias or symbol]
    if not spread and len(kept) == len(parts):
        return len(parts), symbol, build
    return len(parts), symbol, choosing(kept, spread, build)


def passing(index: int) -> Build:
    """A rule that passes one of its children on."""
    return lambda children: children[index]


def choosing(kept: list[int], spread: set[int], build: Build) -> Build:
    """A rule that leaves children out, or takes the children of some in.

    The list of a repetition grows in place: nobody else has it.
    """
    if not spread:
        return lambda children: build([children[i] for i in kept])

    def chosen(children: list[Any]) -> Any:
        found: list[Any] = (
            children[kept[0]] if kept[0] in spread else [children[kept[0]]]
        )
        for i in kept[1:]:
            found.extend(children[i] if i in spread else (children[i],))
        return found if build is list else build(found)

    return chosen


def read_grammar() -> Parser:
    """The parser of grammar.lark."""
    path = files("vo_lcc.adql.syntax").joinpath("grammar.lark")
    return Parser(path.read_text(encoding="utf-8"), RULES)


PARSER = read_grammar()
