"""Finds the `async fn`s of a Rust file, without a parser: by its tokens."""

import re
from typing import NamedTuple

# Text is Latin-1, so that an index is a byte offset, as in rustc's messages.
TOKEN = re.compile(
    r"""
      (?P<skip>     [ \t\r\n\f]+ | //[^\n]* )
    | (?P<comment>  /\* )
    | (?P<raw>      (?:b|c)?r(?P<hashes>\#*)" )
    | (?P<string>   (?:b|c)?"(?:[^"\\]|\\.)*" )
    | (?P<char>     b?'(?:[^'\\\n\x80-\xff]|[\x80-\xff]{1,4}|\\u\{[^}]*\}|\\x..|\\.)' )
    | (?P<lifetime> '[A-Za-z_]\w* )
    | (?P<ident>    (?:r\#)?[A-Za-z_\x80-\xff][\w\x80-\xff]* )
    | (?P<number>   \d[\w.]*? (?=\.\.|\.[A-Za-z_]|[^\w.]|$) )
    | (?P<punct>    . )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
QUALIFIERS = ("async", "const", "crate", "default", "extern", "pub", "unsafe")
PAIRS = {"(": ")", "[": "]", "{": "}"}


class Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


class Function(NamedTuple):
    name: str
    # Where its first attribute would be put: before the others, and after the doc comments.
    start: int
    end: int
    line: int


def tokens(text):
    found, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        kind, end = match.lastgroup, match.end()
        if kind == "hashes":
            kind = "raw"
        if kind == "comment":
            end = comment_end(text, at)
        elif kind == "raw":
            end = text.index('"' + match["hashes"], end) + 1 + len(match["hashes"])
        if kind not in ("skip", "comment"):
            found.append(Token(kind, text[at:end], at, end))
        at = end
    return found


def comment_end(text, at):
    """The end of a block comment, which may hold others."""
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(text, at):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(text)


def partners(found):
    """The index of each bracket's partner."""
    partner, open_ = {}, []
    for index, token in enumerate(found):
        if token.kind != "punct":
            continue
        if token.text in PAIRS:
            open_.append(index)
        elif token.text in PAIRS.values():
            other = open_.pop()
            partner[index], partner[other] = other, index
    return partner


def functions(text):
    """The `async fn`s with a body, except for those in the definition of a macro."""
    found = tokens(text)
    partner = partners(found)
    macros = list(definitions(found, partner))
    for index, token in enumerate(found[:-1]):
        name = found[index + 1]
        if (token.kind, token.text, name.kind) != ("ident", "fn", "ident"):
            continue
        head, qualifiers = before(found, partner, index)
        body = body_of(found, partner, index)
        if "async" in qualifiers and body and not any(a < index < b for a, b in macros):
            line = text.count("\n", 0, token.start) + 1
            yield Function(name.text, found[head].start, found[partner[body]].end, line)


def definitions(found, partner):
    """The insides of `macro_rules! name { … }` and `macro name { … }`."""
    for index, token in enumerate(found):
        if token.kind == "ident" and token.text in ("macro_rules", "macro"):
            near = range(index, min(index + 6, len(found)))
            if brace := next((i for i in near if found[i].text in PAIRS), None):
                yield brace, partner[brace]


def before(found, partner, index):
    """Goes back from `fn` over qualifiers, visibility and attributes."""
    qualifiers = set()
    while index > 0:
        last = found[index - 1]
        if last.text in QUALIFIERS or last.kind == "string":
            qualifiers.add(last.text)
            index -= 1
        elif last.text == ")" and found[partner[index - 1] - 1].text == "pub":
            index = partner[index - 1]
        elif last.text == "]" and found[partner[index - 1] - 1].text == "#":
            index = partner[index - 1] - 1
        else:
            break
    return index, qualifiers


def body_of(found, partner, index):
    """The index of the `{` of a function's body."""
    while index < len(found):
        text = found[index].text if found[index].kind == "punct" else ""
        if text == "{":
            return index
        if text == ";":
            return None
        index = partner[index] + 1 if text in PAIRS else index + 1
    return None
